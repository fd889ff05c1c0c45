//! Edge devices: the configuration of each.

use edge_api::{EdgeConfig, EviLinkConfig, PortVlans, PublicConfig, SitePortConfig};
use wire::{SystemId, VlanSet};

use super::EdgeDevice;
use super::names::{Interface, Node};
use super::underlay::edge_address;
use crate::{Resolved, SiteId};

/// The edge devices, in the order of the sites.
pub(super) fn devices(topology: &Resolved) -> Vec<EdgeDevice> {
    let device = |(id, site): (SiteId, &crate::resolved::Site)| EdgeDevice {
        node: topology.node(Node::Edge(id)),
        site: site.name.clone(),
        config: config(topology, id),
    };
    topology.sites().map(device).collect()
}

fn config(topology: &Resolved, site: SiteId) -> EdgeConfig {
    let mechanism = topology.mechanism();
    EdgeConfig {
        name: topology.node(Node::Edge(site)).to_string(),
        system_id: system_id(site),
        mode: mechanism.mode,
        mac_ageing: mechanism.mac_ageing,
        mac_limit: mechanism.mac_limit,
        local_vlans: VlanSet::default(),
        public: PublicConfig {
            interface: topology.interface(Interface::Uplink).to_string(),
            address: edge_address(topology, site),
            // A lab is there to be captured and impaired.
            bypass_qdisc: false,
        },
        igp: topology.igp().clone(),
        mobility: mechanism.mobility.clone(),
        site_ports: site_ports(topology),
        evi_links: evi_links(topology, site),
        isis_circuits: Vec::new(),
        static_macs: Vec::new(),
    }
}

/// `0200.0000.NNNN`: locally administered, with the number of the site.
fn system_id(site: SiteId) -> SystemId {
    let number = u16::try_from(site.number()).expect("a topology has at most 500 sites");
    let [high, low] = number.to_be_bytes();
    SystemId::new([2, 0, 0, 0, high, low])
}

fn site_ports(topology: &Resolved) -> Vec<SitePortConfig> {
    let port = |index| topology.interface(Interface::SitePort(index)).to_string();
    topology
        .vlans()
        .map(|(index, vlan)| SitePortConfig {
            name: port(index),
            interface: port(index),
            vlans: PortVlans::Access(vlan.id),
        })
        .collect()
}

/// A link to every other edge device, numbered in the order of the sites.
fn evi_links(topology: &Resolved, site: SiteId) -> Vec<EviLinkConfig> {
    let others = topology.sites().filter(|(other, _)| *other != site);
    (1..)
        .zip(others)
        .map(|(number, (other, _))| EviLinkConfig {
            name: format!("evi-link{number}"),
            peer: edge_address(topology, other),
            isis: true,
        })
        .collect()
}
