//! The ARP tables at the three moments of a migration: what `garp-flood-verified` decides by.

use std::sync::Arc;

use edge_api::{ArpRow, ArpStatus, Mode};

use super::table;
use crate::result::{ArpEntries, MigrationSummary, RunResult};

/// Empty for the modes that do not look at these tables; `result.json` has them all the same.
pub(super) fn text(run: &RunResult) -> String {
    match run.mode {
        Mode::GarpFloodVerified => tables(run),
        Mode::IgpOnly | Mode::GarpFlood | Mode::GarpRedirect => String::new(),
    }
}

fn tables(run: &RunResult) -> String {
    let devices: Vec<Arc<str>> = run.devices.iter().map(|d| d.name.as_str().into()).collect();
    let mut header = vec!["moment".to_owned()];
    header.extend(devices.iter().map(ToString::to_string));
    let mut table = table::<0>([]);
    table.set_header(header);
    for (number, moment) in run.moments.iter().enumerate() {
        // Until it moves, the tables are those of its start.
        let label = match number {
            0 => format!(
                "{} started at site {}",
                run.migration.vm, run.migration.from
            ),
            _ => moment.name.to_string(),
        };
        let cell = |device: &Arc<str>| {
            let entries = moment.arp.get(device);
            entries.map_or_else(String::new, |entries| cell(run, device, entries))
        };
        let mut row = vec![label];
        row.extend(devices.iter().map(cell));
        table.add_row(row);
    }
    let MigrationSummary { vm, ip, vlan, .. } = &run.migration;
    format!(
        "\nARP table entries of {vm} ({ip}, VLAN {vlan})\n{table}\n\
         snooping: announced in the own site. suppression: announced by another site.\n"
    )
}

/// One line for each entry.
fn cell(run: &RunResult, device: &str, entries: &ArpEntries) -> String {
    let snooping = entries.snooping.iter();
    let snooping = snooping.map(|row| format!("snooping {}{}", row.port, remark(run, row)));
    let suppression = entries.suppression.iter().map(|row| {
        let leads_to = leads_to(run, device, &row.port);
        format!("suppression {}{leads_to}{}", row.port, remark(run, row))
    });
    let lines: Vec<_> = snooping.chain(suppression).collect();
    if lines.is_empty() {
        "-".to_owned()
    } else {
        lines.join("\n")
    }
}

fn leads_to(run: &RunResult, device: &str, link: &str) -> String {
    let mut links = run.evi_links.iter();
    let here = links.find(|end| end.device == device && end.name == link);
    here.map_or_else(String::new, |end| format!(" to {}", end.peer_site))
}

/// What distinguishes an entry from one of the VM alone with its address.
fn remark(run: &RunResult, row: &ArpRow) -> String {
    let mut text = String::new();
    if row.mac != run.migration.mac {
        text.push_str(&format!(", {}", row.mac));
    }
    if row.ip != run.migration.ip {
        text.push_str(&format!(", {}", row.ip));
    }
    if row.status == ArpStatus::Collision {
        text.push_str(", collision");
    }
    text
}
