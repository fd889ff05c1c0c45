//! The outages of every run, one row a flow and mode.

use edge_api::Mode;
use maud::{Markup, html};
use meter::Measured;
use meter::statistics::{Interval, Quantile, quantile};

use super::super::grids::flow_name;
use super::axis::{Axis, ms};
use crate::result::{Cell, FlowResult, ResultFile, RunResult, Value, Warmth};

/// Height of a row: its name, the signs, the interval.
const ROW: f64 = 44.0;
const FOOT: f64 = 24.0;

struct Row<'a> {
    name: String,
    cell: Cell,
    /// Every run's value.
    runs: Vec<(&'a RunResult, Measured)>,
    median: Option<Measured>,
    interval: Option<Interval>,
}

pub(super) fn picture(file: &ResultFile, class: &str, width: f64) -> Markup {
    let rows = rows(file);
    let all = || rows.iter().flat_map(|row| &row.runs);
    let greatest = all()
        .map(|(_, v)| ms(v.upper.unwrap_or(v.value)))
        .fold(10.0, f64::max);
    let finest = all()
        .map(|(_, v)| ms(v.value))
        .filter(|v| *v > 0.0)
        .fold(1.0, f64::min);
    let decade = |value: f64, round: fn(f64) -> f64| 10f64.powf(round(value.log10()));
    let span = (
        decade(finest.max(0.1), f64::floor),
        decade(greatest, f64::ceil),
    );
    let axis = Axis::logarithmic(span, (8.0, width - 8.0));
    #[allow(clippy::cast_precision_loss, reason = "rows are few")]
    let foot = ROW * rows.len() as f64;
    html! {
        svg.(class) viewBox={ "0 0 " (width) " " (foot + FOOT) } role="img"
            aria-label="Outages of every run, by flow and mode; the tables have the numbers" {
            (axis.draw(0.0, foot + 4.0))
            @for (number, row) in rows.iter().enumerate() { (draw(row, number, &axis)) }
        }
    }
}

fn rows(file: &ResultFile) -> Vec<Row<'_>> {
    let mut flows: Vec<&FlowResult> = Vec::new();
    for flow in file.runs.iter().flat_map(|run| &run.flows) {
        if !flows
            .iter()
            .any(|known| (&known.from, &known.to) == (&flow.from, &flow.to))
        {
            flows.push(flow);
        }
    }
    flows.sort_by_key(|flow| (flow.direction_name() == "from-vm", flow.site_role));
    let row = |flow: &FlowResult, cell: Cell| {
        let runs = file.runs.iter().filter(|run| run.cell() == cell);
        let values =
            runs.filter_map(|run| Some((run, Value::Outage.of(run.flow(&flow.from, &flow.to)?))));
        let counted = file
            .sample(cell)
            .values(&flow.from, &flow.to, Value::Outage);
        let of = file.statistics.iter().find(|of| {
            (of.mode, of.igp_profile) == (cell.mode, cell.profile)
                && (&of.from, &of.to) == (&flow.from, &flow.to)
        });
        Row {
            name: flow_name(flow),
            cell,
            runs: values.collect(),
            median: quantile(&counted, Quantile::Median),
            interval: of.and_then(|of| of.outage.median_interval),
        }
    };
    let cells = file.cells();
    flows
        .into_iter()
        .flat_map(|flow| cells.iter().map(move |cell| row(flow, *cell)))
        .collect()
}

fn draw(row: &Row<'_>, number: usize, axis: &Axis) -> Markup {
    #[allow(clippy::cast_precision_loss, reason = "rows are few")]
    let top = ROW * number as f64;
    let middle = top + 26.0;
    let between = |lower: f64, upper: f64| (axis.place(lower), axis.place(upper));
    html! {
        text x="8" y=(top + 13.0) { (row.name) ": " (row.cell.mode) ", " (row.cell.profile) }
        @for (run, value) in &row.runs {
            @let (left, right) = between(ms(value.lower), value.upper.map_or(f64::MAX, ms));
            line.bounds x1=(left) x2=(right) y1=(middle) y2=(middle) {}
            (sign(run, axis.place(ms(value.value)), middle))
        }
        @if let Some(median) = row.median {
            @let x = axis.place(ms(median.value));
            line.median x1=(x) x2=(x) y1=(middle - 9.0) y2=(middle + 9.0) {}
        }
        @if let Some(interval) = row.interval {
            @let (left, right) = between(ms(interval.lower), interval.upper.map_or(f64::MAX, ms));
            @let y = middle + 11.0;
            line.interval x1=(left) x2=(right) y1=(y) y2=(y) {}
            line.interval x1=(left) x2=(left) y1=(y - 3.0) y2=(y + 3.0) {}
            line.interval x1=(right) x2=(right) y1=(y - 3.0) y2=(y + 3.0) {}
        }
    }
}

/// Each mode has its shape, so that nothing depends on colour.
fn sign(run: &RunResult, x: f64, y: f64) -> Markup {
    let r = 4.5;
    let points = |points: &[(f64, f64)]| {
        let points = points
            .iter()
            .map(|(dx, dy)| format!("{:.1},{:.1}", x + dx * r, y + dy * r));
        points.collect::<Vec<_>>().join(" ")
    };
    let class = if run.warmth == Warmth::Cold {
        "point cold"
    } else {
        "point"
    };
    html! {
        @if !run.counts() {
            path.void d={ "M" (x - r) " " (y - r) "l9 9m0 -9l-9 9" } {}
        } @else {
            @match run.mode {
                Mode::IgpOnly => rect class=(class) x=(x - r) y=(y - r) width="9" height="9" {},
                Mode::GarpFlood => circle class=(class) cx=(x) cy=(y) r=(r) {},
                Mode::GarpFloodVerified => {
                    polygon class=(class) points=(points(&[(0.0, -1.2), (1.1, 0.9), (-1.1, 0.9)])) {}
                }
                Mode::GarpRedirect => {
                    polygon class=(class)
                        points=(points(&[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)])) {}
                }
            }
        }
    }
}
