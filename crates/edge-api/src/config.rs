//! Configuration of one edge device.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;
use std::net::Ipv4Addr;

use isis::{AuthenticationKey, TimerOverrides, TimerProfile, Timers, TimersError};
use serde::{Deserialize, Serialize};
use wire::{SystemId, VlanSet};

mod announcements;
mod check;
mod isis_circuit;
mod site_port;
mod static_mac;
#[cfg(test)]
mod tests;

pub use announcements::{AnnouncementMessage, RateLimit};
pub use check::ConfigError;
pub use isis_circuit::IsisCircuitConfig;
pub use site_port::{PortVlans, SitePortConfig};
pub use static_mac::StaticMacConfig;

/// Tunnel overhead inside the public interface's MTU: IPv4 20, GRE 4, inner Ethernet 14, inner
/// 802.1Q tag 4.
pub const TUNNEL_OVERHEAD: u32 = 42;

/// How a device handles a MAC move.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// The baseline: only the IGP moves entries; gratuitous ARPs are ordinary broadcast.
    IgpOnly,
    /// First embodiment, R-1 to R-11: an announcement installs a flood entry.
    #[default]
    GarpFlood,
    /// Second embodiment, R-12 to R-16: only where an ARP snooping entry of the own site shows that the
    /// station has left it.
    GarpFloodVerified,
    /// Extension D-8: the announcement installs a provisional entry by the link that it came in on, so
    /// that nothing is copied.
    GarpRedirect,
}

impl Mode {
    /// Every mode, baseline first.
    pub const ALL: &[Self] = &[
        Self::IgpOnly,
        Self::GarpFlood,
        Self::GarpFloodVerified,
        Self::GarpRedirect,
    ];

    /// The name, as in files and on command lines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::IgpOnly => "igp-only",
            Self::GarpFlood => "garp-flood",
            Self::GarpFloodVerified => "garp-flood-verified",
            Self::GarpRedirect => "garp-redirect",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|mode| mode.name() == text)
            .ok_or_else(|| {
                let known: Vec<_> = Self::ALL.iter().map(|mode| mode.name()).collect();
                format!("`{text}` is no mode: use {}", known.join(", "))
            })
    }
}

/// Configuration of one edge device. Unknown keys are errors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EdgeConfig {
    /// Name of the device, for people and as its IS-IS host name.
    pub name: String,
    /// IS-IS system ID.
    pub system_id: SystemId,
    /// How a MAC move is handled.
    #[serde(default)]
    pub mode: Mode,
    /// No frame from a local MAC for this long removes it.
    #[serde(default = "default_mac_ageing", with = "humantime_serde")]
    pub mac_ageing: Duration,
    /// MACs that the table holds at the most.
    #[serde(default = "default_mac_limit")]
    pub mac_limit: usize,
    /// VLANs that stay in this site: switched between its ports, never extended to the other sites.
    #[serde(default, skip_serializing_if = "VlanSet::is_empty")]
    pub local_vlans: VlanSet,
    /// The way to the public network.
    pub public: PublicConfig,
    /// IS-IS.
    #[serde(default)]
    pub igp: IgpConfig,
    /// MAC mobility.
    #[serde(default)]
    pub mobility: MobilityConfig,
    /// Ports towards the own site.
    #[serde(default, rename = "site_port")]
    pub site_ports: Vec<SitePortConfig>,
    /// Links to the other edge devices.
    #[serde(default, rename = "evi_link")]
    pub evi_links: Vec<EviLinkConfig>,
    /// Ethernet interfaces that carry IS-IS alone.
    #[serde(
        default,
        rename = "isis_circuit",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub isis_circuits: Vec<IsisCircuitConfig>,
    /// Stations of the own site that never move.
    #[serde(default, rename = "static_mac", skip_serializing_if = "Vec::is_empty")]
    pub static_macs: Vec<StaticMacConfig>,
}

const fn default_mac_ageing() -> Duration {
    Duration::from_secs(300)
}

const fn default_mac_limit() -> usize {
    65_536
}

/// The way to the public network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicConfig {
    /// Interface of the public port.
    pub interface: String,
    /// This device's underlay address, on that interface.
    pub address: Ipv4Addr,
    /// Hand frames to the driver past the queueing discipline: faster, but neither traffic control
    /// nor a capture on the interface sees what the device sends.
    #[serde(default)]
    pub bypass_qdisc: bool,
}

