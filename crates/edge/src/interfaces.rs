//! The ports and links of an edge device, numbered in the order of its configuration.

use std::net::Ipv4Addr;
use std::sync::Arc;

use edge_api::EdgeConfig;
use wire::VlanId;

/// A site port, by its position in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortId(pub u16);

/// An EVI link, by its position in the configuration. It is also the link's IS-IS circuit.
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

/// Ports and links; fixed for the life of the device.
pub(crate) struct Interfaces {
    ports: Vec<SitePort>,
    links: Vec<EviLink>,
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
                .map(|l| EviLink {
                    name: l.name.as_str().into(),
                    peer: l.peer,
                })
                .collect(),
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
