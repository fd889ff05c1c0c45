//! What a person reads: one file a part of the report.

mod analysis;
mod arp;
mod comparison;
mod deaths;
mod moments;
mod outages;
mod third_site;
mod timeline;

use core::time::Duration;

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

use crate::analysis::Analysis;
use crate::result::{FailedRun, ResultFile, RunResult};

/// The report of one migration, as text.
#[must_use]
pub fn run(run: &RunResult) -> String {
    let mut text = heading(run);
    text.push_str(&moments::text(run));
    text.push_str(&arp::text(run));
    text.push_str(&timeline::text(run));
    text.push_str(&outages::text(run));
    text.push_str(&third_site::text(run));
    text.push_str(&deaths::text(run));
    text.push_str(&inconclusive(run));
    text
}

/// Baseline and mechanism side by side, as text.
#[must_use]
pub fn comparison(file: &ResultFile) -> String {
    comparison::text(file)
}

/// The experiments that came to no result, as text; empty when there is none.
#[must_use]
pub fn failed(file: &ResultFile) -> String {
    let line = |failed: &FailedRun| {
        let error = failed.error.replace('\n', "\n    ");
        format!(
            "\nFAILED: {} with IGP timers `{}` has no result: {error}\n",
            failed.mode, failed.igp_profile
        )
    };
    file.failed.iter().map(line).collect()
}

/// What captures alone say, as text.
#[must_use]
pub fn analysis(analysis: &Analysis) -> String {
    analysis::text(analysis)
}

fn heading(run: &RunResult) -> String {
    let m = &run.migration;
    let title = format!("{} with IGP timers `{}`", run.mode, run.igp_profile);
    format!(
        "\n{title}\n{}\n{} ({}, VLAN {}) moves from site {} to site {} ({}, announces: {}).\n\
         LSP generation: {}{}.\n",
        "=".repeat(title.chars().count()),
        m.vm,
        m.mac,
        m.vlan,
        m.from,
        m.to,
        m.style,
        m.announce,
        run.lsp_generation,
        quiet(run)
    )
}

/// How busy the IGP was: a throttled one is slower after a recent LSP.
fn quiet(run: &RunResult) -> String {
    run.igp_quiet.map_or_else(String::new, |quiet| {
        format!(
            "; the new site's last LSP was {:.1} s old when the move began",
            quiet.as_secs_f64()
        )
    })
}

fn inconclusive(run: &RunResult) -> String {
    if run.disturbances.is_empty() {
        return String::new();
    }
    let lines = run.disturbances.join("\n  ");
    format!("\nINCONCLUSIVE: the meter was disturbed; these figures do not count:\n  {lines}\n")
}

/// No lines but one below the header: rows are short, and there are many.
const STYLE: TableStyle = NOTHING.header_separator(LineStyle::none().fill('─').junction('─'));

/// An empty table with a header. On a terminal it is no wider than that: cells wrap.
pub(crate) fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header);
    table
}

/// A cell for a number.
pub(crate) fn number(value: impl ToString) -> Cell {
    Cell::new(value).set_alignment(CellAlignment::Right)
}

/// Milliseconds with three digits, for people.
pub(crate) fn millis(duration: Duration) -> String {
    format!("{:.3} ms", duration.as_secs_f64() * 1000.0)
}
