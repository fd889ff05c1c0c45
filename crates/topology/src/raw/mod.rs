//! The format of a topology file: its tables and keys, each value typed and with its place.
//!
//! Nothing here knows what a value means: that is [`crate::resolved`]. A field is `None` when the key is
//! absent, or when its value was reported already; so that one mistake is reported once, a later stage
//! is silent about what is `None` here.

mod complaint;
mod expand;
mod read;
mod reader;
mod schema;
mod settings;
#[cfg(test)]
mod tests;

use std::net::Ipv4Addr;
use std::time::Duration;

use edge_api::{AnnouncementMessage, Mode, TimerOverrides, TimerProfile};
use toml::Spanned;
use wire::isis::{AreaAddress, AuthenticationKey};
use wire::{MacAddr, VlanId};

pub use schema::{Schema, schema};

use crate::diagnostic::Diagnostics;
use crate::source::Source;
use crate::{
    Announce, AttachmentKind, Ipv4Prefix, Mesh, MigrationStyle, ProbeDirection, ProbedVms,
    Resolved, Role,
};

/// A value with its place in the file.
pub type Field<T> = Option<Spanned<T>>;

/// Longest text that is read, in bytes: a topology of the greatest size is a tenth of it.
pub const MAX_TEXT: usize = 1 << 20;

/// What stands for a key in a text that is kept.
const NOT_KEPT: &str = "\"(not kept)\"";

/// A topology file as it is written.
#[derive(Clone, Debug, Default)]
pub struct Topology {
    /// `name`.
    pub name: Field<String>,
    /// `description`.
    pub description: Field<String>,
    /// `seed`.
    pub seed: Field<u64>,
    /// `[underlay]`.
    pub underlay: Underlay,
    /// `[site_network]`.
    pub site_network: SiteNetwork,
    /// `[igp]`.
    pub igp: Igp,
    /// `[mechanism]`.
    pub mechanism: Mechanism,
    /// `[switch]`.
    pub switch: Switch,
    /// `[[vlan]]`.
    pub vlans: Vec<Vlan>,
    /// `[[site]]`.
    pub sites: Vec<Site>,
    /// `[[host]]`.
    pub hosts: Vec<Host>,
    /// `[migration]`.
    pub migration: Option<Migration>,
    /// `[probes]`.
    pub probes: Probes,
    /// How many sites and hosts the text asks for. When they are too many, not all of them are here.
    pub totals: Totals,
}

/// How many things a text asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Sites.
    pub sites: u64,
    /// Hosts.
    pub hosts: u64,
}

/// `[underlay]`: the routed network between the edge devices.
#[derive(Clone, Debug, Default)]
pub struct Underlay {
    /// `mtu`, bytes.
    pub mtu: Field<u64>,
    /// `prefix`, which a /30 for each edge device comes from.
    pub prefix: Field<Ipv4Prefix>,
}

/// `[site_network]`: what all sites share.
#[derive(Clone, Debug, Default)]
pub struct SiteNetwork {
    /// `mtu` of hosts and switches, bytes.
    pub mtu: Field<u64>,
    /// `attachment` of the hosts of all sites that do not say their own.
    pub attachment: Field<AttachmentKind>,
}

/// `[igp]`: IS-IS.
#[derive(Clone, Debug, Default)]
pub struct Igp {
    /// `profile`, a vendor's timers by name.
    pub profile: Field<TimerProfile>,
    /// `area`.
    pub area: Field<AreaAddress>,
    /// `authentication`, the key of the area (RFC 5304).
    pub authentication: Field<AuthenticationKey>,
    /// `timers` that differ from the profile's.
    pub timers: Field<TimerOverrides>,
    /// `mesh`: between which edge devices IS-IS runs.
    pub mesh: Field<Mesh>,
    /// `hub` of the mesh of that name, a site by name.
    pub hub: Field<String>,
}

/// `[site.igp]`: what the IS-IS of one edge device has of its own.
#[derive(Clone, Debug, Default)]
pub struct SiteIgp {
    /// `profile`.
    pub profile: Field<TimerProfile>,
    /// `timers`.
    pub timers: Field<TimerOverrides>,
}

/// `[mechanism]`: what edge devices do about a MAC move.
#[derive(Clone, Debug, Default)]
pub struct Mechanism {
    /// `mode`.
    pub mode: Field<Mode>,
    /// `flood_hold` (D-3).
    pub flood_hold: Field<Duration>,
    /// `announcement_repeats` (D-4).
    pub announcement_repeats: Field<u64>,
    /// `announcement_interval` to the first repeat.
    pub announcement_interval: Field<Duration>,
    /// `announcement_message`: what an announcement is.
    pub announcement_message: Field<AnnouncementMessage>,
    /// `arp_suppression`: whether edge devices answer ARP requests.
    pub arp_suppression: Option<bool>,
    /// `arp_ageing` of both ARP tables.
    pub arp_ageing: Field<Duration>,
    /// `dampening_moves` that freeze a MAC (D-6).
    pub dampening_moves: Field<u64>,
    /// `dampening_window` that they are counted in.
    pub dampening_window: Field<Duration>,
    /// `freeze_time` of a MAC that moved too often.
    pub freeze_time: Field<Duration>,
    /// `mac_ageing` of the edge devices.
    pub mac_ageing: Field<Duration>,
    /// `mac_limit`, MACs in an edge device's table.
    pub mac_limit: Field<u64>,
}

