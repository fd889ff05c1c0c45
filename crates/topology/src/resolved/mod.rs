//! The meaning of a topology: references are indexes, defaults are filled in, and all of it can work.

mod hosts;
pub(crate) mod impairment;
mod mac;
mod mechanism;
mod migration;
pub(crate) mod names;
mod resolve;
pub(crate) mod settings;
mod sites;
mod vlans;
mod with;
mod words;

use std::net::Ipv4Addr;
use std::time::Duration;

use edge_api::{IgpConfig, MobilityConfig, Mode};
use serde::Serialize;
use wire::{MacAddr, VlanId};

use crate::diagnostic::Diagnostics;
use crate::{Ipv4Prefix, Plan, Scenario};

pub use impairment::ImpairedPath;
pub(crate) use mac::MacPool;
pub use names::NAME_LIMIT;
pub(crate) use resolve::{HOST_LIMIT, SITE_LIMIT};
pub use sites::{Entry, Reach, Site, SiteIgp};
pub(crate) use words::words;
pub use words::{
    Announce, AttachmentKind, ImpairWith, Mesh, MigrationStyle, ProbeDirection, ProbedVms, Role,
};

/// Index of a site, in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteId(pub(crate) usize);

/// Index of a host, in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId(pub(crate) usize);

/// Index of a VLAN, in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VlanIndex(pub(crate) usize);

impl SiteId {
    /// The number of the site, from 1: in system IDs, and in names that the site's own is too long for.
    #[must_use]
    pub const fn number(self) -> usize {
        self.0 + 1
    }
}

impl VlanIndex {
    /// The number of the VLAN, from 1: that of the edge devices' site port for it.
    #[must_use]
    pub const fn number(self) -> usize {
        self.0 + 1
    }
}

/// A VLAN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vlan {
    /// Its ID.
    pub id: VlanId,
    /// Where its hosts' addresses are from.
    pub prefix: Ipv4Prefix,
    /// How far it goes.
    pub reach: Reach,
}

/// A host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// What it does.
    pub role: Role,
    /// The site it is at, at first.
    pub site: SiteId,
    /// Its VLAN.
    pub vlan: VlanIndex,
    /// Its address.
    pub address: Ipv4Addr,
    /// Its MAC address.
    pub mac: MacAddr,
    /// How its edge device comes to know it.
    pub entry: Entry,
}

/// The routed network between the edge devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Underlay {
    /// MTU, bytes.
    pub mtu: u32,
    /// What a /30 for each edge device comes from.
    pub prefix: Ipv4Prefix,
    /// What impairs the paths between sites.
    pub impair_with: ImpairWith,
}

/// What edge devices do about a MAC move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mechanism {
    /// How a move is handled.
    pub mode: Mode,
    /// Hold time, repeats, ARP tables, dampening.
    pub mobility: MobilityConfig,
    /// A local entry ends after this without a frame.
    pub mac_ageing: Duration,
    /// MACs that the table holds at the most.
    pub mac_limit: usize,
}

/// The move that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Who moves.
    pub vm: HostId,
    /// Where it goes.
    pub to: SiteId,
}

/// How VMs move, where nothing else is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    /// How the cable is re-plugged.
    pub style: MigrationStyle,
    /// What it says on arrival.
    pub announce: Announce,
    /// How long it is plugged in nowhere, on top of what the move itself takes.
    pub downtime: Duration,
}

/// The probes that measure it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Probes {
    /// Probes a second, of each flow.
    pub rate: u32,
    /// Which VMs are probed.
    pub vms: ProbedVms,
    /// Which way they go.
    pub direction: ProbeDirection,
    /// Bytes of UDP payload.
    pub payload: u32,
    /// How long to probe without loss before the migration.
    #[serde(with = "humantime_serde")]
    pub baseline: Duration,
    /// How long to probe without loss after the recovery.
    #[serde(with = "humantime_serde")]
    pub settle: Duration,
    /// The longest wait for the recovery.
    #[serde(with = "humantime_serde")]
    pub recovery_limit: Duration,
}

