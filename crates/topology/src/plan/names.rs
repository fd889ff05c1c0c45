//! The names of namespaces and interfaces: all are made here.

use core::fmt;

use serde::Serialize;
use wire::VlanId;

use crate::{AttachmentKind, HostId, MigrationStyle, Resolved, SiteId, VlanIndex};

/// Longest name of an interface, in bytes (`IFNAMSIZ` - 1).
pub const INTERFACE_NAME_LIMIT: usize = 15;

/// Name of a network namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct NodeName(String);

/// Name of an interface, at most 15 bytes. Unique within its namespace, and that of a host's cable in
/// every site, because it may move there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct InterfaceName(String);

impl NodeName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl InterfaceName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InterfaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A namespace, by what it stands for.
#[derive(Clone, Copy)]
pub(super) enum Node {
    Wan,
    Edge(SiteId),
    Switch(SiteId),
    Host(HostId),
}

/// An interface, by what it stands for.
#[derive(Clone, Copy)]
pub(super) enum Interface {
    /// A host's own end of its cable.
    HostEnd,
    /// The other end of a host's cable, at the switch or the edge device: the one that migrates.
    Cable(HostId),
    /// A VLAN of a site's switch.
    Bridge(SiteId, VlanIndex),
    /// The switch's end of the cable to a site port.
    ToSitePort(SiteId, VlanIndex),
    /// An edge device's port to its site.
    SitePort(VlanIndex),
    /// An edge device's public port.
    Uplink,
    /// The public network's port to an edge device.
    ToEdge(SiteId),
}

fn cable(host: &str) -> String {
    format!("h-{host}")
}

/// The end of a host's cable that is not the host's own.
pub(super) fn cable_of(host: &NodeName) -> String {
    cable(host.as_str())
}

impl Resolved {
    /// The one place that makes names of namespaces.
    pub(super) fn node(&self, node: Node) -> NodeName {
        NodeName(match node {
            Node::Wan => "wan".to_owned(),
            Node::Edge(site) => format!("ed-{}", self.site(site).name),
            Node::Switch(_) if self.shares_switches() => "sites".to_owned(),
            Node::Switch(site) => format!("site-{}", self.site(site).name),
            Node::Host(host) => self.host(host).name.clone(),
        })
    }

    /// The one place that makes names of interfaces.
    pub(super) fn interface(&self, interface: Interface) -> InterfaceName {
        let name = match interface {
            Interface::HostEnd => "eth0".to_owned(),
            Interface::Cable(host) => cable(&self.host(host).name),
            Interface::Bridge(site, vlan) => {
                let id: VlanId = self.vlan(vlan).id;
                format!("br{id}{}", self.site_suffix(site))
            }
            Interface::ToSitePort(site, vlan) => {
                format!("to-port{}{}", vlan.number(), self.site_suffix(site))
            }
            Interface::SitePort(vlan) => format!("port{}", vlan.number()),
            Interface::Uplink => "uplink".to_owned(),
            Interface::ToEdge(site) => format!("ed-{}", self.site(site).name),
        };
        debug_assert!(name.len() <= INTERFACE_NAME_LIMIT, "{name}");
        InterfaceName(name)
    }

    /// The port of a site's edge device that a host is behind while it is there.
    pub(super) fn port_of(&self, site: SiteId, host: HostId) -> InterfaceName {
        self.interface(match self.site(site).attachment {
            AttachmentKind::Switched => Interface::SitePort(self.host(host).vlan),
            AttachmentKind::Direct => Interface::Cable(host),
        })
    }

    /// Whether the switches of all sites are in one namespace, so that a migration needs not leave it.
    pub(super) fn shares_switches(&self) -> bool {
        self.moves().style == MigrationStyle::Replug
    }

    /// What keeps the interfaces of two sites apart where they share a namespace.
    fn site_suffix(&self, site: SiteId) -> String {
        if self.shares_switches() {
            format!("s{}", site.number())
        } else {
            String::new()
        }
    }
}
