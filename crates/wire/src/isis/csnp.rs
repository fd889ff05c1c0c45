//! Complete sequence numbers PDUs (ISO 10589 s9.11).
//!
//! ```text
//!  8-9   PDU length     17-24  start LSP ID
//! 10-16  source ID      25-32  end LSP ID
//! ```

use core::fmt;

use crate::octets::Octets;
use crate::{DecodeError, EncodeError, LspId};

use super::header::{self, Bounded, PduType};
use super::tlv_walk::TlvWalk;
use super::{LspEntry, NodeId, Tlv};

/// The sender's whole database between two LSP IDs, both included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Csnp {
    /// The sender (the last byte, circuit, is 0).
    pub source: NodeId,
    /// First LSP ID of the range.
    pub start: LspId,
    /// Last LSP ID of the range.
    pub end: LspId,
    /// TLVs in the order of the wire.
    pub tlvs: Vec<Tlv>,
}

impl Csnp {
    /// Bytes before the first TLV.
    pub const HEADER_LEN: usize = PduType::Csnp.header_len() as usize;

    /// A CSNP with `entries` spread over as many TLVs as they need.
    #[must_use]
    pub fn new(source: NodeId, start: LspId, end: LspId, entries: &[LspEntry]) -> Self {
        Self {
            source,
            start,
            end,
            tlvs: Tlv::pack_entries(entries),
        }
    }

    /// Reads a CSNP; bytes beyond the PDU length are ignored.
    ///
    /// # Errors
    /// The header is not that of a level 1 CSNP, or a TLV reaches past the PDU.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::from_bounded(&header::decode_as(PduType::Csnp, bytes)?)
    }

    pub(super) fn from_bounded(bounded: &Bounded<'_>) -> Result<Self, DecodeError> {
        let mut fixed = Octets::new("CSNP", bounded.fixed);
        let _pdu_length = fixed.u16()?;
        Ok(Self {
            source: NodeId::from_octets(fixed.array()?),
            start: LspId::from_octets(fixed.array()?),
            end: LspId::from_octets(fixed.array()?),
            tlvs: TlvWalk::new(bounded.tlvs).decode_all()?,
        })
    }

    /// The bytes, PDU length included.
    ///
    /// # Errors
    /// A TLV or the whole is too long.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let fixed = |out: &mut Vec<u8>| {
            out.extend([0, 0]);
            out.extend(self.source.octets());
            out.extend(self.start.octets());
            out.extend(self.end.octets());
        };
        header::encode(PduType::Csnp, fixed, &self.tlvs)
    }

    /// The LSP entries of all TLVs 9.
    pub fn entries(&self) -> impl Iterator<Item = LspEntry> + '_ {
        Tlv::lsp_entries(&self.tlvs)
    }
}

impl fmt::Display for Csnp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (source, start, end) = (self.source, self.start, self.end);
        let count = self.entries().count();
        write!(f, "CSNP {source} {start} to {end}: {count} LSPs")
    }
}
