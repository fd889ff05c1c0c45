//! Area addresses, TLV 1 (ISO 10589 s7.1.1, s9.5): `{length 1, address}` repeated.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::DecodeError;

use super::TlvRef;

/// Greatest length, in bytes.
const MAX_LEN: usize = 13;

/// An area address, 1 to 13 bytes. Written `49.0001`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AreaAddress {
    // Bytes beyond `len` are zero, so that the derived order and equality hold.
    bytes: [u8; MAX_LEN],
    len: u8,
}

impl AreaAddress {
    /// An area address from its bytes; `None` unless there are 1 to 13.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        let len = u8::try_from(bytes.len()).ok().filter(|&len| len > 0)?;
        let mut padded = [0; MAX_LEN];
        padded.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(Self { bytes: padded, len })
    }

    /// The bytes.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    pub(super) fn decode_all(tlv: TlvRef<'_>) -> Result<Vec<Self>, DecodeError> {
        let mut areas = Vec::new();
        let mut rest = tlv.value;
        while let Some((&len, after)) = rest.split_first() {
            let (address, after) = after
                .split_at_checked(usize::from(len))
                .ok_or_else(|| tlv.format_error())?;
            areas.push(Self::from_slice(address).ok_or_else(|| tlv.format_error())?);
            rest = after;
        }
        Ok(areas)
    }

    pub(super) fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(self.len);
        out.extend(self.octets());
    }
}

impl fmt::Display for AreaAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for (i, byte) in self.octets().iter().enumerate() {
            let dot = if i % 2 == 1 { "." } else { "" };
            text.push_str(&format!("{dot}{byte:02x}"));
        }
        f.pad(&text)
    }
}

impl fmt::Debug for AreaAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is no area address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an area address: write 1 to 13 bytes in hexadecimal, as in 49.0001")]
pub struct ParseAreaAddressError(String);

impl FromStr for AreaAddress {
    type Err = ParseAreaAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = || ParseAreaAddressError(text.to_owned());
        let mut bytes = Vec::new();
        for group in text.split('.') {
            let (pairs, odd) = group.as_bytes().as_chunks::<2>();
            if pairs.is_empty() || !odd.is_empty() || bytes.len() > MAX_LEN {
                return Err(fail());
            }
            for pair in pairs {
                let digit = |d: u8| char::from(d).to_digit(16).ok_or_else(fail);
                let byte = digit(pair[0])? * 16 + digit(pair[1])?;
                bytes.push(u8::try_from(byte).map_err(|_| fail())?);
            }
        }
        Self::from_slice(&bytes).ok_or_else(fail)
    }
}

impl Serialize for AreaAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AreaAddress {
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
        for text in ["49", "49.0001", "39.0102.0304.05"] {
            assert_eq!(text.parse::<AreaAddress>().unwrap().to_string(), text);
        }
        let area: AreaAddress = "49.0001".parse().unwrap();
        assert_eq!(area.octets(), [0x49, 0, 1]);
    }

    #[test]
    fn bad_text_is_refused() {
        let long = "11".repeat(14);
        for bad in ["", ".", "4", "49.", "49..01", "+9", "zz", "é", &long] {
            assert!(bad.parse::<AreaAddress>().is_err(), "{bad}");
        }
    }

    #[test]
    fn lengths_0_and_14_are_refused() {
        assert_eq!(AreaAddress::from_slice(&[]), None);
        assert_eq!(AreaAddress::from_slice(&[1; 14]), None);
        assert!(AreaAddress::from_slice(&[1; 13]).is_some());
    }
}
