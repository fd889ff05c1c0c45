//! From the format to the meaning.

use std::collections::BTreeMap;

use toml::Spanned;

use super::{
    Host, MacPool, Mesh, ProbedVms, Reach, Resolved, Role, SiteId, Vlan, VlanIndex, hosts,
    mechanism, migration, names, settings, sites,
};
use crate::Ipv4Prefix;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::plan::FLOW_LIMIT;
use crate::raw::{self, Field};

/// Greatest numbers of things: a lab beyond them is a mistake, and would exhaust the machine.
pub(crate) const SITE_LIMIT: usize = 500;
const VLAN_LIMIT: usize = 64;
pub(crate) const HOST_LIMIT: usize = 1024;

impl Resolved {
    /// The meaning of `raw`; `diagnostics` holds what its reading has reported.
    ///
    /// # Errors
    /// All that is wrong with format and meaning, in the order of the file.
    pub fn from_raw(
        raw: &raw::Topology,
        file_name: &str,
        mut diagnostics: Diagnostics,
    ) -> Result<Self, Diagnostics> {
        let found = Self::resolve(raw, file_name, &mut diagnostics);
        diagnostics.sort();
        match found {
            Some(resolved) if !diagnostics.has_errors() => Ok(Self {
                warnings: diagnostics,
                ..resolved
            }),
            _ => Err(diagnostics),
        }
    }

    fn resolve(
        raw: &raw::Topology,
        file_name: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        if !check_counts(raw, diagnostics) {
            return None; // every further check grows with the square of them
        }
        let seed = raw.seed.as_ref().map_or(1, |seed| *seed.get_ref());
        let (underlay, site_mtu) = settings::networks(raw, diagnostics);
        check_underlay_prefix(raw, underlay.prefix, diagnostics);
        let igp = settings::igp(&raw.igp, diagnostics);
        let sites = sites::resolve(raw, &igp, diagnostics);
        let vlans = vlans(&raw.vlans, diagnostics);
        let hosts = hosts(raw, seed, &vlans, diagnostics);
        let migration = migration::resolve(raw, &hosts, diagnostics);
        migration::check_roles(raw, &hosts, migration.as_ref(), diagnostics);
        if raw
            .probes
            .vms
            .as_ref()
            .is_none_or(|vms| *vms.get_ref() == ProbedVms::All)
        {
            check_flows(&hosts, &vlans, diagnostics);
        }
        let is_extended =
            |vlan: VlanIndex| vlans[vlan.0].is_some_and(|vlan: Vlan| vlan.reach == Reach::Extended);
        sites::check_attachments(raw, &sites, &hosts, is_extended, diagnostics);
        let name = names::topology_name(raw.name.as_ref(), file_name, diagnostics);
        let description = raw.description.as_ref().map(|d| d.get_ref().clone());
        let resolved = Self {
            name,
            description: description.unwrap_or_default(),
            seed,
            underlay,
            site_mtu,
            switch_ageing: settings::ageing("switch.ageing", &raw.switch.ageing, diagnostics),
            igp,
            mesh: mesh(&raw.igp),
            hub: hub(raw, diagnostics),
            moves: migration::moves(raw, diagnostics),
            mechanism: mechanism::resolve(&raw.mechanism, diagnostics),
            probes: settings::probes(&raw.probes, site_mtu, diagnostics),
            // Only here may it end early: all that can be wrong was looked at.
            vlans: vlans.into_iter().collect::<Option<_>>()?,
            sites,
            hosts,
            migration,
            warnings: Diagnostics::default(),
        };
        warn(raw, &resolved, diagnostics);
        Some(resolved)
    }
}

/// Reports too few and too many things; `false` when there are too many to go on.
fn check_counts(raw: &raw::Topology, diagnostics: &mut Diagnostics) -> bool {
    if raw.sites.len() < 2 {
        let message = match raw.sites.len() {
            0 => "there is no site",
            _ => "there is only one site",
        };
        let cure = "a VM moves between sites: add a [[site]] with a name for each, at least two";
        diagnostics.push(Diagnostic::nowhere(Code::TooFewSites, message).help(cure));
    }
    let counts = [
        ("sites", raw.totals.sites, SITE_LIMIT),
        ("VLANs", raw.vlans.len() as u64, VLAN_LIMIT),
        ("hosts", raw.totals.hosts, HOST_LIMIT),
    ];
    let mut all_within = true;
    let too_many = |(_, count, limit): &(_, u64, usize)| *count > *limit as u64;
    for (what, count, limit) in counts.into_iter().filter(too_many) {
        let message = format!("{count} {what} are too many");
        let cure = format!("use at most {limit}");
        diagnostics.push(Diagnostic::nowhere(Code::TooMany, message).help(cure));
        all_within = false;
    }
    all_within
}

