//! The migration: which cable goes from where to where.

use std::net::Ipv4Addr;
use std::time::Duration;

use serde::Serialize;
use wire::{MacAddr, VlanId};

use super::names::{Interface, Node};
use super::{InterfaceName, NodeName};
use crate::{Announce, MigrationStyle, Resolved, SiteId};

/// A move of a VM: the switch's end of its cable goes from one bridge to another; the VM's own end,
/// address and sockets stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MigrationPlan {
    /// Namespace of the VM.
    pub vm: NodeName,
    /// The VM's own interface.
    pub vm_interface: InterfaceName,
    /// The VM's address.
    pub vm_address: Ipv4Addr,
    /// The VM's MAC address.
    pub vm_mac: MacAddr,
    /// The VM's VLAN.
    pub vlan: VlanId,
    /// The end of the cable that moves. Its name is free in every site.
    pub cable: InterfaceName,
    /// Where it is plugged in at first.
    pub from: Attachment,
    /// Where it goes. In the style `replug` its namespace is that of `from`.
    pub to: Attachment,
    /// How it goes there.
    pub style: MigrationStyle,
    /// What the VM says on arrival.
    pub announce: Announce,
    /// How long it is plugged in nowhere, on top of what the move itself takes.
    #[serde(with = "humantime_serde")]
    pub downtime: Duration,
}

/// Where a cable can be plugged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// The site.
    pub site: String,
    /// Namespace of the site's switch.
    pub node: NodeName,
    /// The bridge.
    pub bridge: InterfaceName,
    /// Namespace of the site's edge device.
    pub edge_device: NodeName,
    /// The edge device's port in that VLAN.
    pub site_port: InterfaceName,
}

pub(super) fn plan(topology: &Resolved) -> MigrationPlan {
    let migration = topology.migration();
    let vm = topology.host(migration.vm);
    let attachment = |site: SiteId| Attachment {
        site: topology.site(site).name.clone(),
        node: topology.node(Node::Switch(site)),
        bridge: topology.interface(Interface::Bridge(site, vm.vlan)),
        edge_device: topology.node(Node::Edge(site)),
        site_port: topology.interface(Interface::SitePort(vm.vlan)),
    };
    MigrationPlan {
        vm: topology.node(Node::Host(migration.vm)),
        vm_interface: topology.interface(Interface::HostEnd),
        vm_address: vm.address,
        vm_mac: vm.mac,
        vlan: topology.vlan(vm.vlan).id,
        cable: topology.interface(Interface::Cable(migration.vm)),
        from: attachment(vm.site),
        to: attachment(migration.to),
        style: migration.style,
        announce: migration.announce,
        downtime: migration.downtime,
    }
}
