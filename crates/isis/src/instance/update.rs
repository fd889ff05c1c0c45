//! The update process for received LSPs of other systems (ISO 10589 s7.3.15.1, s7.3.16).

use wire::LspId;
use wire::isis::{Checksum, Lsp, LspEntry, LspHeader, LspView, PurgeOriginator, Tlv};

use super::Instance;
use crate::link_state_graph::LspTopology;
use crate::stored_lsp::{Comparison, StoredLsp};
use crate::{CircuitId, Event, Freshness, PduDrop, authentication};

impl Instance {
    pub(super) fn handle_lsp(&mut self, id: CircuitId, pdu: &[u8]) -> Result<(), PduDrop> {
        self.neighbour(id).ok_or(PduDrop::NoAdjacency)?;
        let view = LspView::parse(pdu)?;
        let header = view.header();
        check_contents(&view)?;
        if header.is_purge() {
            authentication::check_purge(&view, self.config.authentication.as_ref())?;
        }
        let comparison = self.lsdb.compare(&header.entry());
        let own = header.id.system == self.config.system_id;
        // Pseudonodes of ours do not exist: purging them all must not fill the memory.
        let is_originated = own && header.id.pseudonode == 0;
        let new = comparison.is_none() && !is_originated && !header.is_purge();
        if new && !self.lsdb.has_room_for(header.id) {
            return Err(PduDrop::LsdbFull);
        }
        if comparison.is_none() && header.is_purge() && !self.has_room_to_acknowledge(id) {
            return Err(PduDrop::AcknowledgementsFull);
        }
        self.events.push(Event::LspReceived {
            circuit: id,
            lsp_id: header.id,
            sequence: header.sequence,
            freshness: comparison.map_or(Freshness::Newer, Freshness::from),
        });
        match comparison {
            _ if own => self.handle_own_lsp(id, header, comparison),
            // ISO 10589 s7.3.16.4: nothing to purge here; only the sender is told.
            None if header.is_purge() => self.acknowledge(id, header.entry()),
            None | Some(Comparison::Newer) => {
                self.install(&view);
                self.flood(header.id, Some(id));
                self.acknowledge(id, header.entry());
            }
            Some(Comparison::Same) => self.acknowledge(id, header.entry()),
            Some(Comparison::Older) => self.send_ours(id, header.id),
            Some(Comparison::Confused) => self.purge(header),
        }
        Ok(())
    }

    /// Puts an LSP of another system into the database.
    fn install(&mut self, view: &LspView<'_>) {
        // What says that a system is there comes before what it lists, and what ends it after.
        let said = self.graph.as_ref().map(|_| LspTopology::of(view));
        let said = said.filter(|_| !view.header().is_purge());
        if said.is_some() {
            self.update_graph(view.header().id, said.as_ref());
        }
        let lsp = StoredLsp::new(view, self.now, self.config.timers.zero_age);
        let (id, alive, macs) = (lsp.id(), lsp.is_alive(), lsp.macs().to_vec());
        let old = self.lsdb.insert(lsp);
        let was_alive = old.as_ref().is_some_and(StoredLsp::is_alive);
        if was_alive && !alive {
            self.events.push(Event::LspPurged {
                lsp_id: id,
                sequence: view.header().sequence,
            });
        }
        let macs_before = old.as_ref().map_or(&[][..], StoredLsp::macs);
        self.reachability
            .replace(id, macs_before, &macs, alive, &mut self.events);
        if let Some(old) = old {
            self.tell_fixed(&old);
        }
        if !alive {
            self.update_graph(id, None);
        }
    }

    /// What was listed in `old` and is listed as configured now is told of once more.
    fn tell_fixed(&mut self, old: &StoredLsp) {
        let (id, originator) = (old.id(), old.id().system);
        let now_fixed = self.lsdb.get(id).map_or(&[][..], StoredLsp::static_macs);
        for entry in now_fixed.iter().copied() {
            let was_fixed = old.static_macs().contains(&entry);
            let is_new = !old.macs().contains(&entry);
            let mut listing = self.reachability.originators(entry);
            if !was_fixed && !is_new && listing.any(|system| system == originator) {
                self.events
                    .push(Event::ReachabilityAdded { originator, entry });
            }
        }
    }

    /// Takes an LSP out everywhere (ISO 10589 s7.3.16.4).
    pub(super) fn purge(&mut self, header: LspHeader) {
        self.events.push(Event::LspPurged {
            lsp_id: header.id,
            sequence: header.sequence,
        });
        self.remove_body(header);
    }

    /// Keeps the header with lifetime 0, says who removed the body (RFC 6232), floods that, and
    /// withdraws what the LSP listed.
    pub(super) fn remove_body(&mut self, header: LspHeader) {
        let mut purge = Lsp::purge(header.id, header.sequence, header.flags);
        purge.tlvs.push(Tlv::PurgeOriginator(PurgeOriginator {
            system: self.config.system_id,
            received_from: None,
        }));
        let bytes = authentication::encode(purge, self.config.authentication.as_ref());
        let bytes = bytes.expect("two short TLVs are never too long");
        let view = LspView::parse(&bytes).expect("what was just encoded can be read");
        let zero_age = self.config.timers.zero_age;
        let old = self.lsdb.insert(StoredLsp::new(&view, self.now, zero_age));
        if header.id.system != self.config.system_id {
            let old = old.map(|o| o.macs().to_vec()).unwrap_or_default();
            self.reachability
                .replace(header.id, &old, &[], false, &mut self.events);
            self.update_graph(header.id, None);
        }
        self.flood(header.id, None);
    }

    /// Sets the SRM flag on every circuit with a neighbour but `except`.
    pub(super) fn flood(&mut self, id: LspId, except: Option<CircuitId>) {
        for (circuit_id, circuit) in &mut self.circuits {
            if Some(*circuit_id) != except && circuit.up().is_some() {
                circuit.srm.set(id, self.now);
                circuit.ssn.clear(id);
            }
        }
    }

    /// The neighbour has this LSP: nothing to send, and it is told that we have it.
    pub(super) fn acknowledge(&mut self, id: CircuitId, entry: LspEntry) {
        let due = self.now + self.config.timers.psnp_interval;
        if let Some(circuit) = self.circuits.get_mut(&id) {
            circuit.srm.clear(entry.id);
            circuit.ssn.set(entry, due);
        }
    }

    /// Purges of what is not in the database are acknowledged as well; only the limit bounds those.
    fn has_room_to_acknowledge(&self, id: CircuitId) -> bool {
        let waiting = self
            .circuits
            .get(&id)
            .map_or(0, |circuit| circuit.ssn.len());
        waiting < self.config.lsdb_limit
    }

    /// The neighbour has an older LSP: it gets ours.
    pub(super) fn send_ours(&mut self, id: CircuitId, lsp: LspId) {
        if let Some(circuit) = self.circuits.get_mut(&id) {
            circuit.srm.set(lsp, self.now);
            circuit.ssn.clear(lsp);
        }
    }
}

fn check_contents(view: &LspView<'_>) -> Result<(), PduDrop> {
    let header = view.header();
    if header.sequence == 0 {
        return Err(PduDrop::SequenceZero);
    }
    // A purge may keep the checksum of the contents that it took out.
    let header_only = view.bytes().len() == Lsp::HEADER_LEN;
    match view.checksum() {
        Checksum::Correct => Ok(()),
        Checksum::Absent if header.is_purge() => Ok(()),
        Checksum::Wrong if header.is_purge() && header_only => Ok(()),
        Checksum::Absent | Checksum::Wrong => Err(PduDrop::BadChecksum),
    }
}
