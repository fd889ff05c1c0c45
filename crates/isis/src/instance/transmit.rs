//! What leaves, and in which order: hellos, CSNPs, PSNPs, then LSPs as pacing allows.

use wire::LspId;
use wire::isis::{Csnp, LspEntry, NodeId, PduType, Psnp};

use super::Instance;
use crate::{CircuitId, Event, adjacency, authentication};

/// A PDU to be sent, from the discriminator `83` on. The owner adds LLC and Ethernet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// Circuit to send it on.
    pub circuit: CircuitId,
    /// The PDU.
    pub pdu: Vec<u8>,
}

/// Bytes of a TLV 9 that is full.
const FULL_TLV: usize = 2 + LspEntry::LEN * LspEntry::MAX_PER_TLV;

impl Instance {
    /// The next PDU that may leave now. What pacing holds back comes after
    /// [`Instance::handle_deadline`].
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        if let Some(farewell) = &mut self.farewell {
            return self.last_words.pop_front().or_else(|| farewell.pop_front());
        }
        if let Some(last_word) = self.last_words.pop_front() {
            return Some(last_word);
        }
        while let Some(circuit) = self.ready_circuit() {
            self.next_circuit = CircuitId(circuit.0.wrapping_add(1));
            if let Some(pdu) = self.next_pdu(circuit) {
                return Some(Transmit { circuit, pdu });
            }
        }
        None
    }

    /// The next circuit in turn that has something to send. Asked after each PDU that comes in, also
    /// where there are a thousand.
    fn ready_circuit(&self) -> Option<CircuitId> {
        let (now, pacing) = (self.now, self.config.timers.lsp_pacing);
        let after = self.circuits.range(self.next_circuit..);
        let before = self.circuits.range(..self.next_circuit);
        let mut in_turn = after.chain(before);
        let ready = in_turn.find(|(_, circuit)| circuit.is_ready(now, pacing));
        ready.map(|(id, _)| *id)
    }

    fn next_pdu(&mut self, id: CircuitId) -> Option<Vec<u8>> {
        let hello = self.next_hello(id);
        hello
            .or_else(|| self.next_csnp(id))
            .or_else(|| self.next_psnp(id))
            .or_else(|| self.next_lsp(id))
    }

    fn next_hello(&mut self, id: CircuitId) -> Option<Vec<u8>> {
        let circuit = self.circuits.get_mut(&id).filter(|c| c.hello.wanted)?;
        circuit.hello.wanted = false;
        let seconds = self.config.timers.hold_time().as_secs();
        let holding_time = u16::try_from(seconds).unwrap_or(u16::MAX);
        let adjacency = circuit.adjacency.as_ref();
        let iih = adjacency::build(&self.config, &circuit.config, adjacency, holding_time);
        authentication::encode(iih, self.config.authentication.as_ref()).ok()
    }

    fn next_csnp(&mut self, id: CircuitId) -> Option<Vec<u8>> {
        let limit = self.entries_per(PduType::Csnp);
        let circuit = self.circuits.get_mut(&id)?;
        let start = circuit.csnp.next_start.take()?;
        let mut lsps = self.lsdb.range(start, LspId::MAX);
        let now = self.now;
        let entries: Vec<LspEntry> = lsps.by_ref().take(limit).map(|l| l.entry(now)).collect();
        let end = match (lsps.next(), entries.last()) {
            (Some(next), Some(last)) => {
                circuit.csnp.next_start = Some(next.id());
                last.id
            }
            _ => LspId::MAX,
        };
        // The next range starts with an LSP that we have; the gap before it belongs to this one.
        let end = circuit.csnp.next_start.map_or(end, before);
        let source = NodeId::of(self.config.system_id);
        let csnp = Csnp::new(source, start, end, &entries);
        authentication::encode(csnp, self.config.authentication.as_ref()).ok()
    }

    fn next_psnp(&mut self, id: CircuitId) -> Option<Vec<u8>> {
        let limit = self.entries_per(PduType::Psnp);
        let circuit = self.circuits.get_mut(&id)?;
        let flagged = circuit.ssn.take_due(self.now, limit);
        // An LSP may have changed since it was flagged: what the database has now counts.
        let current = |flag: LspEntry| {
            let lsp = self.lsdb.get(flag.id);
            lsp.map_or(flag, |lsp| lsp.entry(self.now))
        };
        let entries: Vec<LspEntry> = flagged.into_iter().map(current).collect();
        let source = NodeId::of(self.config.system_id);
        let psnp = (!entries.is_empty()).then(|| Psnp::new(source, &entries))?;
        authentication::encode(psnp, self.config.authentication.as_ref()).ok()
    }

    fn next_lsp(&mut self, id: CircuitId) -> Option<Vec<u8>> {
        let timers = self.config.timers;
        let circuit = self.circuits.get_mut(&id)?;
        if circuit.next_lsp(timers.lsp_pacing)? > self.now {
            return None;
        }
        let again = self.now + timers.retransmit_interval;
        while let Some((lsp_id, transmission)) = circuit.srm.take_due(self.now, again) {
            let Some(lsp) = self.lsdb.get(lsp_id) else {
                circuit.srm.clear(lsp_id);
                continue;
            };
            circuit.pacer.sent(self.now, timers.lsp_pacing);
            self.events.push(Event::LspSent {
                circuit: id,
                lsp_id,
                sequence: lsp.header().sequence,
                transmission,
            });
            return Some(lsp.to_send(self.now));
        }
        None
    }

    /// LSP entries that fit into a sequence numbers PDU.
    fn entries_per(&self, pdu_type: PduType) -> usize {
        let header = usize::from(pdu_type.header_len());
        let taken = header + authentication::len(self.config.authentication.as_ref());
        let room = usize::from(self.config.lsp_mtu) - taken;
        let rest = (room % FULL_TLV).saturating_sub(2) / LspEntry::LEN;
        room / FULL_TLV * LspEntry::MAX_PER_TLV + rest
    }
}

/// The LSP ID before `id`.
fn before(id: LspId) -> LspId {
    let number = u64::from_be_bytes(id.octets());
    LspId::from_octets(number.saturating_sub(1).to_be_bytes())
}
