//! Sites, as the public network sees them.

use std::net::Ipv4Addr;

use topology::Plan;
use topology::plan::{EdgeDevice, NodeName, NodeRole};

use crate::lab::LabError;

/// A site.
pub(super) struct Site {
    pub(super) name: String,
    /// The node of its edge device.
    pub(super) device: NodeName,
    /// That device's port to the public network.
    pub(super) uplink: String,
    /// Its edge device's address.
    pub(super) address: Ipv4Addr,
    /// The public network's port to it.
    pub(super) port: String,
}

/// The sites, in the order of the plan.
pub(super) fn sites(plan: &Plan) -> Result<Vec<Site>, LabError> {
    plan.edge_devices
        .iter()
        .map(|device| site(plan, device))
        .collect()
}

fn site(plan: &Plan, device: &EdgeDevice) -> Result<Site, LabError> {
    let uplink = &device.config.public.interface;
    let cable = plan
        .veths
        .iter()
        .find(|veth| veth.near.node == device.node && veth.near.name.as_str() == uplink.as_str());
    let cable = cable.ok_or_else(|| LabError::UnknownNode {
        node: device.node.to_string(),
    })?;
    Ok(Site {
        name: device.site.clone(),
        device: device.node.clone(),
        uplink: uplink.clone(),
        address: device.config.public.address,
        port: cable.far.name.to_string(),
    })
}

/// The node that routes between the edge devices.
pub(super) fn public_network(plan: &Plan) -> Result<NodeName, LabError> {
    let found = plan
        .namespaces
        .iter()
        .find(|namespace| namespace.role == NodeRole::Wan);
    found
        .map(|namespace| namespace.node.clone())
        .ok_or_else(|| LabError::UnknownNode {
            node: "wan".to_owned(),
        })
}
