//! What to make for a topology: every kernel object, in the order to make it.
//!
//! The fields of [`Plan`] are in that order: sysctls right after the namespaces, because interfaces take
//! `conf.default` when they are made. A plan has no choice left in it; whoever applies it decides nothing.

mod edge;
mod flows;
mod migration;
mod names;
mod sites;
mod sysctls;
mod underlay;

use std::net::Ipv4Addr;
use std::time::Duration;

use edge_api::{EdgeConfig, Mode, SitePortConfig, TimerProfile};
use serde::Serialize;
use wire::{MacAddr, VlanId};

pub(crate) use flows::FLOW_LIMIT;
pub use flows::{Flow, FlowDirection};
pub use migration::{Attachment, MigrationPlan, Move, MoveError};
pub use names::{INTERFACE_NAME_LIMIT, InterfaceName, NodeName};
pub use sysctls::{IfMissing, Sysctl};

use crate::resolved::{MacPool, Probes};
use crate::{AttachmentKind, Ipv4Prefix, Resolved, Role};

/// Every kernel object of a lab, in the order to make it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// Name of the topology.
    pub name: String,
    /// Seed of everything that is random in a run.
    pub seed: u64,
    /// How edge devices handle a MAC move, but for those that have a mode of their own.
    pub mode: Mode,
    /// The IGP's timers by name, but for edge devices that have some of their own.
    pub igp_profile: TimerProfile,
    /// Network namespaces, each with its sysctls.
    pub namespaces: Vec<Namespace>,
    /// The sites' bridges.
    pub bridges: Vec<Bridge>,
    /// Virtual cables.
    pub veths: Vec<Veth>,
    /// IPv4 addresses.
    pub addresses: Vec<Address>,
    /// IPv4 routes, once all interfaces are up.
    pub routes: Vec<Route>,
    /// Permanent entries of neighbour tables.
    pub neighbours: Vec<Neighbour>,
    /// Edge devices to start, once all of the above is there.
    pub edge_devices: Vec<EdgeDevice>,
    /// Probes: how many and how long.
    pub probes: Probes,
    /// Probes: from whom to whom.
    pub flows: Vec<Flow>,
    /// The move that is measured, if there is one.
    pub migration: Option<MigrationPlan>,
}

/// A network namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Namespace {
    /// Its name.
    pub node: NodeName,
    /// What it stands for.
    pub role: NodeRole,
    /// What to set in it before it has any interface.
    pub sysctls: Vec<Sysctl>,
}

/// What a namespace stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum NodeRole {
    /// The routed network between the edge devices.
    Wan,
    /// A site's edge device.
    EdgeDevice {
        /// The site.
        site: String,
    },
    /// The switch of a site.
    SiteSwitch {
        /// The site.
        site: String,
    },
    /// The switches of all sites, where a migration re-plugs within one namespace.
    AllSwitches,
    /// A host.
    Host {
        /// The site it is at, at first.
        site: String,
        /// What it does.
        role: Role,
        /// Its VLAN.
        vlan: VlanId,
        /// Its interface.
        interface: InterfaceName,
        /// Its address.
        address: Ipv4Addr,
        /// Its MAC address.
        mac: MacAddr,
    },
}

/// A bridge: one VLAN of a site's switch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bridge {
    /// Namespace.
    pub node: NodeName,
    /// Interface.
    pub name: InterfaceName,
    /// The site.
    pub site: String,
    /// The VLAN; frames are untagged here.
    pub vlan: VlanId,
    /// Its own address, fixed: a bridge without one changes it with its ports.
    pub mac: MacAddr,
    /// MTU, bytes.
    pub mtu: u32,
    /// Spanning tree: off, or a port that is plugged in forwards nothing for 30 s.
    pub stp: bool,
    /// Multicast snooping: off, or queries add frames, and IS-IS multicast may be pruned.
    pub multicast_snooping: bool,
    /// How long it remembers a MAC without a frame.
    #[serde(with = "humantime_serde")]
    pub ageing: Duration,
}