/// A topology that can be brought up. Its indexes are valid in itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    name: String,
    description: String,
    seed: u64,
    underlay: Underlay,
    site_mtu: u32,
    switch_ageing: Duration,
    igp: IgpConfig,
    mechanism: Mechanism,
    vlans: Vec<Vlan>,
    sites: Vec<Site>,
    hosts: Vec<Host>,
    moves: Moves,
    migration: Option<Migration>,
    mesh: Mesh,
    hub: SiteId,
    probes: Probes,
    impairments: Vec<ImpairedPath>,
    scenario: Option<Scenario>,
    warnings: Diagnostics,
}

impl Resolved {
    /// Every kernel object, in the order to make it.
    #[must_use]
    pub fn plan(&self) -> Plan {
        Plan::new(self)
    }

    /// What can be brought up, but perhaps shows other than what was meant.
    #[must_use]
    pub fn warnings(&self) -> &Diagnostics {
        &self.warnings
    }

    /// What happens in it, when the file says so.
    #[must_use]
    pub const fn scenario(&self) -> Option<&Scenario> {
        self.scenario.as_ref()
    }

    /// Name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the topology shows; may be empty.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Seed of everything that is derived: MAC addresses here, jitter elsewhere.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The routed network between the edge devices.
    #[must_use]
    pub const fn underlay(&self) -> Underlay {
        self.underlay
    }

    /// MTU of hosts and switches, bytes.
    #[must_use]
    pub const fn site_mtu(&self) -> u32 {
        self.site_mtu
    }

    /// How long switches remember a MAC without a frame.
    #[must_use]
    pub const fn switch_ageing(&self) -> Duration {
        self.switch_ageing
    }

    /// IS-IS.
    #[must_use]
    pub const fn igp(&self) -> &IgpConfig {
        &self.igp
    }

    /// What edge devices do about a MAC move.
    #[must_use]
    pub const fn mechanism(&self) -> &Mechanism {
        &self.mechanism
    }

    /// How VMs move.
    #[must_use]
    pub const fn moves(&self) -> &Moves {
        &self.moves
    }

    /// The move that is measured, if there is one.
    #[must_use]
    pub const fn migration(&self) -> Option<&Migration> {
        self.migration.as_ref()
    }

    /// The probes that measure it.
    #[must_use]
    pub const fn probes(&self) -> &Probes {
        &self.probes
    }

    /// The paths between sites that are impaired, each direction by itself.
    #[must_use]
    pub fn impaired_paths(&self) -> &[ImpairedPath] {
        &self.impairments
    }

    /// One site.
    #[must_use]
    pub fn site(&self, id: SiteId) -> &Site {
        &self.sites[id.0]
    }

    /// One VLAN.
    #[must_use]
    pub fn vlan(&self, index: VlanIndex) -> &Vlan {
        &self.vlans[index.0]
    }

    /// One host.
    #[must_use]
    pub fn host(&self, id: HostId) -> &Host {
        &self.hosts[id.0]
    }

    /// The sites, in the order of the file.
    pub fn sites(&self) -> impl Iterator<Item = (SiteId, &Site)> {
        self.sites
            .iter()
            .enumerate()
            .map(|(i, site)| (SiteId(i), site))
    }

    /// The VLANs, in the order of the file.
    pub fn vlans(&self) -> impl Iterator<Item = (VlanIndex, &Vlan)> {
        self.vlans
            .iter()
            .enumerate()
            .map(|(i, vlan)| (VlanIndex(i), vlan))
    }

    /// The hosts, in the order of the file.
    pub fn hosts(&self) -> impl Iterator<Item = (HostId, &Host)> {
        self.hosts
            .iter()
            .enumerate()
            .map(|(i, host)| (HostId(i), host))
    }
}
