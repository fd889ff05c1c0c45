//! Jitter of periodic timers (ISO 10589 s10.1), repeatable: seeded by the system ID.

use core::time::Duration;

use wire::SystemId;

/// A small generator (xorshift); not for secrets.
#[derive(Clone, Debug)]
pub(crate) struct Jitter {
    state: u64,
    percent: u8,
}

impl Jitter {
    pub(crate) fn new(system: SystemId, percent: u8) -> Self {
        let [a, b, c, d, e, f] = system.octets();
        let seed = u64::from_be_bytes([0x9e, 0x37, a, b, c, d, e, f]);
        Self {
            // Multiplied, so that neighbouring system IDs start far apart; odd, so never zero.
            state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            percent,
        }
    }

    /// From now on shortens by up to `percent`.
    pub(crate) const fn set_percent(&mut self, percent: u8) {
        self.percent = percent;
    }

    /// `interval`, shortened by up to the configured percentage.
    pub(crate) fn shorten(&mut self, interval: Duration) -> Duration {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        let part = u32::try_from(self.state >> 40).unwrap_or_default() % 1001;
        interval - interval * u32::from(self.percent) / 100 * part / 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_within_the_percentage_and_varies() {
        let interval = Duration::from_secs(10);
        let mut jitter = Jitter::new(SystemId::new([2, 0, 0, 0, 0, 1]), 25);
        let times: Vec<_> = (0..100).map(|_| jitter.shorten(interval)).collect();
        assert!(
            times
                .iter()
                .all(|t| *t <= interval && *t >= interval * 3 / 4)
        );
        assert!(times.windows(2).any(|w| w[0] != w[1]));
        let mut none = Jitter::new(SystemId::new([2, 0, 0, 0, 0, 1]), 0);
        assert_eq!(none.shorten(interval), interval);
    }
}
