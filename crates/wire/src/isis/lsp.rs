//! Link state PDUs as values, for whoever originates them (ISO 10589 s9.9).
//!
//! ```text
//!  8-9   PDU length              20-23  sequence number
//! 10-11  remaining lifetime, s   24-25  checksum over 12..end
//! 12-19  LSP ID                  26     flags: P 80, ATT 78, OL 04, IS type 03
//! ```

use core::fmt;

use crate::{DecodeError, EncodeError, LspId};

use super::Tlv;
use super::header::{self, Bounded, PduType};
use super::lsp_view::{LspHeader, seal};
use super::tlv_walk::TlvWalk;

/// The flags byte of an LSP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LspFlags(u8);

impl LspFlags {
    /// A level 1 system, nothing else set.
    pub const LEVEL1: Self = Self(0x01);
    const OVERLOAD: u8 = 0x04;

    /// Flags from the byte on the wire.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// The byte on the wire.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The same with the overload bit set.
    #[must_use]
    pub const fn with_overload(self) -> Self {
        Self(self.0 | Self::OVERLOAD)
    }

    /// Whether the system says that its database is overloaded.
    #[must_use]
    pub const fn is_overloaded(self) -> bool {
        self.0 & Self::OVERLOAD != 0
    }
}

/// A level 1 link state PDU. Its checksum is computed on encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lsp {
    /// Seconds it has left to live; 0 is a purge.
    pub remaining_lifetime: u16,
    /// What it describes.
    pub id: LspId,
    /// Sequence number; 0 is reserved.
    pub sequence: u32,
    /// Flags.
    pub flags: LspFlags,
    /// TLVs in the order of the wire.
    pub tlvs: Vec<Tlv>,
}

impl Lsp {
    /// Bytes before the first TLV.
    pub const HEADER_LEN: usize = PduType::Lsp.header_len() as usize;

    /// Reads an LSP; bytes beyond the PDU length are ignored. The checksum is not looked at:
    /// see [`super::LspView::checksum`].
    ///
    /// # Errors
    /// The header is not that of a level 1 LSP, or a TLV reaches past the PDU.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::from_bounded(&header::decode_as(PduType::Lsp, bytes)?)
    }

    pub(super) fn from_bounded(bounded: &Bounded<'_>) -> Result<Self, DecodeError> {
        let header = LspHeader::from_fixed(bounded.fixed)?;
        Ok(Self {
            remaining_lifetime: header.remaining_lifetime,
            id: header.id,
            sequence: header.sequence,
            flags: header.flags,
            tlvs: TlvWalk::new(bounded.tlvs).decode_all()?,
        })
    }

    /// The bytes, PDU length and checksum included.
    ///
    /// # Errors
    /// A TLV or the whole is too long. The limit of [`super::LSP_BUFFER_SIZE`] is the caller's to keep.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let fixed = |out: &mut Vec<u8>| {
            out.extend([0, 0]);
            out.extend(self.remaining_lifetime.to_be_bytes());
            out.extend(self.id.octets());
            out.extend(self.sequence.to_be_bytes());
            out.extend([0, 0, self.flags.bits()]);
        };
        let mut out = header::encode(PduType::Lsp, fixed, &self.tlvs)?;
        seal(&mut out);
        Ok(out)
    }

    /// The purge of an LSP: its header alone with lifetime 0 (ISO 10589 s7.3.16.4).
    #[must_use]
    pub const fn purge(id: LspId, sequence: u32, flags: LspFlags) -> Self {
        Self {
            remaining_lifetime: 0,
            id,
            sequence,
            flags,
            tlvs: Vec::new(),
        }
    }

    /// Bytes that [`Lsp::encode`] gives.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        Self::HEADER_LEN + self.tlvs.iter().map(Tlv::encoded_len).sum::<usize>()
    }
}

impl fmt::Display for Lsp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, sequence, life) = (self.id, self.sequence, self.remaining_lifetime);
        write!(f, "LSP {id} sequence {sequence:#010x} lifetime {life} s")
    }
}
