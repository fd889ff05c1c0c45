//! The move, and the tables at its moments.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use edge_api::{ArpRow, MacRow};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wire::{MacAddr, Timestamp, VlanId};

use super::Row;

/// The move.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct MigrationSummary {
    /// The VM.
    pub vm: String,
    /// Its VLAN.
    #[schemars(with = "u16")]
    pub vlan: VlanId,
    /// Its MAC address.
    #[schemars(with = "String")]
    pub mac: MacAddr,
    /// Its IPv4 address.
    pub ip: Ipv4Addr,
    /// Site that it left.
    pub from: String,
    /// Site that it went to.
    pub to: String,
    /// How it reached the edge device of the site that it left: by a switch, or directly.
    #[serde(default = "by_a_switch")]
    pub from_attachment: String,
    /// How it reaches that of the site that it went to.
    #[serde(default = "by_a_switch")]
    pub to_attachment: String,
    /// How its cable went there.
    pub style: String,
    /// What it said on arrival.
    pub announce: String,
    /// When it began.
    #[schemars(with = "u64")]
    pub trigger: Timestamp,
}

/// Entries for the VM at one moment.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Moment {
    /// Which.
    pub name: Cow<'static, str>,
    /// By edge device: its entry, read over its control socket. `None` when it has none.
    #[schemars(with = "BTreeMap<String, Option<Row>>")]
    pub entries: BTreeMap<Arc<str>, Option<MacRow>>,
    /// By edge device: what its ARP tables say of the VM.
    pub arp: BTreeMap<Arc<str>, ArpEntries>,
}

/// Entries of a device's two ARP tables for the VM's MAC or IP address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArpEntries {
    /// ARP snooping: announced in the device's own site.
    #[schemars(with = "Vec<Row>")]
    pub snooping: Vec<ArpRow>,
    /// ARP suppression: announced by another site's device.
    #[schemars(with = "Vec<Row>")]
    pub suppression: Vec<ArpRow>,
}

/// One end of an EVI link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EviLink {
    /// The edge device.
    pub device: String,
    /// What the link is called there.
    pub name: String,
    /// The edge device that it leads to.
    pub peer: String,
    /// That device's site.
    pub peer_site: String,
}

/// What every VM was before there was a choice.
fn by_a_switch() -> String {
    "switched".to_owned()
}
