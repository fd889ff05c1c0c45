//! How long each observer lost packets.

use comfy_table::Cell;
use topology::plan::FlowDirection;

use super::{millis, number, table};
use crate::result::{FlowResult, RunResult};

pub(super) fn text(run: &RunResult) -> String {
    let header = [
        "from",
        "to",
        "lost",
        "outage",
        "beyond the floor",
        "duplicates",
        "reordered",
    ];
    let mut table = table(header);
    for flow in ordered(run) {
        let report = &flow.report;
        table.add_row([
            Cell::new(end(flow, &flow.from)),
            Cell::new(end(flow, &flow.to)),
            number(report.lost),
            number(report.outage.duration),
            number(flow.control_plane_share),
            number(report.duplicated),
            number(report.reordered),
        ]);
    }
    let floor = &run.floor;
    format!(
        "\nPacket loss (floor: the kernel's own move {}, downtime {})\n{table}\n{}",
        millis(floor.kernel_move),
        millis(floor.downtime),
        copies(run)
    )
}

/// Flows to the VM first, the old site's before the others'.
fn ordered(run: &RunResult) -> Vec<&FlowResult> {
    let mut flows: Vec<_> = run.flows.iter().collect();
    flows.sort_by_key(|flow| (flow.direction == FlowDirection::FromVm, flow.site_role));
    flows
}

/// A host's name; the observer's with what its site is to the move.
fn end(flow: &FlowResult, host: &str) -> String {
    let observer = if flow.direction == FlowDirection::ToVm {
        &flow.from
    } else {
        &flow.to
    };
    if host == observer {
        format!("{host} ({})", flow.site_role.name())
    } else {
        host.to_owned()
    }
}

fn copies(run: &RunResult) -> String {
    let packets: u64 = run.copies.iter().map(|copies| copies.extra_packets).sum();
    let bytes: u64 = run.copies.iter().map(|copies| copies.extra_bytes).sum();
    match packets {
        0 => String::new(),
        _ => {
            format!("Cost of the flood: {packets} extra packets, {bytes} bytes, on the uplinks.\n")
        }
    }
}