/// A virtual cable. Both ends are to be up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Veth {
    /// The end nearer to a host or edge device.
    pub near: VethEnd,
    /// The end nearer to the public network, or at the switch.
    pub far: VethEnd,
}

/// An end of a virtual cable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VethEnd {
    /// Namespace.
    pub node: NodeName,
    /// Interface.
    pub name: InterfaceName,
    /// MAC address.
    pub mac: MacAddr,
    /// MTU, bytes.
    pub mtu: u32,
    /// The bridge of the same namespace that it is plugged into.
    pub bridge: Option<InterfaceName>,
    /// Whether to turn offloads off.
    pub offload: Offload,
}

/// What the sender of an interface leaves to its hardware, which a veth has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Offload {
    /// Off, where IP traffic starts: else checksums are never computed, and packets exceed the MTU.
    Off,
    /// As the kernel has it: only whole frames pass here.
    Unchanged,
}

/// An address of an interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Address {
    /// Namespace.
    pub node: NodeName,
    /// Interface.
    pub interface: InterfaceName,
    /// Address.
    pub address: Ipv4Addr,
    /// Length of its prefix.
    pub prefix_length: u8,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Route {
    /// Namespace.
    pub node: NodeName,
    /// Where it leads.
    pub destination: Ipv4Prefix,
    /// The next hop.
    pub gateway: Ipv4Addr,
    /// Interface towards it.
    pub interface: InterfaceName,
}

/// A permanent entry of a neighbour table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Neighbour {
    /// Namespace.
    pub node: NodeName,
    /// Interface.
    pub interface: InterfaceName,
    /// The neighbour's address.
    pub address: Ipv4Addr,
    /// Its MAC address.
    pub mac: MacAddr,
}

/// An edge device to start.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EdgeDevice {
    /// Namespace.
    pub node: NodeName,
    /// The site.
    pub site: String,
    /// How the hosts of its site reach it.
    pub attachment: AttachmentKind,
    /// Its configuration.
    pub config: EdgeConfig,
}

impl EdgeDevice {
    /// The port that a host of its site is behind.
    #[must_use]
    pub fn port_of(&self, host: &NodeName, vlan: VlanId) -> Option<&SitePortConfig> {
        let ports = || self.config.site_ports.iter();
        let own = names::cable_of(host);
        ports()
            .find(|port| port.interface == own)
            .or_else(|| ports().find(|port| !port.optional && port.vlans.carries(vlan)))
    }
}

impl Plan {
    /// A host as the network knows it; `None` for any other node.
    #[must_use]
    pub fn station(&self, host: &NodeName) -> Option<(VlanId, MacAddr)> {
        let found = self.namespaces.iter().find(|n| n.node == *host)?;
        match &found.role {
            NodeRole::Host { vlan, mac, .. } => Some((*vlan, *mac)),
            _ => None,
        }
    }

    pub(crate) fn new(topology: &Resolved) -> Self {
        let given = topology.hosts().map(|(_, host)| host.mac);
        let mut pool = MacPool::new(topology.seed(), given);
        let mut plan = Self {
            name: topology.name().to_owned(),
            seed: topology.seed(),
            mode: topology.mechanism().mode,
            igp_profile: topology.igp().profile,
            namespaces: sites::namespaces(topology),
            bridges: sites::bridges(topology, &mut pool),
            veths: Vec::new(),
            addresses: Vec::new(),
            routes: Vec::new(),
            neighbours: Vec::new(),
            edge_devices: edge::devices(topology),
            probes: *topology.probes(),
            flows: flows::flows(topology),
            migration: migration::plan(topology),
        };
        plan.cable_underlay(topology, &mut pool);
        plan.cable_ports(topology, &mut pool);
        plan.cable_hosts(topology, &mut pool);
        plan
    }
}
