//! Durations as whole nanoseconds in JSON: `#[serde(with = "crate::nanos")]`.

use core::time::Duration;

use serde::{Deserialize, Deserializer, Serializer};

/// Nanoseconds of `duration`; saturates after 584 years.
pub(crate) fn of(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// For serde.
///
/// # Errors
/// The format refuses.
pub fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(of(*duration))
}

/// For serde.
///
/// # Errors
/// Not a whole number.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    u64::deserialize(from).map(Duration::from_nanos)
}

/// The same for a duration that may be missing.
pub mod option {
    use super::*;

    /// For serde.
    ///
    /// # Errors
    /// The format refuses.
    pub fn serialize<S: Serializer>(duration: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
        match duration {
            Some(duration) => to.serialize_some(&of(*duration)),
            None => to.serialize_none(),
        }
    }

    /// For serde.
    ///
    /// # Errors
    /// Not a whole number.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(from)?.map(Duration::from_nanos))
    }
}
