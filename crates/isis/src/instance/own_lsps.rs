//! Own LSPs: generation, refresh, take-over after a restart (ISO 10589 s7.3.6 to s7.3.16).
//!
//! Sequence numbers: the last is 2^32 - 1. A fragment that needs one more is purged with the last
//! and stays silent for `max_age + zero_age`, until no system can still know it; then it starts
//! again from 1 (ISO 10589 s7.3.16.1).

use core::time::Duration;

use wire::LspId;
use wire::isis::{Lsp, LspFlags, LspHeader, LspView};

use super::Instance;
use crate::originate::{Change, ChangeKind};
use crate::stored_lsp::{Comparison, StoredLsp};
use crate::{CircuitId, Event, MacReachability, authentication};

impl Instance {
    /// The pending generation: brings the own LSPs up to date.
    pub(super) fn generate(&mut self) {
        for change in self.origination.generate() {
            self.apply_change(change);
        }
        self.own.throttle.generated(self.now);
        if !self.own.started {
            self.own.started = true;
            self.take_over();
        }
    }

    fn apply_change(&mut self, change: Change) {
        let id = self.own_id(change.fragment);
        match change.kind {
            ChangeKind::Issue => self.issue(change.fragment, change.added, change.removed),
            ChangeKind::Purge => {
                let sequence = self.own.sequences.get(&change.fragment).copied();
                self.events.push(Event::LspOriginated {
                    lsp_id: id,
                    sequence: sequence.unwrap_or_default(),
                    added: change.added,
                    removed: change.removed,
                });
                self.purge_own(id);
            }
        }
    }

    /// After the first generation: LSPs from before a restart that are ours no more are purged.
    fn take_over(&mut self) {
        for (id, sequence) in core::mem::take(&mut self.own.heard_before_start) {
            if id.pseudonode != 0 || !self.origination.has(id.fragment) {
                self.purge(own_header(id, sequence));
            }
        }
    }

    fn own_id(&self, fragment: u8) -> LspId {
        LspId {
            system: self.config.system_id,
            pseudonode: 0,
            fragment,
        }
    }

    /// Generates a fragment with its present contents and the next sequence number.
    pub(super) fn issue(
        &mut self,
        fragment: u8,
        added: Vec<MacReachability>,
        removed: Vec<MacReachability>,
    ) {
        if self.own.resting.contains(&fragment) {
            return;
        }
        let last = self.own.sequences.get(&fragment).copied();
        let Some(sequence) = last.unwrap_or_default().checked_add(1) else {
            return self.rest(fragment);
        };
        let timers = self.config.timers;
        let (tlvs, flags) = self.origination.contents(fragment);
        let seconds = timers.max_age.as_secs();
        let id = self.own_id(fragment);
        let lsp = Lsp {
            remaining_lifetime: u16::try_from(seconds).unwrap_or(u16::MAX),
            id,
            sequence,
            flags,
            tlvs,
        };
        let bytes = authentication::encode(lsp, self.config.authentication.as_ref())
            .expect("fragments are measured as they are filled");
        let view = LspView::parse(&bytes).expect("what was just encoded can be read");
        self.lsdb
            .insert(StoredLsp::new(&view, self.now, timers.zero_age));
        self.own.sequences.insert(fragment, sequence);
        let refresh = self.jitter.shorten(timers.refresh_interval);
        self.own.refresh.set(fragment, self.now + refresh);
        self.events.push(Event::LspOriginated {
            lsp_id: id,
            sequence,
            added,
            removed,
        });
        self.flood(id, None);
    }

    /// Out of sequence numbers: see the module's documentation.
    fn rest(&mut self, fragment: u8) {
        self.own.resting.insert(fragment);
        self.purge(own_header(self.own_id(fragment), u32::MAX));
        self.own.sequences.remove(&fragment);
        let timers = self.config.timers;
        let silence = timers.max_age + timers.zero_age + Duration::from_secs(1);
        self.own.refresh.set(fragment, self.now + silence);
    }

    /// A fragment's refresh is due, or its rest is over.
    pub(super) fn refresh(&mut self, fragment: u8) {
        self.own.resting.remove(&fragment);
        if self.origination.has(fragment) {
            self.issue(fragment, Vec::new(), Vec::new());
            self.own.throttle.refreshed(self.now);
        }
    }

    pub(super) fn purge_own(&mut self, id: LspId) {
        self.own.refresh.clear(id.fragment);
        self.own.resting.remove(&id.fragment);
        let sequence = self.own.sequences.get(&id.fragment).copied();
        if let Some(sequence) = sequence {
            self.purge(own_header(id, sequence));
        }
    }

    /// An LSP with our system ID was heard (ISO 10589 s7.3.16.1).
    pub(super) fn handle_own_lsp(
        &mut self,
        circuit: CircuitId,
        header: LspHeader,
        comparison: Option<Comparison>,
    ) {
        self.note_sequence(header.id, header.sequence);
        if !self.own.started {
            // What it is worth is known with the first generation. Until then it stays in force.
            match header.is_purge() {
                true => self.acknowledge(circuit, header.entry()),
                false => self.note_heard_before_start(header),
            }
            return;
        }
        let fragment = header.id.fragment;
        let ours = header.id.pseudonode == 0
            && self.origination.has(fragment)
            && !self.own.resting.contains(&fragment);
        match comparison {
            Some(Comparison::Same) => self.acknowledge(circuit, header.entry()),
            Some(Comparison::Older) => self.send_ours(circuit, header.id),
            None | Some(Comparison::Newer | Comparison::Confused) if ours => {
                self.issue(fragment, Vec::new(), Vec::new());
            }
            _ if header.is_purge() => self.acknowledge(circuit, header.entry()),
            None | Some(Comparison::Newer | Comparison::Confused) => self.purge(header),
        }
    }

    fn note_sequence(&mut self, id: LspId, sequence: u32) {
        if id.pseudonode == 0 && !self.own.resting.contains(&id.fragment) {
            let known = self.own.sequences.entry(id.fragment).or_default();
            *known = sequence.max(*known);
        }
    }

    fn note_heard_before_start(&mut self, header: LspHeader) {
        // Pseudonodes of ours do not exist: no need to remember many.
        const LIMIT: usize = 512;
        let heard = &mut self.own.heard_before_start;
        if heard.len() < LIMIT || heard.contains_key(&header.id) {
            let sequence = heard.entry(header.id).or_default();
            *sequence = header.sequence.max(*sequence);
        }
    }
}

const fn own_header(id: LspId, sequence: u32) -> LspHeader {
    LspHeader {
        remaining_lifetime: 0,
        id,
        sequence,
        checksum: 0,
        flags: LspFlags::LEVEL1,
    }
}
