//! Leaving in good order.

use wire::{LspId, Timestamp};

use super::{Instance, Transmit};
use crate::event::Transmission;
use crate::{AdjacencyReason, AdjacencyState, CircuitId, Event, adjacency, authentication};

/// Seconds that a neighbour keeps the adjacency after the last hello.
const LAST_HOLDING_TIME: u16 = 1;

impl Instance {
    /// Purges the own LSPs and ends all adjacencies. What is left to be sent comes from
    /// [`Instance::poll_transmit`], at once, without pacing and only once; a purge that gets lost
    /// leaves the LSP to its lifetime. After that the instance does nothing any more.
    pub fn shutdown(&mut self, now: Timestamp) {
        self.pass(now);
        if self.farewell.is_some() {
            return;
        }
        let own = self.lsdb.iter().filter(|l| l.is_alive()).map(|l| l.id());
        let own = own.filter(|id| id.system == self.config.system_id);
        for id in own.collect::<Vec<LspId>>() {
            self.purge_own(id);
        }
        let mut farewell = std::collections::VecDeque::new();
        let circuits: Vec<CircuitId> = self.circuits.keys().copied().collect();
        for circuit in circuits {
            let purges = self.last_purges(circuit);
            let pdus = purges.into_iter().chain(self.last_hello(circuit));
            farewell.extend(pdus.map(|pdu| Transmit { circuit, pdu }));
            self.change_adjacency(circuit, AdjacencyState::Down, AdjacencyReason::Shutdown);
        }
        self.farewell = Some(farewell);
    }

    fn last_purges(&mut self, id: CircuitId) -> Vec<Vec<u8>> {
        if self.neighbour(id).is_none() {
            return Vec::new();
        }
        let mut pdus = Vec::new();
        for lsp in self.lsdb.iter() {
            let header = lsp.header();
            if lsp.is_alive() || header.id.system != self.config.system_id {
                continue;
            }
            pdus.push(lsp.to_send(self.now));
            self.events.push(Event::LspSent {
                circuit: id,
                lsp_id: header.id,
                sequence: header.sequence,
                transmission: Transmission::First,
            });
        }
        pdus
    }

    /// A hello that knows no neighbour: the neighbour leaves the state Up at once.
    pub(super) fn last_hello(&self, id: CircuitId) -> Option<Vec<u8>> {
        let circuit = self.circuits.get(&id)?;
        let iih = adjacency::build(&self.config, &circuit.config, None, LAST_HOLDING_TIME);
        authentication::encode(iih, self.config.authentication.as_ref()).ok()
    }
}
