//! Statistics over repeats of one measurement, said no more precisely than each value is known.
//!
//! A sample is a [`Measured`]: bounds, not a point. What holds for points is applied to all lower bounds
//! and to all upper bounds, so that the truth lies between the two results whatever the true durations
//! were. Random choices follow from a seed.
//!
//! - **median** is the middle value, of an even number the mean of the two middle ones; **p95** is by
//!   nearest rank, and therefore the maximum of fewer than 20.
//! - **confidence interval** of the median: percentile bootstrap ([`RESAMPLES`] resamples), from the
//!   2.5th percentile of the medians of lower bounds to the 97.5th of the upper ones. Below
//!   [`FEWEST_FOR_INTERVAL`] samples there is none.
//! - **Cliff's delta**: of all pairs, the share in which the first is longer, less the share in which it
//!   is shorter. Pairs whose bounds overlap are undecided, and widen its bounds.
//! - **Hodges-Lehmann**: median of all pairs' differences, and of all pairs' ratios.
//! - **permutation test**: how often a random division of all samples into two groups of these sizes
//!   would make the second look at least so much longer.

mod effect;
mod order;
mod permutation;
#[cfg(test)]
mod tests;

use core::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use effect::{Difference, Effect};
pub use order::{Quantile, quantile};
pub use permutation::Permutation;

use crate::Measured;

/// Resamples of a bootstrap.
pub const RESAMPLES: usize = 4000;
/// With fewer samples a bootstrap says nothing.
pub const FEWEST_FOR_INTERVAL: usize = 5;

/// What repeats of one measurement say together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// How many repeats.
    pub samples: usize,
    /// The shortest.
    pub minimum: Measured,
    /// The middle.
    pub median: Measured,
    /// The 95th percentile, by nearest rank.
    pub p95: Measured,
    /// The longest.
    pub maximum: Measured,
    /// 95 % confidence interval of the median; `None` with too few samples.
    pub median_interval: Option<Interval>,
}

/// A confidence interval of 95 %, the resolution included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Interval {
    /// From.
    #[serde(rename = "lower_ns", with = "crate::nanos")]
    #[schemars(with = "u64")]
    pub lower: Duration,
    /// To; `None` when it has no end.
    #[serde(rename = "upper_ns", with = "crate::nanos::option")]
    #[schemars(with = "Option<u64>")]
    pub upper: Option<Duration>,
}

impl Summary {
    /// Of these samples; `None` without any. The seed decides about the bootstrap alone.
    #[must_use]
    pub fn of(samples: &[Measured], seed: u64) -> Option<Self> {
        Some(Self {
            samples: samples.len(),
            minimum: quantile(samples, Quantile::Minimum)?,
            median: quantile(samples, Quantile::Median)?,
            p95: quantile(samples, Quantile::P95)?,
            maximum: quantile(samples, Quantile::Maximum)?,
            median_interval: bootstrap(samples, seed),
        })
    }
}

fn bootstrap(samples: &[Measured], seed: u64) -> Option<Interval> {
    if samples.len() < FEWEST_FOR_INTERVAL {
        return None;
    }
    let mut random = fastrand::Rng::with_seed(seed);
    let mut resample = vec![samples[0]; samples.len()];
    let (mut lowers, mut uppers) = (Vec::new(), Vec::new());
    for _ in 0..RESAMPLES {
        for drawn in &mut resample {
            *drawn = samples[random.usize(..samples.len())];
        }
        let median = quantile(&resample, Quantile::Median)?;
        lowers.push(median.lower);
        uppers.push(median.upper.unwrap_or(Duration::MAX));
    }
    lowers.sort_unstable();
    uppers.sort_unstable();
    let upper = *uppers.get(order::rank(uppers.len(), 975))?;
    Some(Interval {
        lower: *lowers.get(order::rank(lowers.len(), 25))?,
        upper: (upper != Duration::MAX).then_some(upper),
    })
}
