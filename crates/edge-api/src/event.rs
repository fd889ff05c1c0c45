//! What happened in an edge device, with the time.

use std::net::Ipv4Addr;
use std::sync::Arc;

use isis::AdjacencyState;
use serde::{Deserialize, Serialize};
use wire::{LspId, MacAddr, SystemId, Timestamp, VlanId};

use crate::{Binding, ConfigChange, Epoch};

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Number of the event since the start of the device, from 1, without gaps unless events were lost.
    pub number: u64,
    /// When it happened (`CLOCK_MONOTONIC`).
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum EventKind {
    /// A MAC entry was installed (`from` is none), overridden (both), or ended (`to` is none).
    MacEntry {
        /// VLAN.
        vlan: VlanId,
        /// MAC address.
        mac: MacAddr,
        /// What the entry was.
        from: Option<Binding>,
        /// What the entry is now.
        to: Option<Binding>,
        /// Why.
        cause: Cause,
        /// Epoch of the change.
        epoch: Epoch,
    },
    /// A MAC moved too often, and is frozen where it is (D-6).
    MacFrozen {
        /// VLAN.
        vlan: VlanId,
        /// MAC address.
        mac: MacAddr,
        /// Until when, unless it is cleared.
        until: Timestamp,
    },
    /// A MAC is frozen no more: its time is over, or it was cleared.
    MacThawed {
        /// VLAN.
        vlan: VlanId,
        /// MAC address.
        mac: MacAddr,
    },
    /// Another device publishes a MAC that is static here or elsewhere: the publication counts for nothing (D-6).
    StaticMacClaimed {
        /// VLAN.
        vlan: VlanId,
        /// MAC address.
        mac: MacAddr,
        /// The device that lists it.
        system: SystemId,
    },
    /// An announcement went out on every EVI link.
    AnnouncementSent {
        /// VLAN.
        vlan: VlanId,
        /// The MAC that is here now.
        mac: MacAddr,
        /// Its IPv4 address, where the announcement carries one.
        ip: Option<Ipv4Addr>,
        /// What set it off.
        trigger: Trigger,
        /// How many EVI links it went out on.
        links: usize,
    },
    /// An announcement came in from the public side.
    AnnouncementHeard {
        /// VLAN.
        vlan: VlanId,
        /// The MAC that has moved.
        mac: MacAddr,
        /// Its IPv4 address, where the announcement carries one.
        ip: Option<Ipv4Addr>,
        /// The EVI link it came in on.
        link: Arc<str>,
        /// What this device made of it.
        outcome: AnnouncementOutcome,
    },
    /// An IS-IS adjacency changed its state. Of an EVI link without IS-IS of its own: the device behind
    /// it was found (`up`, reason `reachable`) or lost (`down`, reason `unreachable`).
    Adjacency {
        /// The EVI link, or the IS-IS circuit.
        link: Arc<str>,
        /// The neighbour.
        neighbour: SystemId,
        /// State before.
        from: AdjacencyState,
        /// State now.
        to: AdjacencyState,
        /// Why, by the stable name of the reason.
        reason: String,
    },
    /// The device generated an LSP of its own.
    LspOriginated {
        /// Its identifier.
        lsp_id: LspId,
        /// Its sequence number.
        sequence: u32,
        /// MACs that are newly listed.
        added: Vec<(VlanId, MacAddr)>,
        /// MACs that are no longer listed.
        removed: Vec<(VlanId, MacAddr)>,
    },
    /// An LSP left on an EVI link or an IS-IS circuit.
    LspSent {
        /// Its name.
        link: Arc<str>,
        /// Its identifier.
        lsp_id: LspId,
        /// Its sequence number.
        sequence: u32,
        /// It had been sent before and was not acknowledged.
        retransmission: bool,
    },
    /// An LSP that is newer than the stored one came in.
    LspReceived {
        /// The EVI link, or the IS-IS circuit.
        link: Arc<str>,
        /// Its identifier.
        lsp_id: LspId,
        /// Its sequence number.
        sequence: u32,
    },
    /// An LSP ended: purged by its originator, or aged out.
    LspEnded {
        /// Its identifier.
        lsp_id: LspId,
    },
    /// Another configuration is in force. What follows from it comes after it.
    Reconfigured {
        /// What is different, at least one thing.
        changes: Vec<ConfigChange>,
    },
}

/// Why a MAC entry changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A frame from the site showed where the station is.
    Learned,
    /// An announcement from the public side.
    Announced,
    /// Another device's LSP lists the MAC.
    Published,
    /// The LSP that listed the MAC does so no more.
    Withdrawn,
    /// No frame for the ageing time.
    Aged,
    /// The hold time of a flood entry ended without a publication (D-3).
    HoldExpired,
    /// The adjacency that the entry needs went down or came up; or, where IS-IS does not run on the EVI
    /// link itself, its device can be reached through the link-state graph no more, or again.
    AdjacencyChanged,
    /// The EVI link that the entry needs was taken out of the configuration.
    LinkRemoved,
    /// The entry was frozen and is no more: what the IGP said meanwhile counts now.
    Thawed,
    /// The configuration says where the station is, for good (D-6).
    Configured,
    /// The table was full, and the entry gave way to one of another site.
    Evicted,
}

/// What set an announcement off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    /// The local entry overrode a remote or flood entry.
    LocalOverride,
    /// The station announced itself.
    StationAnnouncement,
    /// An announcement is repeated, as the first may have been lost (D-4).
    Repeat,
}

/// What a device made of an announcement from the public side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnnouncementOutcome {
    /// A flood entry was installed, or another device took the announcer's place.
    FloodInstalled,
    /// A provisional entry by the link that it came in on was installed, or moved there (D-8).
    Redirected,
    /// No ARP snooping entry shows that the station was in this site: nothing is installed (R-15, D-7).
    NotFromHere,
    /// The flood entry is already there because of the same device's announcement (D-4).
    Repeated,
    /// The IGP was faster: the entry is already remote by the link it came in on (D-1), or becomes it,
    /// as the announcer lists the MAC already (D-5).
    AlreadyPublished,
    /// What is known here is newer than the announcement (D-1).
    Stale,
    /// The MAC table is full.
    TableFull,
    /// The MAC moved too often, and is frozen where it is (D-6).
    Frozen,
    /// The MAC is static here or at another device, and never moves (D-6).
    Static,
    /// More announcements came in on the link than its rate limit allows; told once a second (D-6).
    RateLimited,
    /// The mode in force takes no notice of announcements (`igp-only`).
    ModeIgnores,
}
