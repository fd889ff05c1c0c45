//! IPv4 prefixes (RFC 4632 s3.1).

use core::fmt;
use core::str::FromStr;
use std::net::Ipv4Addr;

use serde::{Serialize, Serializer};

/// An IPv4 prefix, written `10.100.0.0/24`. Bits behind the length are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ipv4Prefix {
    network: Ipv4Addr,
    length: u8,
}

/// Why a text is no IPv4 prefix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParsePrefixError {
    /// Not `a.b.c.d/length`.
    #[error("write an IPv4 network and its length, as in `10.100.0.0/24`")]
    Format,
    /// Bits behind the length are set.
    #[error("bits behind the length are set: write `{0}`")]
    HostBits(Ipv4Prefix),
}

impl Ipv4Prefix {
    /// The default route's prefix.
    pub const DEFAULT: Self = Self {
        network: Ipv4Addr::UNSPECIFIED,
        length: 0,
    };

    /// The prefix of `length` that `address` is in; `None` when `length` is above 32.
    #[must_use]
    pub fn containing(address: Ipv4Addr, length: u8) -> Option<Self> {
        let network = Ipv4Addr::from_bits(address.to_bits() & mask(length)?);
        Some(Self { network, length })
    }

    /// The first address; in prefixes up to /30 it names the network and no host has it.
    #[must_use]
    pub const fn network(self) -> Ipv4Addr {
        self.network
    }

    /// The last address; in prefixes up to /30 it is the broadcast address.
    #[must_use]
    pub fn broadcast(self) -> Ipv4Addr {
        Ipv4Addr::from_bits(self.network.to_bits() | !mask(self.length).unwrap_or(u32::MAX))
    }

    /// Length in bits, 0 to 32.
    #[must_use]
    pub const fn length(self) -> u8 {
        self.length
    }

    /// How many addresses hosts can have: all but network and broadcast.
    #[must_use]
    pub const fn host_count(self) -> u64 {
        (1_u64 << (32 - self.length)).saturating_sub(2)
    }

    /// Whether `address` is in the prefix.
    #[must_use]
    pub fn contains(self, address: Ipv4Addr) -> bool {
        (self.network..=self.broadcast()).contains(&address)
    }

    /// Whether the two share an address.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.contains(other.network) || other.contains(self.network)
    }

    /// The addresses that hosts can have, lowest first.
    pub fn hosts(self) -> impl Iterator<Item = Ipv4Addr> {
        let first = self.network.to_bits().saturating_add(1);
        (first..self.broadcast().to_bits()).map(Ipv4Addr::from_bits)
    }
}

fn mask(length: u8) -> Option<u32> {
    let free = 32_u32.checked_sub(u32::from(length))?;
    Some(u32::MAX.checked_shl(free).unwrap_or(0))
}

impl fmt::Display for Ipv4Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/{}", self.network, self.length))
    }
}

impl FromStr for Ipv4Prefix {
    type Err = ParsePrefixError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, length) = text.split_once('/').ok_or(ParsePrefixError::Format)?;
        if !length.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ParsePrefixError::Format); // `parse` would take a sign
        }
        let address: Ipv4Addr = address.parse().map_err(|_| ParsePrefixError::Format)?;
        let length: u8 = length.parse().map_err(|_| ParsePrefixError::Format)?;
        let prefix = Self::containing(address, length).ok_or(ParsePrefixError::Format)?;
        if prefix.network != address {
            return Err(ParsePrefixError::HostBits(prefix));
        }
        Ok(prefix)
    }
}

impl Serialize for Ipv4Prefix {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_goes_both_ways() {
        for text in ["10.100.0.0/24", "0.0.0.0/0", "192.0.2.1/32"] {
            assert_eq!(text.parse::<Ipv4Prefix>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn bad_text_is_refused() {
        for bad in [
            "",
            "10.0.0.0",
            "10.0.0.0/33",
            "10.0.0.0/+8",
            "10.0.0.0/",
            "10.0/8",
            "::/0",
        ] {
            assert_eq!(
                bad.parse::<Ipv4Prefix>(),
                Err(ParsePrefixError::Format),
                "{bad}"
            );
        }
        let error = "10.0.0.7/24".parse::<Ipv4Prefix>().unwrap_err();
        assert!(error.to_string().contains("write `10.0.0.0/24`"), "{error}");
    }

    #[test]
    fn hosts_are_between_network_and_broadcast() {
        let prefix: Ipv4Prefix = "198.51.100.4/30".parse().unwrap();
        let hosts: Vec<_> = prefix.hosts().map(|a| a.octets()[3]).collect();
        assert_eq!((hosts, prefix.host_count()), (vec![5, 6], 2));
        assert!(prefix.contains(prefix.broadcast()));
        for small in ["10.0.0.1/32", "10.0.0.2/31", "255.255.255.255/32"] {
            let prefix: Ipv4Prefix = small.parse().unwrap();
            assert_eq!(
                (prefix.hosts().count(), prefix.host_count()),
                (0, 0),
                "{small}"
            );
        }
    }

    #[test]
    fn overlap_is_symmetric() {
        let [wide, narrow, other] =
            ["10.0.0.0/8", "10.9.0.0/16", "11.0.0.0/16"].map(|t| t.parse::<Ipv4Prefix>().unwrap());
        assert!(wide.overlaps(narrow) && narrow.overlaps(wide));
        assert!(!narrow.overlaps(other) && !other.overlaps(narrow));
    }
}
