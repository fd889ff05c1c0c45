//! Any level 1 PDU (ISO 10589 s9).

use core::fmt;

use crate::{DecodeError, EncodeError};

use super::header::{self, PduType};
use super::{Csnp, LanIih, Lsp, P2pIih, Psnp, Tlv};

/// A level 1 PDU of any type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pdu {
    /// LAN hello.
    LanIih(LanIih),
    /// Point-to-point hello.
    P2pIih(P2pIih),
    /// Link state PDU.
    Lsp(Lsp),
    /// Complete sequence numbers PDU.
    Csnp(Csnp),
    /// Partial sequence numbers PDU.
    Psnp(Psnp),
}

impl Pdu {
    /// Reads the PDU that starts with the first byte, `83`; bytes beyond its length are ignored.
    ///
    /// # Errors
    /// No level 1 PDU, or a TLV reaches past it.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let bounded = header::decode(bytes)?;
        Ok(match bounded.pdu_type {
            PduType::LanIih => Self::LanIih(LanIih::from_bounded(&bounded)?),
            PduType::P2pIih => Self::P2pIih(P2pIih::from_bounded(&bounded)?),
            PduType::Lsp => Self::Lsp(Lsp::from_bounded(&bounded)?),
            PduType::Csnp => Self::Csnp(Csnp::from_bounded(&bounded)?),
            PduType::Psnp => Self::Psnp(Psnp::from_bounded(&bounded)?),
        })
    }

    /// The bytes: PDU length and, in an LSP, checksum included.
    ///
    /// # Errors
    /// A TLV or the whole is too long.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        match self {
            Self::LanIih(pdu) => pdu.encode(),
            Self::P2pIih(pdu) => pdu.encode(),
            Self::Lsp(pdu) => pdu.encode(),
            Self::Csnp(pdu) => pdu.encode(),
            Self::Psnp(pdu) => pdu.encode(),
        }
    }

    /// The type.
    #[must_use]
    pub const fn pdu_type(&self) -> PduType {
        match self {
            Self::LanIih(_) => PduType::LanIih,
            Self::P2pIih(_) => PduType::P2pIih,
            Self::Lsp(_) => PduType::Lsp,
            Self::Csnp(_) => PduType::Csnp,
            Self::Psnp(_) => PduType::Psnp,
        }
    }

    /// The TLVs in the order of the wire, to be changed before encoding.
    pub const fn tlvs_mut(&mut self) -> &mut Vec<Tlv> {
        match self {
            Self::LanIih(pdu) => &mut pdu.tlvs,
            Self::P2pIih(pdu) => &mut pdu.tlvs,
            Self::Lsp(pdu) => &mut pdu.tlvs,
            Self::Csnp(pdu) => &mut pdu.tlvs,
            Self::Psnp(pdu) => &mut pdu.tlvs,
        }
    }

    /// The type of the PDU in `bytes`, cut to the PDU length: what to dispatch on before decoding.
    ///
    /// # Errors
    /// No level 1 PDU.
    pub fn peek(bytes: &[u8]) -> Result<(PduType, &[u8]), DecodeError> {
        header::decode(bytes).map(|bounded| (bounded.pdu_type, bounded.pdu))
    }
}

impl From<LanIih> for Pdu {
    fn from(pdu: LanIih) -> Self {
        Self::LanIih(pdu)
    }
}

impl From<P2pIih> for Pdu {
    fn from(pdu: P2pIih) -> Self {
        Self::P2pIih(pdu)
    }
}

impl From<Lsp> for Pdu {
    fn from(pdu: Lsp) -> Self {
        Self::Lsp(pdu)
    }
}

impl From<Csnp> for Pdu {
    fn from(pdu: Csnp) -> Self {
        Self::Csnp(pdu)
    }
}

impl From<Psnp> for Pdu {
    fn from(pdu: Psnp) -> Self {
        Self::Psnp(pdu)
    }
}

impl fmt::Display for Pdu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LanIih(pdu) => pdu.fmt(f),
            Self::P2pIih(pdu) => pdu.fmt(f),
            Self::Lsp(pdu) => pdu.fmt(f),
            Self::Csnp(pdu) => pdu.fmt(f),
            Self::Psnp(pdu) => pdu.fmt(f),
        }
    }
}
