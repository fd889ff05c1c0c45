//! A plan to read: what would be made, before anything is.

use topology::plan::{EdgeDevice, NodeName, NodeRole};
use topology::{Plan, Role};

use super::{Format, output};
use crate::ending::Ending;
use crate::report;

/// Writes a plan to standard output, and says how to end.
pub(super) fn print(plan: &Plan, format: Format) -> Ending {
    let printed = match format {
        Format::Json => output::json(plan),
        Format::Table => output::text(&text(plan)),
    };
    match printed {
        Ok(()) => Ending::Pass,
        Err(error) => {
            eprintln!("error: cannot write to standard output: {error}");
            Ending::Fail
        }
    }
}

/// What would be made, in a line.
pub(super) fn in_a_line(plan: &Plan) -> String {
    let moves = plan.migration.as_ref().map_or_else(
        || "no move to measure".to_owned(),
        |m| format!("{} moves from {} to {}", m.vm, m.from.site, m.to.site),
    );
    format!(
        "{} namespaces, {} cables, {} edge devices; {moves}",
        plan.namespaces.len(),
        plan.veths.len(),
        plan.edge_devices.len(),
    )
}

fn text(plan: &Plan) -> String {
    let mut devices = report::table([
        "edge device",
        "site",
        "attachment",
        "address",
        "system ID",
        "mode",
        "IGP timers",
        "site ports",
        "adjacencies",
    ]);
    for device in &plan.edge_devices {
        let config = &device.config;
        devices.add_row([
            config.name.clone(),
            device.site.clone(),
            device.attachment.to_string(),
            config.public.address.to_string(),
            config.system_id.to_string(),
            config.mode.to_string(),
            config.igp.profile.to_string(),
            ports(device),
            config
                .evi_links
                .iter()
                .filter(|link| link.isis)
                .count()
                .to_string(),
        ]);
    }
    format!(
        "plan of {}: {}\n\n{devices}\n\n{}\n\n{}",
        plan.name,
        in_a_line(plan),
        hosts(plan),
        figures(plan)
    )
}

fn ports(device: &EdgeDevice) -> String {
    let ports = &device.config.site_ports;
    let later = ports.iter().filter(|port| port.optional).count();
    match later {
        0 => ports.len().to_string(),
        _ => format!("{} and {later} that come and go", ports.len() - later),
    }
}

fn hosts(plan: &Plan) -> comfy_table::Table {
    let mut table = report::table([
        "host",
        "",
        "site",
        "VLAN",
        "address",
        "MAC",
        "plugged in at",
    ]);
    for namespace in &plan.namespaces {
        if let NodeRole::Host {
            site,
            role,
            vlan,
            address,
            mac,
            ..
        } = &namespace.role
        {
            table.add_row([
                namespace.node.to_string(),
                if *role == Role::Vm { "VM" } else { "" }.to_owned(),
                site.clone(),
                vlan.to_string(),
                address.to_string(),
                mac.to_string(),
                plugged_in(plan, &namespace.node),
            ]);
        }
    }
    table
}

fn plugged_in(plan: &Plan, host: &NodeName) -> String {
    let cable = plan.veths.iter().find(|veth| veth.near.node == *host);
    cable.map_or_else(String::new, |veth| match &veth.far.bridge {
        Some(bridge) => format!("{}: {bridge}", veth.far.node),
        None => format!("{}: {}", veth.far.node, veth.far.name),
    })
}

/// How much of everything else.
fn figures(plan: &Plan) -> String {
    let links: usize = plan
        .edge_devices
        .iter()
        .map(|d| d.config.evi_links.len())
        .sum();
    format!(
        "{} bridges, {} EVI links, {} addresses, {} neighbour entries, {} flows of {} probes a second\n",
        plan.bridges.len(),
        links / 2,
        plan.addresses.len(),
        plan.neighbours.len(),
        plan.flows.len(),
        plan.probes.rate,
    )
}
