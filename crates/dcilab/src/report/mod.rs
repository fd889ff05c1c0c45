//! What a person reads: one file a part of the report.

mod analysis;
mod arp;
mod comparison;
mod csv;
mod deaths;
pub mod diff;
pub mod gate;
pub(crate) mod grid;
mod grids;
mod html;
mod junit;
mod markdown;
mod moments;
mod outages;
pub mod scenario;
mod selftest;
mod third_site;
mod timeline;
mod verdict;

use core::time::Duration;

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use edge_api::Status;
use topology::AttachmentKind;

use crate::analysis::Analysis;
use crate::result::{FailedRun, ResultFile, RunResult, Warmth};
use crate::run_directory::Manifest;

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

/// Baseline and mechanism side by side, as text; of repeats, what they say together.
#[must_use]
pub fn comparison(file: &ResultFile) -> String {
    if file.statistics.is_empty() {
        return comparison::text(file);
    }
    let cold = file
        .runs
        .iter()
        .filter(|run| run.warmth == Warmth::Cold)
        .count();
    format!(
        "\nOutage over the warm repeats ({cold} cold runs apart, all in result.json)\n{}\
         delta, ratio: igp-only against the mode, of what is beyond the floor.\n",
        grids::statistics(file).text()
    )
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

/// The meter against a known truth, as text.
#[must_use]
pub fn selftest(verdicts: &[crate::selftest::Verdict]) -> String {
    selftest::text(verdicts)
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
        "\n{title}\n{}\n{} ({}, VLAN {}) moves from site {}{} to site {}{} ({}, announces: {}).\n\
         LSP generation: {}{}.\n{}",
        "=".repeat(title.chars().count()),
        m.vm,
        m.mac,
        m.vlan,
        m.from,
        direct(&m.from_attachment),
        m.to,
        direct(&m.to_attachment),
        m.style,
        m.announce,
        run.lsp_generation,
        quiet(run),
        of_their_own(run) + &impaired(run)
    )
}

/// What people are told of a site where there is no switch between a VM and the edge device.
fn direct(attachment: &str) -> &'static str {
    match attachment == AttachmentKind::Direct.name() {
        true => ", direct,",
        false => "",
    }
}

/// Edge devices that are not like the others: their mode, or their IGP timers.
fn of_their_own(run: &RunResult) -> String {
    let line = |device: &Status| {
        let mode = (device.mode != run.mode).then(|| format!("mode {}", device.mode));
        let timers = (device.igp_profile != run.igp_profile)
            .then(|| format!("IGP timers `{}`", device.igp_profile));
        let own: Vec<_> = mode.into_iter().chain(timers).collect();
        (!own.is_empty())
            .then(|| format!("{} has {} of its own.\n", device.name, own.join(" and ")))
    };
    run.devices.iter().filter_map(line).collect()
}

/// By what the underlay is impaired; nothing where it is not.
fn impaired(run: &RunResult) -> String {
    match run.impairments.paths.len() {
        0 => String::new(),
        count => format!(
            "Underlay: {count} paths between sites are impaired, by {}.\n",
            run.impairments.back_end
        ),
    }
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

/// The reports of a run's directory: each file's name, and its text.
#[must_use]
pub fn files(file: &ResultFile, manifest: Option<&Manifest>) -> Vec<(&'static str, String)> {
    let kinds = [Kind::Markdown, Kind::Junit, Kind::Html, Kind::Csv];
    let made = kinds.map(|kind| (kind.file_name(), written(file, manifest, kind)));
    made.to_vec()
}

/// A report that is a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// For the summary of a CI job.
    Markdown,
    /// For what lists tests.
    Junit,
    /// For a browser, with pictures.
    Html,
    /// Every gap of every flow.
    Csv,
}

impl Kind {
    /// What it is called in a run's directory.
    #[must_use]
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Markdown => "result.md",
            Self::Junit => "junit.xml",
            Self::Html => "report.html",
            Self::Csv => "gaps.csv",
        }
    }
}

/// One report of a result.
#[must_use]
pub fn written(file: &ResultFile, manifest: Option<&Manifest>, kind: Kind) -> String {
    match kind {
        Kind::Markdown => markdown::text(file, manifest),
        Kind::Junit => junit::text(file),
        Kind::Html => html::page(file, manifest),
        Kind::Csv => csv::gaps(file),
    }
}

/// That one of many runs does not count, and why, as text.
#[must_use]
pub fn left_out(label: &str, run: &RunResult) -> String {
    let lines = run.disturbances.join("\n  ");
    format!("\n{label} does not count: the meter was disturbed:\n  {lines}\n")
}
