//! One-way delay of the probes that arrived (RFC 7679).

use core::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wire::Timestamp;

/// One-way delay: kernel's receive stamp less sender's stamp. Percentiles are by nearest rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Delay {
    /// The shortest.
    #[serde(rename = "minimum_ns", with = "crate::nanos")]
    #[schemars(with = "u64")]
    pub minimum: Duration,
    /// The 50th percentile.
    #[serde(rename = "median_ns", with = "crate::nanos")]
    #[schemars(with = "u64")]
    pub median: Duration,
    /// The 99th percentile.
    #[serde(rename = "p99_ns", with = "crate::nanos")]
    #[schemars(with = "u64")]
    pub p99: Duration,
    /// The longest.
    #[serde(rename = "maximum_ns", with = "crate::nanos")]
    #[schemars(with = "u64")]
    pub maximum: Duration,
    /// Probes that arrived before they were sent: the two clocks differ. They count as zero.
    pub negative: u64,
}

impl Delay {
    /// From pairs of send and receive stamps; `None` when there are none.
    pub(super) fn new(stamps: impl Iterator<Item = (Timestamp, Timestamp)>) -> Option<Self> {
        let mut negative = 0;
        let mut delays: Vec<_> = stamps
            .map(|(sent, received)| {
                negative += u64::from(received < sent);
                received.saturating_since(sent)
            })
            .collect();
        delays.sort_unstable();
        let rank = |percent: usize| {
            let rank = (delays.len() * percent).div_ceil(100).max(1);
            delays.get(rank - 1).copied()
        };
        Some(Self {
            minimum: *delays.first()?,
            median: rank(50)?,
            p99: rank(99)?,
            maximum: *delays.last()?,
            negative,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let at = Timestamp::from_nanos;
        let delay = Delay::new((1..=200).rev().map(|nanos| (at(50), at(50 + nanos)))).unwrap();
        let nanos = Duration::from_nanos;
        assert_eq!((delay.minimum, delay.maximum), (nanos(1), nanos(200)));
        assert_eq!(
            (delay.median, delay.p99, delay.negative),
            (nanos(100), nanos(198), 0)
        );
        let one = Delay::new([(at(9), at(5))].into_iter()).unwrap();
        assert_eq!((one.median, one.p99, one.negative), (nanos(0), nanos(0), 1));
        assert_eq!(Delay::new(core::iter::empty()), None);
    }
}
