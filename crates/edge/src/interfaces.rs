//! The ports and links of an edge device, numbered in the order of its configuration.

use std::net::Ipv4Addr;
use std::sync::Arc;

use edge_api::{DropReason, EdgeConfig, PortVlans};
use wire::{TagControl, VlanId};

use crate::vlan_ports::{Member, Reach, Tagging, VlanTable, tagging};

/// A site port, by its position in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortId(pub u16);

/// An EVI link, by its position in the configuration. It is also the number of its IS-IS circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u16);

impl LinkId {
    /// The IS-IS circuit on this link.
    #[must_use]
    pub const fn circuit(self) -> isis::CircuitId {
        isis::CircuitId(self.0)
    }
}

/// An Ethernet interface that carries IS-IS alone, by its position in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EthernetCircuitId(pub u16);

impl EthernetCircuitId {
    /// The first IS-IS circuit that is none of an EVI link: there are fewer links than that.
    const FIRST: u16 = 0x8000;

    /// The IS-IS circuit on this interface.
    #[must_use]
    pub const fn circuit(self) -> isis::CircuitId {
        isis::CircuitId(Self::FIRST + self.0)
    }
}

/// What an IS-IS circuit runs over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Medium {
    Link(LinkId),
    Ethernet(EthernetCircuitId),
}

impl Medium {
    pub(crate) const fn of(circuit: isis::CircuitId) -> Self {
        match circuit.0.checked_sub(EthernetCircuitId::FIRST) {
            Some(number) => Self::Ethernet(EthernetCircuitId(number)),
            None => Self::Link(LinkId(circuit.0)),
        }
    }
}

/// Where the IS-IS runs that says what is behind an EVI link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkControl {
    OnLink,
    Elsewhere,
}

pub(crate) struct SitePort {
    pub(crate) name: Arc<str>,
    vlans: PortVlans,
}

impl SitePort {
    /// The VLAN that a frame with this tag, or none, belongs to on this port (IEEE 802.1Q-2018 s6.9.1),
    /// and the tag that it has beyond the port: priority and drop eligibility are kept.
    ///
    /// # Errors
    /// The port does not take such frames.
    pub(crate) fn admit(
        &self,
        tag: Option<TagControl>,
    ) -> Result<(VlanId, TagControl), DropReason> {
        let untagged = tag.is_none_or(TagControl::is_priority_tag);
        let vlan = match (&self.vlans, tag.and_then(TagControl::vlan)) {
            (PortVlans::Access(vlan), None) if untagged => *vlan,
            (PortVlans::Access(_), _) => return Err(DropReason::TaggedOnAccessPort),
            (PortVlans::Trunk { native, .. }, None) if untagged => {
                native.ok_or(DropReason::UntaggedOnTrunk)?
            }
            (PortVlans::Trunk { .. }, None) => return Err(DropReason::ReservedVlan),
            (PortVlans::Trunk { vlans, .. }, Some(vlan)) if vlans.contains(vlan) => vlan,
            (PortVlans::Trunk { .. }, Some(_)) => return Err(DropReason::VlanNotOnTrunk),
        };
        let tag = tag.map_or(TagControl::new(vlan, 0), |tag| tag.with_vlan(vlan));
        Ok((vlan, tag))
    }

    /// Whether frames of a VLAN that the port carries have their tag there.
    pub(crate) fn tagging(&self, vlan: VlanId) -> Tagging {
        tagging(&self.vlans, vlan)
    }
}

pub(crate) struct EviLink {
    pub(crate) name: Arc<str>,
    pub(crate) peer: Ipv4Addr,
    pub(crate) control: LinkControl,
}

/// Ports and links; fixed for the life of the device.
pub(crate) struct Interfaces {
    ports: Vec<SitePort>,
    links: Vec<EviLink>,
    circuits: Vec<Arc<str>>,
    vlans: VlanTable,
}

impl Interfaces {
    pub(crate) fn new(config: &EdgeConfig) -> Self {
        let ports = config.site_ports.iter();
        let links = config.evi_links.iter();
        let circuits = config.isis_circuits.iter();
        Self {
            ports: ports
                .map(|p| SitePort {
                    name: p.name.as_str().into(),
                    vlans: p.vlans.clone(),
                })
                .collect(),
            links: links
                .map(|l| EviLink {
                    name: l.name.as_str().into(),
                    peer: l.peer,
                    control: match l.isis {
                        true => LinkControl::OnLink,
                        false => LinkControl::Elsewhere,
                    },
                })
                .collect(),
            circuits: circuits.map(|c| c.name.as_str().into()).collect(),
            vlans: VlanTable::new(config),
        }
    }

    pub(crate) fn port(&self, id: PortId) -> &SitePort {
        &self.ports[usize::from(id.0)]
    }

    pub(crate) fn link(&self, id: LinkId) -> &EviLink {
        &self.links[usize::from(id.0)]
    }

    pub(crate) fn port_count(&self) -> usize {
        self.ports.len()
    }

    pub(crate) fn link_count(&self) -> usize {
        self.links.len()
    }

    /// Every EVI link.
    pub(crate) fn link_ids(&self) -> impl Iterator<Item = LinkId> + use<> {
        (0..u16::try_from(self.links.len()).unwrap_or(u16::MAX)).map(LinkId)
    }

    /// Every Ethernet circuit.
    pub(crate) fn circuit_ids(&self) -> impl Iterator<Item = EthernetCircuitId> + use<> {
        (0..u16::try_from(self.circuits.len()).unwrap_or(u16::MAX)).map(EthernetCircuitId)
    }

    /// The name of whatever an IS-IS circuit runs over.
    pub(crate) fn circuit_name(&self, circuit: isis::CircuitId) -> Arc<str> {
        match Medium::of(circuit) {
            Medium::Link(link) => self.link(link).name.clone(),
            Medium::Ethernet(circuit) => self.circuits[usize::from(circuit.0)].clone(),
        }
    }

    /// Every port.
    pub(crate) fn port_ids(&self) -> impl Iterator<Item = PortId> + use<> {
        (0..u16::try_from(self.ports.len()).unwrap_or(u16::MAX)).map(PortId)
    }

    /// The ports of a VLAN.
    pub(crate) fn members(&self, vlan: VlanId) -> &[Member] {
        self.vlans.members(vlan)
    }

    /// Whether the VLAN has a port besides `port`.
    pub(crate) fn has_other_port(&self, vlan: VlanId, port: PortId) -> bool {
        self.members(vlan).iter().any(|member| member.port != port)
    }

    /// A VLAN that has a port here is extended, unless the configuration keeps it in this site.
    pub(crate) fn is_extended(&self, vlan: VlanId) -> bool {
        self.vlans.reach(vlan) == Some(Reach::Extended)
    }
}
