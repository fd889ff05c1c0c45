//! Adjacencies on point-to-point circuits: three-way handshake (RFC 5303 s3.2).
//!
//! [`transition`] is the RFC's table, with one more column for neighbours that send no TLV 240:
//! they come up on the first hello, as in ISO 10589 s8.2.
//!
//! | ours \ received | Down | Initializing | Up | no TLV 240 |
//! |---|---|---|---|---|
//! | Down | to Initializing | to Up | none | to Up |
//! | Initializing | stay | to Up | to Up | to Up |
//! | Up | to Initializing | stay | stay | stay |
//!
//! (Down, Up): the neighbour still remembers an adjacency that is gone here. It hears our Down in
//! the next hello and starts over.

mod hello;
#[cfg(test)]
mod tests;

use core::fmt;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};
use wire::isis::ThreeWayState;
use wire::{SystemId, Timestamp};

use crate::CircuitId;

pub(crate) use hello::{Heard, accept, area_tlv, build};

/// State of an adjacency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdjacencyState {
    /// There is none.
    Down,
    /// The neighbour is heard; whether it hears us is not known.
    Initializing,
    /// Both hear each other: LSPs are exchanged.
    Up,
}

impl AdjacencyState {
    /// The name, for tables and counters.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Initializing => "initializing",
            Self::Up => "up",
        }
    }

    /// The state as TLV 240 carries it.
    pub(crate) const fn three_way(self) -> ThreeWayState {
        match self {
            Self::Down => ThreeWayState::Down,
            Self::Initializing => ThreeWayState::Initializing,
            Self::Up => ThreeWayState::Up,
        }
    }
}

impl fmt::Display for AdjacencyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Why an adjacency changed its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdjacencyReason {
    /// A hello moved the handshake on.
    Hello,
    /// The neighbour says that it does not hear us (any more): it restarted, or our hellos are lost.
    NeighborForgot,
    /// No hello for the neighbour's holding time.
    HoldTimeExpired,
    /// Another system answers on the circuit.
    NeighborChanged,
    /// The neighbour's hellos do not fit any more: area, level or protocols.
    Mismatch,
    /// The circuit was removed.
    CircuitRemoved,
    /// This instance shuts down.
    Shutdown,
}

impl AdjacencyReason {
    /// The name, for logs and counters.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::NeighborForgot => "neighbor-forgot",
            Self::HoldTimeExpired => "hold-time-expired",
            Self::NeighborChanged => "neighbor-changed",
            Self::Mismatch => "mismatch",
            Self::CircuitRemoved => "circuit-removed",
            Self::Shutdown => "shutdown",
        }
    }
}

impl fmt::Display for AdjacencyReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The neighbour on a circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjacency {
    /// Circuit that it is on.
    pub circuit: CircuitId,
    /// The neighbour.
    pub neighbour: SystemId,
    /// State; never `Down`, as such an adjacency does not exist.
    pub state: AdjacencyState,
    /// When it goes down unless a hello comes.
    pub hold_expiry: Timestamp,
    /// When it entered its state.
    pub since: Timestamp,
    /// The neighbour's first IPv4 address (TLV 132), if it sends one.
    pub ipv4_address: Option<Ipv4Addr>,
    /// The neighbour's extended local circuit ID, if it sends TLV 240.
    pub(crate) neighbour_circuit: Option<u32>,
}

/// What the received hello says about the neighbour's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// TLV 240 with this state.
    ThreeWay(ThreeWayState),
    /// No TLV 240.
    TwoWay,
}

/// What a hello does to an adjacency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transition {
    /// The state stays; the holding time is restarted.
    Stay,
    /// To a new state.
    To(AdjacencyState),
    /// No adjacency is made.
    None,
}

/// The table of RFC 5303 s3.2.
pub(crate) const fn transition(ours: AdjacencyState, received: Received) -> Transition {
    use AdjacencyState as S;
    use Received::{ThreeWay, TwoWay};
    use ThreeWayState as R;
    match (ours, received) {
        (S::Down | S::Up, ThreeWay(R::Down)) => Transition::To(S::Initializing),
        (S::Initializing, ThreeWay(R::Down)) => Transition::Stay,
        (S::Down, ThreeWay(R::Up)) => Transition::None,
        (S::Down, ThreeWay(R::Initializing) | TwoWay) => Transition::To(S::Up),
        (S::Initializing, ThreeWay(R::Initializing | R::Up) | TwoWay) => Transition::To(S::Up),
        (S::Up, ThreeWay(R::Initializing | R::Up) | TwoWay) => Transition::Stay,
    }
}
