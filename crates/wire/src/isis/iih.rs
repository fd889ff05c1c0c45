//! Hellos: IS to IS, LAN and point-to-point (ISO 10589 s9.5, s9.7).
//!
//! ```text
//! after the common header        LAN (type 15)        P2P (type 17)
//!  8      circuit type           1                    1
//!  9-14   source ID              6                    6
//! 15-16   holding time, s        2                    2
//! 17-18   PDU length             2                    2
//! 19      priority (7 bits)      1                    local circuit ID 1
//! 20-26   LAN ID                 7                    -
//! ```

use core::fmt;

use crate::octets::Octets;
use crate::{DecodeError, EncodeError, SystemId};

use super::header::{self, Bounded, PduType};
use super::tlv_walk::TlvWalk;
use super::{AreaAddress, NodeId, ThreeWayAdjacency, Tlv};

const CIRCUIT_TYPE_MASK: u8 = 0x03;
const PRIORITY_MASK: u8 = 0x7f;

/// The levels that a hello speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum CircuitType {
    /// Level 1 only.
    Level1 = 1,
    /// Level 2 only.
    Level2 = 2,
    /// Both levels.
    Level1And2 = 3,
}

impl CircuitType {
    fn decode(octet: u8) -> Result<Self, DecodeError> {
        match octet & CIRCUIT_TYPE_MASK {
            1 => Ok(Self::Level1),
            2 => Ok(Self::Level2),
            3 => Ok(Self::Level1And2),
            _ => Err(DecodeError::CircuitType),
        }
    }
}

/// A point-to-point hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct P2pIih {
    /// The levels it speaks for.
    pub circuit_type: CircuitType,
    /// The sender.
    pub source: SystemId,
    /// Seconds until the receiver gives the sender up.
    pub holding_time: u16,
    /// The sender's number for this circuit (8 bits; TLV 240 has the 32-bit one).
    pub local_circuit: u8,
    /// TLVs in the order of the wire.
    pub tlvs: Vec<Tlv>,
}

impl P2pIih {
    /// Reads a P2P hello; bytes beyond the PDU length are ignored.
    ///
    /// # Errors
    /// The header is not that of a P2P hello, or a TLV reaches past the PDU.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::from_bounded(&header::decode_as(PduType::P2pIih, bytes)?)
    }

    pub(super) fn from_bounded(bounded: &Bounded<'_>) -> Result<Self, DecodeError> {
        let mut fixed = Octets::new("P2P hello", bounded.fixed);
        let circuit_type = CircuitType::decode(fixed.u8()?)?;
        let source = SystemId::new(fixed.array()?);
        let holding_time = fixed.u16()?;
        let _pdu_length = fixed.u16()?;
        Ok(Self {
            circuit_type,
            source,
            holding_time,
            local_circuit: fixed.u8()?,
            tlvs: TlvWalk::new(bounded.tlvs).decode_all()?,
        })
    }

    /// The bytes, PDU length included.
    ///
    /// # Errors
    /// A TLV or the whole is too long.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let fixed = |out: &mut Vec<u8>| {
            out.push(self.circuit_type as u8);
            out.extend(self.source.octets());
            out.extend(self.holding_time.to_be_bytes());
            out.extend([0, 0, self.local_circuit]);
        };
        header::encode(PduType::P2pIih, fixed, &self.tlvs)
    }

    /// The area addresses of all TLVs 1.
    pub fn area_addresses(&self) -> impl Iterator<Item = AreaAddress> + '_ {
        Tlv::area_addresses(&self.tlvs)
    }

    /// The first three-way adjacency TLV.
    #[must_use]
    pub fn three_way(&self) -> Option<&ThreeWayAdjacency> {
        self.tlvs.iter().find_map(|tlv| match tlv {
            Tlv::ThreeWayAdjacency(value) => Some(value),
            _ => None,
        })
    }
}

impl fmt::Display for P2pIih {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "P2P IIH {} hold {} s", self.source, self.holding_time)?;
        self.three_way().map_or(Ok(()), |t| write!(f, ", {t}"))
    }
}

/// A level 1 LAN hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LanIih {
    /// The levels it speaks for.
    pub circuit_type: CircuitType,
    /// The sender.
    pub source: SystemId,
    /// Seconds until the receiver gives the sender up.
    pub holding_time: u16,
    /// Priority for becoming the designated IS, 0 to 127.
    pub priority: u8,
    /// The designated IS and its pseudonode number.
    pub lan: NodeId,
    /// TLVs in the order of the wire.
    pub tlvs: Vec<Tlv>,
}

impl LanIih {
    /// Reads a LAN hello; bytes beyond the PDU length are ignored.
    ///
    /// # Errors
    /// The header is not that of a level 1 LAN hello, or a TLV reaches past the PDU.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::from_bounded(&header::decode_as(PduType::LanIih, bytes)?)
    }

    pub(super) fn from_bounded(bounded: &Bounded<'_>) -> Result<Self, DecodeError> {
        let mut fixed = Octets::new("LAN hello", bounded.fixed);
        let circuit_type = CircuitType::decode(fixed.u8()?)?;
        let source = SystemId::new(fixed.array()?);
        let holding_time = fixed.u16()?;
        let _pdu_length = fixed.u16()?;
        Ok(Self {
            circuit_type,
            source,
            holding_time,
            priority: fixed.u8()? & PRIORITY_MASK,
            lan: NodeId::from_octets(fixed.array()?),
            tlvs: TlvWalk::new(bounded.tlvs).decode_all()?,
        })
    }

    /// The bytes, PDU length included. The priority is cut to 7 bits.
    ///
    /// # Errors
    /// A TLV or the whole is too long.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let fixed = |out: &mut Vec<u8>| {
            out.push(self.circuit_type as u8);
            out.extend(self.source.octets());
            out.extend(self.holding_time.to_be_bytes());
            out.extend([0, 0, self.priority & PRIORITY_MASK]);
            out.extend(self.lan.octets());
        };
        header::encode(PduType::LanIih, fixed, &self.tlvs)
    }

    /// The area addresses of all TLVs 1.
    pub fn area_addresses(&self) -> impl Iterator<Item = AreaAddress> + '_ {
        Tlv::area_addresses(&self.tlvs)
    }
}

impl fmt::Display for LanIih {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (source, hold, lan) = (self.source, self.holding_time, self.lan);
        write!(f, "LAN IIH {source} hold {hold} s, LAN {lan}")
    }
}
