//! The meter against a known truth.

use comfy_table::Cell;
use meter::Measured;

use super::{millis, number, table};
use crate::selftest::{Outcome, Verdict};

pub(super) fn text(verdicts: &[Verdict]) -> String {
    let mut table = table([
        "done",
        "lost",
        "said lost",
        "duplicates",
        "reordered",
        "outage",
        "the meter is",
    ]);
    let mut reasons = String::new();
    for verdict in verdicts {
        let (word, why) = match &verdict.outcome {
            Outcome::Right => ("right", &[][..]),
            Outcome::Wrong(why) => ("WRONG", &why[..]),
            Outcome::Inconclusive(why) => ("disturbed", &why[..]),
        };
        table.add_row([
            Cell::new(verdict.case.name()),
            number(verdict.lost),
            number(verdict.said_lost),
            number(verdict.said_duplicated),
            number(verdict.said_reordered),
            Cell::new(outage(&verdict.outage)),
            Cell::new(word),
        ]);
        for line in why {
            reasons.push_str(&format!("  {}: {line}\n", verdict.case.name()));
        }
    }
    format!("{table}\n{reasons}")
}

fn outage(outage: &Measured) -> String {
    match outage.resolution() {
        Some(resolution) => format!("{} ± {}", millis(outage.value), millis(resolution)),
        None => format!("{} or more", millis(outage.value)),
    }
}
