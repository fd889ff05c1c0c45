//! Baseline and mechanism side by side.

use comfy_table::Cell;
use edge_api::{Mode, TimerProfile};
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
    profiles
        .into_iter()
        .map(|profile| of_profile(file, profile))
        .collect()
}

fn of_profile(file: &ResultFile, profile: TimerProfile) -> String {
    let run = |mode| {
        file.runs
            .iter()
            .find(|r| r.igp_profile == profile && r.mode == mode)
    };
    let Some(baseline) = run(Mode::IgpOnly) else {
        return String::new();
    };
    let of_profile: Vec<_> = file
        .comparisons
        .iter()
        .filter(|c| c.igp_profile == profile)
        .collect();
    let Some(mechanism) = of_profile.first().and_then(|c| run(c.mechanism)) else {
        return String::new();
    };
    let title = format!("Outage towards the VM, IGP timers `{profile}`");
    let mut table = table(["observer", "", "igp-only", mechanism.mode.name(), "ratio"]);
    for compared in of_profile {
        if let (Some(before), Some(after)) = (flow(baseline, compared), flow(mechanism, compared))
            && after.direction == FlowDirection::ToVm
        {
            table.add_row([
                Cell::new(&compared.from),
                Cell::new(after.site_role.name()),
                cell(before),
                cell(after),
                number(compared.ratio),
            ]);
        }
    }
    table.add_row([
        Cell::new("floor"),
        Cell::new("the move itself"),
        number(millis(baseline.floor.total())),
        number(millis(mechanism.floor.total())),
        Cell::new(""),
    ]);
    format!(
        "\n{title}\nLSP generation: {}.\n{table}\n",
        baseline.lsp_generation
    )
}

fn flow<'a>(run: &'a RunResult, compared: &Compared) -> Option<&'a FlowResult> {
    run.flows
        .iter()
        .find(|flow| flow.from == compared.from && flow.to == compared.to)
}

fn cell(flow: &FlowResult) -> Cell {
    number(format!(
        "{} ({} lost)",
        flow.report.outage.duration, flow.report.lost
    ))
}
