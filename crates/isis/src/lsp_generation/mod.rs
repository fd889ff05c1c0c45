//! When an own LSP is generated after a change: the throttles of the vendors.
//!
//! | | source of the rule |
//! |---|---|
//! | [`LspGeneration::OneShot`] | Comware V5 command reference: "if only the maximum interval is specified, IS-IS waits the maximum interval before generating an LSP" |
//! | [`LspGeneration::Backoff`] | Cisco `lsp-gen-interval`: first generation after the initial wait; then the second wait lies between first and second generation, doubled for each further one up to the maximum; no change for twice the maximum restores the initial wait |
//! | [`LspGeneration::Incremental`] | Comware V7 `timer lsp-generation`: minimum interval when changes are rare, else increased by increment × 2^(n-2) for the n-th generation, up to the maximum. Quiet is twice the maximum, as the same vendor's SPB manual says; the IS-IS manual does not say |
//! | [`LspGeneration::MinimumInterval`] | FRR isisd: 30 s between two generations; an isolated change waits 100 ms. isisd counts whole seconds, which may shorten its interval by up to a second |
//! | [`LspGeneration::Immediate`] | nothing |
//!
//! The manuals do not say from where a second wait counts. Here it counts from the generation before
//! (they call it the interval *between* generations), and no wait is shorter than the initial one
//! counted from the change. Of the two readings that is the one that favours the IGP.
//!
//! A throttle works for the instance, not for each fragment. The first LSP after the start and
//! changes of adjacencies go through it as changes of MACs do; a refresh, and the answer to an own
//! LSP heard with a higher sequence number, do not wait.

mod throttle;

#[cfg(test)]
mod tests;

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::duration_text;

pub(crate) use throttle::GenerationThrottle;

/// The rule by which the generation of LSPs is throttled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum LspGeneration {
    /// A fixed wait after the first change, every time.
    OneShot {
        /// From the first change to the generation.
        #[serde(with = "duration_text")]
        wait: Duration,
    },
    /// Exponential back-off: `second` doubled for each further generation.
    Backoff {
        /// From the first change after a quiet time to the generation.
        #[serde(with = "duration_text")]
        initial: Duration,
        /// Between the first and the second generation.
        #[serde(with = "duration_text")]
        second: Duration,
        /// Greatest interval. No change for twice this time restores the initial wait.
        #[serde(with = "duration_text")]
        maximum: Duration,
    },
    /// As `Backoff`, with intervals of `minimum + increment × 2^(n-2)`.
    Incremental {
        /// From the first change after a quiet time to the generation.
        #[serde(with = "duration_text")]
        minimum: Duration,
        /// What is added at the second generation, doubled for each further one.
        #[serde(with = "duration_text")]
        increment: Duration,
        /// Greatest interval. No change for twice this time restores the minimum.
        #[serde(with = "duration_text")]
        maximum: Duration,
    },
    /// A fixed least interval between two generations.
    MinimumInterval {
        /// Between two generations.
        #[serde(with = "duration_text")]
        interval: Duration,
        /// From an isolated change to the generation.
        #[serde(with = "duration_text")]
        initial: Duration,
    },
    /// At once.
    Immediate,
}

impl LspGeneration {
    /// How long a change waits that comes alone, after a long quiet time.
    #[must_use]
    pub const fn isolated_change_delay(&self) -> Duration {
        match *self {
            Self::OneShot { wait } => wait,
            Self::Backoff { initial, .. } | Self::MinimumInterval { initial, .. } => initial,
            Self::Incremental { minimum, .. } => minimum,
            Self::Immediate => Duration::ZERO,
        }
    }

    /// A sentence for users.
    #[must_use]
    pub fn describe(&self) -> String {
        let text = duration_text::format;
        match *self {
            Self::OneShot { wait } => {
                format!("an LSP is generated {} after the first change", text(wait))
            }
            Self::Backoff {
                initial,
                second,
                maximum,
            } => format!(
                "an LSP is generated {} after an isolated change; under churn the interval starts \
                 at {} and doubles up to {}",
                text(initial),
                text(second),
                text(maximum)
            ),
            Self::Incremental {
                minimum,
                increment,
                maximum,
            } => format!(
                "an LSP is generated {} after an isolated change; under churn the interval grows \
                 by {}, doubled each time, up to {}",
                text(minimum),
                text(increment),
                text(maximum)
            ),
            Self::MinimumInterval { interval, initial } => format!(
                "an LSP is generated {} after an isolated change, and at the earliest {} after \
                 the LSP before",
                text(initial),
                text(interval)
            ),
            Self::Immediate => "an LSP is generated at once".to_owned(),
        }
    }

    /// No change for this long makes the next one an isolated change.
    const fn quiet(&self) -> Option<Duration> {
        match *self {
            Self::Backoff { maximum, .. } | Self::Incremental { maximum, .. } => {
                Some(maximum.saturating_mul(2))
            }
            Self::OneShot { .. } | Self::MinimumInterval { .. } | Self::Immediate => None,
        }
    }

    /// Least time from generation `generations` of a busy time to the next one.
    fn interval_after(&self, generations: u32) -> Duration {
        // 2^(n-2) for the n-th generation, n = generations + 1
        let doubled = |step: Duration| {
            let factor = 1_u32.checked_shl(generations.saturating_sub(1));
            step.saturating_mul(factor.unwrap_or(u32::MAX))
        };
        match *self {
            Self::Backoff {
                second, maximum, ..
            } => doubled(second).min(maximum),
            Self::Incremental {
                minimum,
                increment,
                maximum,
            } => minimum.saturating_add(doubled(increment)).min(maximum),
            Self::MinimumInterval { interval, .. } => interval,
            Self::OneShot { .. } | Self::Immediate => Duration::ZERO,
        }
    }
}
