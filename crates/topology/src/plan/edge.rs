//! Edge devices: the configuration of each.

use edge_api::{
    EdgeConfig, EviLinkConfig, PortVlans, PublicConfig, SitePortConfig, StaticMacConfig,
};
use wire::{SystemId, VlanId, VlanSet};

use super::EdgeDevice;
use super::names::{Interface, Node};
use super::underlay::edge_address;
use crate::resolved::{Entry, Host, Reach, Vlan};
use crate::{AttachmentKind, HostId, Resolved, Role, SiteId, VlanIndex};

/// The edge devices, in the order of the sites.
pub(super) fn devices(topology: &Resolved) -> Vec<EdgeDevice> {
    let device = |(id, site): (SiteId, &crate::resolved::Site)| EdgeDevice {
        node: topology.node(Node::Edge(id)),
        site: site.name.clone(),
        attachment: site.attachment,
        config: config(topology, id),
    };
    topology.sites().map(device).collect()
}

fn config(topology: &Resolved, site: SiteId) -> EdgeConfig {
    let mechanism = topology.mechanism();
    EdgeConfig {
        name: topology.node(Node::Edge(site)).to_string(),
        system_id: system_id(site),
        mode: topology.site(site).mode.unwrap_or(mechanism.mode),
        mac_ageing: mechanism.mac_ageing,
        mac_limit: mechanism.mac_limit,
        local_vlans: local_vlans(topology),
        public: PublicConfig {
            interface: topology.interface(Interface::Uplink).to_string(),
            address: edge_address(topology, site),
            // A lab is there to be captured and impaired.
            bypass_qdisc: false,
        },
        igp: topology.igp_of(site),
        mobility: mechanism.mobility.clone(),
        site_ports: site_ports(topology, site),
        evi_links: evi_links(topology, site),
        isis_circuits: Vec::new(),
        static_macs: static_macs(topology, site),
    }
}

/// `0200.0000.NNNN`: locally administered, with the number of the site.
fn system_id(site: SiteId) -> SystemId {
    let number = u16::try_from(site.number()).expect("a topology has at most 500 sites");
    let [high, low] = number.to_be_bytes();
    SystemId::new([2, 0, 0, 0, high, low])
}

/// The VLANs that end at their sites.
fn local_vlans(topology: &Resolved) -> VlanSet {
    let ends = topology
        .vlans()
        .filter(|(_, vlan)| vlan.reach == Reach::OneSite);
    ends.map(|(_, vlan)| vlan.id).collect()
}

fn site_ports(topology: &Resolved, site: SiteId) -> Vec<SitePortConfig> {
    let vlan_port = |(index, vlan): (VlanIndex, &Vlan)| {
        let name = topology.interface(Interface::SitePort(index)).to_string();
        port(name, vlan.id, Presence::FromTheStart)
    };
    match topology.site(site).attachment {
        AttachmentKind::Switched => topology.vlans().map(vlan_port).collect(),
        AttachmentKind::Direct => direct_ports(topology, site),
    }
}

/// When a port's interface is there.
#[derive(PartialEq)]
enum Presence {
    FromTheStart,
    ComesAndGoes,
}

fn port(interface: String, vlan: VlanId, presence: Presence) -> SitePortConfig {
    SitePortConfig {
        name: interface.clone(),
        interface,
        vlans: PortVlans::Access(vlan),
        optional: presence == Presence::ComesAndGoes,
    }
}

/// A port for every host of the site, and one for every VM that may come.
fn direct_ports(topology: &Resolved, site: SiteId) -> Vec<SitePortConfig> {
    let mut ports = Vec::new();
    for (id, host) in topology.hosts() {
        let vlan = topology.vlan(host.vlan);
        let presence = match host.role {
            Role::Observer => Presence::FromTheStart,
            Role::Vm => Presence::ComesAndGoes,
        };
        let may_come = host.role == Role::Vm && vlan.reach == Reach::Extended;
        if host.site == site || may_come {
            let name = topology.interface(Interface::Cable(id)).to_string();
            ports.push(port(name, vlan.id, presence));
        }
    }
    ports
}

/// The hosts of the site that its edge device has static entries for.
fn static_macs(topology: &Resolved, site: SiteId) -> Vec<StaticMacConfig> {
    let is_static = |host: &Host| host.site == site && host.entry == Entry::Static;
    let own = topology.hosts().filter(|(_, host)| is_static(host));
    let entry = |(id, host): (HostId, &Host)| StaticMacConfig {
        vlan: topology.vlan(host.vlan).id,
        mac: host.mac,
        port: topology.port_of(site, id).to_string(),
    };
    own.map(entry).collect()
}

/// A link to every other edge device, numbered in the order of the sites.
fn evi_links(topology: &Resolved, site: SiteId) -> Vec<EviLinkConfig> {
    let others = topology.sites().filter(|(other, _)| *other != site);
    (1..)
        .zip(others)
        .map(|(number, (other, _))| EviLinkConfig {
            name: format!("evi-link{number}"),
            peer: edge_address(topology, other),
            isis: topology.has_adjacency(site, other),
        })
        .collect()
}
