//! The link-state database (ISO 10589 s7.3.16): the latest LSP of each ID, and when it ends.

use std::collections::BTreeMap;

use wire::isis::LspEntry;
use wire::{LspId, Timestamp};

use crate::deadlines::Deadlines;
use crate::stored_lsp::{Comparison, StoredLsp};

#[derive(Debug)]
pub(crate) struct Lsdb {
    lsps: BTreeMap<LspId, StoredLsp>,
    ends: Deadlines<LspId>,
    limit: usize,
}

impl Lsdb {
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            lsps: BTreeMap::new(),
            ends: Deadlines::new(),
            limit,
        }
    }

    pub(crate) fn get(&self, id: LspId) -> Option<&StoredLsp> {
        self.lsps.get(&id)
    }

    /// Whether an LSP with this ID can be taken.
    pub(crate) fn has_room_for(&self, id: LspId) -> bool {
        self.lsps.len() < self.limit || self.lsps.contains_key(&id)
    }

    /// Stores `lsp`; gives back what it replaces.
    pub(crate) fn insert(&mut self, lsp: StoredLsp) -> Option<StoredLsp> {
        self.ends.set(lsp.id(), lsp.ends());
        self.lsps.insert(lsp.id(), lsp)
    }

    pub(crate) fn remove(&mut self, id: LspId) {
        self.ends.clear(id);
        self.lsps.remove(&id);
    }

    /// How a received LSP, or an entry for one, compares; `None` when there is nothing to compare.
    pub(crate) fn compare(&self, entry: &LspEntry) -> Option<Comparison> {
        self.lsps.get(&entry.id).map(|lsp| lsp.compare(entry))
    }

    /// When the next LSP ends.
    pub(crate) fn next_end(&self) -> Option<Timestamp> {
        self.ends.first()
    }

    /// Takes note of the next LSP whose time has ended: its lifetime, or its zero-age lifetime. It
    /// stays stored until it is replaced or removed.
    pub(crate) fn pop_ended(&mut self, now: Timestamp) -> Option<LspId> {
        self.ends.pop_due(now)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &StoredLsp> {
        self.lsps.values()
    }

    /// The LSPs from `start` to `end`, both included; none when they are the wrong way round.
    pub(crate) fn range(&self, start: LspId, end: LspId) -> impl Iterator<Item = &StoredLsp> {
        let range = (start <= end).then(|| self.lsps.range(start..=end));
        range.into_iter().flatten().map(|(_, lsp)| lsp)
    }
}
