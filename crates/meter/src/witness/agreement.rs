//! Whether the capture says what the meter said.

use core::fmt;

use serde::Serialize;

use super::Account;
use crate::FlowReport;

/// A figure that both have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Figure {
    /// Lost probes.
    Lost,
    /// Further arrivals.
    Duplicated,
    /// Arrivals out of order.
    Reordered,
    /// Lost probes of the longest gap.
    LongestGap,
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lost => "probes lost",
            Self::Duplicated => "duplicates",
            Self::Reordered => "probes reordered",
            Self::LongestGap => "probes lost in the longest gap",
        })
    }
}

/// A figure that the two witnesses do not agree on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Disagreement {
    /// Which.
    pub figure: Figure,
    /// What senders and receivers recorded.
    pub meter: u64,
    /// What the capture shows.
    pub capture: u64,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            figure,
            meter,
            capture,
        } = self;
        write!(f, "the meter has {meter} {figure}, the capture {capture}")
    }
}

/// How far the two may differ: one probe is at the edge of what is judged, which the meter draws by
/// the time of the send call, and a capture by the time at which it sees the probe.
const TOLERANCE: u64 = 1;

/// Where the two differ by more than a probe; empty when they agree. `None` when the capture does not
/// show the receiver's end.
#[must_use]
pub fn compare(report: &FlowReport, account: &Account) -> Option<Vec<Disagreement>> {
    let at_end = account.at_end()?;
    let longest = report.gaps.iter().map(|gap| gap.lost).max();
    let pairs = [
        (Figure::Lost, report.lost, at_end.missing),
        (Figure::Duplicated, report.duplicated, at_end.duplicated),
        (Figure::Reordered, report.reordered, at_end.reordered),
        (
            Figure::LongestGap,
            longest.unwrap_or(0),
            at_end.longest().map_or(0, |run| run.missing),
        ),
    ];
    let differ = pairs.into_iter().filter_map(|(figure, meter, capture)| {
        let disagreement = Disagreement {
            figure,
            meter,
            capture,
        };
        (meter.abs_diff(capture) > TOLERANCE).then_some(disagreement)
    });
    Some(differ.collect())
}
