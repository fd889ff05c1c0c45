//! The clocks of this machine. The pure crates get time as an argument; it is read here.

use rustix::time::{ClockId, Timespec, clock_gettime};
use wire::Timestamp;

/// Now on `CLOCK_MONOTONIC`: the same for all processes of one machine, and it never steps back.
#[must_use]
pub fn monotonic() -> Timestamp {
    Timestamp::from_nanos(nanos(clock_gettime(ClockId::Monotonic)))
}

/// Now on `CLOCK_REALTIME`, in nanoseconds since 1970: the clock of the stamps on captured frames.
#[must_use]
pub fn realtime_nanos() -> u64 {
    nanos(clock_gettime(ClockId::Realtime))
}

/// `CLOCK_REALTIME` minus `CLOCK_MONOTONIC` in nanoseconds: turns a frame's stamp into a
/// [`Timestamp`].
///
/// The best of several readings: the one whose two monotonic readings lie closest around the other.
/// It changes when somebody sets the clock, so read it again for each capture.
#[must_use]
pub fn realtime_minus_monotonic() -> i64 {
    (0..9)
        .map(|_| {
            let before = monotonic().as_nanos();
            let realtime = realtime_nanos();
            let width = monotonic().as_nanos().saturating_sub(before);
            (
                width,
                difference(realtime, before.saturating_add(width / 2)),
            )
        })
        .min_by_key(|(width, _)| *width)
        .map_or(0, |(_, offset)| offset)
}

fn difference(a: u64, b: u64) -> i64 {
    i64::try_from(i128::from(a) - i128::from(b)).unwrap_or(i64::MAX)
}

fn nanos(time: Timespec) -> u64 {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let rest = u64::try_from(time.tv_nsec).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_joins_the_clocks() {
        let offset = realtime_minus_monotonic();
        let before = monotonic().as_nanos();
        let realtime = realtime_nanos();
        let after = monotonic().as_nanos();
        let joined = u64::try_from(i128::from(realtime) - i128::from(offset)).unwrap();
        // Widened by a millisecond: the offset itself is known only as well as a reading takes.
        assert!(joined + 1_000_000 >= before && joined <= after + 1_000_000);
    }
}
