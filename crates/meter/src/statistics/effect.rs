//! How two groups of repeats differ.

use core::cmp::Ordering;
use core::fmt;
use core::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Measured, Ratio};

/// Effect sizes of one group against another, over all pairs of one sample each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Effect {
    /// Pairs.
    pub pairs: u64,
    /// Pairs whose bounds overlap: nobody knows which is longer.
    pub undecided: u64,
    /// Cliff's delta: 1 when every sample of the first group is longer than every one of the second, -1
    /// when every one is shorter. Undecided pairs count as equal.
    pub cliffs_delta: f64,
    /// The delta, were the first shorter in every undecided pair.
    pub delta_lower: f64,
    /// The delta, were the first longer in every undecided pair.
    pub delta_upper: f64,
    /// Hodges-Lehmann: median of the pairs' differences, first less second.
    pub difference: Difference,
    /// Median of the pairs' ratios, first over second.
    pub ratio: Ratio,
}

/// A difference of durations, nanoseconds, with its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// The value.
    pub value_ns: i64,
    /// The true one is not less; `None` when that is not known.
    pub lower_ns: Option<i64>,
    /// The true one is not more; `None` when that is not known.
    pub upper_ns: Option<i64>,
}

/// Which of two is longer, as far as their bounds tell; `Equal` when they overlap.
pub(super) fn compare(a: &Measured, b: &Measured) -> Ordering {
    let is_beyond = |x: &Measured, y: &Measured| y.upper.is_some_and(|upper| x.lower >= upper);
    match (is_beyond(a, b), is_beyond(b, a)) {
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        _ => Ordering::Equal,
    }
}

impl Effect {
    /// Of `first` against `second`; `None` when one of them is empty.
    #[must_use]
    pub fn of(first: &[Measured], second: &[Measured]) -> Option<Self> {
        let pairs: Vec<_> = first
            .iter()
            .flat_map(|a| second.iter().map(move |b| (a, b)))
            .collect();
        if pairs.is_empty() {
            return None;
        }
        let count = |wanted| {
            let counted = pairs.iter().filter(|(a, b)| compare(a, b) == wanted);
            counted.count()
        };
        let (longer, shorter) = (count(Ordering::Greater), count(Ordering::Less));
        let undecided = pairs.len() - longer - shorter;
        let share = |of: f64| of / as_float(pairs.len());
        let net = as_float(longer) - as_float(shorter);
        Some(Self {
            pairs: pairs.len() as u64,
            undecided: undecided as u64,
            cliffs_delta: share(net),
            delta_lower: share(net - as_float(undecided)),
            delta_upper: share(net + as_float(undecided)),
            difference: Difference::of(&pairs),
            ratio: ratio(&pairs),
        })
    }
}

impl Difference {
    fn of(pairs: &[(&Measured, &Measured)]) -> Self {
        let minus = |a: Duration, b: Duration| signed(a).saturating_sub(signed(b));
        let middle = |of: &dyn Fn(&Measured, &Measured) -> i64| {
            let mut all: Vec<_> = pairs.iter().map(|(a, b)| of(a, b)).collect();
            all.sort_unstable();
            let (low, high) = (all[(all.len() - 1) / 2], all[all.len() / 2]);
            match (low, high) {
                (i64::MIN, _) => i64::MIN,
                (_, i64::MAX) => i64::MAX,
                (low, high) => low.midpoint(high),
            }
        };
        let lower = middle(&|a, b| b.upper.map_or(i64::MIN, |upper| minus(a.lower, upper)));
        let upper = middle(&|a, b| a.upper.map_or(i64::MAX, |upper| minus(upper, b.lower)));
        Self {
            value_ns: middle(&|a, b| minus(a.value, b.value)),
            lower_ns: (lower != i64::MIN).then_some(lower),
            upper_ns: (upper != i64::MAX).then_some(upper),
        }
    }
}

impl fmt::Display for Difference {
    /// `+3.1 ms (+1.1 to +5.1 ms)`. Bounds are rounded outwards.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[allow(
            clippy::cast_precision_loss,
            reason = "tenths of milliseconds are shown"
        )]
        let tenths = |ns: i64| ns as f64 / 1e5;
        let bound = |ns: Option<i64>, round: fn(f64) -> f64| {
            ns.map_or_else(
                || "?".to_owned(),
                |ns| format!("{:+.1}", round(tenths(ns)) / 10.0),
            )
        };
        let value = tenths(self.value_ns).round() / 10.0;
        let lower = bound(self.lower_ns, f64::floor);
        let upper = bound(self.upper_ns, f64::ceil);
        f.pad(&format!("{value:+.1} ms ({lower} to {upper} ms)"))
    }
}

fn ratio(pairs: &[(&Measured, &Measured)]) -> Ratio {
    let middle = |of: &dyn Fn(&Measured, &Measured) -> f64| {
        let mut all: Vec<_> = pairs.iter().map(|(a, b)| of(a, b)).collect();
        all.sort_unstable_by(f64::total_cmp);
        f64::midpoint(all[(all.len() - 1) / 2], all[all.len() / 2])
    };
    let lower = middle(&|a, b| b.upper.map_or(0.0, |upper| over(a.lower, upper, 0.0)));
    let value = middle(&|a, b| over(a.value, b.value, 1.0));
    let upper = middle(&|a, b| {
        a.upper
            .map_or(f64::INFINITY, |upper| over(upper, b.lower, f64::INFINITY))
    });
    Ratio::within(lower, value, upper)
}

/// `a / b`, infinite where only `b` is zero, and `both_zero` where both are.
fn over(a: Duration, b: Duration, both_zero: f64) -> f64 {
    match (a.is_zero(), b.is_zero()) {
        (true, true) => both_zero,
        (false, true) => f64::INFINITY,
        _ => a.as_secs_f64() / b.as_secs_f64(),
    }
}

fn signed(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

#[allow(clippy::cast_precision_loss, reason = "numbers of pairs are small")]
fn as_float(count: usize) -> f64 {
    count as f64
}
