//! A rate in bits a second.

use core::fmt;
use core::num::NonZeroU64;
use core::str::FromStr;
use core::time::Duration;

use serde::{Deserialize, Serialize};

/// The units, the greatest first. Thousands, as `tc` has them.
const UNITS: [(&str, u64); 4] = [
    ("gbit", 1_000_000_000),
    ("mbit", 1_000_000),
    ("kbit", 1_000),
    ("bit", 1),
];
/// 1 Tbit/s.
const LIMIT: u64 = 1_000_000_000_000;

/// Bits a second, of whole Ethernet frames without preamble and checksum: `100mbit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rate(NonZeroU64);

/// A text that is no rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "write a whole number with `kbit`, `mbit` or `gbit`, as in \"100mbit\", from 8bit to 1000gbit"
)]
pub struct BadRate;

impl Rate {
    /// Bits a second.
    #[must_use]
    pub const fn bits_per_second(self) -> u64 {
        self.0.get()
    }

    /// How long a frame of so many bytes takes, rounded up.
    #[must_use]
    pub fn time_of(self, bytes: u32) -> Duration {
        let bits = u128::from(bytes) * 8;
        let nanos = (bits * 1_000_000_000).div_ceil(u128::from(self.0.get()));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

impl FromStr for Rate {
    type Err = BadRate;

    fn from_str(text: &str) -> Result<Self, BadRate> {
        let text = text.trim().to_ascii_lowercase();
        let unit = UNITS.iter().find(|(unit, _)| text.ends_with(unit));
        let (unit, factor) = unit.ok_or(BadRate)?;
        let number = text.trim_end_matches(unit).trim_end();
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BadRate);
        }
        let number: u64 = number.parse().map_err(|_| BadRate)?;
        let bits = number.checked_mul(*factor).ok_or(BadRate)?;
        let bits = NonZeroU64::new(bits).filter(|bits| (8..=LIMIT).contains(&bits.get()));
        bits.map(Self).ok_or(BadRate)
    }
}

impl TryFrom<String> for Rate {
    type Error = BadRate;

    fn try_from(text: String) -> Result<Self, BadRate> {
        text.parse()
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.to_string()
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.0.get();
        let fits = |(_, factor): &&(&str, u64)| bits.is_multiple_of(*factor);
        let (unit, factor) = UNITS.iter().find(fits).unwrap_or(&UNITS[3]);
        f.pad(&format!("{}{unit}", bits / factor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for text in ["8bit", "64kbit", "100mbit", "1gbit", "1500kbit", "1000gbit"] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
        }
        assert_eq!("2 Mbit".parse::<Rate>().unwrap().to_string(), "2mbit");
        assert_eq!("1000kbit".parse::<Rate>().unwrap().to_string(), "1mbit");
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for bad in [
            "",
            "100",
            "mbit",
            "-1mbit",
            "1.5mbit",
            "0kbit",
            "7bit",
            "1001gbit",
            "1mb",
            "99999999999999999999bit",
        ] {
            assert_eq!(bad.parse::<Rate>(), Err(BadRate), "{bad}");
        }
    }

    #[test]
    fn a_frame_takes_its_bits() {
        let rate: Rate = "8mbit".parse().unwrap();
        assert_eq!(rate.time_of(1000), Duration::from_millis(1));
        let odd: Rate = "3bit".parse().unwrap_or_else(|_| "9bit".parse().unwrap());
        assert_eq!(odd.time_of(1).as_nanos(), 888_888_889);
    }
}
