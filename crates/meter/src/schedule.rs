//! When each probe of a flow is due: absolute deadlines, so that lateness never adds up.

use core::fmt;
use core::num::NonZeroU32;
use core::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wire::Timestamp;

use crate::Sequence;

const SECOND: u128 = 1_000_000_000;

/// Probes a second of one flow, 1 or more.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Rate(NonZeroU32);

impl Rate {
    /// A rate, or `None` for 0.
    #[must_use]
    pub const fn per_second(probes: u32) -> Option<Self> {
        match NonZeroU32::new(probes) {
            Some(probes) => Some(Self(probes)),
            None => None,
        }
    }

    /// Probes a second.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0.get()
    }

    /// Time between two probes, rounded down to a nanosecond: the resolution of all that is measured.
    #[must_use]
    pub fn interval(self) -> Duration {
        Duration::from_secs(1) / self.get()
    }

    /// `probes / rate` without the rounding of [`Rate::interval`].
    #[must_use]
    pub fn duration_of(self, probes: u64) -> Duration {
        let nanos = u128::from(probes) * SECOND / u128::from(self.get());
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", self.get())
    }
}

/// The deadlines of one flow: probe `k` is due at `start + phase + k / rate + jitter(k)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    start: Timestamp,
    rate: Rate,
    #[serde(rename = "phase_ns", with = "crate::nanos")]
    phase: Duration,
    #[serde(rename = "jitter_ns", with = "crate::nanos")]
    jitter: Duration,
    seed: u64,
}

impl Schedule {
    /// Probes at `rate` from `start` on, no phase, no jitter.
    #[must_use]
    pub const fn new(start: Timestamp, rate: Rate) -> Self {
        Self {
            start,
            rate,
            phase: Duration::ZERO,
            jitter: Duration::ZERO,
            seed: 0,
        }
    }

    /// Shifts the flow by its share of the interval, `interval * index / flows`, so that flows of one
    /// rate do not send in the same microsecond. `index` counts modulo `flows`.
    #[must_use]
    pub fn with_phase(mut self, index: u32, flows: NonZeroU32) -> Self {
        self.phase = self.rate.interval() * (index % flows) / flows.get();
        self
    }

    /// Delays each probe by 0 to `greatest`, from a generator that `seed` alone decides, against
    /// locking on to another period. At most half the interval is taken, so that order is kept.
    #[must_use]
    pub fn with_jitter(mut self, greatest: Duration, seed: u64) -> Self {
        self.jitter = greatest.min(self.rate.interval() / 2);
        self.seed = seed;
        self
    }

    /// When probe `sequence` is due. Never earlier than the one before it.
    #[must_use]
    pub fn due(&self, sequence: Sequence) -> Timestamp {
        let offset = self.rate.duration_of(sequence.0.into());
        self.start + self.phase + offset + self.jitter_of(sequence)
    }

    /// How many probes are due before `end`: the capacity that the logs of a run until then need.
    #[must_use]
    pub fn due_before(&self, end: Timestamp) -> u32 {
        let span = end.saturating_since(self.start + self.phase).as_nanos();
        let guess = (span * u128::from(self.rate.get())).div_ceil(SECOND);
        let mut count = u32::try_from(guess).unwrap_or(u32::MAX);
        // Jitter only delays, and by less than an interval; rounding is by less than one probe.
        while count > 0 && self.due(Sequence(count - 1)) >= end {
            count -= 1;
        }
        count
    }

    /// The rate.
    #[must_use]
    pub const fn rate(&self) -> Rate {
        self.rate
    }

    fn jitter_of(&self, sequence: Sequence) -> Duration {
        let greatest = crate::nanos::of(self.jitter);
        let random = split_mix(self.seed ^ u64::from(sequence.0).rotate_left(32));
        Duration::from_nanos(random % greatest.saturating_add(1))
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014), as a hash of one number.
const fn split_mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rate(probes: u32) -> Rate {
        Rate::per_second(probes).unwrap()
    }

    #[test]
    fn deadlines_do_not_drift() {
        // 3/s has no whole interval in nanoseconds: an added-up interval would be 1 ms off by now.
        let schedule = Schedule::new(Timestamp::from_nanos(7), rate(3));
        assert_eq!(schedule.due(Sequence(0)).as_nanos(), 7);
        assert_eq!(
            schedule.due(Sequence(3_000_000)).as_nanos(),
            7 + 1_000_000_000_000_000
        );
    }

    #[test]
    fn phases_divide_the_interval() {
        let flows = NonZeroU32::new(4).unwrap();
        let due: Vec<_> = (0..5)
            .map(|i| Schedule::new(Timestamp::ZERO, rate(1000)).with_phase(i, flows))
            .map(|schedule| schedule.due(Sequence(0)).as_nanos())
            .collect();
        assert_eq!(due, [0, 250_000, 500_000, 750_000, 0]);
    }

    #[test]
    fn jitter_is_decided_by_its_seed() {
        let due = |seed| {
            let plain = Schedule::new(Timestamp::ZERO, rate(1000));
            let jittered = plain.with_jitter(Duration::from_micros(400), seed);
            (0..50)
                .map(|k| jittered.due(Sequence(k)))
                .collect::<Vec<_>>()
        };
        assert_eq!(due(1), due(1));
        assert_ne!(due(1), due(2));
        let plain = Schedule::new(Timestamp::ZERO, rate(1000));
        assert_ne!(
            due(1),
            (0..50).map(|k| plain.due(Sequence(k))).collect::<Vec<_>>()
        );
    }

    proptest! {
        #[test]
        fn order_is_kept(probes in 1..2_000_000_u32, k in 0..u32::MAX - 1, jitter: u32, seed: u64) {
            let schedule = Schedule::new(Timestamp::from_nanos(5), rate(probes))
                .with_jitter(Duration::from_nanos(jitter.into()), seed);
            prop_assert!(schedule.due(Sequence(k)) <= schedule.due(Sequence(k + 1)));
        }

        #[test]
        fn due_before_counts_deadlines(
            probes in 1..5_000_u32, end in 0..2_000_000_000_u64, jitter in 0..2_000_000_u64,
        ) {
            let schedule = Schedule::new(Timestamp::from_nanos(1_000), rate(probes))
                .with_jitter(Duration::from_nanos(jitter), 9);
            let end = Timestamp::from_nanos(end);
            let count = schedule.due_before(end);
            prop_assert!(count == 0 || schedule.due(Sequence(count - 1)) < end);
            prop_assert!(schedule.due(Sequence(count)) >= end);
        }
    }
}
