//! Hosts: where they are, and their addresses, given or derived.

use core::fmt::Display;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use toml::Spanned;
use wire::MacAddr;

use super::{Entry, Host, MacPool, Role, SiteId, Vlan, VlanIndex};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Span, did_you_mean, known};
use crate::raw::{self, Field};

/// The site of that name. Reports an unknown one, unless a site lacks its name: then it may be that one.
pub(super) fn site_of(
    sites: &[raw::Site],
    name: &Field<String>,
    diagnostics: &mut Diagnostics,
) -> Option<SiteId> {
    let name = name.as_ref()?;
    let names = || {
        sites
            .iter()
            .filter_map(|site| site.name.as_ref())
            .map(|n| n.get_ref().as_str())
    };
    let is_it = |site: &raw::Site| {
        site.name
            .as_ref()
            .is_some_and(|n| n.get_ref() == name.get_ref())
    };
    let found = sites.iter().position(is_it).map(SiteId);
    if found.is_none() && names().count() == sites.len() {
        let message = format!("there is no site `{}`", name.get_ref());
        let place = Diagnostic::new(Code::UnknownSite, name.span(), message);
        diagnostics.push(unknown(place, name.get_ref(), "sites", names));
    }
    found
}

/// Labels what is not known by the nearest that is.
pub(super) fn unknown<'a, I: Iterator<Item = &'a str>>(
    diagnostic: Diagnostic,
    text: &str,
    what: &str,
    names: impl Fn() -> I,
) -> Diagnostic {
    let label = match did_you_mean(text, names()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "not in this file".to_owned(),
    };
    let cure = match names().next() {
        Some(_) => format!("known {what}: {}", known(names())),
        None => format!("there are no {what} yet: add one"),
    };
    diagnostic.label(label).help(cure)
}

fn vlan_of(
    vlans: &[raw::Vlan],
    host: &raw::Host,
    diagnostics: &mut Diagnostics,
) -> Option<VlanIndex> {
    let id = host.vlan.as_ref()?;
    let ids = || vlans.iter().filter_map(|vlan| vlan.id.as_ref());
    let is_it = |vlan: &raw::Vlan| {
        vlan.id
            .as_ref()
            .is_some_and(|v| v.get_ref() == id.get_ref())
    };
    let found = vlans.iter().position(is_it).map(VlanIndex);
    if found.is_none() && ids().count() == vlans.len() {
        let known_ids: Vec<_> = ids().map(|id| id.get_ref().to_string()).collect();
        let message = format!("there is no VLAN {}", id.get_ref());
        let place = Diagnostic::new(Code::UnknownVlan, id.span(), message);
        let names = || known_ids.iter().map(String::as_str);
        diagnostics.push(unknown(place, &id.get_ref().to_string(), "VLANs", names));
    }
    found
}

/// The hosts. Reports what is wrong with any of them; those with errors are left out.
pub(super) fn resolve(
    raw: &raw::Topology,
    vlans: &[Option<Vlan>],
    pool: &mut MacPool,
    diagnostics: &mut Diagnostics,
) -> Vec<Host> {
    check_macs(&raw.hosts, diagnostics);
    check_static(&raw.hosts, diagnostics);
    let mut taken = check_addresses(&raw.hosts, diagnostics);
    let mut hosts = Vec::new();
    for host in &raw.hosts {
        let site = site_of(&raw.sites, &host.site, diagnostics);
        let vlan = vlan_of(&raw.vlans, host, diagnostics);
        let Some(known) = vlan.and_then(|index| vlans[index.0]) else {
            continue;
        };
        let address = match &host.address {
            Some(address) => check_address(address, &known, diagnostics),
            None => derive_address(host, &known, &mut taken, diagnostics),
        };
        let (Some(name), Some(role)) = (&host.name, &host.role) else {
            continue;
        };
        let (Some(site), Some(vlan), Some(address)) = (site, vlan, address) else {
            continue;
        };
        let name = name.get_ref().clone();
        let mac = host.mac.as_ref().map(|mac| *mac.get_ref());
        let mac = mac.unwrap_or_else(|| pool.derive(&name, "eth0"));
        hosts.push(Host {
            name,
            role: *role.get_ref(),
            site,
            vlan,
            address,
            mac,
            entry: match host.is_static {
                Some(true) => Entry::Static,
                Some(false) | None => Entry::Learned,
            },
        });
    }
    hosts
}

