//! Baseline and mechanism side by side.

use comfy_table::Cell;
use edge_api::{Mode, TimerProfile};
use meter::Ratio;
use topology::plan::FlowDirection;

use super::{millis, number, table};
use crate::result::{Compared, FlowResult, ResultFile, RunResult};

pub(super) fn text(file: &ResultFile) -> String {
    let mut profiles: Vec<TimerProfile> = Vec::new();
    for compared in &file.comparisons {
        if !profiles.contains(&compared.igp_profile) {
            profiles.push(compared.igp_profile);
        }
    }
    let tables: String = profiles
        .into_iter()
        .map(|profile| of_profile(file, profile))
        .collect();
    if tables.is_empty() {
        tables
    } else {
        format!("{tables}{LEGEND}")
    }
}

const LEGEND: &str = "
outage: longest run of lost probes, by their time of sending. floor: the kernel's own move of the
cable's end, and the downtime; it differs from run to run. beyond it: outage less floor, what the
control plane answers for. ratio: igp-only over the mechanism, of what is beyond the floor.
The mechanism saves the time that the IGP holds an LSP back; where it holds nothing back, nothing.
";

fn of_profile(file: &ResultFile, profile: TimerProfile) -> String {
    let run = |mode| {
        file.runs
            .iter()
            .find(|r| r.igp_profile == profile && r.mode == mode)
    };
    let Some(baseline) = run(Mode::IgpOnly) else {
        return String::new();
    };
    let header = [
        "observer",
        "mode",
        "lost",
        "outage",
        "floor",
        "duplicates",
        "beyond it",
        "ratio",
    ];
    let mut table = table(header);
    let observers = baseline.flows.iter();
    for before in observers.filter(|flow| flow.direction == FlowDirection::ToVm) {
        table.add_row(row(baseline, before, None));
        let of_flow =
            |c: &&Compared| c.igp_profile == profile && c.from == before.from && c.to == before.to;
        for compared in file.comparisons.iter().filter(of_flow) {
            if let Some(mechanism) = run(compared.mechanism)
                && let Some(after) = flow(mechanism, compared)
            {
                table.add_row(row(mechanism, after, Some(compared.control_plane_ratio)));
            }
        }
    }
    format!(
        "\nOutage towards the VM with IGP timers `{profile}`: {}\n{table}\n",
        baseline.lsp_generation
    )
}

fn flow<'a>(run: &'a RunResult, compared: &Compared) -> Option<&'a FlowResult> {
    run.flows
        .iter()
        .find(|flow| flow.from == compared.from && flow.to == compared.to)
}

/// The observer is named once, in the baseline's row; the ratio stands in the mechanism's.
fn row(run: &RunResult, flow: &FlowResult, ratio: Option<Ratio>) -> Vec<Cell> {
    let observer = match ratio {
        None => format!("{} ({})", flow.from, flow.site_role.name()),
        Some(_) => String::new(),
    };
    let report = &flow.report;
    vec![
        Cell::new(observer),
        Cell::new(run.mode),
        number(report.lost),
        number(report.outage.duration),
        number(millis(run.floor.total())),
        number(report.duplicated),
        number(flow.control_plane_share),
        number(ratio.map_or_else(String::new, |ratio| ratio.to_string())),
    ]
}
