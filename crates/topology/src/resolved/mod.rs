//! The meaning of a topology: references are indexes, defaults are filled in, and all of it can work.

mod hosts;
mod mac;
mod mechanism;
mod migration;
mod names;
mod resolve;
mod settings;
mod sites;
mod words;

use std::net::Ipv4Addr;
use std::time::Duration;

use edge_api::{IgpConfig, MobilityConfig, Mode, TimerOverrides, TimerProfile};
use serde::Serialize;
use wire::{MacAddr, VlanId};

use crate::diagnostic::Diagnostics;
use crate::{Ipv4Prefix, Plan};

pub(crate) use mac::MacPool;
pub use names::NAME_LIMIT;
pub(crate) use resolve::{HOST_LIMIT, SITE_LIMIT};
pub use words::{Announce, AttachmentKind, Mesh, MigrationStyle, ProbeDirection, ProbedVms, Role};

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

/// A site.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Its name.
    pub name: String,
    /// How its hosts reach its edge device.
    pub attachment: AttachmentKind,
    /// The mode of its edge device, where it is another than the topology's.
    pub mode: Option<Mode>,
    /// What the IS-IS of its edge device has of its own.
    pub igp: SiteIgp,
}

/// What the IS-IS of one edge device has of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SiteIgp {
    /// Its timers by profile, where they are others than the topology's.
    pub profile: Option<TimerProfile>,
    /// Timers that differ from the profile's.
    pub timers: TimerOverrides,
}

/// How far a VLAN goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// From site to site.
    Extended,
    /// It is there in every site, and ends there.
    OneSite,
}

/// How an edge device comes to know a host of its site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// From the host's frames.
    Learned,
    /// From its configuration: the entry never ages and never moves.
    Static,
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
    warnings: Diagnostics,
}

impl Resolved {
    /// The same topology with another way to handle a MAC move, but for sites with a mode of their own.
    #[must_use]
    pub fn with_mode(mut self, mode: Mode) -> Self {
        self.mechanism.mode = mode;
        self
    }

    /// The same topology with the IGP timers of another vendor, but for timers that the file sets itself,
    /// and sites with a profile of their own.
    /// The two may not go together: [`IgpConfig::effective_timers`] tells.
    #[must_use]
    pub fn with_profile(mut self, profile: TimerProfile) -> Self {
        self.igp.profile = profile;
        self
    }

    /// The same topology with another style of migration.
    #[must_use]
    pub fn with_style(mut self, style: MigrationStyle) -> Self {
        self.moves.style = style;
        self
    }

    /// Why VMs can not move in the style that is set, where they can not.
    #[must_use]
    pub fn style_problem(&self) -> Option<String> {
        let direct = |site: &&Site| site.attachment == AttachmentKind::Direct;
        let direct = self.sites.iter().find(direct)?;
        (self.moves.style == MigrationStyle::Replug).then(|| {
            format!(
                "the style `replug` needs sites with switches, and site `{}` has none: use the style \
                 `netns`, or attachment = \"switched\"",
                direct.name
            )
        })
    }

    /// The same topology with a VM that says something else on arrival.
    #[must_use]
    pub fn with_announce(mut self, announce: Announce) -> Self {
        self.moves.announce = announce;
        self
    }

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

    /// The IS-IS of a site's edge device.
    #[must_use]
    pub fn igp_of(&self, site: SiteId) -> IgpConfig {
        self.site(site).igp.over(&self.igp)
    }

    /// Whether IS-IS runs on the EVI link between two sites.
    #[must_use]
    pub fn has_adjacency(&self, one: SiteId, two: SiteId) -> bool {
        let (less, more) = (one.0.min(two.0), one.0.max(two.0));
        match self.mesh {
            Mesh::Full => true,
            Mesh::Hub => one == self.hub || two == self.hub,
            Mesh::Ring => more - less == 1 || less == 0 && more + 1 == self.sites.len(),
        }
    }

    /// The probes that measure it.
    #[must_use]
    pub const fn probes(&self) -> &Probes {
        &self.probes
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
