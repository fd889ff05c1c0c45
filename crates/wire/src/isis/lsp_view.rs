//! An LSP read where it lies, so that it can be stored and flooded on byte for byte.
//!
//! Layout: see `lsp.rs`. Only the remaining lifetime may be changed in place: the checksum does not
//! cover it (ISO 10589 s7.3.11).

use crate::octets::Octets;
use crate::{DecodeError, LspId};

use super::checksum::{self, Checksum};
use super::header::{self, PduType};
use super::mac_reachability::{self, ReachableMac};
use super::{LspEntry, LspFlags, TlvWalk};

pub(super) const LIFETIME: core::ops::Range<usize> = 10..12;
/// The checksum covers everything from the LSP ID on.
const COVERED_FROM: usize = 12;
pub(super) const CHECKSUM: core::ops::Range<usize> = 24..26;

/// The fixed part of an LSP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LspHeader {
    /// Seconds it has left to live; 0 is a purge.
    pub remaining_lifetime: u16,
    /// What it describes.
    pub id: LspId,
    /// Sequence number.
    pub sequence: u32,
    /// Checksum as received.
    pub checksum: u16,
    /// Flags.
    pub flags: LspFlags,
}

impl LspHeader {
    pub(super) fn from_fixed(fixed: &[u8]) -> Result<Self, DecodeError> {
        let mut fixed = Octets::new("LSP", fixed);
        let _pdu_length = fixed.u16()?;
        Ok(Self {
            remaining_lifetime: fixed.u16()?,
            id: LspId::from_octets(fixed.array()?),
            sequence: fixed.u32()?,
            checksum: fixed.u16()?,
            flags: LspFlags::from_bits(fixed.u8()?),
        })
    }

    /// What a sequence numbers PDU says about this LSP.
    #[must_use]
    pub const fn entry(&self) -> LspEntry {
        LspEntry {
            remaining_lifetime: self.remaining_lifetime,
            id: self.id,
            sequence: self.sequence,
            checksum: self.checksum,
        }
    }

    /// Lifetime 0: the LSP is being taken out of all databases.
    #[must_use]
    pub const fn is_purge(&self) -> bool {
        self.remaining_lifetime == 0
    }
}

/// A borrowed LSP, cut to its PDU length.
#[derive(Clone, Copy, Debug)]
pub struct LspView<'a> {
    pdu: &'a [u8],
    header: LspHeader,
}

impl<'a> LspView<'a> {
    /// Reads the header; TLVs and checksum are not looked at. Bytes beyond the PDU length are cut.
    ///
    /// # Errors
    /// The header is not that of a level 1 LSP.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let bounded = header::decode_as(PduType::Lsp, bytes)?;
        Ok(Self {
            pdu: bounded.pdu,
            header: LspHeader::from_fixed(bounded.fixed)?,
        })
    }

    /// The whole PDU and nothing after it: what to store and to flood.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.pdu
    }

    /// The fixed part.
    #[must_use]
    pub const fn header(&self) -> LspHeader {
        self.header
    }

    /// Whether the checksum fits the contents. Purges may carry none: decide by
    /// [`LspHeader::is_purge`] first (ISO 10589 s7.3.16.4).
    #[must_use]
    pub fn checksum(&self) -> Checksum {
        match self.header.checksum {
            0 => Checksum::Absent,
            _ => checksum::verify(&self.pdu[COVERED_FROM..]),
        }
    }

    /// The TLVs, undecoded.
    #[must_use]
    pub fn tlvs(&self) -> TlvWalk<'a> {
        TlvWalk::new(&self.pdu[super::Lsp::HEADER_LEN..])
    }

    /// All MACs that this LSP says are reachable. What cannot be used comes as an error, one each
    /// (`tlv-format`, `reserved-vlan`, `not-station`, `tlv-overrun`), and the walk goes on after it.
    pub fn reachable_macs(
        &self,
    ) -> impl Iterator<Item = Result<ReachableMac, DecodeError>> + use<'a> {
        mac_reachability::reachable_macs(self.tlvs())
    }
}

/// Sets the remaining lifetime of a stored LSP. The checksum stays valid.
///
/// # Errors
/// `lsp` is not a level 1 LSP.
pub fn set_remaining_lifetime(lsp: &mut [u8], seconds: u16) -> Result<(), DecodeError> {
    header::decode_as(PduType::Lsp, lsp)?;
    lsp[LIFETIME].copy_from_slice(&seconds.to_be_bytes());
    Ok(())
}

/// Writes the checksum into an encoded LSP.
pub(super) fn seal(pdu: &mut [u8]) {
    pdu[CHECKSUM].fill(0);
    let position = CHECKSUM.start - COVERED_FROM;
    let octets = checksum::compute(&pdu[COVERED_FROM..], position);
    pdu[CHECKSUM].copy_from_slice(&octets);
}
