//! Order statistics of durations of which bounds are known.

use core::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Measured;

/// Which order statistic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Quantile {
    /// The shortest.
    Minimum,
    /// The middle; the mean of the two middle ones of an even number.
    Median,
    /// The 95th percentile, by nearest rank.
    P95,
    /// The longest.
    Maximum,
}

impl Quantile {
    /// Every one, the smallest first.
    pub const ALL: [Self; 4] = [Self::Minimum, Self::Median, Self::P95, Self::Maximum];

    /// The name, as in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Minimum => "minimum",
            Self::Median => "median",
            Self::P95 => "p95",
            Self::Maximum => "maximum",
        }
    }

    /// Of sorted durations that are not empty.
    fn pick(self, sorted: &[Duration]) -> Duration {
        let last = sorted.len() - 1;
        match self {
            Self::Minimum => sorted[0],
            Self::Median => middle(sorted[last / 2], sorted[sorted.len() / 2]),
            Self::P95 => sorted[rank(sorted.len(), 950)],
            Self::Maximum => sorted[last],
        }
    }
}

/// The mean; of one without an end there is none.
fn middle(a: Duration, b: Duration) -> Duration {
    match (a, b) {
        (_, Duration::MAX) => Duration::MAX,
        (a, b) => a + b.saturating_sub(a) / 2,
    }
}

/// Index of a percentile by nearest rank among `count`, 1 or more.
pub(super) const fn rank(count: usize, per_mille: usize) -> usize {
    let rank = (count * per_mille).div_ceil(1000);
    if rank == 0 { 0 } else { rank - 1 }
}

/// An order statistic; `None` without samples. The bounds are those of the bounds: the true one lies
/// between them.
#[must_use]
pub fn quantile(samples: &[Measured], which: Quantile) -> Option<Measured> {
    if samples.is_empty() {
        return None;
    }
    let sorted = |of: fn(&Measured) -> Duration| {
        let mut durations: Vec<_> = samples.iter().map(of).collect();
        durations.sort_unstable();
        which.pick(&durations)
    };
    let upper = sorted(|sample| sample.upper.unwrap_or(Duration::MAX));
    Some(Measured {
        value: sorted(|sample| sample.value),
        lower: sorted(|sample| sample.lower),
        upper: (upper != Duration::MAX).then_some(upper),
    })
}
