//! The ports and links of an edge device, numbered in the order of its configuration.

use std::net::Ipv4Addr;
use std::sync::Arc;

use edge_api::EdgeConfig;
use wire::VlanId;

/// A site port, by its position in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortId(pub u16);

/// An EVI link: at the start of the device its position in the configuration, and never another
/// number while the link is there. It is also the link's IS-IS circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u16);

impl LinkId {
    /// The IS-IS circuit on this link.
    #[must_use]
    pub const fn circuit(self) -> isis::CircuitId {
        isis::CircuitId(self.0)
    }
}

pub(crate) struct SitePort {
    pub(crate) name: Arc<str>,
    pub(crate) vlan: VlanId,
}

pub(crate) struct EviLink {
    pub(crate) name: Arc<str>,
    pub(crate) peer: Ipv4Addr,
}

/// Ports, fixed for the life of the device, and links.
pub(crate) struct Interfaces {
    ports: Vec<SitePort>,
    /// By [`LinkId`]; none where a link was removed, until another one takes its number.
    links: Vec<Option<EviLink>>,
}

impl Interfaces {
    pub(crate) fn new(config: &EdgeConfig) -> Self {
        let ports = config.site_ports.iter();
        let links = config.evi_links.iter();
        Self {
            ports: ports
                .map(|p| SitePort {
                    name: p.name.as_str().into(),
                    vlan: p.access_vlan,
                })
                .collect(),
            links: links
                .map(|l| {
                    Some(EviLink {
                        name: l.name.as_str().into(),
                        peer: l.peer,
                    })
                })
                .collect(),
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
    pub(crate) fn add_link(&mut self, name: Arc<str>, peer: Ipv4Addr) -> LinkId {
        let free = self.links.iter().position(Option::is_none);
        let slot = free.unwrap_or(self.links.len());
        if slot == self.links.len() {
            self.links.push(None);
        }
        self.links[slot] = Some(EviLink { name, peer });
        LinkId(u16::try_from(slot).expect("a configuration has 4096 links at the most"))
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

    /// Every port.
    pub(crate) fn port_ids(&self) -> impl Iterator<Item = PortId> + use<> {
        (0..u16::try_from(self.ports.len()).unwrap_or(u16::MAX)).map(PortId)
    }

    /// Whether the VLAN has a port besides `port`.
    pub(crate) fn has_other_port(&self, vlan: VlanId, port: PortId) -> bool {
        let mut ports = self.port_ids().filter(|id| *id != port);
        ports.any(|id| self.port(id).vlan == vlan)
    }

    /// A VLAN that has a port here is extended.
    pub(crate) fn is_extended(&self, vlan: VlanId) -> bool {
        self.ports.iter().any(|port| port.vlan == vlan)
    }
}
