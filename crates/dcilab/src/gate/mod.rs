//! A gate: does a result keep to limits, and is it no worse than one that was stored?
//!
//! Three answers: it passes, it fails, or nobody can tell, because too many runs were disturbed, because
//! a limit lies within the resolution, or because there are too few repeats. A limit is passed when the
//! whole of what a value may be keeps to it, and failed when nothing of it does.

mod baseline;
mod finding;
mod limits;
mod ratio;
mod value;

use core::fmt;

pub use baseline::{BaselineError, comparable};
pub use finding::{Finding, Verdict};
pub use limits::{Known, Limits, LimitsError};

use crate::result::{Cell, FlowResult, ResultFile};

/// Applies limits and a baseline to a result. What the limits choose must be in it (`Limits::check`),
/// and the baseline must be [`comparable`].
#[must_use]
pub fn judge(file: &ResultFile, limits: &Limits, baseline: Option<&ResultFile>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, limit) in (1..).zip(&limits.limit) {
        let found = value::findings(file, limit);
        findings.extend(or_nothing_meant(
            found,
            &format!("[[limit]] number {number}"),
        ));
    }
    for (number, ratio) in (1..).zip(&limits.ratio) {
        let found = ratio::findings(file, ratio);
        findings.extend(or_nothing_meant(
            found,
            &format!("[[ratio]] number {number}"),
        ));
    }
    if let Some(baseline) = baseline {
        findings.extend(baseline::findings(file, baseline, &limits.baseline));
    }
    findings
}

/// A limit that no flow is meant by is kept by none.
fn or_nothing_meant(found: Vec<Finding>, limit: &str) -> Vec<Finding> {
    if found.is_empty() {
        let reason =
            "no flow of the result is meant by it: name less of igp, observer, site, direction";
        let nothing = || "nothing".to_owned();
        return vec![Finding::inconclusive(
            nothing(),
            limit.to_owned(),
            nothing(),
            reason,
        )];
    }
    found
}

/// All findings together: one that fails decides, then one that cannot tell.
#[must_use]
pub fn overall(findings: &[Finding]) -> Verdict {
    let verdicts = findings.iter().map(|finding| finding.verdict);
    verdicts.max().unwrap_or(Verdict::Inconclusive)
}

/// What a finding is about.
struct Subject<'a> {
    cell: Cell,
    flow: &'a FlowResult,
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (&self.flow.from, &self.flow.to);
        write!(f, "{}, {from} to {to}", self.cell)
    }
}

/// The flows that experiments of a kind have.
fn flows(file: &ResultFile, cell: Cell) -> impl Iterator<Item = &FlowResult> {
    let run = file.runs.iter().find(move |run| run.cell() == cell);
    run.into_iter().flat_map(|run| &run.flows)
}
