//! A point-to-point circuit and what it has to do.

use wire::{LspId, Timestamp};

use crate::flooding::{Pacer, SendRoutingMessage, SendSequenceNumbers};
use crate::{Adjacency, AdjacencyState, CircuitConfig, LspPacing};

#[derive(Debug)]
pub(crate) struct Circuit {
    pub(crate) config: CircuitConfig,
    pub(crate) adjacency: Option<Adjacency>,
    pub(crate) hello: HelloTimer,
    pub(crate) csnp: CsnpTimer,
    pub(crate) srm: SendRoutingMessage,
    pub(crate) ssn: SendSequenceNumbers,
    pub(crate) pacer: Pacer,
}

/// When to send hellos.
#[derive(Debug)]
pub(crate) struct HelloTimer {
    pub(crate) due: Timestamp,
    /// One is to leave now.
    pub(crate) wanted: bool,
}

/// When to send CSNPs.
#[derive(Debug, Default)]
pub(crate) struct CsnpTimer {
    pub(crate) due: Option<Timestamp>,
    /// Where the next CSNP of a complete set starts, while one is being sent.
    pub(crate) next_start: Option<LspId>,
}

impl Circuit {
    pub(crate) fn new(config: CircuitConfig, first_hello: Timestamp) -> Self {
        Self {
            config,
            adjacency: None,
            hello: HelloTimer {
                due: first_hello,
                wanted: true,
            },
            csnp: CsnpTimer::default(),
            srm: SendRoutingMessage::default(),
            ssn: SendSequenceNumbers::default(),
            pacer: Pacer::default(),
        }
    }

    pub(crate) fn state(&self) -> AdjacencyState {
        let state = self.adjacency.as_ref().map(|a| a.state);
        state.unwrap_or(AdjacencyState::Down)
    }

    /// The adjacency when it is up.
    pub(crate) fn up(&self) -> Option<&Adjacency> {
        let adjacency = self.adjacency.as_ref();
        adjacency.filter(|a| a.state == AdjacencyState::Up)
    }

    /// Forgets what was to be exchanged with a neighbour that is up no more.
    pub(crate) fn stop_exchange(&mut self) {
        self.srm.clear_all();
        self.ssn.clear_all();
        self.csnp = CsnpTimer::default();
    }

    /// When the next LSP may leave; `None` when there is none.
    pub(crate) fn next_lsp(&self, pacing: LspPacing) -> Option<Timestamp> {
        let due = self.srm.first_due()?;
        Some(self.pacer.held_until(pacing).map_or(due, |t| t.max(due)))
    }

    /// Whether something may leave at `now`.
    pub(crate) fn is_ready(&self, now: Timestamp, pacing: LspPacing) -> bool {
        let is_due = |due: Option<Timestamp>| due.is_some_and(|due| due <= now);
        self.hello.wanted
            || self.csnp.next_start.is_some()
            || is_due(self.ssn.due())
            || is_due(self.next_lsp(pacing))
    }

    /// When something has to be done. What is ready to be sent at `now` counts no more: it waits for
    /// the owner, not for the time.
    pub(crate) fn next_deadline(&self, now: Timestamp, pacing: LspPacing) -> Timestamp {
        let hold = self.adjacency.as_ref().map(|a| a.hold_expiry);
        let sending = [self.next_lsp(pacing), self.ssn.due()];
        let waiting = sending.into_iter().flatten().filter(|due| *due > now);
        let timers = [hold, self.csnp.due].into_iter().flatten();
        timers.chain(waiting).fold(self.hello.due, Ord::min)
    }
}
