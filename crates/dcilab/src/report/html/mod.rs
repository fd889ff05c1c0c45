//! `report.html`: everything on one page, pictures included, without a network.

mod axis;
mod distribution;
mod timeline;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::grid::Grid;
use super::{grids, millis, verdict};
use crate::result::{ResultFile, RunResult};
use crate::run_directory::Manifest;

const STYLE: &str = include_str!("style.css");

/// Widths that pictures are drawn for: a desk's screen, and a telephone's.
const WIDTHS: [(&str, f64); 2] = [("wide", 1100.0), ("narrow", 360.0)];

pub(super) fn page(file: &ResultFile, manifest: Option<&Manifest>) -> String {
    let topology = file.runs.first().map_or("no run", |run| &*run.topology);
    let title = format!("dcilab: {topology}");
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (head(file, &title))
                main {
                    (overview(file))
                    (distributions(file))
                    (singles(file))
                    @for run in &file.runs {
                        (of_run(file, run))
                    }
                    (settings(file, manifest))
                }
            }
        }
    };
    page.into_string()
}

fn head(file: &ResultFile, title: &str) -> Markup {
    let verdict = verdict::of(file);
    html! {
        header {
            h1 { (title) }
            p.verdict.(verdict.word()) { (verdict) }
            @if let Some(run) = file.runs.first() {
                p {
                    (run.migration.vm) " moves from site " (run.migration.from) " to site "
                    (run.migration.to) " while every observer and it send each other numbered probes. "
                    "How long did each lose packets, and where did they die?"
                }
            }
        }
    }
}

/// A table, which scrolls by itself where it is wider than the page.
fn table(grid: &Grid) -> Markup {
    let class = |number: bool| number.then_some("number");
    html! {
        div.table { table {
            thead { tr { @for column in &grid.header {
                th scope="col" class=[class(column.is_number)] { (column.name) }
            } } }
            tbody { @for row in &grid.rows { tr {
                @for (column, cell) in grid.header.iter().zip(row) {
                    td class=[class(column.is_number)] data-name=(column.name) { (cell) }
                }
            } } }
        } }
    }
}

fn overview(file: &ResultFile) -> Markup {
    html! {
        @if !file.statistics.is_empty() {
            h2 { "Over the warm repeats" }
            (table(&grids::statistics(file)))
            p.quiet {
                "Each value lies within its bounds; what overlaps is not told apart. Cliff's delta and the \
                 ratio compare igp-only with the mode, of what is beyond the floor: +1 means that every \
                 run of igp-only was longer. The cold runs, the first of each kind, are not in it."
            }
        }
        @for failed in &file.failed {
            p { strong { "No result: " } (failed.mode) " with " (failed.igp_profile) ", repeat "
                (failed.repeat) ": " (failed.error) }
        }
    }
}

fn singles(file: &ResultFile) -> Markup {
    html! {
        h2 { "Single runs" }
        details open[file.statistics.is_empty()] {
            summary { "Every value of every run" }
            (table(&grids::singles(file)))
        }
        p.quiet {
            "Outage: the longest run of lost probes, by their time of sending, plus or minus the \
             resolution. Floor: what the move itself took. Beyond it: what the control plane answers for."
        }
    }
}

fn distributions(file: &ResultFile) -> Markup {
    html! {
        h2 { "Outages of every run" }
        figure {
            @for (class, width) in WIDTHS { (distribution::picture(file, class, width)) }
            figcaption {
                "One sign a run, with the bounds of what is known as its bar. Square: igp-only; circle: \
                 garp-flood; triangle: garp-flood-verified; diamond: garp-redirect. Filled: it counts; hollow: \
                 the first, cold run; a cross: its meter was disturbed, it does not count. The thick \
                 stroke is the median of the runs that count, the line below it the 95 % confidence \
                 interval. The axis is logarithmic."
            }
        }
    }
}

fn of_run(file: &ResultFile, run: &RunResult) -> Markup {
    let title = format!(
        "{} with IGP timers {}, repeat {}",
        run.mode, run.igp_profile, run.repeat
    );
    // The last of each kind that counts, else the last.
    let same = |other: &&RunResult| other.cell() == run.cell();
    let counting = file.runs.iter().filter(same).rfind(|other| other.counts());
    let shown = counting.or_else(|| file.runs.iter().rfind(same));
    let is_last = shown.is_some_and(|shown| shown.repeat == run.repeat);
    let state = match run.counts() {
        true => run.warmth.name().to_owned(),
        false => format!("{}, disturbed: does not count", run.warmth.name()),
    };
    html! {
        h2 { (title) " (" (state) ")" }
        @if !run.disturbances.is_empty() {
            details { summary { "Inconclusive: the meter was disturbed" }
                ul { @for line in &run.disturbances { li { (line) } } } }
        }
        p { "LSP generation: " (run.lsp_generation) ". The move itself took "
            (millis(run.floor.kernel_move)) ", downtime " (millis(run.floor.downtime)) "." }
        details open[is_last] { summary { "Time-line of the probes" } (timelines(run)) }
        details open[is_last] { summary { "Where lost packets died" } (deaths(run)) }
        details open[is_last] {
            summary { "MAC and ARP tables of the edge devices at each moment" }
            (table(&grids::moments(run)))
        }
        details { summary { "The meter's own error" }
            (table(&grids::meter_error(run))) (missed(run)) }
    }
}

fn deaths(run: &RunResult) -> Markup {
    let deaths = grids::deaths(run);
    html! {
        @if deaths.is_empty() { p { "No packet was lost." } } @else { (table(&deaths)) }
    }
}

fn missed(run: &RunResult) -> Markup {
    let missed: u64 = run.capture_points.iter().map(|point| point.missed).sum();
    html! { p.quiet { "The captures missed " (missed) " frames at " (run.capture_points.len()) " points." } }
}

fn timelines(run: &RunResult) -> Markup {
    let spans = timeline::spans(run);
    html! {
        @for span in &spans {
            h3 { (span.title) }
            figure { @for (class, width) in WIDTHS { (timeline::picture(run, span, class, width)) } }
        }
        p.quiet {
            "Light: probes that arrived. Dark and hatched, or a tall stroke: lost ones. Probes stand where \
             they were sent; between stamps that the result has, evenly. Dashed lines are the phases, by \
             number:"
        }
        (table(&timeline::legend(run)))
    }
}

fn settings(file: &ResultFile, manifest: Option<&Manifest>) -> Markup {
    html! {
        h2 { "Settings in force" }
        (table(&grids::settings(file, manifest)))
        @if let Some(manifest) = manifest {
            details { summary { "The topology" } pre { (manifest.topology) } }
        }
    }
}
