//! Absolute limits.

use core::time::Duration;

use meter::Measured;
use meter::statistics::quantile;

use super::finding::{Finding, Verdict, too_few};
use super::limits::{Limit, Statistic, bound, value_of};
use super::{Subject, flows};
use crate::result::{Cell, ResultFile, Value};

/// Which end of a value a limit is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    AtMost,
    AtLeast,
}

pub(super) fn findings(file: &ResultFile, limit: &Limit) -> Vec<Finding> {
    let Some(value) = value_of(&limit.value) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for cell in file
        .cells()
        .into_iter()
        .filter(|cell| is_chosen(limit, *cell))
    {
        for flow in flows(file, cell).filter(|flow| limit.flows().means(flow)) {
            let sides = [
                (Side::AtMost, &limit.at_most),
                (Side::AtLeast, &limit.at_least),
            ];
            for (side, given) in sides {
                let given = given.as_ref().map(|given| bound(value, given.get_ref()));
                if let Some(Ok(given)) = given {
                    let subject = Subject { cell, flow };
                    findings.push(finding(file, limit, &subject, value, (side, given)));
                }
            }
        }
    }
    findings
}

fn is_chosen(limit: &Limit, cell: Cell) -> bool {
    let is = |named: &Option<toml::Spanned<String>>, name: &str| {
        named.as_ref().is_none_or(|named| named.get_ref() == name)
    };
    is(&limit.mode, cell.mode.name()) && is(&limit.igp, cell.profile.name())
}

fn finding(
    file: &ResultFile,
    limit: &Limit,
    subject: &Subject<'_>,
    value: Value,
    (side, given): (Side, u64),
) -> Finding {
    let bound = Duration::from_nanos(given);
    let statistic = limit.statistic.unwrap_or(match side {
        Side::AtMost => Statistic::Maximum,
        Side::AtLeast => Statistic::Minimum,
    });
    let statistic = statistic.quantile();
    let shown = match value.is_count() {
        true => given.to_string(),
        false => format!("{bound:?}"),
    };
    let side_name = match side {
        Side::AtMost => "at most",
        Side::AtLeast => "at least",
    };
    let name = format!(
        "{} of {} {side_name} {shown}",
        statistic.name(),
        value.name()
    );
    let sample = file.sample(subject.cell);
    let values = sample.values(&subject.flow.from, &subject.flow.to, value);
    let found = quantile(&values, statistic);
    let text = found.map_or_else(|| "nothing".to_owned(), |found| value.show(&found));
    let subject = subject.to_string();
    match found {
        Some(found) if sample.is_enough() => match keeps(&found, side, bound) {
            Some(true) => Finding::new(subject, name, text, Verdict::Passed),
            Some(false) => Finding::new(subject, name, text, Verdict::Failed),
            None => {
                let reason =
                    "the limit lies within the resolution: raise `probes.rate`, or the limit";
                Finding::inconclusive(subject, name, text, reason)
            }
        },
        _ => Finding::inconclusive(subject, name, text, too_few(&sample)),
    }
}

/// Whether all of what a value may be keeps to a bound; `None` when only a part does.
fn keeps(found: &Measured, side: Side, bound: Duration) -> Option<bool> {
    let (below, above) = (
        found.upper.is_some_and(|upper| upper <= bound),
        found.lower > bound,
    );
    match side {
        Side::AtMost if below => Some(true),
        Side::AtMost if above => Some(false),
        Side::AtLeast if found.lower >= bound => Some(true),
        Side::AtLeast if found.upper.is_some_and(|upper| upper < bound) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_within_the_resolution_is_neither_kept_nor_broken() {
        let ms = Duration::from_millis;
        let found = Measured::between(ms(19), ms(21));
        let most = |bound| keeps(&found, Side::AtMost, ms(bound));
        let least = |bound| keeps(&found, Side::AtLeast, ms(bound));
        assert_eq!(
            [most(18), most(19), most(20), most(21)],
            [Some(false), None, None, Some(true)]
        );
        assert_eq!(
            [least(19), least(20), least(21), least(22)],
            [Some(true), None, None, Some(false)]
        );
        let endless = Measured::at_least(ms(500));
        assert_eq!(keeps(&endless, Side::AtMost, ms(499)), Some(false));
        assert_eq!(keeps(&endless, Side::AtMost, ms(501)), None);
        assert_eq!(keeps(&endless, Side::AtLeast, ms(500)), Some(true));
    }
}
