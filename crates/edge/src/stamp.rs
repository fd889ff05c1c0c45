//! Stamps of MAC moves: a hybrid logical clock, so that of two assertions the newer one is known.
//!
//! A stamp is the wall clock of the device in microseconds, but always greater than every stamp that
//! the device has heard. So stamps follow cause and effect even where clocks differ, and a restarted
//! device is not outrun by its own past. The trailer of an announcement carries it
//! (`wire::announcement`); what a device says again carries the same one.

use core::time::Duration;

use wire::Timestamp;

/// When a station was asserted to be somewhere. [`Stamp::NONE`] is older than any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp(pub(crate) u64);

impl Stamp {
    /// Never asserted.
    pub(crate) const NONE: Self = Self(0);
}

/// A neighbour's clock may run ahead by this much; a stamp from further ahead is not believed, or one
/// device with a wrong date could outrun all others for good.
const MAX_AHEAD: Duration = Duration::from_secs(60);

pub(crate) struct StampClock {
    /// Wall clock at the epoch of [`Timestamp`], microseconds.
    wall_at_epoch: u64,
    last: u64,
}

impl StampClock {
    pub(crate) const fn new(wall_at_epoch: Duration) -> Self {
        Self {
            wall_at_epoch: micros(wall_at_epoch),
            last: 0,
        }
    }

    const fn wall(&self, now: Timestamp) -> u64 {
        self.wall_at_epoch.saturating_add(now.as_nanos() / 1000)
    }

    /// The stamp of something that happened at `at` and was not asserted then.
    pub(crate) const fn at(&self, at: Timestamp) -> Stamp {
        Stamp(self.wall(at))
    }

    /// A stamp newer than every stamp given or believed so far.
    pub(crate) fn next(&mut self, now: Timestamp) -> Stamp {
        self.last = self.wall(now).max(self.last + 1);
        Stamp(self.last)
    }

    /// Takes note of a heard stamp. `None` when it is too far ahead to be believed.
    pub(crate) fn believe(&mut self, now: Timestamp, heard: Stamp) -> Option<Stamp> {
        if heard.0 > self.wall(now).saturating_add(micros(MAX_AHEAD)) {
            return None;
        }
        self.last = self.last.max(heard.0);
        Some(heard)
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "584,000 years of microseconds"
)]
const fn micros(duration: Duration) -> u64 {
    duration.as_micros() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Timestamp {
        Timestamp::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn a_stamp_is_newer_than_what_was_heard_from_a_clock_ahead() {
        let mut behind = StampClock::new(Duration::from_secs(1000));
        let heard = Stamp(1_030_000_000);
        assert_eq!(behind.believe(at(1), heard), Some(heard));
        assert!(behind.next(at(2)) > heard);
    }

    #[test]
    fn stamps_grow_within_one_microsecond() {
        let mut clock = StampClock::new(Duration::ZERO);
        let first = clock.next(at(1));
        assert!(clock.next(at(1)) > first);
    }

    #[test]
    fn a_stamp_from_the_far_future_is_not_believed() {
        let mut clock = StampClock::new(Duration::ZERO);
        assert_eq!(clock.believe(at(1), Stamp(u64::MAX)), None);
        assert_eq!(clock.next(at(1)), Stamp(1_000_000));
    }
}
