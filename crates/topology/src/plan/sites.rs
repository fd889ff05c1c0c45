//! Sites: namespaces, bridges, and the cables to hosts and site ports.

use super::names::{Interface, Node};
use super::{
    Address, Bridge, InterfaceName, Namespace, Neighbour, NodeName, NodeRole, Offload, Plan, Veth,
    VethEnd, sysctls,
};
use crate::resolved::{Host, MacPool, Reach, Site};
use crate::{AttachmentKind, HostId, Resolved, SiteId, VlanIndex};

/// All namespaces: the public network, edge devices, switches, hosts.
pub(super) fn namespaces(topology: &Resolved) -> Vec<Namespace> {
    let namespace = |node, role| Namespace {
        node: topology.node(node),
        role,
        sysctls: sysctls::of(node),
    };
    let mut namespaces = vec![namespace(Node::Wan, NodeRole::Wan)];
    for (id, site) in topology.sites() {
        let role = NodeRole::EdgeDevice {
            site: site.name.clone(),
        };
        namespaces.push(namespace(Node::Edge(id), role));
    }
    for (id, site) in switched(topology) {
        if !topology.shares_switches() {
            let role = NodeRole::SiteSwitch {
                site: site.name.clone(),
            };
            namespaces.push(namespace(Node::Switch(id), role));
        } else if id.number() == 1 {
            namespaces.push(namespace(Node::Switch(id), NodeRole::AllSwitches));
        }
    }
    for (id, host) in topology.hosts() {
        namespaces.push(namespace(Node::Host(id), host_role(topology, host)));
    }
    namespaces
}

/// The sites that have a switch.
fn switched(topology: &Resolved) -> impl Iterator<Item = (SiteId, &Site)> {
    let sites = topology.sites();
    sites.filter(|(_, site)| site.attachment == AttachmentKind::Switched)
}

fn host_role(topology: &Resolved, host: &Host) -> NodeRole {
    NodeRole::Host {
        site: topology.site(host.site).name.clone(),
        role: host.role,
        vlan: topology.vlan(host.vlan).id,
        interface: topology.interface(Interface::HostEnd),
        address: host.address,
        mac: host.mac,
    }
}

/// One bridge for each site and VLAN.
pub(super) fn bridges(topology: &Resolved, pool: &mut MacPool) -> Vec<Bridge> {
    let mut bridges = Vec::new();
    for (site, entry) in switched(topology) {
        for (index, vlan) in topology.vlans() {
            let name = topology.interface(Interface::Bridge(site, index));
            // By the site's name, not the namespace's: the address is to be the same in both styles.
            let mac = pool.derive(&entry.name, &format!("bridge {}", vlan.id));
            bridges.push(Bridge {
                node: topology.node(Node::Switch(site)),
                name,
                site: entry.name.clone(),
                vlan: vlan.id,
                mac,
                mtu: topology.site_mtu(),
                stp: false,
                multicast_snooping: false,
                ageing: topology.switch_ageing(),
            });
        }
    }
    bridges
}

impl Resolved {
    /// Where a cable of a VLAN is plugged in at a site: namespace, and bridge if there is one.
    pub(super) fn place(&self, site: SiteId, vlan: VlanIndex) -> (NodeName, Option<InterfaceName>) {
        match self.site(site).attachment {
            AttachmentKind::Switched => (
                self.node(Node::Switch(site)),
                Some(self.interface(Interface::Bridge(site, vlan))),
            ),
            AttachmentKind::Direct => (self.node(Node::Edge(site)), None),
        }
    }

    /// Whether two hosts can reach each other.
    pub(super) fn are_joined(&self, one: &Host, two: &Host) -> bool {
        let ends_at_site = self.vlan(one.vlan).reach == Reach::OneSite;
        one.vlan == two.vlan && (!ends_at_site || one.site == two.site)
    }
}

impl Plan {
    /// The cables between switches and site ports.
    pub(super) fn cable_ports(&mut self, topology: &Resolved, pool: &mut MacPool) {
        for (site, entry) in switched(topology) {
            for (index, vlan) in topology.vlans() {
                let near = VethEnd {
                    node: topology.node(Node::Edge(site)),
                    name: topology.interface(Interface::SitePort(index)),
                    mac: pool.derive(&entry.name, &format!("site port {}", vlan.id)),
                    mtu: topology.site_mtu(),
                    bridge: None,
                    offload: Offload::Unchanged,
                };
                let far = VethEnd {
                    node: topology.node(Node::Switch(site)),
                    name: topology.interface(Interface::ToSitePort(site, index)),
                    mac: pool.derive(&entry.name, &format!("to site port {}", vlan.id)),
                    bridge: Some(topology.interface(Interface::Bridge(site, index))),
                    ..near.clone()
                };
                self.veths.push(Veth { near, far });
            }
        }
    }

    /// The cables between hosts and switches, or edge devices, and the hosts' addresses and neighbours.
    pub(super) fn cable_hosts(&mut self, topology: &Resolved, pool: &mut MacPool) {
        for (id, host) in topology.hosts() {
            let near = VethEnd {
                node: topology.node(Node::Host(id)),
                name: topology.interface(Interface::HostEnd),
                mac: host.mac,
                mtu: topology.site_mtu(),
                bridge: None,
                offload: Offload::Off,
            };
            let place = topology.place(host.site, host.vlan);
            let far = VethEnd {
                node: place.0,
                name: topology.interface(Interface::Cable(id)),
                mac: pool.derive(&host.name, "cable"),
                bridge: place.1,
                offload: Offload::Unchanged,
                ..near.clone()
            };
            self.addresses.push(Address {
                node: near.node.clone(),
                interface: near.name.clone(),
                address: host.address,
                prefix_length: topology.vlan(host.vlan).prefix.length(),
            });
            self.veths.push(Veth { near, far });
            self.add_neighbours(topology, id, host);
        }
    }

    /// Every other host of the VLAN: no ARP is needed, and none is measured by mistake.
    fn add_neighbours(&mut self, topology: &Resolved, id: HostId, host: &Host) {
        let others = topology
            .hosts()
            .filter(|(other, h)| *other != id && topology.are_joined(h, host));
        self.neighbours.extend(others.map(|(_, other)| Neighbour {
            node: topology.node(Node::Host(id)),
            interface: topology.interface(Interface::HostEnd),
            address: other.address,
            mac: other.mac,
        }));
    }
}
