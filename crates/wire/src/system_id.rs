//! Identifiers of IS-IS (ISO 10589 s7.1, s9.8).

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The six-byte identifier of an intermediate system, written `0200.0000.0001`.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SystemId([u8; 6]);

impl SystemId {
    /// An identifier from its six bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 6]) -> Self {
        Self(bytes)
    }

    /// The six bytes.
    #[must_use]
    pub const fn octets(self) -> [u8; 6] {
        self.0
    }
}

impl fmt::Display for SystemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        f.pad(&format!("{a:02x}{b:02x}.{c:02x}{d:02x}.{e:02x}{g:02x}"))
    }
}

impl fmt::Debug for SystemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is no system ID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a system ID: write three groups of four hexadecimal digits, as in 0200.0000.0001"
)]
pub struct ParseSystemIdError(String);

impl FromStr for SystemId {
    type Err = ParseSystemIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = || ParseSystemIdError(text.to_owned());
        let mut bytes = [0; 6];
        let mut groups = text.split('.');
        for pair in bytes.chunks_exact_mut(2) {
            let group = groups.next().filter(|g| g.len() == 4).ok_or_else(fail)?;
            let value = u16::from_str_radix(group, 16).map_err(|_| fail())?;
            pair.copy_from_slice(&value.to_be_bytes());
        }
        if groups.next().is_some() || text.contains('+') {
            return Err(fail());
        }
        Ok(Self(bytes))
    }
}

impl Serialize for SystemId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SystemId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// The identifier of one LSP: system, pseudonode, fragment. Written `0200.0000.0001.00-00`.
///
/// The order is that of the bytes on the wire, as CSNP ranges need it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LspId {
    /// The system that originates it.
    pub system: SystemId,
    /// Pseudonode number; 0 for the system itself.
    pub pseudonode: u8,
    /// Fragment number.
    pub fragment: u8,
}

impl LspId {
    /// The smallest identifier: where a complete CSNP starts.
    pub const MIN: Self = Self {
        system: SystemId([0; 6]),
        pseudonode: 0,
        fragment: 0,
    };
    /// The greatest identifier: where a complete CSNP ends.
    pub const MAX: Self = Self {
        system: SystemId([0xff; 6]),
        pseudonode: 0xff,
        fragment: 0xff,
    };

    /// An identifier from its eight bytes.
    #[must_use]
    pub const fn from_octets(bytes: [u8; 8]) -> Self {
        let [a, b, c, d, e, f, pseudonode, fragment] = bytes;
        Self {
            system: SystemId([a, b, c, d, e, f]),
            pseudonode,
            fragment,
        }
    }

    /// The eight bytes.
    #[must_use]
    pub const fn octets(self) -> [u8; 8] {
        let [a, b, c, d, e, f] = self.system.0;
        [a, b, c, d, e, f, self.pseudonode, self.fragment]
    }
}

impl fmt::Display for LspId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!(
            "{}.{:02x}-{:02x}",
            self.system, self.pseudonode, self.fragment
        ))
    }
}

impl fmt::Debug for LspId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for LspId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for LspId {
    type Err = ParseSystemIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = || ParseSystemIdError(text.to_owned());
        let (system, rest) = text.split_at_checked(14).ok_or_else(fail)?;
        let (pseudonode, fragment) = rest
            .strip_prefix('.')
            .and_then(|r| r.split_once('-'))
            .ok_or_else(fail)?;
        let byte = |t: &str| u8::from_str_radix(t, 16).map_err(|_| fail());
        Ok(Self {
            system: system.parse()?,
            pseudonode: byte(pseudonode)?,
            fragment: byte(fragment)?,
        })
    }
}

impl<'de> Deserialize<'de> for LspId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_goes_both_ways() {
        let id = LspId::from_octets([2, 0, 0, 0, 0, 1, 0, 0x1f]);
        assert_eq!(id.to_string(), "0200.0000.0001.00-1f");
        assert_eq!("0200.0000.0001.00-1f".parse(), Ok(id));
        assert_eq!(LspId::from_octets(id.octets()), id);
    }

    #[test]
    fn bad_text_is_refused() {
        for bad in [
            "",
            "0200.0000",
            "0200.0000.0001.00",
            "200.0000.0001",
            "0200.0000.0001.0002",
        ] {
            assert!(bad.parse::<SystemId>().is_err(), "{bad}");
            assert!(bad.parse::<LspId>().is_err(), "{bad}");
        }
    }
}
