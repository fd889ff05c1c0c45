//! LSP entries, TLV 9 (ISO 10589 s9.11), 16 bytes each:
//! `remaining lifetime 2, LSP ID 8, sequence number 4, checksum 2`.

use core::fmt;

use crate::octets::Octets;
use crate::{DecodeError, LspId};

use super::TlvRef;

/// What a sequence numbers PDU says about one LSP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LspEntry {
    /// Seconds it has left to live.
    pub remaining_lifetime: u16,
    /// The LSP.
    pub id: LspId,
    /// Its sequence number; 0 asks for the LSP.
    pub sequence: u32,
    /// Its checksum.
    pub checksum: u16,
}

impl LspEntry {
    /// Bytes of one entry.
    pub const LEN: usize = 16;
    /// Entries that one TLV holds.
    pub const MAX_PER_TLV: usize = 255 / Self::LEN;

    pub(super) fn decode_all(tlv: TlvRef<'_>) -> Result<Vec<Self>, DecodeError> {
        if !tlv.value.len().is_multiple_of(Self::LEN) {
            return Err(tlv.format_error());
        }
        tlv.value.chunks(Self::LEN).map(Self::decode).collect()
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut octets = Octets::new("LSP entry", bytes);
        Ok(Self {
            remaining_lifetime: octets.u16()?,
            id: LspId::from_octets(octets.array()?),
            sequence: octets.u32()?,
            checksum: octets.u16()?,
        })
    }

    /// The bytes on the wire.
    #[must_use]
    pub fn octets(&self) -> [u8; Self::LEN] {
        let mut out = [0; Self::LEN];
        out[..2].copy_from_slice(&self.remaining_lifetime.to_be_bytes());
        out[2..10].copy_from_slice(&self.id.octets());
        out[10..14].copy_from_slice(&self.sequence.to_be_bytes());
        out[14..].copy_from_slice(&self.checksum.to_be_bytes());
        out
    }
}

impl fmt::Display for LspEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            remaining_lifetime: life,
            id,
            sequence,
            checksum,
        } = self;
        write!(f, "{id} {sequence:#010x} {checksum:#06x} {life} s")
    }
}