/// Reports more pairs of VM and observer than there are ports for their probes.
fn check_flows(hosts: &[Host], vlans: &[Option<Vlan>], diagnostics: &mut Diagnostics) {
    let mut of_vlan = BTreeMap::<_, [usize; 2]>::new();
    for host in hosts {
        let ends_at_site = vlans[host.vlan.0].is_some_and(|vlan| vlan.reach == Reach::OneSite);
        let domain = (host.vlan, ends_at_site.then_some(host.site));
        let counts = of_vlan.entry(domain).or_default();
        counts[usize::from(host.role == Role::Vm)] += 1;
    }
    let flows: usize = of_vlan.values().map(|[a, b]| 2 * a * b).sum();
    if flows > FLOW_LIMIT {
        let message = format!("{flows} flows of probes are too many");
        let cure = format!(
            "every observer probes every VM of its VLAN, and back: use fewer of either, more VLANs, \
             or vms = \"moved\" in [probes], for {FLOW_LIMIT} flows at most"
        );
        diagnostics.push(Diagnostic::nowhere(Code::TooMany, message).help(cure));
    }
}

/// Between which devices IS-IS runs. Who names a hub means the mesh of that name.
fn mesh(raw: &raw::Igp) -> Mesh {
    let given = raw.mesh.as_ref().map(|mesh| *mesh.get_ref());
    given.unwrap_or(if raw.hub.is_some() {
        Mesh::Hub
    } else {
        Mesh::Full
    })
}

/// The hub of the mesh of that name: the first site, unless the file says another one.
fn hub(raw: &raw::Topology, diagnostics: &mut Diagnostics) -> SiteId {
    let found = hosts::site_of(&raw.sites, &raw.igp.hub, diagnostics);
    if let (Some(hub), true) = (&raw.igp.hub, mesh(&raw.igp) != Mesh::Hub) {
        let message = "a hub, and a mesh that has none";
        let place = Diagnostic::new(Code::HubWithoutMesh, hub.span(), message);
        let cure = "set mesh = \"hub\", or leave `hub` out";
        diagnostics.push(place.label("means nothing here").help(cure));
    }
    found.unwrap_or(SiteId(0))
}

fn hosts(
    raw: &raw::Topology,
    seed: u64,
    vlans: &[Option<Vlan>],
    diagnostics: &mut Diagnostics,
) -> Vec<Host> {
    let names = || raw.hosts.iter().filter_map(|host| host.name.as_ref());
    names::check("host", names(), diagnostics);
    names::check_reserved(names(), diagnostics);
    let given = raw.hosts.iter().filter_map(|host| host.mac.as_ref());
    let mut pool = MacPool::new(seed, given.map(|mac| *mac.get_ref()));
    hosts::resolve(raw, vlans, &mut pool, diagnostics)
}

/// The VLANs; `None` in place of one that something is wrong with, so that indexes stay.
fn vlans(raw: &[raw::Vlan], diagnostics: &mut Diagnostics) -> Vec<Option<Vlan>> {
    let mut vlans: Vec<Option<Vlan>> = Vec::new();
    for (i, vlan) in raw.iter().enumerate() {
        let twin = |other: &&raw::Vlan| same(&other.id, &vlan.id);
        if let (Some(id), Some(Some(first))) =
            (&vlan.id, raw[..i].iter().find(twin).map(|twin| &twin.id))
        {
            let message = format!("VLAN {} is there twice", id.get_ref());
            let place = Diagnostic::new(Code::DuplicateVlan, id.span(), message);
            let place = place
                .label("used again")
                .context(first.span(), "first used here");
            diagnostics.push(place.help("give each VLAN its own ID"));
        }
        let usable = vlan
            .prefix
            .as_ref()
            .filter(|prefix| check_prefix(prefix, diagnostics));
        if let Some(prefix) = usable {
            check_overlap(prefix, &raw[..i], diagnostics);
        }
        let both = vlan.id.as_ref().zip(usable);
        vlans.push(both.map(|(id, prefix)| Vlan {
            id: *id.get_ref(),
            prefix: *prefix.get_ref(),
            reach: match vlan.extended {
                Some(false) => Reach::OneSite,
                Some(true) | None => Reach::Extended,
            },
        }));
    }
    vlans
}

