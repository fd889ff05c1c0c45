//! What captures alone say.

use comfy_table::Cell;
use meter::witness::Account;

use super::{millis, number, table};
use crate::analysis::Analysis;

pub(super) fn text(analysis: &Analysis) -> String {
    let mut table = table([
        "flow",
        "from",
        "to",
        "lost before",
        "probes",
        "lost",
        "duplicates",
        "reordered",
        "longest gap",
    ]);
    for account in &analysis.flows {
        table.add_row(row(analysis, account));
    }
    let (title, frames) = (analysis.title(), analysis.frames);
    let missed = match analysis.missed {
        0 => String::new(),
        missed => format!("\nINCONCLUSIVE: the capture itself missed {missed} frames.\n"),
    };
    let agreement = agreement(analysis);
    format!("\n{title}: {frames} frames\n{table}\n{missed}{agreement}")
}

fn row(analysis: &Analysis, account: &Account) -> Vec<Cell> {
    let start = [
        number(account.flow),
        Cell::new(account.source),
        Cell::new(account.destination),
    ];
    let (Some(end), Some(at_end)) = (account.end, account.at_end()) else {
        let unknown = [
            Cell::new("(its end was not captured)"),
            number(account.judged()),
        ];
        return start.into_iter().chain(unknown).collect();
    };
    let longest = at_end.longest().map_or_else(String::new, |run| {
        let or_more = if run.duration.upper.is_none() {
            " or more"
        } else {
            ""
        };
        format!(
            "{}{or_more} ({} to {})",
            millis(run.duration.value),
            run.first,
            run.last
        )
    });
    let rest = [
        Cell::new(analysis.name(end)),
        number(account.judged()),
        number(at_end.missing),
        number(at_end.duplicated),
        number(at_end.reordered),
        Cell::new(longest),
    ];
    start.into_iter().chain(rest).collect()
}

fn agreement(analysis: &Analysis) -> String {
    let Some(compared) = &analysis.compared else {
        return String::new();
    };
    let mut lines = Vec::new();
    for flow in compared {
        let name = format!("{} to {}", flow.from, flow.to);
        match &flow.disagreements {
            None => lines.push(format!("{name}: the capture does not show where it ends")),
            Some(all) => lines.extend(all.iter().map(|one| format!("{name}: {one}"))),
        }
    }
    if lines.is_empty() {
        let flows = compared.len();
        return format!("Capture and meter agree, on all {flows} flows, to the probe.\n");
    }
    format!(
        "THE CAPTURE AND THE METER DISAGREE:\n  {}\n",
        lines.join("\n  ")
    )
}
