//! The bench: two hosts, whose cables end in one namespace with nothing between them.

use std::sync::Arc;

use topology::plan::{NodeName, NodeRole, Veth};
use topology::{Plan, Topology};

use crate::lab::{Lab, LabError};

/// Both hosts at one site: their cables end at its switch, which is then taken away.
const TOPOLOGY: &str = r#"
name = "selftest"

[[vlan]]
id = 1
prefix = "10.1.0.0/24"

[[site]]
name = "a"

[[site]]
name = "b"

[[host]]
name = "vm"
role = "vm"
site = "a"
vlan = 1

[[host]]
name = "client"
role = "observer"
site = "a"
vlan = 1
"#;

/// What to build.
pub(super) fn plan(rate: u32) -> Result<Arc<Plan>, LabError> {
    let text = format!("{TOPOLOGY}\n[probes]\nrate = {rate}\n");
    let topology =
        Topology::load("selftest.toml", &text).map_err(|wrong| LabError::Impossible {
            what: "the bench".to_owned(),
            problem: wrong.render("selftest.toml", &text, false),
        })?;
    let mut plan = topology.plan();
    let is_host = |plan: &Plan, node: &NodeName| {
        let mut nodes = plan.namespaces.iter();
        nodes.any(|n| n.node == *node && matches!(n.role, NodeRole::Host { .. }))
    };
    let hosts: Vec<_> = plan
        .veths
        .iter()
        .map(|veth| is_host(&plan, &veth.near.node))
        .collect();
    let mut keep = hosts.iter();
    plan.veths.retain(|_| keep.next().copied().unwrap_or(false));
    let cables: Vec<_> = plan
        .veths
        .iter()
        .map(|veth| veth.far.node.clone())
        .collect();
    for veth in &mut plan.veths {
        veth.far.bridge = None;
    }
    let addresses: Vec<_> = plan
        .addresses
        .iter()
        .map(|a| is_host(&plan, &a.node))
        .collect();
    let mut keep = addresses.iter();
    plan.addresses
        .retain(|_| keep.next().copied().unwrap_or(false));
    let neighbours: Vec<_> = plan
        .neighbours
        .iter()
        .map(|n| is_host(&plan, &n.node))
        .collect();
    let mut keep = neighbours.iter();
    plan.neighbours
        .retain(|_| keep.next().copied().unwrap_or(false));
    plan.namespaces
        .retain(|n| matches!(n.role, NodeRole::Host { .. }) || cables.contains(&n.node));
    plan.bridges.clear();
    plan.routes.clear();
    plan.edge_devices.clear();
    Ok(Arc::new(plan))
}

/// The ends of the two cables that the line joins.
pub(super) fn cables(lab: &Lab) -> Result<[&Veth; 2], LabError> {
    match &lab.plan().veths[..] {
        [one, other] => Ok([one, other]),
        others => Err(LabError::Impossible {
            what: "the bench".to_owned(),
            problem: format!("{} cables in place of two", others.len()),
        }),
    }
}

pub(super) fn no_rate() -> LabError {
    LabError::Impossible {
        what: "probes".to_owned(),
        problem: "0 a second: use 1 or more".to_owned(),
    }
}