fn same<T: PartialEq>(a: &Field<T>, b: &Field<T>) -> bool {
    a.as_ref()
        .zip(b.as_ref())
        .is_some_and(|(a, b)| a.get_ref() == b.get_ref())
}

fn check_overlap(
    prefix: &Spanned<Ipv4Prefix>,
    earlier: &[raw::Vlan],
    diagnostics: &mut Diagnostics,
) {
    let prefixes = || earlier.iter().filter_map(|vlan| vlan.prefix.as_ref());
    if let Some(first) = prefixes().find(|first| first.get_ref().overlaps(*prefix.get_ref())) {
        let message = format!(
            "{} and {} share addresses",
            first.get_ref(),
            prefix.get_ref()
        );
        let place = Diagnostic::new(Code::OverlappingPrefixes, prefix.span(), message);
        let place = place
            .label("overlaps")
            .context(first.span(), "with this one");
        diagnostics.push(place.help("give each VLAN a prefix of its own"));
    }
}

/// Whether hosts can have addresses from the prefix (RFC 6890); reports it when they can not.
fn check_prefix(prefix: &Spanned<Ipv4Prefix>, diagnostics: &mut Diagnostics) -> bool {
    let value = *prefix.get_ref();
    let (first, last) = (value.network().octets()[0], value.broadcast().octets()[0]);
    if first == 0 || last == 127 || last >= 224 {
        let message = format!("hosts can not have addresses of {value}");
        let place = Diagnostic::new(Code::UnusablePrefix, prefix.span(), message);
        let place = place.label("loopback, multicast or reserved");
        diagnostics.push(place.help("use a private prefix (RFC 1918), as in 10.100.0.0/24"));
    } else if value.host_count() == 0 {
        let message = format!("{value} has no addresses for hosts");
        let place = Diagnostic::new(Code::PrefixTooSmall, prefix.span(), message);
        diagnostics.push(
            place
                .label("network and broadcast address only")
                .help("use a /30 or greater"),
        );
    } else {
        return true;
    }
    false
}

/// Reports an underlay prefix with less than a /30 for each edge device.
fn check_underlay_prefix(raw: &raw::Topology, prefix: Ipv4Prefix, diagnostics: &mut Diagnostics) {
    let Some(field) = &raw.underlay.prefix else {
        return;
    };
    let room = 1_u64 << (32 - prefix.length()) >> 2;
    let count = raw.sites.len();
    if room >= count as u64 {
        check_prefix(field, diagnostics);
        return;
    }
    let message = format!("{prefix} is too small for the underlay of {count} sites");
    let place = Diagnostic::new(Code::PrefixTooSmall, field.span(), message);
    let length = 30 - count.next_power_of_two().trailing_zeros();
    let label = format!("room for {room} edge devices, with a /30 for each");
    diagnostics.push(
        place
            .label(label)
            .help(format!("use a /{length} or greater")),
    );
}

/// Warns of what works, but perhaps shows other than what was meant.
fn warn(raw: &raw::Topology, resolved: &Resolved, diagnostics: &mut Diagnostics) {
    if diagnostics.has_errors() {
        return; // warnings about what has to change anyway are noise
    }
    for ((index, vlan), raw) in resolved.vlans().zip(&raw.vlans) {
        let used = resolved.hosts.iter().any(|host| host.vlan == index);
        if let (false, Some(id)) = (used, &raw.id) {
            let message = format!("no host is in VLAN {}", vlan.id);
            let place = Diagnostic::new(Code::UnusedVlan, id.span(), message);
            let cure = "every site gets a bridge and a port for it: take it out, or add hosts";
            diagnostics.push(place.label("unused").help(cure));
        }
    }
    let Resolved {
        sites,
        hosts,
        migration,
        ..
    } = resolved;
    if let Some(migration) = migration {
        migration::warn_unobserved(raw, sites, hosts, migration, diagnostics);
    }
}
