//! Why the figures of a run do not count.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use edge_api::Event;

use super::Observed;
use crate::result::FlowResult;

/// A wall clock that stepped more than this during a run falsifies its stamps.
const CLOCK_STEP_LIMIT: Duration = Duration::from_millis(1);

/// All reasons, a line each; empty when the meter can be believed.
pub(super) fn of(
    observed: &Observed,
    events: &BTreeMap<Arc<str>, Vec<Event>>,
    flows: &[FlowResult],
) -> Vec<String> {
    let mut lines: Vec<_> = flows.iter().flat_map(of_flow).collect();
    let missed = of_capture(observed);
    if missed.is_empty() {
        lines.extend(of_witness(observed, flows));
    }
    lines.extend(missed);
    for (device, events) in events {
        let last = events.last().map_or(0, |event| event.number);
        let missing = last.saturating_sub(events.len() as u64);
        if missing > 0 {
            lines.push(format!("{missing} events of {device} were lost"));
        }
    }
    let step = observed.clock_step;
    if step > CLOCK_STEP_LIMIT {
        lines.push(format!(
            "the wall clock stepped by {step:.1?} during the run"
        ));
    }
    lines
}

fn of_flow(flow: &FlowResult) -> Vec<String> {
    let lines = flow.report.quality.disturbances().iter();
    lines.map(|d| format!("{}: {d}", name(flow))).collect()
}

fn of_capture(observed: &Observed) -> Vec<String> {
    let points = observed.captured.points.iter();
    let missed = points.filter(|point| point.missed > 0);
    let line = |point: &meter::CapturePoint| {
        let (node, interface) = (&point.node, &point.interface);
        format!(
            "the capture on {node}:{interface} missed {} frames",
            point.missed
        )
    };
    missed.map(line).collect()
}

/// Where the second witness says otherwise, or nothing.
fn of_witness(observed: &Observed, flows: &[FlowResult]) -> Vec<String> {
    if let Some(why) = observed.witness.silence() {
        return vec![format!("the capture cannot be read back: {why}")];
    }
    let of_flow = |flow: &FlowResult| match &flow.capture {
        None => vec![format!(
            "{}: the capture does not show where it ends",
            name(flow)
        )],
        Some(said) => {
            let lines = said.disagreements.iter();
            lines.map(|d| format!("{}: {d}", name(flow))).collect()
        }
    };
    flows.iter().flat_map(of_flow).collect()
}

fn name(flow: &FlowResult) -> String {
    format!("{} to {}", flow.from, flow.to)
}
