//! GRE for transparent Ethernet bridging (RFC 2784 s2, RFC 2890 s2).
//!
//! ```text
//! 0-1    C 8000, R 4000, K 2000, S 1000, 0c00 zero, 03f8 ignored, version 0007
//! 2-3    protocol: 6558 = Ethernet
//! +4     checksum 2 and reserved 2, if C
//! +4     key, if K
//! +4     sequence number, if S
//! ```
//! The device sends neither checksum nor sequence number. On reception a checksum is verified; a
//! sequence number is kept and no order enforced (RFC 2890 s2.2 leaves that to the receiver).

use crate::octets::Octets;
use crate::{DecodeError, EncodeError};

/// IP protocol number of GRE.
pub const IP_PROTOCOL: u8 = 47;
/// Protocol type of bridged Ethernet frames.
pub const ETHERNET: u16 = 0x6558;

const CHECKSUM: u16 = 0x8000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
/// Routing and the other bits on which RFC 2784 s2.3 demands to discard.
const REFUSED: u16 = 0x4c00;
const VERSION: u16 = 0x0007;
const BASE_LEN: usize = 4;
const OPTION_LEN: usize = 4;

/// The header of a GRE packet that carries Ethernet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GreHeader {
    /// Key; none by default.
    pub key: Option<u32>,
    /// Sequence number; never sent by the device.
    pub sequence: Option<u32>,
}

impl GreHeader {
    /// The header without key and sequence number: what the device sends unless told otherwise.
    pub const PLAIN: Self = Self {
        key: None,
        sequence: None,
    };

    /// Header and Ethernet frame of a GRE packet, `bytes` being the payload of the IP packet.
    ///
    /// # Errors
    /// `truncated`, `gre-version`, `gre-flags`, `gre-checksum`, `gre-protocol`.
    pub fn decode(bytes: &[u8]) -> Result<(Self, &[u8]), DecodeError> {
        let mut octets = Octets::new("GRE header", bytes);
        let flags = octets.u16()?;
        let protocol = octets.u16()?;
        check_flags(flags)?;
        if flags & CHECKSUM != 0 {
            octets.u32()?;
        }
        let mut option = |bit| match flags & bit {
            0 => Ok(None),
            _ => octets.u32().map(Some),
        };
        let header = Self {
            key: option(KEY)?,
            sequence: option(SEQUENCE)?,
        };
        if flags & CHECKSUM != 0 && internet_sum(bytes) != 0xffff {
            return Err(DecodeError::GreChecksum);
        }
        match protocol {
            ETHERNET => Ok((header, octets.rest())),
            other => Err(DecodeError::GreProtocol(other)),
        }
    }

    /// Bytes of the header.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        BASE_LEN
            + OPTION_LEN * self.key.is_some() as usize
            + OPTION_LEN * self.sequence.is_some() as usize
    }

    /// Writes the header to the start of `out` and returns its length.
    ///
    /// # Errors
    /// [`EncodeError::Buffer`].
    pub fn write_to(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        let (need, got) = (self.encoded_len(), out.len());
        let out = out
            .get_mut(..need)
            .ok_or(EncodeError::Buffer { need, got })?;
        let flag = |option: Option<u32>, bit| option.map_or(0, |_| bit);
        let flags = flag(self.key, KEY) | flag(self.sequence, SEQUENCE);
        out[..2].copy_from_slice(&flags.to_be_bytes());
        out[2..BASE_LEN].copy_from_slice(&ETHERNET.to_be_bytes());
        let (options, _) = out[BASE_LEN..].as_chunks_mut::<OPTION_LEN>();
        for (slot, value) in options.iter_mut().zip(self.options()) {
            *slot = value.to_be_bytes();
        }
        Ok(need)
    }

    fn options(&self) -> impl Iterator<Item = u32> {
        self.key.into_iter().chain(self.sequence)
    }
}

const fn check_flags(flags: u16) -> Result<(), DecodeError> {
    if flags & VERSION != 0 {
        return Err(DecodeError::GreVersion((flags & VERSION) as u8));
    }
    match flags & REFUSED {
        0 => Ok(()),
        refused => Err(DecodeError::GreFlags(refused)),
    }
}

/// The one's complement sum over 16-bit words (RFC 1071); `ffff` when a checksum within fits.
fn internet_sum(bytes: &[u8]) -> u16 {
    let (words, odd) = bytes.as_chunks::<2>();
    let odd = odd.first().map_or(0, |&byte| u16::from_be_bytes([byte, 0]));
    words.iter().fold(odd, |sum, &word| {
        let (sum, carry) = sum.overflowing_add(u16::from_be_bytes(word));
        sum + u16::from(carry)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: [u8; 6] = [0, 0, 0x65, 0x58, 0xaa, 0xbb];
    const KEYED: [u8; 10] = [0x20, 0, 0x65, 0x58, 0, 0, 0, 100, 0xaa, 0xbb];
    /// Checksum, key 1, sequence number 2, three payload bytes.
    const FULL: [u8; 19] = [
        0xb0, 0, 0x65, 0x58, 0x73, 0xe7, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0xaa, 0xbb, 0xcc,
    ];

    #[test]
    fn bytes_go_both_ways() {
        let keyed = GreHeader {
            key: Some(100),
            ..GreHeader::PLAIN
        };
        for (header, bytes) in [(GreHeader::PLAIN, &PLAIN[..]), (keyed, &KEYED)] {
            assert_eq!(GreHeader::decode(bytes), Ok((header, &[0xaa, 0xbb][..])));
            let mut out = [0xee; 10];
            let len = header.write_to(&mut out).unwrap();
            assert_eq!(out[..len], bytes[..len]);
            assert_eq!(out[len..], [0xee; 10][len..]);
        }
    }

    #[test]
    fn checksum_is_verified_and_sequence_kept() {
        let header = GreHeader {
            key: Some(1),
            sequence: Some(2),
        };
        assert_eq!(
            GreHeader::decode(&FULL),
            Ok((header, &[0xaa, 0xbb, 0xcc][..]))
        );
        let mut damaged = FULL;
        damaged[18] ^= 1;
        assert_eq!(GreHeader::decode(&damaged), Err(DecodeError::GreChecksum));
        let mut out = [0; 12];
        assert_eq!(header.write_to(&mut out), Ok(12));
        assert_eq!(GreHeader::decode(&out), Ok((header, &[][..])));
    }

    #[test]
    fn what_is_not_ours_is_named() {
        let name = |bytes: [u8; 4]| GreHeader::decode(&bytes).unwrap_err().name();
        assert_eq!(name([0, 1, 0x88, 0x0b]), "gre-version");
        assert_eq!(name([0x40, 0, 0x65, 0x58]), "gre-flags");
        assert_eq!(name([0x08, 0, 0x65, 0x58]), "gre-flags");
        assert_eq!(name([0x04, 0, 0x65, 0x58]), "gre-flags");
        assert_eq!(name([0, 0, 0x08, 0]), "gre-protocol");
        assert!(GreHeader::decode(&[0x03, 0xf8, 0x65, 0x58]).is_ok());
    }

    #[test]
    fn truncation_is_refused_and_small_buffers_too() {
        for len in 0..16 {
            let error = GreHeader::decode(&FULL[..len]).unwrap_err();
            assert_eq!(error.name(), "truncated", "length {len}");
        }
        let error = EncodeError::Buffer { need: 4, got: 3 };
        assert_eq!(GreHeader::PLAIN.write_to(&mut [0; 3]), Err(error));
    }
}