/// `[switch]`: the sites' switches.
#[derive(Clone, Debug, Default)]
pub struct Switch {
    /// `ageing` of their forwarding tables.
    pub ageing: Field<Duration>,
}

/// One `[[vlan]]`.
#[derive(Clone, Debug)]
pub struct Vlan {
    /// `id`.
    pub id: Field<VlanId>,
    /// `prefix` of its hosts.
    pub prefix: Field<Ipv4Prefix>,
    /// `extended`: whether it reaches from site to site.
    pub extended: Option<bool>,
}

/// One `[[site]]`, or with `count` as many as that.
#[derive(Clone, Debug)]
pub struct Site {
    /// `name`.
    pub name: Field<String>,
    /// `count`, already spent: see [`Topology::parse`].
    pub count: Field<u64>,
    /// `attachment` of its hosts.
    pub attachment: Field<AttachmentKind>,
    /// `mode` of its edge device.
    pub mode: Field<Mode>,
    /// `[site.igp]`.
    pub igp: SiteIgp,
}

/// One `[[host]]`, or with `count` as many as that.
#[derive(Clone, Debug)]
pub struct Host {
    /// `name`.
    pub name: Field<String>,
    /// `role`.
    pub role: Field<Role>,
    /// `site`, by name.
    pub site: Field<String>,
    /// `vlan`, by ID.
    pub vlan: Field<VlanId>,
    /// `address`; derived where absent.
    pub address: Field<Ipv4Addr>,
    /// `mac`; derived where absent.
    pub mac: Field<MacAddr>,
    /// `count`, already spent: see [`Topology::parse`].
    pub count: Field<u64>,
    /// `static`: whether its edge device has a static entry for it.
    pub is_static: Option<bool>,
}

/// `[migration]`.
#[derive(Clone, Debug)]
pub struct Migration {
    /// `vm`, by name.
    pub vm: Field<String>,
    /// `to`, a site by name.
    pub to: Field<String>,
    /// `style`.
    pub style: Field<MigrationStyle>,
    /// `announce`.
    pub announce: Field<Announce>,
    /// `downtime`: how long the VM is plugged in nowhere, on top of what the move itself takes.
    pub downtime: Field<Duration>,
}

/// `[probes]`.
#[derive(Clone, Debug, Default)]
pub struct Probes {
    /// `rate` of each flow, a second.
    pub rate: Field<u64>,
    /// `vms` that are probed.
    pub vms: Field<ProbedVms>,
    /// `direction` of the flows.
    pub direction: Field<ProbeDirection>,
    /// `payload` of UDP, bytes.
    pub payload: Field<u64>,
    /// `baseline`: probing without loss before the migration.
    pub baseline: Field<Duration>,
    /// `settle`: probing without loss after the recovery.
    pub settle: Field<Duration>,
    /// `recovery_limit`: the longest wait for the recovery.
    pub recovery_limit: Field<Duration>,
}

impl Topology {
    /// Reads the format, and makes as many of a site or host as its `count` says. Whatever is wrong goes to `diagnostics`; the rest is returned all the same, so
    /// that its meaning can be checked too. `None` when the text is no TOML.
    pub fn parse(text: &str, diagnostics: &mut Diagnostics) -> Option<Self> {
        read::document(&Source::file("", text), diagnostics)
    }

    /// The text of a topology without what is not to be kept: the key of the area. The rest is word
    /// for word.
    #[must_use]
    pub fn without_key(text: &str) -> String {
        let raw = Self::parse(text, &mut Diagnostics::default());
        let place = raw.and_then(|raw| raw.igp.authentication.map(|key| key.span()));
        let mut text = text.to_owned();
        if let Some(place) = place {
            text.replace_range(place, NOT_KEPT);
        }
        text
    }

    /// Reads a whole topology: format and meaning. The file's name is the topology's where the text
    /// gives none.
    ///
    /// # Errors
    /// All that is wrong, at once, in the order of the file.
    pub fn load(file_name: &str, text: &str) -> Result<Resolved, Diagnostics> {
        Self::load_source(&Source::file(file_name, text))
    }

    /// The same with settings in place of what the file says.
    ///
    /// # Errors
    /// As [`Topology::load`].
    pub fn load_source(source: &Source<'_>) -> Result<Resolved, Diagnostics> {
        let mut diagnostics = Diagnostics::default();
        match read::document(source, &mut diagnostics) {
            Some(raw) => Resolved::from_raw(&raw, source.name(), diagnostics),
            None => {
                diagnostics.sort();
                Err(diagnostics)
            }
        }
    }
}
