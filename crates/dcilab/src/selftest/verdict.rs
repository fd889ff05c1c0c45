//! Whether what the meter says is what was done. Pure.

#[cfg(test)]
mod tests;

use core::time::Duration;

use meter::{FlowReport, Measured, Sequence};
use serde::Serialize;

use super::Case;
use super::injector::Truth;

/// What became of one case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// What was done.
    pub case: Case,
    /// Probes that were really lost.
    pub lost: u64,
    /// What the meter says of the outage.
    pub outage: Measured,
    /// Probes that it says were lost.
    pub said_lost: u64,
    /// Arrivals that it says were duplicates.
    pub said_duplicated: u64,
    /// Arrivals that it says were out of order.
    pub said_reordered: u64,
    /// How far the line's clock is from the senders' at the edges of the gap: the truth's own error.
    #[serde(rename = "truth_error_ns", with = "meter::nanos")]
    pub truth_error: Duration,
    /// Whether the two agree.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// Whether the meter is right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", content = "reasons", rename_all = "kebab-case")]
pub enum Outcome {
    /// It says what was done.
    Right,
    /// It says something else, and holds it for good.
    Wrong(Vec<String>),
    /// It says that it was disturbed: nothing is proved.
    Inconclusive(Vec<String>),
}

impl Verdict {
    pub(super) fn new(case: Case, truth: &Truth, faulty: &FlowReport, other: &FlowReport) -> Self {
        let truth_error = error_at_edges(truth);
        let differences = differences(case, truth, truth_error, faulty, other);
        let disturbances: Vec<_> = [faulty, other]
            .iter()
            .flat_map(|report| report.quality.disturbances())
            .map(ToString::to_string)
            .collect();
        let outcome = match (disturbances.is_empty(), differences.is_empty()) {
            (false, _) => Outcome::Inconclusive(disturbances),
            (true, true) => Outcome::Right,
            (true, false) => Outcome::Wrong(differences),
        };
        Self {
            case,
            lost: truth.lost.len() as u64,
            outage: faulty.outage.duration,
            said_lost: faulty.lost,
            said_duplicated: faulty.duplicated,
            said_reordered: faulty.reordered,
            truth_error,
            outcome,
        }
    }
}

/// Every figure that is not the truth.
fn differences(
    case: Case,
    truth: &Truth,
    truth_error: Duration,
    faulty: &FlowReport,
    other: &FlowReport,
) -> Vec<String> {
    let mut differences = Vec::new();
    let mut compare = |what: &str, said: u64, done: u64| {
        if said != done {
            differences.push(format!("{said} {what}, where there were {done}"));
        }
    };
    compare("probes lost", faulty.lost, truth.lost.len() as u64);
    compare("duplicates", faulty.duplicated, truth.duplicated);
    compare("probes reordered", faulty.reordered, truth.reordered);
    compare("probes lost the other way", other.lost, 0);
    compare("duplicates the other way", other.duplicated, 0);
    compare("probes reordered the other way", other.reordered, 0);
    if !faulty.lost_sequences().eq(truth.lost.iter().copied()) {
        differences.push("other probes are said to be lost than were".to_owned());
    }
    let outage = &faulty.outage.duration;
    if let Case::Gap { length } = case
        && !holds(outage, length, truth_error)
    {
        differences.push(format!(
            "an outage of {:.3?} (from {:.3?} to {:.3?}), where it was {length:?}, known to {truth_error:.3?}",
            outage.value, outage.lower, outage.upper
        ));
    }
    differences
}

/// Whether the bounds hold the true length, which is known as well as `error` says, and the value is not
/// farther from it than its resolution.
fn holds(outage: &Measured, length: Duration, error: Duration) -> bool {
    let Some((upper, resolution)) = outage.upper.zip(outage.resolution()) else {
        return false;
    };
    outage.lower <= length + error
        && length <= upper + error
        && outage.value.abs_diff(length) <= resolution + error
}

/// The line decides by its own stamp of a probe, the meter by the sender's. How much the time between
/// the two differs among the probes at the edges of the gap, the gap may differ.
fn error_at_edges(truth: &Truth) -> Duration {
    let edges = truth.lost.first().zip(truth.lost.last());
    let near = |sequence: Sequence| {
        edges.is_none_or(|(first, last)| {
            sequence.0.abs_diff(first.0) <= 1 || sequence.0.abs_diff(last.0) <= 1
        })
    };
    let delays = truth.delays.iter().filter(|(sequence, _)| near(*sequence));
    let (mut least, mut greatest) = (Duration::MAX, Duration::ZERO);
    for (_, delay) in delays {
        least = least.min(*delay);
        greatest = greatest.max(*delay);
    }
    greatest.saturating_sub(least)
}
