//! How VMs move, the migration that is measured, and whether anybody sees it.

use super::hosts::{site_of, unknown};
use super::{Host, HostId, Migration, Moves, Role, Site, SiteId, VlanIndex, settings};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::raw;

/// The migration; `None` when something is wrong with it, which is reported.
pub(super) fn resolve(
    raw: &raw::Topology,
    hosts: &[Host],
    diagnostics: &mut Diagnostics,
) -> Option<Migration> {
    let migration = raw.migration.as_ref()?;
    let to = site_of(&raw.sites, &migration.to, diagnostics);
    let vm = vm_of(raw, migration, diagnostics)?;
    let at_first = site_of(&raw.sites, &vm.site, &mut Diagnostics::default());
    if let (Some(to), Some(span)) = (to.filter(|_| to == at_first), &migration.to) {
        report_same_site(raw, to, span.span(), vm, diagnostics);
    }
    check_reach(raw, vm, diagnostics);
    let name = vm.name.as_ref()?.get_ref();
    Some(Migration {
        vm: hosts
            .iter()
            .position(|host| host.name == *name)
            .map(HostId)?,
        to: to?,
    })
}

/// How VMs move, where nothing else is asked for.
pub(super) fn moves(raw: &raw::Topology, diagnostics: &mut Diagnostics) -> Moves {
    let Some(migration) = &raw.migration else {
        return Moves::default();
    };
    Moves {
        style: migration
            .style
            .as_ref()
            .map(|style| *style.get_ref())
            .unwrap_or_default(),
        announce: migration
            .announce
            .as_ref()
            .map(|a| *a.get_ref())
            .unwrap_or_default(),
        downtime: settings::downtime(&migration.downtime, diagnostics),
    }
}

fn vm_of<'a>(
    raw: &'a raw::Topology,
    migration: &raw::Migration,
    diagnostics: &mut Diagnostics,
) -> Option<&'a raw::Host> {
    let wanted = migration.vm.as_ref()?;
    let name = |host: &'a raw::Host| host.name.as_ref().map(|name| name.get_ref().as_str());
    let may_be_vm = |host: &&raw::Host| {
        host.role
            .as_ref()
            .is_none_or(|role| *role.get_ref() == Role::Vm)
    };
    let vms = || raw.hosts.iter().filter(may_be_vm).filter_map(name);
    let found = raw
        .hosts
        .iter()
        .find(|host| name(host) == Some(wanted.get_ref().as_str()));
    match found {
        Some(host) if may_be_vm(&host) => return Some(host),
        Some(_) => {
            let message = format!("`{}` can not migrate: it is an observer", wanted.get_ref());
            let place = Diagnostic::new(Code::NotAVm, wanted.span(), message);
            diagnostics.push(unknown(place, wanted.get_ref(), "VMs", vms).label("not a VM"));
        }
        // A host without a name may be the one that is meant.
        None if raw.hosts.iter().any(|host| host.name.is_none()) => {}
        None => {
            let message = format!("there is no host `{}`", wanted.get_ref());
            let place = Diagnostic::new(Code::UnknownHost, wanted.span(), message);
            diagnostics.push(unknown(place, wanted.get_ref(), "VMs", vms));
        }
    }
    None
}

/// Reports a VM whose VLAN is not there where it goes to.
fn check_reach(raw: &raw::Topology, vm: &raw::Host, diagnostics: &mut Diagnostics) {
    let Some(id) = &vm.vlan else { return };
    let is_it = |vlan: &&raw::Vlan| {
        vlan.id
            .as_ref()
            .is_some_and(|v| v.get_ref() == id.get_ref())
    };
    let found = raw.vlans.iter().find(is_it);
    if let Some(vlan) = found.filter(|vlan| vlan.extended == Some(false)) {
        let message = format!("a VM of VLAN {} can not migrate", id.get_ref());
        let mut place = Diagnostic::new(Code::NotExtended, id.span(), message)
            .label("this VLAN ends at its site");
        if let Some(id) = &vlan.id {
            place = place.context(id.span(), "`extended = false`");
        }
        let cure = "take `extended = false` out, or move a VM of another VLAN";
        diagnostics.push(place.help(cure));
    }
}

