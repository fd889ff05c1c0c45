//! One own fragment: its items and the bytes that they take.

use std::collections::{BTreeMap, BTreeSet};

use wire::isis::{IsNeighbor, MacReachability as MacTlv, NodeId, Tlv};
use wire::{MacAddr, SystemId, VlanId};

use crate::MacReachability;

/// Confidence of a MAC that is configured; others have 0. RFC 6165 s2 leaves its meaning to the protocol;
/// RFC 7357 ranks what is learned below it.
pub(crate) const STATIC_CONFIDENCE: u8 = 255;
/// Metric of every circuit: one hop costs the same on all EVI links.
const METRIC: u32 = 10;
const TLV_HEADER: usize = 2;
/// An entry of TLV 22 without sub-TLVs.
const NEIGHBOR_LEN: usize = 11;
const NEIGHBORS_PER_TLV: usize = 255 / NEIGHBOR_LEN;
const MAC_LEN: usize = 6;
/// Topology, confidence and VLAN before the MACs of TLV 147.
const MAC_TLV_FIXED: usize = 5;

/// Something that an own LSP says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Item {
    /// A neighbour that is up (TLV 22).
    Neighbor(SystemId),
    /// A MAC behind us (TLV 147).
    Mac(MacReachability),
    /// A MAC behind us for good (TLV 147 with [`STATIC_CONFIDENCE`]).
    StaticMac(MacReachability),
}

/// Items share a TLV when they have this in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Neighbors,
    Vlan(VlanId),
    StaticVlan(VlanId),
}

impl Item {
    /// Bytes that any item takes at the least.
    pub(super) const MIN_LEN: usize = MAC_LEN;

    const fn group(self) -> Group {
        match self {
            Self::Neighbor(_) => Group::Neighbors,
            Self::Mac(mac) => Group::Vlan(mac.vlan),
            Self::StaticMac(mac) => Group::StaticVlan(mac.vlan),
        }
    }

    /// The MAC, if it is one.
    pub(crate) const fn mac(self) -> Option<MacReachability> {
        match self {
            Self::Neighbor(_) => None,
            Self::Mac(mac) | Self::StaticMac(mac) => Some(mac),
        }
    }

    /// The greatest item that shares TLVs with this one. They all need the same room.
    pub(super) const fn last_of_group(self) -> Self {
        match self {
            Self::Neighbor(_) => Self::Neighbor(SystemId::new([0xff; 6])),
            Self::Mac(MacReachability { vlan, .. }) => Self::Mac(MacReachability {
                vlan,
                mac: MacAddr::BROADCAST,
            }),
            Self::StaticMac(MacReachability { vlan, .. }) => Self::StaticMac(MacReachability {
                vlan,
                mac: MacAddr::BROADCAST,
            }),
        }
    }
}

impl Group {
    /// Bytes that `items` of this group take, with the TLVs that hold them.
    const fn len(self, items: usize) -> usize {
        let (item, per_tlv, tlv) = match self {
            Self::Neighbors => (NEIGHBOR_LEN, NEIGHBORS_PER_TLV, TLV_HEADER),
            Self::Vlan(_) | Self::StaticVlan(_) => {
                (MAC_LEN, MacTlv::MAX_MACS, TLV_HEADER + MAC_TLV_FIXED)
            }
        };
        items * item + items.div_ceil(per_tlv) * tlv
    }
}

#[derive(Debug)]
pub(super) struct Fragment {
    items: BTreeSet<Item>,
    counts: BTreeMap<Group, usize>,
    room: usize,
    used: usize,
}

impl Fragment {
    /// A fragment with `room` bytes for items.
    pub(super) const fn new(room: usize) -> Self {
        Self {
            items: BTreeSet::new(),
            counts: BTreeMap::new(),
            room,
            used: 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Bytes not used.
    pub(super) const fn free(&self) -> usize {
        self.room - self.used
    }

    pub(super) fn has_room_for(&self, item: Item) -> bool {
        let group = item.group();
        let count = self.counts.get(&group).copied().unwrap_or_default();
        self.used + group.len(count + 1) - group.len(count) <= self.room
    }

    pub(super) fn insert(&mut self, item: Item) {
        if self.items.insert(item) {
            let group = item.group();
            let count = self.counts.entry(group).or_default();
            self.used += group.len(*count + 1) - group.len(*count);
            *count += 1;
        }
    }

    pub(super) fn remove(&mut self, item: Item) {
        if !self.items.remove(&item) {
            return;
        }
        let group = item.group();
        if let Some(count) = self.counts.get_mut(&group) {
            self.used -= group.len(*count) - group.len(*count - 1);
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&group);
            }
        }
    }

    /// The items as TLVs.
    pub(super) fn tlvs(&self) -> Vec<Tlv> {
        let mut tlvs = Vec::new();
        for group in self.counts.keys() {
            match group {
                Group::Neighbors => self.neighbor_tlvs(&mut tlvs),
                Group::Vlan(vlan) => self.mac_tlvs(*vlan, 0, Item::Mac, &mut tlvs),
                Group::StaticVlan(vlan) => {
                    self.mac_tlvs(*vlan, STATIC_CONFIDENCE, Item::StaticMac, &mut tlvs);
                }
            }
        }
        tlvs
    }

    fn neighbor_tlvs(&self, tlvs: &mut Vec<Tlv>) {
        let neighbors: Vec<IsNeighbor> = self.items.iter().filter_map(is_neighbor).collect();
        let chunks = neighbors.chunks(NEIGHBORS_PER_TLV);
        tlvs.extend(chunks.map(|c| Tlv::ExtendedIsReachability(c.to_vec())));
    }

    fn mac_tlvs(
        &self,
        vlan: VlanId,
        confidence: u8,
        item: fn(MacReachability) -> Item,
        tlvs: &mut Vec<Tlv>,
    ) {
        let item = |mac| item(MacReachability { vlan, mac });
        let of_vlan = item(MacAddr::ZERO)..=item(MacAddr::BROADCAST);
        let of_vlan = self.items.range(of_vlan);
        let macs: Vec<MacAddr> = of_vlan.filter_map(|item| Some(item.mac()?.mac)).collect();
        let chunks = macs.chunks(MacTlv::MAX_MACS);
        tlvs.extend(chunks.map(|macs| {
            Tlv::MacReachability(MacTlv {
                topology: 0,
                confidence,
                reserved: 0,
                vlan,
                macs: macs.to_vec(),
            })
        }));
    }
}

fn is_neighbor(item: &Item) -> Option<IsNeighbor> {
    match item {
        Item::Neighbor(system) => Some(IsNeighbor {
            node: NodeId::of(*system),
            metric: METRIC,
            sub_tlvs: Vec::new(),
        }),
        Item::Mac(_) | Item::StaticMac(_) => None,
    }
}
