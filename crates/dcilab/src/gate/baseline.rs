//! Is a result worse than one that was stored?

use core::time::Duration;

use meter::Measured;
use meter::statistics::{Effect, Permutation, Quantile, quantile};
use topology::unknown;

use super::finding::{Finding, Verdict, too_few};
use super::limits::{BaselineRule, value_of};
use super::{Subject, flows};
use crate::result::{Cell, ResultFile, SCHEMA_VERSION, Sample, Stored, Value};

/// Why a stored result is no baseline for another.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    /// Of another shape.
    #[error(
        "the baseline {path} has schema version {found}, results have {SCHEMA_VERSION}: \
         make it again with --update-baseline"
    )]
    Version {
        /// The file.
        path: String,
        /// Its version.
        found: u32,
    },
    /// Of another topology.
    #[error(
        "the baseline {path} is of topology `{found}`, the result of `{topology}`: name another \
         baseline, or make this one again with --update-baseline"
    )]
    Topology {
        /// The file.
        path: String,
        /// Its topology.
        found: String,
        /// The result's.
        topology: String,
    },
    /// It lacks something that the result has.
    #[error(
        "the baseline {path} has no such runs: {problem}; make it again with --update-baseline"
    )]
    Missing {
        /// The file.
        path: String,
        /// What.
        problem: String,
    },
}

/// Whether a baseline has everything that a result of this topology with these experiments and observers
/// has. Settings may differ: their effect is what a gate looks for.
///
/// # Errors
/// It has not; what is missing.
pub fn comparable(
    baseline: &Stored,
    topology: &str,
    cells: &[Cell],
    observers: &[String],
) -> Result<(), BaselineError> {
    let path = baseline.path.display().to_string();
    if baseline.version != SCHEMA_VERSION {
        let found = baseline.version;
        return Err(BaselineError::Version { path, found });
    }
    let topologies = baseline.result.runs.iter().map(|run| &run.topology);
    if let Some(found) = topologies.into_iter().find(|found| **found != topology) {
        return Err(BaselineError::Topology {
            path,
            found: found.clone(),
            topology: topology.to_owned(),
        });
    }
    let known = super::Known::of(&baseline.result);
    let kinds: Vec<_> = baseline
        .result
        .cells()
        .iter()
        .map(Cell::to_string)
        .collect();
    let cells = cells
        .iter()
        .map(|cell| ("kind of experiment", cell.to_string(), &kinds));
    let observers = observers
        .iter()
        .map(|observer| ("observer", observer.clone(), &known.observers));
    for (what, name, names) in cells.chain(observers) {
        if !names.contains(&name) {
            let problem = unknown(what, &name, names.iter().map(|name| &**name));
            return Err(BaselineError::Missing { path, problem });
        }
    }
    Ok(())
}

pub(super) fn findings(
    file: &ResultFile,
    baseline: &ResultFile,
    rule: &BaselineRule,
) -> Vec<Finding> {
    let values = || rule.values.iter().filter_map(value_of);
    let mut findings = Vec::new();
    for cell in file.cells() {
        for flow in flows(file, cell) {
            let subject = Subject { cell, flow };
            findings.extend(values().map(|value| finding(file, baseline, rule, &subject, value)));
        }
    }
    findings
}

fn finding(
    file: &ResultFile,
    baseline: &ResultFile,
    rule: &BaselineRule,
    subject: &Subject<'_>,
    value: Value,
) -> Finding {
    let (now, then) = (file.sample(subject.cell), baseline.sample(subject.cell));
    let values = |sample: &Sample<'_>| sample.values(&subject.flow.from, &subject.flow.to, value);
    let (after, before) = (values(&now), values(&then));
    let name = format!("{} no worse than the baseline's", value.name());
    let subject = subject.to_string();
    if let Some(small) = [&now, &then].into_iter().find(|sample| !sample.is_enough()) {
        return Finding::inconclusive(subject, name, "nothing".to_owned(), too_few(small));
    }
    let seed = now.counted.first().map_or(0, |run| run.seed);
    let compared = Compared::new((&before, &after), value, rule, seed);
    let Some(compared) = compared else {
        let reason = "the flow is missing in some runs";
        return Finding::inconclusive(subject, name, "nothing".to_owned(), reason);
    };
    let found = compared.text(value);
    match compared.verdict(rule, (before.len(), after.len())) {
        Ok(verdict) => Finding::new(subject, name, found, verdict),
        Err(reason) => Finding::inconclusive(subject, name, found, reason),
    }
}

/// Two groups of repeats.
struct Compared {
    before: Measured,
    after: Measured,
    effect: Effect,
    test: Permutation,
    /// Differences up to here do not matter.
    tolerance: Duration,
}

impl Compared {
    fn new(
        (before, after): (&[Measured], &[Measured]),
        value: Value,
        rule: &BaselineRule,
        seed: u64,
    ) -> Option<Self> {
        let medians = (
            quantile(before, Quantile::Median)?,
            quantile(after, Quantile::Median)?,
        );
        let resolution = |measured: &Measured| measured.resolution().unwrap_or_default();
        let share = medians.0.value.mul_f64(rule.tolerance_percent / 100.0);
        let resolutions = resolution(&medians.0) + resolution(&medians.1);
        let least = match value.is_count() {
            true => Duration::ZERO,
            false => rule.tolerance,
        };
        Some(Self {
            before: medians.0,
            after: medians.1,
            effect: Effect::of(after, before)?,
            test: Permutation::is_longer(before, after, seed)?,
            tolerance: least.max(share).max(resolutions),
        })
    }

    /// Whether it is worse, or why nobody can tell.
    fn verdict(&self, rule: &BaselineRule, sizes: (usize, usize)) -> Result<Verdict, String> {
        let tolerance = i64::try_from(self.tolerance.as_nanos()).unwrap_or(i64::MAX);
        if self.test.smallest_p > rule.significance {
            return Err(format!(
                "{} and {} repeats that count cannot show a difference (p would be {:.3} at best, {} is \
                 asked for): raise --repeat",
                sizes.0, sizes.1, self.test.smallest_p, rule.significance
            ));
        }
        let is_greater = self.effect.difference.value_ns > tolerance;
        match (is_greater, self.test.p <= rule.significance) {
            (false, _) => Ok(Verdict::Passed),
            (true, true) => Ok(Verdict::Failed),
            (true, false) => Err(format!(
                "it looks worse, and may be so by chance (p {:.3}): raise --repeat",
                self.test.p
            )),
        }
    }

    fn text(&self, value: Value) -> String {
        let medians = format!(
            "{} against {}",
            value.show(&self.after),
            value.show(&self.before)
        );
        match value.is_count() {
            true => format!("median {medians}, p {:.3}", self.test.p),
            false => format!(
                "median {medians}: {}, p {:.3}",
                self.effect.difference, self.test.p
            ),
        }
    }
}
