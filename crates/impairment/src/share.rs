//! A share of packets.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// Parts in a whole.
const WHOLE: u32 = 1_000_000_000;
/// Parts in one percent.
const PERCENT: u32 = WHOLE / 100;

/// A share of packets, written in percent: `0.5%`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Share(u32);

/// A text that is no share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write percent with a sign, as in \"0.5%\", from 0% to 100%, with 7 decimals at the most")]
pub struct BadShare;

impl Share {
    /// No packet.
    pub const NONE: Self = Self(0);
    /// Every packet.
    pub const ALL: Self = Self(WHOLE);

    /// Whether it is no packet at all.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// From 0 to 1.
    #[must_use]
    pub fn as_fraction(self) -> f64 {
        f64::from(self.0) / f64::from(WHOLE)
    }

    /// Whether a draw falls into the share; nothing is drawn for none and all.
    pub(crate) fn draw(self, random: &mut fastrand::Rng) -> bool {
        match self {
            Self::NONE => false,
            Self::ALL => true,
            Self(parts) => random.u32(..WHOLE) < parts,
        }
    }
}

impl FromStr for Share {
    type Err = BadShare;

    fn from_str(text: &str) -> Result<Self, BadShare> {
        let number = text.trim().strip_suffix('%').ok_or(BadShare)?.trim_end();
        let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || whole.len() > 3 || decimals.len() > 7 {
            return Err(BadShare);
        }
        if !digits(whole) || !digits(decimals) || number.ends_with('.') {
            return Err(BadShare);
        }
        let whole: u32 = whole.parse().map_err(|_| BadShare)?;
        let decimals: u32 = format!("{decimals:0<7}").parse().map_err(|_| BadShare)?;
        let parts = whole.checked_mul(PERCENT).map(|parts| parts + decimals);
        parts
            .filter(|parts| *parts <= WHOLE)
            .map(Self)
            .ok_or(BadShare)
    }
}

impl TryFrom<String> for Share {
    type Error = BadShare;

    fn try_from(text: String) -> Result<Self, BadShare> {
        text.parse()
    }
}

impl From<Share> for String {
    fn from(share: Share) -> Self {
        share.to_string()
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, decimals) = (self.0 / PERCENT, self.0 % PERCENT);
        let decimals = format!("{decimals:07}");
        let text = format!("{whole}.{decimals}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        f.pad(&format!("{text}%"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for text in [
            "0%",
            "0.5%",
            "1%",
            "12.3456789%",
            "99.9999999%",
            "100%",
            "0.0000001%",
        ] {
            assert_eq!(text.parse::<Share>().unwrap().to_string(), text);
        }
        assert_eq!(" 1.50 % ".parse::<Share>().unwrap().to_string(), "1.5%");
        assert_eq!("100.0%".parse(), Ok(Share::ALL));
    }

    #[test]
    fn what_is_no_share_is_refused() {
        for bad in [
            "",
            "1",
            "%",
            "-1%",
            "+1%",
            "100.1%",
            "101%",
            "1.%",
            ".5%",
            "1e1%",
            "1.23456789%",
            "9999%",
            "ä%",
        ] {
            assert_eq!(bad.parse::<Share>(), Err(BadShare), "{bad}");
        }
    }

    #[test]
    fn draws_fall_into_it_as_often_as_it_says() {
        let mut random = fastrand::Rng::with_seed(1);
        let share: Share = "25%".parse().unwrap();
        let hits = (0..40_000).filter(|_| share.draw(&mut random)).count();
        assert!((9_700..10_300).contains(&hits), "{hits}");
    }
}
