//! The common header of every IS-IS PDU (ISO 10589 s9.5 to s9.13).
//!
//! ```text
//! 0  83  discriminator        4  PDU type (low 5 bits)
//! 1  header length            5  01  version
//! 2  01  version              6  00  reserved
//! 3  ID length (0 = 6)        7  maximum area addresses (0 = 3)
//! ```
//! The PDU length stands at offset 17 in hellos and at offset 8 in all others.

use crate::{DecodeError, EncodeError};

use super::Tlv;

/// Intradomain routeing protocol discriminator: the first byte of every PDU.
pub const DISCRIMINATOR: u8 = 0x83;

const LEN: usize = 8;
const VERSION: u8 = 1;
const TYPE_MASK: u8 = 0x1f;

/// The PDU types of level 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum PduType {
    /// Level 1 LAN hello, 15.
    LanIih = 15,
    /// Point-to-point hello, 17.
    P2pIih = 17,
    /// Level 1 link state PDU, 18.
    Lsp = 18,
    /// Level 1 complete sequence numbers PDU, 24.
    Csnp = 24,
    /// Level 1 partial sequence numbers PDU, 26.
    Psnp = 26,
}

impl PduType {
    /// The type with this number, if it is one of level 1.
    ///
    /// # Errors
    /// [`DecodeError::PduType`].
    pub const fn from_code(code: u8) -> Result<Self, DecodeError> {
        match code {
            15 => Ok(Self::LanIih),
            17 => Ok(Self::P2pIih),
            18 => Ok(Self::Lsp),
            24 => Ok(Self::Csnp),
            26 => Ok(Self::Psnp),
            _ => Err(DecodeError::PduType(code)),
        }
    }

    /// The number on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Bytes before the first TLV.
    #[must_use]
    pub const fn header_len(self) -> u8 {
        match self {
            Self::LanIih | Self::Lsp => 27,
            Self::P2pIih => 20,
            Self::Csnp => 33,
            Self::Psnp => 17,
        }
    }

    /// Where the PDU length stands.
    const fn length_offset(self) -> usize {
        match self {
            Self::LanIih | Self::P2pIih => 17,
            Self::Lsp | Self::Csnp | Self::Psnp => 8,
        }
    }

    /// A stable kebab-case name, for counters.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LanIih => "lan-iih",
            Self::P2pIih => "p2p-iih",
            Self::Lsp => "lsp",
            Self::Csnp => "csnp",
            Self::Psnp => "psnp",
        }
    }
}

/// A PDU cut to its length: `fixed` is what follows the common header, `tlvs` the rest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounded<'a> {
    pub(super) pdu_type: PduType,
    pub(super) pdu: &'a [u8],
    pub(super) fixed: &'a [u8],
    pub(super) tlvs: &'a [u8],
}

/// Checks the common header and cuts `bytes` to the PDU length.
pub(super) fn decode(bytes: &[u8]) -> Result<Bounded<'_>, DecodeError> {
    let pdu_type = check_common(bytes)?;
    let header = usize::from(pdu_type.header_len());
    let got = bytes.len();
    let fixed = bytes.get(LEN..header).ok_or(DecodeError::Truncated {
        what: "IS-IS header",
        need: header,
        got,
    })?;
    let offset = pdu_type.length_offset();
    let length = u16::from_be_bytes([bytes[offset], bytes[offset + 1]]);
    let pdu = bytes
        .get(..usize::from(length))
        .filter(|pdu| pdu.len() >= header)
        .ok_or(DecodeError::PduLength {
            length,
            header,
            got,
        })?;
    Ok(Bounded {
        pdu_type,
        pdu,
        fixed,
        tlvs: &pdu[header..],
    })
}

/// As [`decode`], refusing other types than `wanted`.
pub(super) fn decode_as(wanted: PduType, bytes: &[u8]) -> Result<Bounded<'_>, DecodeError> {
    let bounded = decode(bytes)?;
    if bounded.pdu_type == wanted {
        return Ok(bounded);
    }
    Err(DecodeError::OtherPdu {
        wanted: wanted.code(),
        got: bounded.pdu_type.code(),
    })
}

fn check_common(bytes: &[u8]) -> Result<PduType, DecodeError> {
    let first = bytes.first().copied();
    if let Some(other) = first.filter(|&b| b != DISCRIMINATOR) {
        return Err(DecodeError::NotIsis(other));
    }
    let [_, header_len, protocol, id_len, kind, version, _, areas] =
        *bytes.first_chunk::<LEN>().ok_or(DecodeError::Truncated {
            what: "IS-IS header",
            need: LEN,
            got: bytes.len(),
        })?;
    if let Some(&other) = [protocol, version].iter().find(|&&v| v != VERSION) {
        return Err(DecodeError::IsisVersion(other));
    }
    if !matches!(id_len, 0 | 6) {
        return Err(DecodeError::IdLength(id_len));
    }
    if !matches!(areas, 0 | 3) {
        return Err(DecodeError::MaximumAreas(areas));
    }
    let pdu_type = PduType::from_code(kind & TYPE_MASK)?;
    if header_len != pdu_type.header_len() {
        return Err(DecodeError::HeaderLength {
            wanted: pdu_type.header_len(),
            got: header_len,
        });
    }
    Ok(pdu_type)
}

/// Writes a PDU: common header, `fixed` (with any PDU length in it), TLVs; then the PDU length.
pub(super) fn encode(
    pdu_type: PduType,
    fixed: impl FnOnce(&mut Vec<u8>),
    tlvs: &[Tlv],
) -> Result<Vec<u8>, EncodeError> {
    let header_len = pdu_type.header_len();
    let size = tlvs.iter().map(Tlv::encoded_len).sum::<usize>() + usize::from(header_len);
    let length = u16::try_from(size).map_err(|_| EncodeError::PduLength {
        length: size,
        limit: usize::from(u16::MAX),
    })?;
    let mut out = Vec::with_capacity(size);
    out.extend([DISCRIMINATOR, header_len, VERSION, 0]);
    out.extend([pdu_type.code(), VERSION, 0, 0]);
    fixed(&mut out);
    debug_assert_eq!(out.len(), usize::from(header_len));
    for tlv in tlvs {
        tlv.encode_into(&mut out)?;
    }
    debug_assert_eq!(out.len(), size);
    let offset = pdu_type.length_offset();
    out[offset..offset + 2].copy_from_slice(&length.to_be_bytes());
    Ok(out)
}