/// Reports VMs with a static entry: it would hold them at the site that they left.
fn check_static(hosts: &[raw::Host], diagnostics: &mut Diagnostics) {
    let is_static = |host: &&raw::Host| host.is_static == Some(true);
    let roles = hosts
        .iter()
        .filter(is_static)
        .filter_map(|host| host.role.as_ref());
    for role in roles.filter(|role| *role.get_ref() == Role::Vm) {
        let message = "a VM has a static entry";
        let place = Diagnostic::new(Code::StaticVm, role.span(), message);
        let cure = "take `static = true` out, or make it an observer, which stays";
        diagnostics.push(place.label("it may move, and the entry may not").help(cure));
    }
}

fn check_addresses(hosts: &[raw::Host], diagnostics: &mut Diagnostics) -> BTreeSet<Ipv4Addr> {
    let given = || hosts.iter().filter_map(|host| host.address.as_ref());
    report_twice(Code::DuplicateAddress, "address", given(), diagnostics);
    given().map(|address| *address.get_ref()).collect()
}

fn check_macs(hosts: &[raw::Host], diagnostics: &mut Diagnostics) {
    let given = || hosts.iter().filter_map(|host| host.mac.as_ref());
    report_twice(Code::DuplicateMac, "MAC address", given(), diagnostics);
    for mac in given().filter(|mac| !MacAddr::is_station(*mac.get_ref())) {
        let message = format!("no station can own the MAC address {}", mac.get_ref());
        let place = Diagnostic::new(Code::BadMac, mac.span(), message);
        let label = if mac.get_ref().is_group() {
            "a group address"
        } else {
            "all zeros"
        };
        let cure = "use one with an even first byte, as in 02:00:00:00:00:01, or leave `mac` out";
        diagnostics.push(place.label(label).help(cure));
    }
}

/// Reports values that two hosts have.
fn report_twice<'a, T: Copy + Ord + Display + 'a>(
    code: Code,
    what: &str,
    values: impl Iterator<Item = &'a Spanned<T>>,
    diagnostics: &mut Diagnostics,
) {
    let mut first: BTreeMap<T, Span> = BTreeMap::new();
    for value in values {
        let key = *value.get_ref();
        if let Some(earlier) = first.get(&key) {
            let place = Diagnostic::new(
                code,
                value.span(),
                format!("two hosts have the {what} {key}"),
            );
            let place = place
                .label("used again")
                .context(earlier.clone(), "first used here");
            diagnostics.push(place.help("give each its own, or leave it out: it is derived then"));
        } else {
            first.insert(key, value.span());
        }
    }
}

fn check_address(
    address: &Spanned<Ipv4Addr>,
    vlan: &Vlan,
    diagnostics: &mut Diagnostics,
) -> Option<Ipv4Addr> {
    let (value, prefix) = (*address.get_ref(), vlan.prefix);
    let diagnostic = if !prefix.contains(value) {
        let message = format!("{value} is not an address of VLAN {}", vlan.id);
        Diagnostic::new(Code::AddressOutsidePrefix, address.span(), message)
            .label(format!("outside of {prefix}"))
    } else if value == prefix.network() || value == prefix.broadcast() {
        let what = if value == prefix.network() {
            "network"
        } else {
            "broadcast"
        };
        let message = format!("{value} is not an address for hosts");
        Diagnostic::new(Code::AddressNotForHosts, address.span(), message)
            .label(format!("the {what} address of {prefix}"))
    } else {
        return Some(value);
    };
    let range = prefix.hosts().next().map(|first| {
        let last = Ipv4Addr::from_bits(prefix.broadcast().to_bits() - 1);
        format!("use {first} to {last}, or leave `address` out: it is derived then")
    });
    diagnostics.push(match range {
        Some(range) => diagnostic.help(range),
        None => diagnostic.help("give the VLAN a greater prefix"),
    });
    None
}

fn derive_address(
    host: &raw::Host,
    vlan: &Vlan,
    taken: &mut BTreeSet<Ipv4Addr>,
    diagnostics: &mut Diagnostics,
) -> Option<Ipv4Addr> {
    let free = vlan.prefix.hosts().find(|address| !taken.contains(address));
    if let Some(address) = free {
        taken.insert(address);
        return free;
    }
    let message = format!("{} has no address left for this host", vlan.prefix);
    let place = match host.vlan.as_ref().map(Spanned::span) {
        Some(span) => Diagnostic::new(Code::PrefixTooSmall, span, message),
        None => Diagnostic::nowhere(Code::PrefixTooSmall, message),
    };
    let label = format!(
        "VLAN {} has {} addresses for hosts",
        vlan.id,
        vlan.prefix.host_count()
    );
    diagnostics.push(place.label(label).help("give the VLAN a greater prefix"));
    None
}
