//! A measured duration together with how sure it is.

use core::fmt;
use core::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A duration of which bounds are known. `lower <= value`, and `value <= upper` where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Measured {
    /// The value to report: the middle of the bounds; without an upper bound the lower one.
    #[serde(rename = "value_ns", with = "crate::nanos")]
    #[schemars(with = "u64")]
    pub value: Duration,
    /// The true duration is not shorter.
    #[serde(rename = "lower_ns", with = "crate::nanos")]
    #[schemars(with = "u64")]
    pub lower: Duration,
    /// The true duration is shorter than this; `None` when its beginning or its end was not seen.
    #[serde(rename = "upper_ns", with = "crate::nanos::option")]
    #[schemars(with = "Option<u64>")]
    pub upper: Option<Duration>,
}

impl Measured {
    /// Between `lower` and `upper`; an upper bound below the lower one is raised to it.
    #[must_use]
    pub fn between(lower: Duration, upper: Duration) -> Self {
        let upper = upper.max(lower);
        Self {
            value: lower + (upper - lower) / 2,
            lower,
            upper: Some(upper),
        }
    }

    /// `lower` or more: it was not over when the measurement ended.
    #[must_use]
    pub const fn at_least(lower: Duration) -> Self {
        Self {
            value: lower,
            lower,
            upper: None,
        }
    }

    /// Nothing was measured: shorter than `resolution`, perhaps nothing at all.
    #[must_use]
    pub const fn none_within(resolution: Duration) -> Self {
        Self {
            value: Duration::ZERO,
            lower: Duration::ZERO,
            upper: Some(resolution),
        }
    }

    /// How far the true duration may be from the value, either way; `None` without an upper bound.
    #[must_use]
    pub fn resolution(&self) -> Option<Duration> {
        let upper = self.upper?;
        Some(
            upper
                .saturating_sub(self.value)
                .max(self.value.saturating_sub(self.lower)),
        )
    }

    /// What is left after `share` has been taken away; never below zero. The bounds keep their
    /// distances where they do not reach zero, and what is left is never known better than what was
    /// measured: its upper bound is not below the resolution.
    #[must_use]
    pub fn without(&self, share: Duration) -> Self {
        let finest = self.resolution().unwrap_or_default();
        Self {
            value: self.value.saturating_sub(share),
            lower: self.lower.saturating_sub(share),
            upper: self
                .upper
                .map(|upper| upper.saturating_sub(share).max(finest)),
        }
    }
}

impl fmt::Display for Measured {
    /// `61.0 ms ± 1.0 ms`, `>= 500.0 ms`, `< 1.0 ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
        let text = match (self.resolution(), self.upper) {
            (Some(_), Some(upper)) if self.value.is_zero() => format!("< {:.1} ms", ms(upper)),
            (Some(resolution), _) => format!("{:.1} ms ± {:.1} ms", ms(self.value), ms(resolution)),
            (None, _) => format!(">= {:.1} ms", ms(self.lower)),
        };
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn value_is_the_middle_of_the_bounds() {
        let measured = Measured::between(ms(49), ms(51));
        assert_eq!(
            (measured.value, measured.resolution()),
            (ms(50), Some(ms(1)))
        );
        assert_eq!(measured.to_string(), "50.0 ms ± 1.0 ms");
        assert_eq!(Measured::at_least(ms(500)).to_string(), ">= 500.0 ms");
        assert_eq!(Measured::none_within(ms(1)).to_string(), "< 1.0 ms");
        assert_eq!(measured.without(ms(60)).to_string(), "< 1.0 ms");
    }

    #[test]
    fn what_is_left_is_never_negative() {
        let measured = Measured::between(ms(10), ms(12));
        assert_eq!(measured.without(ms(4)), Measured::between(ms(6), ms(8)));
        let left = measured.without(ms(11));
        assert_eq!(
            (left.lower, left.value, left.upper),
            (ms(0), ms(0), Some(ms(1)))
        );
        assert_eq!(Measured::at_least(ms(3)).without(ms(5)).upper, None);
    }
}
