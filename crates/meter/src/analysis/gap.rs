//! Runs of lost probes: gaps, the outage among them, and the recovery from them.

use core::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wire::Timestamp;

use super::fate::Fates;
use crate::schedule::Rate;
use crate::{Measured, Sequence};

/// A probe that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Good {
    /// Its number.
    pub sequence: Sequence,
    /// When it was sent.
    #[schemars(with = "u64")]
    pub sent_at: Timestamp,
    /// When it arrived first.
    #[schemars(with = "u64")]
    pub received_at: Timestamp,
}

/// A run of consecutive lost probes, in sending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gap {
    /// Lost probes, 1 or more: `last - first + 1`.
    pub lost: u64,
    /// The first lost probe.
    pub first: Sequence,
    /// The last lost probe.
    pub last: Sequence,
    /// When the first lost probe was sent.
    #[schemars(with = "u64")]
    pub first_sent: Timestamp,
    /// When the last lost probe was sent.
    #[schemars(with = "u64")]
    pub last_sent: Timestamp,
    /// The good probe just before; `None` when the flow began with the gap.
    pub last_good_before: Option<Good>,
    /// The good probe just after; `None` when the judged part of the flow ended with the gap.
    pub first_good_after: Option<Good>,
    /// How long the path was broken. Without a good probe on both sides there is no upper bound.
    pub duration: Measured,
}

impl Gap {
    pub(super) fn new(
        first: usize,
        last: usize,
        (first_sent, last_sent): (Timestamp, Timestamp),
        before: Option<Good>,
        after: Option<Good>,
    ) -> Self {
        let lower = last_sent.saturating_since(first_sent);
        let duration = match (before, after) {
            (Some(before), Some(after)) => {
                Measured::between(lower, after.sent_at.saturating_since(before.sent_at))
            }
            _ => Measured::at_least(lower),
        };
        Self {
            lost: (last - first + 1) as u64,
            first: Sequence::at_index(first),
            last: Sequence::at_index(last),
            first_sent,
            last_sent,
            last_good_before: before,
            first_good_after: after,
            duration,
        }
    }

    /// The gap lasted until `event` or began after it: it belongs to the event.
    pub(super) fn reaches(&self, event: Timestamp) -> bool {
        self.last_sent >= event
    }
}

/// Loss of connectivity: the gap of the event with the most lost probes, the first of equals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outage {
    /// How long. With nothing lost: zero, and shorter than the greatest time between two good probes.
    pub duration: Measured,
    /// Lost probes; 0 without an outage.
    pub lost: u64,
    /// The gap; `None` when nothing was lost.
    pub gap: Option<Gap>,
}

impl Outage {
    pub(super) fn new(gaps: &[Gap], fates: &Fates<'_>, event: Timestamp, rate: Rate) -> Self {
        let of_event = gaps.iter().filter(|gap| gap.reaches(event));
        // max_by_key would take the last of equals.
        let longest = of_event.fold(None::<&Gap>, |best, gap| match best {
            Some(best) if best.lost >= gap.lost => Some(best),
            _ => Some(gap),
        });
        match longest {
            Some(gap) => Self {
                duration: gap.duration,
                lost: gap.lost,
                gap: Some(*gap),
            },
            None => {
                let spacing = greatest_spacing(fates, event).max(rate.interval());
                Self {
                    duration: Measured::none_within(spacing),
                    lost: 0,
                    gap: None,
                }
            }
        }
    }
}

/// The greatest time between two consecutive probes of the event.
fn greatest_spacing(fates: &Fates<'_>, event: Timestamp) -> Duration {
    let pairs = fates
        .sent()
        .windows(2)
        .filter(|pair| pair[1].sent_at >= event);
    let spacings = pairs.map(|pair| pair[1].sent_at.saturating_since(pair[0].sent_at));
    spacings.max().unwrap_or_default()
}

/// When the flow worked again for good (RFC 6412, convergence recovery instant).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Recovery {
    /// The event lost nothing.
    Undisturbed,
    /// The first good probe that no lost one follows.
    Recovered {
        /// That probe.
        first_good: Good,
        /// From the trigger until the path worked again: between the last lost probe's sending and
        /// this one's.
        after: Measured,
        /// For how long the path is known to have worked from then on.
        #[serde(rename = "sustained_ns", with = "crate::nanos")]
        #[schemars(with = "u64")]
        sustained: Duration,
    },
    /// The last judged probe was lost.
    NotRecovered {
        /// From the trigger until that probe was sent, at least.
        after: Measured,
    },
}

impl Recovery {
    pub(super) fn new(
        gaps: &[Gap],
        fates: &Fates<'_>,
        event: Timestamp,
        trigger: Timestamp,
    ) -> Self {
        let Some(last) = gaps.last().filter(|gap| gap.reaches(event)) else {
            return Self::Undisturbed;
        };
        let lower = last.last_sent.saturating_since(trigger);
        let Some(first_good) = last.first_good_after else {
            return Self::NotRecovered {
                after: Measured::at_least(lower),
            };
        };
        let end = fates
            .sent()
            .last()
            .map_or(first_good.sent_at, |probe| probe.sent_at);
        Self::Recovered {
            first_good,
            after: Measured::between(lower, first_good.sent_at.saturating_since(trigger)),
            sustained: end.saturating_since(first_good.sent_at),
        }
    }
}
