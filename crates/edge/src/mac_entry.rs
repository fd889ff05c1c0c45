//! An entry of the MAC table: what it is known by, where it leads, and what is known about it.

use edge_api::Epoch;
use wire::{MacAddr, Timestamp, VlanId};

use crate::announcement_limits::Bucket;
use crate::heard::Heard;
use crate::stamp::Stamp;
use crate::{LinkId, PortId};

/// VLAN and MAC in one word: 16 bits and 48 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct MacKey(u64);

impl MacKey {
    pub(crate) fn new(vlan: VlanId, mac: MacAddr) -> Self {
        let [a, b, c, d, e, f] = mac.octets();
        Self(u64::from_be_bytes([0, 0, a, b, c, d, e, f]) | u64::from(vlan.get()) << 48)
    }

    pub(crate) fn mac(self) -> MacAddr {
        let [_, _, a, b, c, d, e, f] = self.0.to_be_bytes();
        MacAddr::new([a, b, c, d, e, f])
    }

    pub(crate) fn vlan(self) -> VlanId {
        let [high, low, ..] = self.0.to_be_bytes();
        VlanId::new(u16::from_be_bytes([high, low])).expect("a key is made from a VLAN ID")
    }
}

/// Where frames for a station go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Out of a site port.
    Local(PortId),
    /// On one EVI link.
    Remote(LinkId),
    /// On every EVI link, until the IGP has spoken or the hold time is over.
    Flood {
        /// The link that the announcement came in on.
        announcer: LinkId,
        /// When the entry ends by itself.
        until: Timestamp,
    },
    /// Provisionally on one EVI link, until the IGP has spoken or the hold time is over (D-8).
    Redirect {
        /// The link that the announcement came in on.
        link: LinkId,
        /// When the entry ends by itself.
        until: Timestamp,
    },
}

impl Target {
    /// The other device that the station is behind; `None` when it is in the own site.
    pub(crate) const fn behind(self) -> Option<LinkId> {
        match self {
            Self::Local(_) => None,
            Self::Remote(link) | Self::Redirect { link, .. } => Some(link),
            Self::Flood { announcer, .. } => Some(announcer),
        }
    }

    /// Whether the station has moved from one device's site to another's. A publication of what was
    /// announced is no move, nor is another port of the own site.
    pub(crate) fn is_move(self, to: Self) -> bool {
        self.behind() != to.behind()
    }
}

/// An entry. Only [`crate::mac_table::MacTable`] writes `target`, `since` and `epoch`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) target: Target,
    pub(crate) since: Timestamp,
    pub(crate) last_seen: Timestamp,
    pub(crate) epoch: Epoch,
    /// The newest assertion known about the station, from here or elsewhere.
    pub(crate) stamp: Stamp,
    /// When the target was written, or asserted by this device since.
    pub(crate) asserted_at: Timestamp,
    /// Another device lists the station.
    pub(crate) is_listed: bool,
    /// The announcements heard from other devices.
    pub(crate) heard: Heard,
    /// How many announcements the station may make in the own site (D-6).
    pub(crate) announcements: Bucket,
    /// Configured: it neither ages nor moves (D-6).
    pub(crate) is_static: bool,
}

/// What an entry was and is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    pub(crate) from: Option<Target>,
    pub(crate) to: Option<Target>,
    pub(crate) epoch: Epoch,
}

/// What [`crate::mac_table::MacTable::set`] did.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SetOutcome {
    Changed(Change),
    /// The entry already was so.
    Same,
    /// A new entry does not fit.
    Full,
    /// The entry is static, and stays what it is.
    Static,
}
