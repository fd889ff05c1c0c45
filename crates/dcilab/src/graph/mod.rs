//! A picture of a topology or a lab: sites, edge devices, EVI links, and where each host is.
//!
//! [`Graph`] is what there is to draw; a file for each way to draw it. All of it is pure: the same graph
//! gives the same text.

mod dot;
mod layout;
mod mermaid;
mod svg;
#[cfg(test)]
mod tests;
mod text;

use std::net::Ipv4Addr;

use edge_api::AdjacencyState;
use serde::Serialize;
use topology::plan::NodeRole;
use topology::{Plan, Role};
use wire::VlanId;

use crate::life_cycle::protocol::Inspection;

pub use dot::dot;
pub use mermaid::mermaid;
pub use svg::svg;
pub use text::text;

/// What there is to draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Graph {
    /// What it is a picture of.
    pub title: String,
    /// The sites, in the order of the topology.
    pub sites: Vec<Site>,
    /// The EVI links, each once.
    pub links: Vec<EviLink>,
}

/// A site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Site {
    /// Its name.
    pub name: String,
    /// Its edge devices.
    pub devices: Vec<Device>,
    /// The hosts that are there now.
    pub hosts: Vec<Host>,
}

/// An edge device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Device {
    /// Its name.
    pub name: String,
    /// Its underlay address.
    pub address: Ipv4Addr,
}

/// A host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// Whether it can move.
    pub is_vm: bool,
    /// Its VLAN.
    pub vlan: VlanId,
    /// Its address.
    pub address: Ipv4Addr,
}

/// An EVI link between two edge devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EviLink {
    /// The devices at its ends, by name.
    pub ends: [String; 2],
    /// The adjacency as each end has it; `None` where it is not known, as in a plan.
    pub states: [Option<AdjacencyState>; 2],
}

/// What an edge device says of its EVI links: its name, and the peer and the adjacency of each.
pub type Adjacencies = Vec<(String, Vec<(Ipv4Addr, AdjacencyState)>)>;

/// How the adjacency of a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    /// Nobody has said.
    Planned,
    /// Up at both ends.
    Up,
    /// Not, at one end at least.
    NotUp,
}

impl Graph {
    /// What a topology would be.
    #[must_use]
    pub fn of_plan(plan: &Plan) -> Self {
        let devices = plan.edge_devices.iter().map(|device| {
            let address = device.config.public.address;
            (device.site.clone(), device.config.name.clone(), address)
        });
        let mut graph = Self::of_devices(plan.name.clone(), devices);
        for namespace in &plan.namespaces {
            if let NodeRole::Host {
                site,
                role,
                vlan,
                address,
                ..
            } = &namespace.role
            {
                let host = Host {
                    name: namespace.node.to_string(),
                    is_vm: *role == Role::Vm,
                    vlan: *vlan,
                    address: *address,
                };
                graph.place(site, host);
            }
        }
        for device in &plan.edge_devices {
            for link in &device.config.evi_links {
                graph.join(&device.config.name, link.peer, None);
            }
        }
        graph
    }

    /// What a standing lab is now.
    #[must_use]
    pub fn of_lab(lab: &Inspection, adjacencies: &Adjacencies) -> Self {
        let devices = lab.devices.iter();
        let devices = devices.map(|d| (d.site.clone(), d.name.clone(), d.address));
        let mut graph = Self::of_devices(format!("lab {} ({})", lab.lab, lab.stage), devices);
        for host in &lab.hosts {
            let drawn = Host {
                name: host.name.clone(),
                is_vm: host.is_vm,
                vlan: host.vlan,
                address: host.address,
            };
            graph.place(&host.site, drawn);
        }
        for (device, links) in adjacencies {
            for (peer, state) in links {
                graph.join(device, *peer, Some(*state));
            }
        }
        graph
    }

    fn of_devices(
        title: String,
        devices: impl Iterator<Item = (String, String, Ipv4Addr)>,
    ) -> Self {
        let mut graph = Self {
            title,
            sites: Vec::new(),
            links: Vec::new(),
        };
        for (site, name, address) in devices {
            graph.site(&site).devices.push(Device { name, address });
        }
        graph
    }

    fn site(&mut self, name: &str) -> &mut Site {
        let found = self.sites.iter().position(|site| site.name == name);
        let at = found.unwrap_or_else(|| {
            self.sites.push(Site {
                name: name.to_owned(),
                devices: Vec::new(),
                hosts: Vec::new(),
            });
            self.sites.len() - 1
        });
        &mut self.sites[at]
    }

    fn place(&mut self, site: &str, host: Host) {
        self.site(site).hosts.push(host);
    }

    /// A device has a link to a peer. What is no device here is not drawn. The ends are in the order of
    /// the devices, whichever of them speaks first, and whether or not the other one does.
    fn join(&mut self, device: &str, peer: Ipv4Addr, state: Option<AdjacencyState>) {
        let devices = || self.sites.iter().flat_map(|site| &site.devices);
        let far = devices().position(|found| found.address == peer);
        let near = devices().position(|found| found.name == device);
        let name = |at: usize| devices().nth(at).map(|found| found.name.clone());
        let Some((near, far)) = near.zip(far) else {
            return;
        };
        let Some(ends) = name(near.min(far)).zip(name(near.max(far))) else {
            return;
        };
        let ends = <[String; 2]>::from(ends);
        let end = usize::from(near > far);
        if let Some(link) = self.links.iter_mut().find(|link| link.ends == ends) {
            link.states[end] = state;
            return;
        }
        let mut states = [None; 2];
        states[end] = state;
        self.links.push(EviLink { ends, states });
    }
}

impl EviLink {
    fn condition(&self) -> Condition {
        match self.states {
            [None, None] => Condition::Planned,
            [Some(AdjacencyState::Up), Some(AdjacencyState::Up)] => Condition::Up,
            _ => Condition::NotUp,
        }
    }

    /// The adjacency in words; empty where nobody has said.
    fn words(&self) -> String {
        let word = |state: Option<AdjacencyState>| match state {
            None => "unknown",
            Some(AdjacencyState::Down) => "Down",
            Some(AdjacencyState::Initializing) => "Initializing",
            Some(AdjacencyState::Up) => "Up",
        };
        let [a, b] = self.states.map(word);
        match self.condition() {
            Condition::Planned => String::new(),
            _ if a == b => a.to_owned(),
            _ => format!("{} {a}, {} {b}", self.ends[0], self.ends[1]),
        }
    }
}
