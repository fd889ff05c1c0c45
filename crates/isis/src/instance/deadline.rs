//! Timers: what is due, and when the next is.

use wire::{LspId, Timestamp};

use super::Instance;
use crate::{AdjacencyReason, AdjacencyState, CircuitId, Event};

impl Instance {
    /// Does what is due at `now`. May be called at any time.
    pub fn handle_deadline(&mut self, now: Timestamp) {
        self.pass(now);
        if self.farewell.is_some() {
            return;
        }
        let ids: Vec<CircuitId> = self.circuits.keys().copied().collect();
        for id in ids {
            self.run_circuit_timers(id);
        }
        // Before the database ages: an own LSP is renewed, not expired.
        while let Some(fragment) = self.own.refresh.pop_due(self.now) {
            self.refresh(fragment);
        }
        if self.own.throttle.due().is_some_and(|due| due <= self.now) {
            self.generate();
        }
        while let Some(id) = self.lsdb.pop_ended(self.now) {
            self.end_lsp(id);
        }
    }

    /// Says hello on every circuit whose neighbour is not up, as at the start: what was said while nothing
    /// could leave is lost, and the next would come an interval later.
    pub fn greet(&mut self, now: Timestamp) {
        self.pass(now);
        for circuit in self.circuits.values_mut() {
            circuit.hello.wanted |= circuit.up().is_none();
        }
    }

    /// When [`Instance::handle_deadline`] has something to do; `None` after a shutdown.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        if self.farewell.is_some() {
            return None;
        }
        let pacing = self.config.timers.lsp_pacing;
        let circuits = self.circuits.values();
        let circuits = circuits.map(|c| c.next_deadline(self.now, pacing)).min();
        let others = [
            circuits,
            self.own.throttle.due(),
            self.own.refresh.first(),
            self.lsdb.next_end(),
        ];
        others.into_iter().flatten().min()
    }

    fn run_circuit_timers(&mut self, id: CircuitId) {
        let now = self.now;
        let timers = self.config.timers;
        let Some(circuit) = self.circuits.get_mut(&id) else {
            return;
        };
        if circuit.hello.due <= now {
            circuit.hello.wanted = true;
            circuit.hello.due = now + self.jitter.shorten(timers.hello_interval);
        }
        if circuit.csnp.due.is_some_and(|due| due <= now) {
            // A set that is still being sent goes on.
            circuit.csnp.next_start.get_or_insert(LspId::MIN);
            circuit.csnp.due = Some(now + self.jitter.shorten(timers.csnp_interval));
        }
        let adjacency = circuit.adjacency.as_ref();
        if adjacency.is_some_and(|a| a.hold_expiry <= now) {
            self.change_adjacency(id, AdjacencyState::Down, AdjacencyReason::HoldTimeExpired);
        }
    }

    /// An LSP's lifetime, or the zero-age lifetime of a purged one, has ended.
    fn end_lsp(&mut self, id: LspId) {
        let Some(lsp) = self.lsdb.get(id) else {
            return;
        };
        let header = lsp.header();
        if lsp.is_alive() {
            self.events.push(Event::LspExpired {
                lsp_id: id,
                sequence: header.sequence,
            });
            self.remove_body(header);
        } else {
            self.lsdb.remove(id);
            for circuit in self.circuits.values_mut() {
                circuit.srm.clear(id);
            }
        }
    }
}