fn report_same_site(
    raw: &raw::Topology,
    to: SiteId,
    span: crate::diagnostic::Span,
    vm: &raw::Host,
    diagnostics: &mut Diagnostics,
) {
    let message = "the migration leads to the site where the VM is";
    let mut diagnostic = Diagnostic::new(Code::SameSite, span, message).label("not a move");
    if let Some(site) = &vm.site {
        diagnostic = diagnostic.context(site.span(), "the VM is here at first");
    }
    let others = raw.sites.iter().enumerate().filter(|(i, _)| *i != to.0);
    let names = others
        .filter_map(|(_, site)| site.name.as_ref())
        .map(|n| n.get_ref().as_str());
    let names = crate::diagnostic::known(names);
    let cure = if names.is_empty() {
        "add another site".to_owned()
    } else {
        format!("use another site: {names}")
    };
    diagnostics.push(diagnostic.help(cure));
}

/// Reports hosts that are of no use where a move is to be measured: no VM, no observer of the one that
/// moves, observers of nothing.
pub(super) fn check_roles(
    raw: &raw::Topology,
    hosts: &[Host],
    migration: Option<&Migration>,
    diagnostics: &mut Diagnostics,
) {
    let measured = |m: &raw::Migration| m.vm.is_some() || m.to.is_some();
    if !raw.migration.as_ref().is_some_and(measured) {
        return;
    }
    let roles_known = raw.hosts.iter().all(|host| host.role.is_some());
    let has = |wanted: Role| {
        raw.hosts
            .iter()
            .filter_map(|h| h.role.as_ref())
            .any(|role| *role.get_ref() == wanted)
    };
    if roles_known && !has(Role::Vm) {
        let message = "no host is a VM: nothing can migrate";
        let cure = "add a [[host]] with role = \"vm\"";
        diagnostics.push(Diagnostic::nowhere(Code::NoVm, message).help(cure));
    }
    // Where a host was left out, it may be the observer.
    let seen_by = |vlan| {
        hosts
            .iter()
            .any(|h| h.role == Role::Observer && h.vlan == vlan)
    };
    let vm = migration
        .filter(|_| hosts.len() == raw.hosts.len())
        .map(|m| &hosts[m.vm.0]);
    let unseen = vm.is_some_and(|vm| !seen_by(vm.vlan));
    if (roles_known && !has(Role::Observer)) || unseen {
        let message = "no host observes the VM that moves: nothing would be measured";
        let cure =
            "add a [[host]] with role = \"observer\" in the VM's VLAN, best one at each site";
        diagnostics.push(Diagnostic::nowhere(Code::NoObserver, message).help(cure));
    }
    if hosts.len() == raw.hosts.len() && has(Role::Vm) {
        report_idle(raw, hosts, diagnostics);
    }
}

fn report_idle(raw: &raw::Topology, hosts: &[Host], diagnostics: &mut Diagnostics) {
    let vm_in = |vlan: VlanIndex| hosts.iter().any(|h| h.role == Role::Vm && h.vlan == vlan);
    for (host, raw) in hosts.iter().zip(&raw.hosts) {
        if let (Role::Observer, Some(vlan)) = (host.role, &raw.vlan)
            && !vm_in(host.vlan)
        {
            let message = format!("`{}` observes nothing", host.name);
            let place = Diagnostic::new(Code::IdleObserver, vlan.span(), message);
            let cure =
                "observers probe the VMs of their own VLAN: there is no router between VLANs";
            diagnostics.push(place.label("no VM is in this VLAN").help(cure));
        }
    }
}

/// Warns of sites from which nobody looks: what the move does to them stays unknown (D-7).
pub(super) fn warn_unobserved(
    raw: &raw::Topology,
    sites: &[Site],
    hosts: &[Host],
    migration: &Migration,
    diagnostics: &mut Diagnostics,
) {
    let vlan = hosts[migration.vm.0].vlan;
    for (i, (site, raw)) in sites.iter().zip(&raw.sites).enumerate() {
        let looks = |h: &Host| h.role == Role::Observer && h.vlan == vlan && h.site == SiteId(i);
        if let (false, Some(name)) = (hosts.iter().any(looks), &raw.name) {
            let message = format!("nobody observes the VM from site `{}`", site.name);
            let place = Diagnostic::new(Code::UnobservedSite, name.span(), message);
            let cure = "the outage is another at each site: add an observer here";
            diagnostics.push(place.label("no observer in the VM's VLAN").help(cure));
        }
    }
}
