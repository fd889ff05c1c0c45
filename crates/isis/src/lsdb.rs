//! The link-state database (ISO 10589 s7.3.16): the latest LSP of each ID, and when it ends.

use std::collections::{BTreeMap, BTreeSet};

use wire::isis::LspEntry;
use wire::{LspId, Timestamp};

use crate::MacReachability;
use crate::deadlines::Deadlines;
use crate::stored_lsp::{Comparison, StoredLsp};

#[derive(Debug)]
pub(crate) struct Lsdb {
    lsps: BTreeMap<LspId, StoredLsp>,
    ends: Deadlines<LspId>,
    /// The MACs that are listed as configured, each with the LSPs that do so.
    statics: BTreeSet<(MacReachability, LspId)>,
    limit: usize,
}

impl Lsdb {
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            lsps: BTreeMap::new(),
            ends: Deadlines::new(),
            statics: BTreeSet::new(),
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
        let id = lsp.id();
        self.forget_statics(id);
        self.statics
            .extend(lsp.static_macs().iter().map(|mac| (*mac, id)));
        self.ends.set(id, lsp.ends());
        self.lsps.insert(id, lsp)
    }

    pub(crate) fn remove(&mut self, id: LspId) {
        self.forget_statics(id);
        self.ends.clear(id);
        self.lsps.remove(&id);
    }

    fn forget_statics(&mut self, id: LspId) {
        for mac in self.lsps.get(&id).iter().flat_map(|lsp| lsp.static_macs()) {
            self.statics.remove(&(*mac, id));
        }
    }

    /// The LSPs that list a MAC as configured.
    pub(crate) fn listing_as_static(&self, mac: MacReachability) -> impl Iterator<Item = LspId> {
        let last = LspId::from_octets([u8::MAX; 8]);
        let listing = self.statics.range((mac, LspId::MIN)..=(mac, last));
        listing.map(|(_, id)| *id)
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
