//! Limits of how many times longer one mode takes than another, in the same result.

use edge_api::Mode;
use meter::Ratio;
use meter::statistics::Effect;

use super::finding::{Finding, Verdict, too_few};
use super::limits::{RatioLimit, value_of};
use super::{Subject, flows};
use crate::result::{Cell, ResultFile, Value};

pub(super) fn findings(file: &ResultFile, limit: &RatioLimit) -> Vec<Finding> {
    let mode = |name: &str| Mode::ALL.iter().copied().find(|mode| mode.name() == name);
    let modes = (mode(limit.slower.get_ref()), mode(limit.faster.get_ref()));
    let (Some(slower), Some(faster), Some(value)) = (modes.0, modes.1, value_of(&limit.value))
    else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for cell in file.cells().into_iter().filter(|cell| cell.mode == faster) {
        let igp = limit.igp.as_ref();
        if igp.is_some_and(|igp| igp.get_ref() != cell.profile.name()) {
            continue;
        }
        let against = Cell {
            mode: slower,
            ..cell
        };
        for flow in flows(file, cell).filter(|flow| limit.flows().means(flow)) {
            let subject = Subject { cell, flow };
            findings.push(finding(file, limit, &subject, against, value));
        }
    }
    findings
}

fn finding(
    file: &ResultFile,
    limit: &RatioLimit,
    subject: &Subject<'_>,
    against: Cell,
    value: Value,
) -> Finding {
    let name = format!(
        "{} of {} over this at least {}",
        value.name(),
        against.mode,
        limit.at_least
    );
    let (from, to) = (&subject.flow.from, &subject.flow.to);
    let (slower, faster) = (file.sample(against), file.sample(subject.cell));
    let effect = Effect::of(
        &slower.values(from, to, value),
        &faster.values(from, to, value),
    );
    let found = effect.map_or(Ratio::Undetermined, |effect| effect.ratio);
    let (subject, text) = (subject.to_string(), found.to_string());
    if let Some(small) = [&slower, &faster]
        .into_iter()
        .find(|sample| !sample.is_enough())
    {
        return Finding::inconclusive(subject, name, text, too_few(small));
    }
    match keeps(&found, limit.at_least) {
        Some(true) => Finding::new(subject, name, text, Verdict::Passed),
        Some(false) => Finding::new(subject, name, text, Verdict::Failed),
        None => {
            let reason = "the ratio is not known well enough: raise `probes.rate`";
            Finding::inconclusive(subject, name, text, reason)
        }
    }
}

fn keeps(found: &Ratio, at_least: f64) -> Option<bool> {
    match *found {
        Ratio::Between { lower, .. } | Ratio::AtLeast { lower } if lower >= at_least => Some(true),
        Ratio::Between { upper, .. } | Ratio::AtMost { upper } if upper < at_least => Some(false),
        _ => None,
    }
}
