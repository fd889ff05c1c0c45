//! How many times longer one outage is than another, said no more precisely than it is known.

use core::fmt;
use core::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Measured;

/// Ratio of a baseline's duration to a mechanism's. Above 1 the mechanism is the better one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Ratio {
    /// Both were measured.
    Between {
        /// The values' ratio.
        value: f64,
        /// Baseline's lower bound by the mechanism's upper bound.
        lower: f64,
        /// Baseline's upper bound by the mechanism's lower bound.
        upper: f64,
    },
    /// The mechanism's duration may be next to nothing, or the baseline's had no end: the baseline is
    /// so many times longer, or more.
    AtLeast {
        /// Baseline's lower bound by the mechanism's upper bound.
        lower: f64,
    },
    /// The mechanism's duration had no end, or the baseline's may be next to nothing.
    AtMost {
        /// Baseline's upper bound by the mechanism's lower bound.
        upper: f64,
    },
    /// Nothing can be said: both are below the resolution, or neither had an end.
    Undetermined,
}

impl Ratio {
    /// `baseline / mechanism`.
    #[must_use]
    pub fn new(baseline: &Measured, mechanism: &Measured) -> Self {
        let lower = mechanism
            .upper
            .and_then(|upper| divide(baseline.lower, upper));
        let upper = baseline
            .upper
            .and_then(|upper| divide(upper, mechanism.lower));
        let value = divide(baseline.value, mechanism.value);
        Self::within(
            lower.unwrap_or(0.0),
            value.unwrap_or(f64::INFINITY),
            upper.unwrap_or(f64::INFINITY),
        )
    }

    /// A ratio between bounds: a lower one of zero and an infinite upper one say nothing.
    pub(crate) fn within(lower: f64, value: f64, upper: f64) -> Self {
        match (lower > 0.0, upper.is_finite()) {
            (true, true) if value.is_finite() => Self::Between {
                value,
                lower,
                upper,
            },
            (true, _) => Self::AtLeast { lower },
            (false, true) => Self::AtMost { upper },
            (false, false) => Self::Undetermined,
        }
    }
}

fn divide(a: Duration, b: Duration) -> Option<f64> {
    (!b.is_zero()).then(|| a.as_secs_f64() / b.as_secs_f64())
}

impl fmt::Display for Ratio {
    /// `12.5 (11.9 to 13.2)`, `>= 120.0`, `<= 0.006`, `undetermined`. Bounds are rounded outwards.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match *self {
            Self::Between {
                value,
                lower,
                upper,
            } => {
                let value = decimals(value, f64::round);
                let lower = decimals(lower, f64::floor);
                format!("{value} ({lower} to {})", decimals(upper, f64::ceil))
            }
            Self::AtLeast { lower } => format!(">= {}", decimals(lower, f64::floor)),
            Self::AtMost { upper } => format!("<= {}", decimals(upper, f64::ceil)),
            Self::Undetermined => "undetermined".to_owned(),
        };
        f.pad(&text)
    }
}

/// One decimal, below 1 three.
fn decimals(ratio: f64, round: fn(f64) -> f64) -> String {
    if ratio < 1.0 {
        format!("{:.3}", round(ratio * 1e3) / 1e3)
    } else {
        format!("{:.1}", round(ratio * 10.0) / 10.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn ratio(baseline: Measured, mechanism: Measured) -> String {
        Ratio::new(&baseline, &mechanism).to_string()
    }

    #[test]
    fn ratios_are_as_precise_as_their_terms() {
        let long = Measured::between(ms(499), ms(501));
        let short = Measured::between(ms(9), ms(11));
        let single = Measured::between(ms(0), ms(2));
        let none = Measured::none_within(ms(1));
        let endless = Measured::at_least(ms(2000));
        assert_eq!(ratio(long, short), "50.0 (45.3 to 55.7)");
        assert_eq!(ratio(long, single), ">= 249.5");
        assert_eq!(ratio(long, none), ">= 499.0");
        assert_eq!(ratio(endless, short), ">= 181.8");
        assert_eq!(ratio(endless, none), ">= 2000.0");
        assert_eq!(ratio(short, endless), "<= 0.006");
        assert_eq!(ratio(none, long), "<= 0.003");
        assert_eq!(ratio(none, none), "undetermined");
        assert_eq!(ratio(single, none), "undetermined");
        assert_eq!(ratio(endless, endless), "undetermined");
        assert_eq!(
            ratio(Measured::at_least(ms(0)), Measured::at_least(ms(0))),
            "undetermined"
        );
    }
}
