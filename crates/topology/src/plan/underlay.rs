//! The routed network between the edge devices: a /30 for each, with the public network in the middle.

use std::net::Ipv4Addr;

use super::names::{Interface, Node};
use super::{Address, Neighbour, Offload, Plan, Route, Veth, VethEnd};
use crate::resolved::MacPool;
use crate::{Ipv4Prefix, Resolved, SiteId};

/// Length of the prefix between an edge device and the public network.
const LINK_LENGTH: u8 = 30;

/// The address of a site's edge device: the second one in its /30.
pub(super) fn edge_address(topology: &Resolved, site: SiteId) -> Ipv4Addr {
    link_address(topology, site, 2)
}

/// The public network's address towards a site's edge device: the first one in its /30.
fn wan_address(topology: &Resolved, site: SiteId) -> Ipv4Addr {
    link_address(topology, site, 1)
}

fn link_address(topology: &Resolved, site: SiteId, host: u32) -> Ipv4Addr {
    let index = u32::try_from(site.0).expect("a topology has at most 500 sites");
    let first = topology.underlay().prefix.network().to_bits();
    // No overflow: the prefix has room for a /30 for each site, or it would have been refused.
    Ipv4Addr::from_bits(first + index * 4 + host)
}

impl Plan {
    /// The cables between edge devices and the public network, with addresses and routes.
    pub(super) fn cable_underlay(&mut self, topology: &Resolved, pool: &mut MacPool) {
        for (site, entry) in topology.sites() {
            let near = VethEnd {
                node: topology.node(Node::Edge(site)),
                name: topology.interface(Interface::Uplink),
                mac: pool.derive(&entry.name, "uplink"),
                mtu: topology.underlay().mtu,
                bridge: None,
                offload: Offload::Unchanged,
            };
            let far = VethEnd {
                node: topology.node(Node::Wan),
                name: topology.interface(Interface::ToEdge(site)),
                mac: pool.derive(&entry.name, "wan"),
                ..near.clone()
            };
            let (edge, wan) = (edge_address(topology, site), wan_address(topology, site));
            self.routes.push(Route {
                node: near.node.clone(),
                destination: Ipv4Prefix::DEFAULT,
                gateway: wan,
                interface: near.name.clone(),
            });
            self.add_link_end(&near, edge, (wan, &far));
            self.add_link_end(&far, wan, (edge, &near));
            self.veths.push(Veth { near, far });
        }
    }

    /// An end's address, and its neighbour: the underlay is up from the start, as a real one would be.
    fn add_link_end(&mut self, end: &VethEnd, address: Ipv4Addr, peer: (Ipv4Addr, &VethEnd)) {
        let (node, interface) = (end.node.clone(), end.name.clone());
        let prefix_length = LINK_LENGTH;
        self.addresses.push(Address {
            node: node.clone(),
            interface: interface.clone(),
            address,
            prefix_length,
        });
        self.neighbours.push(Neighbour {
            node,
            interface,
            address: peer.0,
            mac: peer.1.mac,
        });
    }
}