/// A link to another edge device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EviLinkConfig {
    /// Name in tables, for example `evi-link1`.
    pub name: String,
    /// Underlay address of the other device.
    pub peer: Ipv4Addr,
    /// Whether IS-IS runs on the link. Without it the link leads to whichever system says in its LSP that
    /// `peer` is its address, as long as that system can be reached through the link-state graph.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub isis: bool,
}

const fn yes() -> bool {
    true
}

const fn is_yes(value: &bool) -> bool {
    *value
}

/// IS-IS: a named profile, and any timer on its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IgpConfig {
    /// Defaults of a vendor, by name.
    #[serde(default = "default_profile")]
    pub profile: TimerProfile,
    /// Area address, for example `49.0001`.
    #[serde(default = "default_area")]
    pub area: String,
    /// Key of the area: every PDU is signed with it and must be (HMAC-MD5, RFC 5304). It is read, never
    /// written: a configuration that is stored anew has none.
    #[serde(default, skip_serializing)]
    pub authentication: Option<AuthenticationKey>,
    /// Timers that differ from the profile's.
    #[serde(default)]
    pub timers: TimerOverrides,
}

impl IgpConfig {
    /// The timers in force.
    ///
    /// # Errors
    /// The timers cannot work together.
    pub fn effective_timers(&self) -> Result<Timers, TimersError> {
        self.timers.over(self.profile.timers())
    }
}

impl Default for IgpConfig {
    fn default() -> Self {
        Self {
            profile: default_profile(),
            area: default_area(),
            authentication: None,
            timers: TimerOverrides::default(),
        }
    }
}

const fn default_profile() -> TimerProfile {
    TimerProfile::ComwareV5
}

fn default_area() -> String {
    "49.0001".to_owned()
}

/// MAC mobility.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MobilityConfig {
    /// A flood entry ends by itself after this long without a publication (D-3).
    #[serde(with = "humantime_serde")]
    pub flood_hold: Duration,
    /// How often an announcement is repeated, since the public network may lose one (D-4).
    pub announcement_repeats: u32,
    /// From an announcement to its first repeat; every further interval is twice the one before.
    #[serde(with = "humantime_serde")]
    pub announcement_interval: Duration,
    /// What an announcement to the other edge devices is.
    pub announcement_message: AnnouncementMessage,
    /// Announcements of one MAC from the site; of what is over it, the MAC is learned and published,
    /// and nothing announced (D-6).
    pub announcements_per_mac: RateLimit,
    /// Announcements at one site port.
    pub announcements_per_port: RateLimit,
    /// Announcements on one EVI link, from the other device.
    pub announcements_per_link: RateLimit,
    /// Answer a site's ARP requests for addresses of other sites from the suppression table.
    pub arp_suppression: bool,
    /// An ARP snooping or suppression entry ends after this long without an announcement.
    #[serde(with = "humantime_serde")]
    pub arp_ageing: Duration,
    /// Entries that both ARP tables together hold at the most.
    pub arp_limit: usize,
    /// So many moves of one MAC within `dampening_window` freeze it (RFC 7432 s15.1); 0: never.
    pub dampening_moves: u32,
    /// See `dampening_moves`.
    #[serde(with = "humantime_serde")]
    pub dampening_window: Duration,
    /// How long a MAC stays frozen unless it is cleared (RFC 9161: 540 s).
    #[serde(with = "humantime_serde")]
    pub freeze_time: Duration,
}

impl Default for MobilityConfig {
    fn default() -> Self {
        Self {
            flood_hold: Duration::from_secs(30),
            announcement_repeats: 3,
            announcement_interval: Duration::from_millis(100),
            announcement_message: AnnouncementMessage::Garp,
            announcements_per_mac: RateLimit::PER_MAC,
            announcements_per_port: RateLimit::PER_PORT,
            announcements_per_link: RateLimit::PER_LINK,
            arp_suppression: true,
            arp_ageing: Duration::from_secs(1200),
            arp_limit: 65_536,
            dampening_moves: 5,
            dampening_window: Duration::from_secs(180),
            freeze_time: Duration::from_secs(540),
        }
    }
}
