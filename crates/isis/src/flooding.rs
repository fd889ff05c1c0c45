//! What one circuit still has to send: SRM and SSN flags, pacing (ISO 10589 s7.3.14, s7.3.15).

use std::collections::{BTreeMap, BTreeSet};

use wire::isis::LspEntry;
use wire::{LspId, Timestamp};

use crate::LspPacing;
use crate::event::Transmission;

/// The LSPs with the SRM flag set: to be sent, and sent again until acknowledged.
#[derive(Debug, Default)]
pub(crate) struct SendRoutingMessage {
    flags: BTreeMap<LspId, Pending>,
    /// The same by time. Ties go by LSP ID, so that fragment 0 leaves first.
    by_due: BTreeSet<(Timestamp, LspId)>,
}

#[derive(Clone, Copy, Debug)]
struct Pending {
    due: Timestamp,
    transmission: Transmission,
}

impl SendRoutingMessage {
    /// Sets the flag: the LSP is new, or the neighbour has an older one. Due at once.
    pub(crate) fn set(&mut self, id: LspId, now: Timestamp) {
        self.put(id, now, Transmission::First);
    }

    /// Sets the flag where it is clear. What was sent already waits for its time as before: CSNPs that
    /// list nothing must not have the whole database sent again and again.
    pub(crate) fn set_if_clear(&mut self, id: LspId, now: Timestamp) {
        if !self.flags.contains_key(&id) {
            self.set(id, now);
        }
    }

    /// Clears the flag: acknowledged, or nothing left to send.
    pub(crate) fn clear(&mut self, id: LspId) {
        if let Some(pending) = self.flags.remove(&id) {
            self.by_due.remove(&(pending.due, id));
        }
    }

    pub(crate) fn clear_all(&mut self) {
        self.flags.clear();
        self.by_due.clear();
    }

    /// When the first LSP is due.
    pub(crate) fn first_due(&self) -> Option<Timestamp> {
        self.by_due.first().map(|(due, _)| *due)
    }

    /// Takes the first LSP that is due; it is due again at `again`.
    pub(crate) fn take_due(
        &mut self,
        now: Timestamp,
        again: Timestamp,
    ) -> Option<(LspId, Transmission)> {
        let (due, id) = self.by_due.first().copied()?;
        if due > now {
            return None;
        }
        let transmission = self.flags.get(&id)?.transmission;
        self.put(id, again, Transmission::Retransmission);
        Some((id, transmission))
    }

    fn put(&mut self, id: LspId, due: Timestamp, transmission: Transmission) {
        self.clear(id);
        self.flags.insert(id, Pending { due, transmission });
        self.by_due.insert((due, id));
    }
}

/// The LSPs with the SSN flag set: to be listed in the next PSNP.
#[derive(Debug, Default)]
pub(crate) struct SendSequenceNumbers {
    /// What to say of an LSP that is not in the database.
    flags: BTreeMap<LspId, LspEntry>,
    due: Option<Timestamp>,
}

impl SendSequenceNumbers {
    /// Sets the flag; the PSNP is due at `due` at the latest.
    pub(crate) fn set(&mut self, entry: LspEntry, due: Timestamp) {
        self.flags.insert(entry.id, entry);
        self.due.get_or_insert(due);
    }

    pub(crate) fn clear(&mut self, id: LspId) {
        self.flags.remove(&id);
        self.settle();
    }

    pub(crate) fn clear_all(&mut self) {
        self.flags.clear();
        self.settle();
    }

    pub(crate) fn len(&self) -> usize {
        self.flags.len()
    }

    pub(crate) const fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// Takes up to `limit` entries when the PSNP is due. The rest stays due.
    pub(crate) fn take_due(&mut self, now: Timestamp, limit: usize) -> Vec<LspEntry> {
        let mut entries = Vec::new();
        if self.due.is_some_and(|due| due <= now) {
            while entries.len() < limit
                && let Some((_, entry)) = self.flags.pop_first()
            {
                entries.push(entry);
            }
            self.settle();
        }
        entries
    }

    fn settle(&mut self) {
        if self.flags.is_empty() {
            self.due = None;
        }
    }
}

/// Pacing of LSPs on one circuit.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pacer {
    tick_start: Option<Timestamp>,
    sent_in_tick: u32,
}

impl Pacer {
    /// When the next LSP may leave, if not at once.
    pub(crate) fn held_until(&self, pacing: LspPacing) -> Option<Timestamp> {
        let start = self.tick_start.filter(|_| !pacing.interval.is_zero())?;
        (self.sent_in_tick >= pacing.burst).then(|| start + pacing.interval)
    }

    /// An LSP has left.
    pub(crate) fn sent(&mut self, now: Timestamp, pacing: LspPacing) {
        let tick_runs = |start| now < start + pacing.interval;
        if !self.tick_start.is_some_and(tick_runs) {
            self.tick_start = Some(now);
            self.sent_in_tick = 0;
        }
        self.sent_in_tick = self.sent_in_tick.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    const fn at(ms: u64) -> Timestamp {
        Timestamp::from_nanos(ms * 1_000_000)
    }

    fn lsp(fragment: u8) -> LspId {
        LspId {
            fragment,
            ..LspId::MIN
        }
    }

    #[test]
    fn fragment_0_leaves_first_and_comes_again_until_cleared() {
        let mut srm = SendRoutingMessage::default();
        srm.set(lsp(1), at(0));
        srm.set(lsp(0), at(0));
        assert_eq!(
            srm.take_due(at(0), at(50)),
            Some((lsp(0), Transmission::First))
        );
        assert_eq!(
            srm.take_due(at(0), at(50)),
            Some((lsp(1), Transmission::First))
        );
        assert_eq!(srm.take_due(at(49), at(99)), None);
        srm.clear(lsp(1));
        let again = Some((lsp(0), Transmission::Retransmission));
        assert_eq!(srm.take_due(at(50), at(99)), again);
        srm.clear(lsp(0));
        assert_eq!(
            (srm.first_due(), srm.take_due(at(999), at(999))),
            (None, None)
        );
    }

    #[test]
    fn a_tick_lets_a_burst_through() {
        let pacing = LspPacing {
            interval: Duration::from_millis(33),
            burst: 2,
        };
        let mut pacer = Pacer::default();
        pacer.sent(at(0), pacing);
        assert_eq!(pacer.held_until(pacing), None);
        pacer.sent(at(10), pacing);
        assert_eq!(pacer.held_until(pacing), Some(at(33)));
        pacer.sent(at(33), pacing);
        assert_eq!(pacer.held_until(pacing), None);
    }

    #[test]
    fn a_psnp_lists_what_came_in_since_the_first() {
        let entry = |fragment| LspEntry {
            remaining_lifetime: 1,
            id: lsp(fragment),
            sequence: 1,
            checksum: 1,
        };
        let mut ssn = SendSequenceNumbers::default();
        ssn.set(entry(0), at(20));
        ssn.set(entry(1), at(30));
        ssn.set(entry(2), at(30));
        assert!(ssn.take_due(at(19), 9).is_empty());
        assert_eq!(ssn.take_due(at(20), 2), [entry(0), entry(1)]);
        assert_eq!(ssn.take_due(at(20), 2), [entry(2)]);
        assert_eq!(ssn.due(), None);
    }
}
