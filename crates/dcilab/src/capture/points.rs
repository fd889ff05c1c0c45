//! Where to capture.

use std::sync::Arc;

use meter::CapturePoint;
use meter::capture::{PointId, Role};
use topology::Plan;
use topology::plan::{NodeName, NodeRole};

pub(super) struct PlannedPoint {
    pub(super) namespace: NodeName,
    pub(super) point: CapturePoint,
}

/// The uplink and the site ports of every edge device, and the link of every host, the VM included. Not
/// ports that come and go with a VM: a capture does not follow an interface, and what passes there is seen
/// at the VM's own end.
pub(super) fn of(plan: &Plan) -> Vec<PlannedPoint> {
    let mut planned = Vec::new();
    let mut push = |namespace: &NodeName, interface: &str, role| {
        let id = PointId(u16::try_from(planned.len()).unwrap_or(u16::MAX));
        let point = CapturePoint {
            id,
            node: namespace.as_str().into(),
            interface: interface.into(),
            role,
            beyond: beyond(plan, namespace, interface),
            missed: 0,
        };
        planned.push(PlannedPoint {
            namespace: namespace.clone(),
            point,
        });
    };
    for device in &plan.edge_devices {
        push(&device.node, &device.config.public.interface, Role::Uplink);
        for port in device.config.site_ports.iter().filter(|p| !p.optional) {
            push(
                &device.node,
                &port.interface,
                Role::SitePort {
                    port: port.name.as_str().into(),
                },
            );
        }
    }
    for namespace in &plan.namespaces {
        if let NodeRole::Host { interface, .. } = &namespace.role {
            push(&namespace.node, interface.as_str(), Role::HostLink);
        }
    }
    planned
}

/// The node at the other end of an interface's cable.
fn beyond(plan: &Plan, node: &NodeName, interface: &str) -> Arc<str> {
    let ends = plan
        .veths
        .iter()
        .flat_map(|v| [(&v.near, &v.far), (&v.far, &v.near)]);
    let mut here = ends.filter(|(end, _)| end.node == *node && end.name.as_str() == interface);
    here.next()
        .map_or("".into(), |(_, other)| other.node.as_str().into())
}
