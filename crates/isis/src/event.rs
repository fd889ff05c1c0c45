//! What an instance tells its owner.

use std::collections::VecDeque;

use wire::{LspId, SystemId};

use crate::{AdjacencyReason, AdjacencyState, CircuitId, MacReachability};

/// How a received LSP compares with the database (ISO 10589 s7.3.16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Freshness {
    /// Newer than what was there, or not there before. Also an LSP that contradicts the one that was
    /// there (same sequence number, other contents): a purge of it follows.
    Newer,
    /// What was there already.
    Same,
    /// Older than what was there.
    Older,
}

/// Whether an LSP left for the first time on a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transmission {
    /// First time.
    First,
    /// Again, as no acknowledgement came.
    Retransmission,
}

/// Something that happened. Read with [`crate::Instance::poll_event`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An adjacency changed its state.
    AdjacencyChanged {
        /// Circuit.
        circuit: CircuitId,
        /// The neighbour.
        neighbour: SystemId,
        /// State before.
        from: AdjacencyState,
        /// State now.
        to: AdjacencyState,
        /// Why.
        reason: AdjacencyReason,
    },
    /// An own LSP was generated; it leaves as pacing allows. Also comes, before its `LspPurged`, for
    /// a fragment that is purged because nothing is left in it.
    LspOriginated {
        /// The fragment.
        lsp_id: LspId,
        /// Its sequence number.
        sequence: u32,
        /// MACs that it lists and did not list before.
        added: Vec<MacReachability>,
        /// MACs that it listed before.
        removed: Vec<MacReachability>,
    },
    /// An LSP left on a circuit.
    LspSent {
        /// Circuit.
        circuit: CircuitId,
        /// The LSP.
        lsp_id: LspId,
        /// Its sequence number.
        sequence: u32,
        /// First time or again.
        transmission: Transmission,
    },
    /// An LSP was received and was well formed.
    LspReceived {
        /// Circuit.
        circuit: CircuitId,
        /// The LSP.
        lsp_id: LspId,
        /// Its sequence number.
        sequence: u32,
        /// How it compares with the database.
        freshness: Freshness,
    },
    /// An LSP was taken out by a purge: a received one, or ours.
    LspPurged {
        /// The LSP.
        lsp_id: LspId,
        /// Its sequence number.
        sequence: u32,
    },
    /// An LSP reached the end of its lifetime without a refresh.
    LspExpired {
        /// The LSP.
        lsp_id: LspId,
        /// Its sequence number.
        sequence: u32,
    },
    /// A system lists a MAC that it did not list before, in whichever fragment, or lists it as configured
    /// and did not before.
    ReachabilityAdded {
        /// The system.
        originator: SystemId,
        /// The MAC.
        entry: MacReachability,
    },
    /// A system does not list a MAC any more: withdrawn, purged or expired.
    ReachabilityRemoved {
        /// The system.
        originator: SystemId,
        /// The MAC.
        entry: MacReachability,
    },
    /// A system can be reached through the link-state graph that could not be before, or has other
    /// addresses than before. Only with [`crate::GraphUse::Followed`], as the next one.
    SystemReachable {
        /// The system.
        system: SystemId,
    },
    /// A system cannot be reached any more, though its LSPs may still be there.
    SystemUnreachable {
        /// The system.
        system: SystemId,
    },
}

impl Event {
    /// Tells of traffic alone, not of a change of state.
    const fn is_informational(&self) -> bool {
        matches!(self, Self::LspSent { .. } | Self::LspReceived { .. })
    }
}

/// Events not yet read. When the owner does not read, what only tells of traffic is left out first.
#[derive(Debug, Default)]
pub(crate) struct Events {
    queue: VecDeque<Event>,
}

impl Events {
    const INFORMATIONAL_LIMIT: usize = 65_536;

    pub(crate) fn push(&mut self, event: Event) {
        if event.is_informational() && self.queue.len() >= Self::INFORMATIONAL_LIMIT {
            return;
        }
        self.queue.push_back(event);
    }

    pub(crate) fn pop(&mut self) -> Option<Event> {
        self.queue.pop_front()
    }
}
