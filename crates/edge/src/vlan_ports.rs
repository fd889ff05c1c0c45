//! Which site ports each VLAN has, and how far it reaches: made once of the configuration, so that a
//! frame costs one look-up and walks over the ports of its own VLAN alone.

use std::collections::BTreeMap;

use edge_api::{EdgeConfig, PortVlans};
use wire::VlanId;

use crate::PortId;

/// Whether frames of a VLAN carry their tag at a port (IEEE 802.1Q: whether it is in the untagged set).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tagging {
    /// An access port, or the native VLAN of a trunk.
    Untagged,
    /// Any other VLAN of a trunk.
    Tagged,
}

/// A port of a VLAN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) port: PortId,
    pub(crate) tagging: Tagging,
}

/// How far a VLAN reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// To the other sites.
    Extended,
    /// It stays in this site (`local_vlans`).
    Local,
}

struct VlanPorts {
    members: Box<[Member]>,
    reach: Reach,
}

/// The VLANs that have a port here.
pub(crate) struct VlanTable {
    /// By VLAN ID: the position in `vlans`. [`NONE`] for a VLAN without a port.
    index: Box<[u16]>,
    vlans: Vec<VlanPorts>,
}

/// VLAN IDs, the two reserved ones among them.
const IDS: usize = 4096;
/// There are not so many VLANs: it is the position of none.
const NONE: u16 = u16::MAX;

impl VlanTable {
    pub(crate) fn new(config: &EdgeConfig) -> Self {
        let mut members: BTreeMap<VlanId, Vec<Member>> = BTreeMap::new();
        for (number, port) in (0..).zip(&config.site_ports) {
            for vlan in port.vlans.iter() {
                let tagging = tagging(&port.vlans, vlan);
                let port = PortId(number);
                members
                    .entry(vlan)
                    .or_default()
                    .push(Member { port, tagging });
            }
        }
        let mut index: Box<[u16]> = vec![NONE; IDS].into();
        for (position, vlan) in (0..).zip(members.keys()) {
            index[usize::from(vlan.get())] = position;
        }
        let vlan_ports = |(vlan, members): (VlanId, Vec<Member>)| VlanPorts {
            members: members.into(),
            reach: match config.local_vlans.contains(vlan) {
                true => Reach::Local,
                false => Reach::Extended,
            },
        };
        let vlans = members.into_iter().map(vlan_ports).collect();
        Self { index, vlans }
    }

    fn get(&self, vlan: VlanId) -> Option<&VlanPorts> {
        let position = *self.index.get(usize::from(vlan.get()))?;
        self.vlans.get(usize::from(position))
    }

    /// The ports of a VLAN, in the order of the configuration.
    pub(crate) fn members(&self, vlan: VlanId) -> &[Member] {
        self.get(vlan).map_or(&[], |found| &found.members)
    }

    /// How far a VLAN reaches; `None` when it has no port here.
    pub(crate) fn reach(&self, vlan: VlanId) -> Option<Reach> {
        self.get(vlan).map(|found| found.reach)
    }
}

/// Whether frames of `vlan` carry their tag at a port.
pub(crate) fn tagging(port: &PortVlans, vlan: VlanId) -> Tagging {
    match port.untagged() == Some(vlan) {
        true => Tagging::Untagged,
        false => Tagging::Tagged,
    }
}
