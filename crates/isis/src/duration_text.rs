//! Durations as people write them: `500ms`, `2s`, `20m`. For `#[serde(with = "duration_text")]`.

use core::time::Duration;

use serde::{Deserialize, Deserializer, Serializer, de};

/// Units, greatest first, with their nanoseconds. Greatest first also decides how a value is written.
const UNITS: [(&str, u64); 6] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// Why a text is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a duration: write a whole number and a unit (ns, us, ms, s, m, h), as in 500ms"
)]
pub struct ParseDurationError(String);

/// The duration that `text` says.
///
/// # Errors
/// `text` is not a whole number with a unit, or beyond 584 years.
pub fn parse(text: &str) -> Result<Duration, ParseDurationError> {
    let fail = || ParseDurationError(text.to_owned());
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(fail)?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| fail())?;
    let unit = unit.trim_start();
    let scale = UNITS.iter().find(|(name, _)| *name == unit);
    let nanos = scale.and_then(|(_, nanos)| number.checked_mul(*nanos));
    nanos.map(Duration::from_nanos).ok_or_else(fail)
}

/// The text that [`parse`] reads back: the greatest unit that gives a whole number.
#[must_use]
pub fn format(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    if nanos == 0 {
        return "0s".to_owned();
    }
    let whole = |scale: u64| nanos.is_multiple_of(u128::from(scale));
    let unit = UNITS.iter().find(|(_, scale)| whole(*scale));
    let (name, scale) = unit.copied().unwrap_or(("ns", 1));
    std::format!("{}{name}", nanos / u128::from(scale))
}

/// Writes a duration as text.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format(*duration))
}

/// Reads a duration from text.
///
/// # Errors
/// The value is no text, or [`ParseDurationError`].
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).map_err(de::Error::custom)
}

/// The same for a duration that may be left out; use it together with `#[serde(default)]`.
pub mod option {
    use core::time::Duration;

    use serde::{Deserializer, Serializer};

    /// Writes a duration as text, or nothing.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match duration {
            Some(duration) => serializer.serialize_some(&super::format(*duration)),
            None => serializer.serialize_none(),
        }
    }

    /// Reads a duration that is present.
    ///
    /// # Errors
    /// The value is no text, or no duration.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        super::deserialize(deserializer).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_goes_both_ways() {
        for text in [
            "0s", "500ms", "2s", "20m", "1h", "33ms", "90s", "7us", "1ns",
        ] {
            let duration = parse(text).unwrap();
            assert_eq!(parse(&format(duration)), Ok(duration), "{text}");
        }
        assert_eq!(format(Duration::from_millis(500)), "500ms");
        assert_eq!(parse("2 s"), Ok(Duration::from_secs(2)));
    }

    #[test]
    fn bad_text_is_refused() {
        for bad in ["", "2", "s", "-1s", "1.5s", "2 weeks", "99999999999h"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
