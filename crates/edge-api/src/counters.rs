//! Counters of an edge device.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::DropReason;

/// All counters of an edge device since its start.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counters {
    /// One for each site port, each EVI link and each IS-IS circuit, then one for the uplink itself.
    pub interfaces: Vec<InterfaceCounters>,
    /// IS-IS PDUs that were refused, by the reason's name.
    pub isis_drops: Vec<(String, u64)>,
    /// Events that were lost because nobody took them in time.
    pub events_lost: u64,
    /// MACs that were not learned because the table is full.
    pub mac_table_full: u64,
    /// MAC entries that gave way in a full table to entries of whoever has fewer.
    #[serde(default)]
    pub mac_table_evicted: u64,
    /// Addresses that were not learned because the ARP tables are full.
    pub arp_tables_full: u64,
    /// MACs that other devices published in VLANs that are not extended here, and that were not taken
    /// therefore; each publication anew.
    pub publications_not_extended: u64,
    /// ARP requests of the site that this device answered from its suppression table.
    #[serde(default)]
    pub arp_answered: u64,
    /// Stations that arrived in the site and were not announced, because a rate limit was reached
    /// (D-6). IS-IS publishes them.
    #[serde(default)]
    pub arrivals_not_announced: u64,
    /// Repeats of announcements that were left out because too many wait.
    #[serde(default)]
    pub repeats_full: u64,
    /// Moves that were not counted against a MAC because too many MACs have moved.
    #[serde(default)]
    pub dampening_full: u64,
}

/// Counters of one site port, EVI link or IS-IS circuit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterfaceCounters {
    /// Its name, as in the configuration.
    pub name: Arc<str>,
    /// Frames received.
    pub received_frames: u64,
    /// Bytes received, Ethernet header included, tunnel overhead not.
    pub received_bytes: u64,
    /// Frames sent.
    pub sent_frames: u64,
    /// Bytes sent, counted as those received.
    pub sent_bytes: u64,
    /// Drops that happened, by reason; reasons that never happened are left out. A drop on receipt
    /// counts where the frame came in, a failure to send where it should have gone out.
    pub drops: Vec<DropCount>,
}

/// How often a reason happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropCount {
    /// The reason.
    pub reason: DropReason,
    /// How often.
    pub count: u64,
}
