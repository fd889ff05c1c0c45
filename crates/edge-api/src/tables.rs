//! Tables of an edge device, as rows to read.

use core::fmt;
use std::net::Ipv4Addr;
use std::sync::Arc;

use isis::{AdjacencyState, TimerProfile};
use serde::{Deserialize, Serialize};
use wire::{LspId, MacAddr, SystemId, Timestamp, VlanId};

use crate::{Mode, Reloads};

/// Number of a table's state: every change takes the next one.
///
/// An assertion that must see a change waits for an entry whose epoch is newer than the one that it
/// read before the trigger.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Epoch(pub u64);

/// What a MAC entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MacState {
    /// The station is in this site, behind a site port.
    Local,
    /// The station is behind another edge device, reached by one EVI link.
    Remote,
    /// The station has just moved and the IGP has not said where: out on every EVI link.
    Flood,
    /// The station has just moved and the IGP has not said where: provisionally behind the EVI link
    /// that its announcement came in on (D-8).
    Redirect,
}

impl fmt::Display for MacState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Local => "local",
            Self::Remote => "remote",
            Self::Flood => "flood",
            Self::Redirect => "redirect",
        })
    }
}

/// State and port of a MAC entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The state.
    pub state: MacState,
    /// Site port or EVI link; `None` for `flood`.
    pub port: Option<Arc<str>>,
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.port {
            Some(port) => write!(f, "{} {port}", self.state),
            None => write!(f, "{}", self.state),
        }
    }
}

/// The MAC table with the epoch it was read at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MacTable {
    /// Epoch of the table's last change.
    pub epoch: Epoch,
    /// The entries, by VLAN and MAC.
    pub entries: Vec<MacRow>,
}

/// One MAC entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MacRow {
    /// VLAN.
    pub vlan: VlanId,
    /// MAC address.
    pub mac: MacAddr,
    /// State and port.
    #[serde(flatten)]
    pub binding: Binding,
    /// When the entry took this state and port.
    pub since: Timestamp,
    /// When the entry ends by itself: a `local` one unless a frame refreshes it, a `flood` one unless
    /// a publication overrides it. `None` for `remote`.
    pub deadline: Option<Timestamp>,
    /// Epoch of the entry's last change.
    pub epoch: Epoch,
    /// Until when the entry is frozen, because the MAC moved too often (D-6); `None`: it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen_until: Option<Timestamp>,
    /// The entry is configured: it neither ages nor moves (D-6).
    #[serde(
        default,
        rename = "static",
        skip_serializing_if = "core::ops::Not::not"
    )]
    pub is_static: bool,
}

/// What an ARP entry can be relied on for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArpStatus {
    /// The last announcement is uncontested, and the MAC table has the station where it was made.
    Valid,
    /// The MAC table has no entry for the station, or has it elsewhere.
    Invalid,
    /// Another station announced the same address shortly before.
    Collision,
}

/// One entry of the ARP snooping table (port: a site port) or of the ARP suppression table (port: an
/// EVI link).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArpRow {
    /// IPv4 address.
    pub ip: Ipv4Addr,
    /// VLAN.
    pub vlan: VlanId,
    /// MAC address of the station that announced it.
    pub mac: MacAddr,
    /// Where it was announced.
    pub port: Arc<str>,
    /// When the entry ends unless it is announced again.
    pub deadline: Timestamp,
    /// Its status.
    pub status: ArpStatus,
}

/// What an adjacency runs over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdjacencyMedium {
    /// An EVI link, which carries the frames of the sites.
    #[default]
    EviLink,
    /// An Ethernet interface, which carries IS-IS alone.
    IsisCircuit,
}

/// One IS-IS adjacency; or, of an EVI link without IS-IS of its own, the device that was found behind
/// it, `Up` as long as that can be reached through the link-state graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdjacencyRow {
    /// The EVI link, or the IS-IS circuit.
    pub link: Arc<str>,
    /// Which of the two.
    #[serde(default)]
    pub medium: AdjacencyMedium,
    /// The peer's underlay address; on an IS-IS circuit the address in its hellos, 0.0.0.0 before the
    /// first one.
    pub peer: Ipv4Addr,
    /// The neighbour, once a hello was heard.
    pub neighbour: Option<SystemId>,
    /// RFC 5303 state.
    pub state: AdjacencyState,
    /// When it took that state.
    pub since: Timestamp,
}

/// One LSP of the link-state database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LspRow {
    /// Its identifier.
    pub lsp_id: LspId,
    /// Sequence number.
    pub sequence: u32,
    /// Checksum.
    pub checksum: u16,
    /// Remaining lifetime, seconds.
    pub lifetime_seconds: u16,
    /// Originated by this device.
    pub own: bool,
    /// Its system says that it is overloaded: it has more MACs than its LSPs hold.
    #[serde(default)]
    pub overloaded: bool,
    /// The MACs it lists.
    pub macs: Vec<(VlanId, MacAddr)>,
}

/// What an edge device is and does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Its name.
    pub name: String,
    /// Version of the program.
    pub version: String,
    /// Process ID, in its own PID namespace.
    pub pid: u32,
    /// IS-IS system ID.
    pub system_id: SystemId,
    /// Underlay address.
    pub address: Ipv4Addr,
    /// How it handles a MAC move.
    pub mode: Mode,
    /// The IGP timer profile by name.
    pub igp_profile: TimerProfile,
    /// The LSP generation rule in force, as a sentence.
    pub lsp_generation: String,
    /// When the own LSP that waits will be generated; `None` when none waits.
    pub lsp_pending_until: Option<Timestamp>,
    /// Epoch of the MAC table.
    pub epoch: Epoch,
    /// The clock of all stamps, now (`CLOCK_MONOTONIC`).
    pub now: Timestamp,
    /// Warnings that hold now, each with its cure (for example, an underlay MTU that is too small).
    pub warnings: Vec<String>,
    /// How often the configuration was read again, and what came of it the last time.
    #[serde(default)]
    pub reloads: Reloads,
}
