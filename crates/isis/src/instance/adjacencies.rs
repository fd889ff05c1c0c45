//! Hellos and what they do to adjacencies (RFC 5303, ISO 10589 s8.2).

use core::time::Duration;
use std::collections::BTreeSet;

use wire::SystemId;
use wire::isis::P2pIih;
use wire::{LspId, Timestamp};

use super::Instance;
use crate::adjacency::{self, Heard, Transition, transition};
use crate::originate::Item;
use crate::{Adjacency, AdjacencyReason, AdjacencyState, CircuitId, Event, PduDrop};

impl Instance {
    pub(super) fn handle_hello(&mut self, id: CircuitId, pdu: &[u8]) -> Result<(), PduDrop> {
        let iih = P2pIih::decode(pdu)?;
        let circuit = self.circuits.get(&id).ok_or(PduDrop::UnknownCircuit)?;
        let known = circuit.adjacency.as_ref().map(|a| a.neighbour);
        let heard = match adjacency::accept(&self.config, &circuit.config, &iih) {
            Ok(heard) => heard,
            Err(drop) => {
                if known == Some(iih.source) && drop != PduDrop::ThreeWayMismatch {
                    self.change_adjacency(id, AdjacencyState::Down, AdjacencyReason::Mismatch);
                }
                return Err(drop);
            }
        };
        if known.is_some_and(|neighbour| neighbour != heard.neighbour) {
            self.change_adjacency(id, AdjacencyState::Down, AdjacencyReason::NeighborChanged);
        }
        self.apply_hello(id, heard)
    }

    fn apply_hello(&mut self, id: CircuitId, heard: Heard) -> Result<(), PduDrop> {
        let circuit = self.circuits.get_mut(&id).ok_or(PduDrop::UnknownCircuit)?;
        let transition = transition(circuit.state(), heard.received);
        if transition == Transition::None {
            // Our Down makes it start over; no need to wait for the next hello.
            circuit.hello.wanted = true;
            return Err(PduDrop::StaleAdjacency);
        }
        let now = self.now;
        let adjacency = circuit
            .adjacency
            .get_or_insert_with(|| new_adjacency(id, heard.neighbour, now));
        let seconds = u64::from(heard.holding_time.max(1));
        adjacency.hold_expiry = now + Duration::from_secs(seconds);
        adjacency.neighbour_circuit = heard.neighbour_circuit;
        adjacency.ipv4_address = heard.ipv4_address;
        if let Transition::To(to) = transition {
            let reason = match to {
                AdjacencyState::Initializing if circuit.up().is_some() => {
                    AdjacencyReason::NeighborForgot
                }
                _ => AdjacencyReason::Hello,
            };
            self.change_adjacency(id, to, reason);
        }
        Ok(())
    }

    /// The one place that writes the state of an adjacency.
    pub(super) fn change_adjacency(
        &mut self,
        id: CircuitId,
        to: AdjacencyState,
        reason: AdjacencyReason,
    ) {
        let Some(circuit) = self.circuits.get_mut(&id) else {
            return;
        };
        let Some(adjacency) = &mut circuit.adjacency else {
            return;
        };
        let (from, neighbour) = (adjacency.state, adjacency.neighbour);
        adjacency.state = to;
        adjacency.since = self.now;
        if to == AdjacencyState::Down {
            circuit.adjacency = None;
        }
        // The neighbour learns of it at once, so that the handshake takes round trips, not intervals.
        circuit.hello.wanted = true;
        if from == AdjacencyState::Up {
            circuit.stop_exchange();
        }
        if to == AdjacencyState::Up {
            self.start_exchange(id);
        }
        self.events.push(Event::AdjacencyChanged {
            circuit: id,
            neighbour,
            from,
            to,
            reason,
        });
        self.update_neighbors();
        if from == AdjacencyState::Up || to == AdjacencyState::Up {
            self.walk_graph();
        }
    }

    /// ISO 10589 s7.3.17: a new neighbour is told the whole database, and gets what it lacks.
    fn start_exchange(&mut self, id: CircuitId) {
        let Some(circuit) = self.circuits.get_mut(&id) else {
            return;
        };
        circuit.csnp.next_start = Some(LspId::MIN);
        let interval = self.config.timers.csnp_interval;
        let again = self.now + self.jitter.shorten(interval);
        circuit.csnp.due = (!interval.is_zero()).then_some(again);
        for lsp in self.lsdb.iter() {
            circuit.srm.set(lsp.id(), self.now);
        }
    }

    /// Brings the neighbours in the own LSP in line with the adjacencies that are up.
    fn update_neighbors(&mut self) {
        let up = self.circuits.values().filter_map(|c| c.up());
        let up: BTreeSet<SystemId> = up.map(|a| a.neighbour).collect();
        let said: BTreeSet<SystemId> = self.origination.neighbors().collect();
        for lost in said.difference(&up) {
            self.origination.remove(Item::Neighbor(*lost));
        }
        for new in up.difference(&said) {
            self.origination.add(Item::Neighbor(*new));
        }
        if up != said {
            self.own.throttle.change(self.now);
        }
    }
}

const fn new_adjacency(circuit: CircuitId, neighbour: SystemId, now: Timestamp) -> Adjacency {
    Adjacency {
        circuit,
        neighbour,
        state: AdjacencyState::Down,
        hold_expiry: now,
        since: now,
        ipv4_address: None,
        neighbour_circuit: None,
    }
}
