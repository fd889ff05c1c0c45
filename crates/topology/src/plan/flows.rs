//! Flows of probes: every observer of a VLAN to every VM of it, and back.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::NodeName;
use super::names::Node;
use crate::{HostId, ProbeDirection, ProbedVms, Resolved, Role};

/// The first flow's port. All are below those that the kernel gives away (`ip_local_port_range`) as long
/// as a topology has fewer than 12,768 flows; above they are still bound by name.
const FIRST_PORT: u16 = 20_000;

/// Most flows of a topology: each has a port of its own.
pub(crate) const FLOW_LIMIT: usize = 45_000;

/// Which way a flow goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlowDirection {
    /// From an observer to a VM: what the old and third sites' edge devices have to redirect.
    ToVm,
    /// From a VM to an observer: these teach the network where the VM is, too.
    FromVm,
}

/// Numbered UDP probes from one host to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flow {
    /// Number, from 0.
    pub number: u16,
    /// Which way it goes.
    pub direction: FlowDirection,
    /// The VM.
    pub vm: NodeName,
    /// The observer.
    pub observer: NodeName,
    /// The observer's site: outage is reported for each.
    pub observer_site: String,
    /// Namespace of the sender.
    pub from: NodeName,
    /// Namespace of the receiver.
    pub to: NodeName,
    /// Address of the sender.
    pub source: Ipv4Addr,
    /// Address of the receiver.
    pub destination: Ipv4Addr,
    /// UDP port of both ends; no other flow has it.
    pub port: u16,
}

/// The flows: by VM, then by observer, to the VM first.
pub(super) fn flows(topology: &Resolved) -> Vec<Flow> {
    let with_role = |role| topology.hosts().filter(move |(_, host)| host.role == role);
    let directions: &[FlowDirection] = match topology.probes().direction {
        ProbeDirection::Both => &[FlowDirection::ToVm, FlowDirection::FromVm],
        ProbeDirection::ToVm => &[FlowDirection::ToVm],
    };
    let is_probed = |vm: HostId| match topology.probes().vms {
        ProbedVms::All => true,
        ProbedVms::Moved => topology.migration().is_some_and(|moved| moved.vm == vm),
    };
    let mut flows = Vec::new();
    for (vm, host) in with_role(Role::Vm).filter(|(vm, _)| is_probed(*vm)) {
        for (observer, _) in with_role(Role::Observer).filter(|(_, o)| topology.are_joined(o, host))
        {
            for direction in directions {
                let number = u16::try_from(flows.len()).expect("at most `FLOW_LIMIT` flows");
                flows.push(flow(topology, number, *direction, (vm, observer)));
            }
        }
    }
    flows
}

fn flow(
    topology: &Resolved,
    number: u16,
    direction: FlowDirection,
    (vm, observer): (HostId, HostId),
) -> Flow {
    let (from, to) = match direction {
        FlowDirection::ToVm => (observer, vm),
        FlowDirection::FromVm => (vm, observer),
    };
    Flow {
        number,
        direction,
        vm: topology.node(Node::Host(vm)),
        observer: topology.node(Node::Host(observer)),
        observer_site: topology.site(topology.host(observer).site).name.clone(),
        from: topology.node(Node::Host(from)),
        to: topology.node(Node::Host(to)),
        source: topology.host(from).address,
        destination: topology.host(to).address,
        port: FIRST_PORT + number,
    }
}
