//! The ports and links of an edge device, numbered in the order of its configuration.

use std::net::Ipv4Addr;
use std::sync::Arc;

use edge_api::{DropReason, EdgeConfig, EviLinkConfig, PortVlans};
use wire::{TagControl, VlanId};

use crate::vlan_ports::{Member, Reach, Tagging, VlanTable, tagging};

/// A site port, by its position in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortId(pub u16);

/// An EVI link: at the start of the device its position in the configuration, and never another
/// number while the link is there. It is also the number of its IS-IS circuit.
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

impl EviLink {
    fn new(config: &EviLinkConfig) -> Self {
        Self {
            name: config.name.as_str().into(),
            peer: config.peer,
            control: match config.isis {
                true => LinkControl::OnLink,
                false => LinkControl::Elsewhere,
            },
        }
    }
}

/// Ports, fixed for the life of the device, and links.
pub(crate) struct Interfaces {
    ports: Vec<SitePort>,
    /// By [`LinkId`]; none where a link was removed, until another one takes its number.
    links: Vec<Option<EviLink>>,
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
            links: links.map(|link| Some(EviLink::new(link))).collect(),
            circuits: circuits.map(|c| c.name.as_str().into()).collect(),
            vlans: VlanTable::new(config),
        }
    }

    pub(crate) fn port(&self, id: PortId) -> &SitePort {
        &self.ports[usize::from(id.0)]
    }

    pub(crate) fn link(&self, id: LinkId) -> &EviLink {
        let link = self.links[usize::from(id.0)].as_ref();
        link.expect("nothing refers to a link that was removed")
    }

    pub(crate) fn port_count(&self) -> usize {
        self.ports.len()
    }

    pub(crate) fn has_links(&self) -> bool {
        self.link_from(0).is_some()
    }

    /// Every EVI link.
    pub(crate) fn link_ids(&self) -> impl Iterator<Item = LinkId> + '_ {
        std::iter::successors(self.link_from(0), |link| self.link_from(link.0 + 1))
    }

    /// The first EVI link whose number is `first` or greater.
    pub(crate) fn link_from(&self, first: u16) -> Option<LinkId> {
        let slots = self.links.get(usize::from(first)..)?;
        let passed = slots.iter().position(Option::is_some)?;
        u16::try_from(usize::from(first) + passed).ok().map(LinkId)
    }

    /// The link to a peer.
    pub(crate) fn link_to(&self, peer: Ipv4Addr) -> Option<LinkId> {
        self.link_ids().find(|link| self.link(*link).peer == peer)
    }

    /// Gives a new link the lowest number that is free.
    pub(crate) fn add_link(&mut self, config: &EviLinkConfig) -> LinkId {
        let free = self.links.iter().position(Option::is_none);
        let slot = free.unwrap_or(self.links.len());
        if slot == self.links.len() {
            self.links.push(None);
        }
        self.links[slot] = Some(EviLink::new(config));
        LinkId(u16::try_from(slot).expect("a configuration has 4096 links at the most"))
    }

    /// From now on nothing is looked for behind a link: it is about to be removed.
    pub(crate) fn leave_link(&mut self, link: LinkId) {
        if let Some(link) = &mut self.links[usize::from(link.0)] {
            link.control = LinkControl::OnLink;
        }
    }

    /// Frees a link's number. Nothing may refer to it any more.
    pub(crate) fn remove_link(&mut self, link: LinkId) {
        self.links[usize::from(link.0)] = None;
    }

    pub(crate) fn rename_link(&mut self, link: LinkId, name: Arc<str>) {
        if let Some(link) = &mut self.links[usize::from(link.0)] {
            link.name = name;
        }
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
