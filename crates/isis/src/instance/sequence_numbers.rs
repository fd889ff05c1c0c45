//! Received sequence numbers PDUs (ISO 10589 s7.3.15.2).

use std::collections::BTreeSet;

use wire::isis::{Csnp, LspEntry, NodeId, Psnp};

use super::Instance;
use crate::stored_lsp::Comparison;
use crate::{CircuitId, PduDrop};

impl Instance {
    pub(super) fn handle_csnp(&mut self, id: CircuitId, pdu: &[u8]) -> Result<(), PduDrop> {
        let csnp = Csnp::decode(pdu)?;
        self.check_source(id, csnp.source)?;
        let mut listed = BTreeSet::new();
        for entry in csnp.entries() {
            listed.insert(entry.id);
            self.handle_entry(id, entry);
        }
        let Some(circuit) = self.circuits.get_mut(&id) else {
            return Ok(());
        };
        // What the neighbour does not list, it does not have.
        for lsp in self.lsdb.range(csnp.start, csnp.end) {
            if lsp.is_alive() && !listed.contains(&lsp.id()) {
                circuit.srm.set_if_clear(lsp.id(), self.now);
            }
        }
        Ok(())
    }

    pub(super) fn handle_psnp(&mut self, id: CircuitId, pdu: &[u8]) -> Result<(), PduDrop> {
        let psnp = Psnp::decode(pdu)?;
        self.check_source(id, psnp.source)?;
        for entry in psnp.entries() {
            self.handle_entry(id, entry);
        }
        Ok(())
    }

    fn check_source(&self, id: CircuitId, source: NodeId) -> Result<(), PduDrop> {
        match self.neighbour(id) {
            None => Err(PduDrop::NoAdjacency),
            Some(neighbour) if neighbour == source.system => Ok(()),
            Some(_) => Err(PduDrop::NotNeighbor),
        }
    }

    fn handle_entry(&mut self, id: CircuitId, entry: LspEntry) {
        match self.lsdb.compare(&entry) {
            Some(Comparison::Same) => self.clear_srm(id, entry),
            // Confused: once the neighbour has ours, it sees the confusion and purges.
            Some(Comparison::Older | Comparison::Confused) => self.send_ours(id, entry.id),
            Some(Comparison::Newer) => {
                self.clear_srm(id, entry);
                self.ask_for(id, entry);
            }
            None if entry.remaining_lifetime != 0 && entry.sequence != 0 => {
                self.ask_for(id, entry);
            }
            None => {}
        }
    }

    fn clear_srm(&mut self, id: CircuitId, entry: LspEntry) {
        if let Some(circuit) = self.circuits.get_mut(&id) {
            circuit.srm.clear(entry.id);
        }
    }

    /// Lists the LSP in the next PSNP with what we have of it: the older one, or sequence number 0.
    fn ask_for(&mut self, id: CircuitId, entry: LspEntry) {
        let due = self.now + self.config.timers.psnp_interval;
        let room = self.lsdb.has_room_for(entry.id);
        let limit = self.config.lsdb_limit;
        let Some(circuit) = self.circuits.get_mut(&id) else {
            return;
        };
        if room && circuit.ssn.len() < limit {
            let request = LspEntry {
                sequence: 0,
                checksum: 0,
                ..entry
            };
            circuit.ssn.set(request, due);
        }
    }
}
