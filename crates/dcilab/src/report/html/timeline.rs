//! Every probe of a run, on the clock of the move.

use core::fmt::Write as _;

use maud::{Markup, html};
use meter::analysis::Gap;
use topology::plan::FlowDirection;
use wire::Timestamp;

use super::super::grid::Grid;
use super::super::grids::flow_name;
use super::super::millis;
use super::axis::{Axis, ms, rounded};
use crate::result::{FlowResult, RunResult};

const LANE: f64 = 40.0;
/// Numbers of phases stand in so many rows above the lanes.
const LABEL_ROWS: usize = 4;
const LABEL_ROW: f64 = 13.0;
const FOOT: f64 = 24.0;
/// With less room for each, probes are drawn as bars.
const ROOM_OF_A_PROBE: f64 = 2.5;

/// A part of a run's time, milliseconds since the trigger.
pub(super) struct Span {
    pub(super) title: &'static str,
    from: f64,
    to: f64,
}

/// The whole, and the move by itself where it is a small part of that.
pub(super) fn spans(run: &RunResult) -> Vec<Span> {
    let ends = run.flows.iter().map(|flow| {
        let window = &flow.report.window;
        since(window.settled_until, run.migration.trigger)
    });
    let begins = run.flows.iter().map(|flow| Probes::new(run, flow).first());
    let whole = Span {
        title: "The whole run",
        from: begins.fold(0.0, f64::min),
        to: ends.fold(1.0, f64::max),
    };
    let floor = ms(run.floor.total()).max(5.0);
    let near = Span {
        title: "The move, enlarged",
        from: -floor * 0.2,
        to: floor * 1.6,
    };
    if (near.to - near.from) * 2.0 < whole.to - whole.from {
        vec![near, whole]
    } else {
        vec![whole]
    }
}

fn since(at: Timestamp, trigger: Timestamp) -> f64 {
    ms(at.saturating_since(trigger)) - ms(trigger.saturating_since(at))
}

/// Number and text of each phase.
pub(super) fn legend(run: &RunResult) -> Grid {
    let mut grid = Grid::new(["#no.", "#since trigger", "where", "what"]);
    for (number, phase) in (1..).zip(&run.phases) {
        grid.push([
            format!("{number}"),
            millis(phase.since_trigger),
            phase.node.to_string(),
            phase.text.clone(),
        ]);
    }
    grid
}

/// When each probe of a flow was sent: at the stamps that the gaps have, between them evenly.
struct Probes {
    stamps: Vec<(u32, f64)>,
    interval: f64,
    judged: u32,
}

impl Probes {
    fn new(run: &RunResult, flow: &FlowResult) -> Self {
        let (report, trigger) = (&flow.report, run.migration.trigger);
        let mut stamps = Vec::new();
        for gap in &report.gaps {
            let good = [gap.last_good_before, gap.first_good_after];
            stamps.extend(
                good.into_iter()
                    .flatten()
                    .map(|good| (good.sequence.0, good.sent_at)),
            );
            stamps.extend([(gap.first.0, gap.first_sent), (gap.last.0, gap.last_sent)]);
        }
        stamps.sort_unstable();
        stamps.dedup_by_key(|(sequence, _)| *sequence);
        let judged = u32::try_from(report.judged).unwrap_or(u32::MAX);
        if stamps.is_empty() {
            stamps.push((judged.saturating_sub(1), report.window.settled_until));
        }
        let of_move = stamps
            .into_iter()
            .map(|(sequence, at)| (sequence, since(at, trigger)));
        Self {
            stamps: of_move.collect(),
            interval: ms(report.rate.interval()),
            judged,
        }
    }

    fn sent(&self, sequence: u32) -> f64 {
        let after = self.stamps.partition_point(|(known, _)| *known < sequence);
        let distance = |known: u32| f64::from(sequence) - f64::from(known);
        match (
            after.checked_sub(1).map(|n| self.stamps[n]),
            self.stamps.get(after),
        ) {
            (Some((low, from)), Some((high, to))) => {
                from + (to - from) * distance(low) / f64::from(high - low)
            }
            (Some((known, at)), None) => at + distance(known) * self.interval,
            (None, Some((known, at))) => at + distance(*known) * self.interval,
            (None, None) => 0.0,
        }
    }

    fn first(&self) -> f64 {
        self.sent(0)
    }

    fn last(&self) -> f64 {
        self.sent(self.judged.saturating_sub(1))
    }
}

