//! Point-to-point three-way adjacency, TLV 240 (RFC 5303 s3.1).
//!
//! ```text
//! 0      state: 0 Up, 1 Initializing, 2 Down
//! 1-4    extended local circuit ID
//! 5-10   neighbour system ID                    } both or none
//! 11-14  neighbour extended local circuit ID    }
//! ```

use core::fmt;

use crate::octets::Octets;
use crate::{DecodeError, SystemId};

use super::TlvRef;

const SHORT_LEN: usize = 5;
const LONG_LEN: usize = 15;

/// The adjacency as its sender sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ThreeWayState {
    /// Both sides have heard each other.
    Up = 0,
    /// The sender has heard the receiver, and does not know whether it is heard.
    Initializing = 1,
    /// The sender has heard nothing.
    Down = 2,
}

impl fmt::Display for ThreeWayState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Up => "Up",
            Self::Initializing => "Initializing",
            Self::Down => "Down",
        })
    }
}

/// The neighbour that the sender has heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreeWayNeighbor {
    /// Its system ID.
    pub system: SystemId,
    /// Its extended local circuit ID.
    pub circuit: u32,
}

/// The three-way adjacency option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreeWayAdjacency {
    /// State on the sender's side.
    pub state: ThreeWayState,
    /// The sender's extended local circuit ID.
    pub circuit: u32,
    /// Whom the sender has heard; `None` before the first hello.
    pub neighbor: Option<ThreeWayNeighbor>,
}

impl ThreeWayAdjacency {
    pub(super) const fn value_len(&self) -> usize {
        match self.neighbor {
            Some(_) => LONG_LEN,
            None => SHORT_LEN,
        }
    }

    pub(super) fn decode(tlv: TlvRef<'_>) -> Result<Self, DecodeError> {
        if !matches!(tlv.value.len(), SHORT_LEN | LONG_LEN) {
            return Err(tlv.format_error());
        }
        let mut octets = Octets::new("three-way adjacency", tlv.value);
        let state = match octets.u8()? {
            0 => ThreeWayState::Up,
            1 => ThreeWayState::Initializing,
            2 => ThreeWayState::Down,
            _ => return Err(tlv.format_error()),
        };
        let circuit = octets.u32()?;
        let neighbor = match octets.rest() {
            [] => None,
            _ => Some(ThreeWayNeighbor {
                system: SystemId::new(octets.array()?),
                circuit: octets.u32()?,
            }),
        };
        Ok(Self {
            state,
            circuit,
            neighbor,
        })
    }

    pub(super) fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(self.state as u8);
        out.extend(self.circuit.to_be_bytes());
        if let Some(neighbor) = self.neighbor {
            out.extend(neighbor.system.octets());
            out.extend(neighbor.circuit.to_be_bytes());
        }
    }
}

impl fmt::Display for ThreeWayAdjacency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "three-way {} circuit {}", self.state, self.circuit)?;
        match self.neighbor {
            Some(n) => write!(f, " of {} circuit {}", n.system, n.circuit),
            None => Ok(()),
        }
    }
}
