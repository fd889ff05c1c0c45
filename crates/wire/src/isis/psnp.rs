//! Partial sequence numbers PDUs: acknowledgements and requests (ISO 10589 s9.13).
//!
//! ```text
//!  8-9   PDU length     10-16  source ID
//! ```

use core::fmt;

use crate::octets::Octets;
use crate::{DecodeError, EncodeError};

use super::header::{self, Bounded, PduType};
use super::tlv_walk::TlvWalk;
use super::{LspEntry, NodeId, Tlv};

/// Some LSPs of the sender's database: received ones, or (sequence 0) wanted ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Psnp {
    /// The sender (the last byte, circuit, is 0).
    pub source: NodeId,
    /// TLVs in the order of the wire.
    pub tlvs: Vec<Tlv>,
}

impl Psnp {
    /// Bytes before the first TLV.
    pub const HEADER_LEN: usize = PduType::Psnp.header_len() as usize;

    /// A PSNP with `entries` spread over as many TLVs as they need.
    #[must_use]
    pub fn new(source: NodeId, entries: &[LspEntry]) -> Self {
        Self {
            source,
            tlvs: Tlv::pack_entries(entries),
        }
    }

    /// Reads a PSNP; bytes beyond the PDU length are ignored.
    ///
    /// # Errors
    /// The header is not that of a level 1 PSNP, or a TLV reaches past the PDU.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::from_bounded(&header::decode_as(PduType::Psnp, bytes)?)
    }

    pub(super) fn from_bounded(bounded: &Bounded<'_>) -> Result<Self, DecodeError> {
        let mut fixed = Octets::new("PSNP", bounded.fixed);
        let _pdu_length = fixed.u16()?;
        Ok(Self {
            source: NodeId::from_octets(fixed.array()?),
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
        };
        header::encode(PduType::Psnp, fixed, &self.tlvs)
    }

    /// The LSP entries of all TLVs 9.
    pub fn entries(&self) -> impl Iterator<Item = LspEntry> + '_ {
        Tlv::lsp_entries(&self.tlvs)
    }
}

impl fmt::Display for Psnp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PSNP {}: {} LSPs", self.source, self.entries().count())
    }
}