pub(super) fn picture(run: &RunResult, span: &Span, class: &str, width: f64) -> Markup {
    let axis = Axis::linear((span.from, span.to), (8.0, width - 8.0));
    let mut flows: Vec<_> = run.flows.iter().collect();
    flows.sort_by_key(|flow| (flow.direction == FlowDirection::FromVm, flow.site_role));
    #[allow(clippy::cast_precision_loss, reason = "lanes are few")]
    let (top, lanes) = (LABEL_ROW * LABEL_ROWS as f64 + 4.0, flows.len() as f64);
    let foot = top + LANE * lanes;
    let pattern = format!(
        "hatch-{class}-{}-{}-{}",
        run.igp_profile, run.mode, run.repeat
    );
    let pattern = format!(
        "{pattern}-{}",
        if span.from < 0.0 && span.to < 1000.0 {
            "near"
        } else {
            "whole"
        }
    );
    html! {
        svg.(class) viewBox={ "0 0 " (width) " " (foot + FOOT) } role="img"
            aria-label={ (span.title) ": probes of each flow that arrived or were lost; the tables have the numbers" } {
            defs { pattern id=(pattern) width="5" height="5" patternUnits="userSpaceOnUse"
                patternTransform="rotate(45)" {
                rect.gap width="5" height="5" {} line.hatch x1="0" y1="0" x2="0" y2="5" {}
            } }
            (axis.draw(top, foot))
            (phases(run, &axis, foot))
            @for (number, flow) in flows.iter().enumerate() {
                @let y = top + LANE * f64::from(u16::try_from(number).unwrap_or(u16::MAX));
                (lane(run, flow, &axis, span, y, &pattern))
            }
        }
    }
}

/// A line for each phase, and its number where there is room.
fn phases(run: &RunResult, axis: &Axis, foot: f64) -> Markup {
    let mut ends = [f64::MIN; LABEL_ROWS];
    let mut marks = Vec::new();
    for (number, phase) in (1..).zip(&run.phases) {
        let at = ms(phase.since_trigger);
        if !axis.holds(at) {
            continue;
        }
        let (x, text) = (axis.place(at), format!("{number}"));
        let row = ends.iter().position(|end| *end <= x);
        if let Some(row) = row {
            ends[row] = x + 9.0 * f64::from(u8::try_from(text.len()).unwrap_or(3)) + 2.0;
        }
        marks.push((x, row, text));
    }
    let place = |row: usize| LABEL_ROW * (f64::from(u8::try_from(row).unwrap_or(0)) + 1.0);
    html! {
        @let trigger = axis.place(0.0);
        line.trigger x1=(trigger) x2=(trigger) y1="0" y2=(foot) {}
        @for (x, row, text) in &marks {
            @let top = row.map_or(LABEL_ROW * 4.0, place);
            line.phase x1=(x) x2=(x) y1=(top) y2=(foot) {}
            @if let Some(row) = row { text.quiet x=(rounded(x + 1.5)) y=(place(*row) - 2.0) { (text) } }
        }
    }
}

fn lane(
    run: &RunResult,
    flow: &FlowResult,
    axis: &Axis,
    span: &Span,
    top: f64,
    pattern: &str,
) -> Markup {
    let probes = Probes::new(run, flow);
    let (left, right) = (axis.place(probes.first()), axis.place(probes.last()));
    let room =
        (axis.place(span.to) - axis.place(span.from)) * probes.interval / (span.to - span.from);
    let bar = top + 20.0;
    html! {
        text x="8" y=(top + 14.0) { (flow_name(flow)) ": " (flow.report.lost) " lost" }
        @if room >= ROOM_OF_A_PROBE {
            @let (arrived, lost) = strokes(&probes, flow, axis, bar);
            path.probe d=(arrived) {}
            path.probe.lost d=(lost) {}
        } @else {
            rect.arrived x=(left) y=(bar + 4.0) width=(rounded(right - left)) height="6" {}
            @for gap in &flow.report.gaps { (gap_bar(&probes, gap, axis, bar, pattern)) }
        }
    }
}

fn gap_bar(probes: &Probes, gap: &Gap, axis: &Axis, y: f64, pattern: &str) -> Markup {
    let (first, last) = (
        probes.sent(gap.first.0),
        probes.sent(gap.last.0) + probes.interval,
    );
    let (left, right) = (axis.place(first), axis.place(last));
    html! {
        rect x=(left) y=(y) width=(rounded((right - left).max(1.0))) height="14"
            fill={ "url(#" (pattern) ")" } {}
    }
}

/// A short stroke for each probe that arrived, a tall one for each that did not.
fn strokes(probes: &Probes, flow: &FlowResult, axis: &Axis, y: f64) -> (String, String) {
    let (mut arrived, mut lost) = (String::new(), String::new());
    let mut gaps = flow.report.gaps.iter().peekable();
    for sequence in 0..probes.judged {
        while gaps.next_if(|gap| gap.last.0 < sequence).is_some() {}
        let at = probes.sent(sequence);
        if !axis.holds(at) {
            continue;
        }
        let x = axis.place(at);
        let _ = match gaps.peek() {
            Some(gap) if gap.first.0 <= sequence => write!(lost, "M{x} {y}v14"),
            _ => write!(arrived, "M{x} {}v6", y + 4.0),
        };
    }
    (arrived, lost)
}
