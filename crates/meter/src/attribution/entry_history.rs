//! What an edge device's MAC entry for one station was, at any time.

use core::time::Duration;

use edge_api::{Binding, Event, EventKind};
use serde::{Deserialize, Serialize};
use wire::{MacAddr, Timestamp, VlanId};

/// The history of one MAC entry at one edge device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryHistory {
    initial: Option<Binding>,
    changes: Vec<(Timestamp, Option<Binding>)>,
}

impl EntryHistory {
    /// The entry of `vlan` and `mac` by the device's events, which are in order of time. `initial` is
    /// what the table said before them; the first event that says what the entry was knows better.
    #[must_use]
    pub fn new(initial: Option<Binding>, vlan: VlanId, mac: MacAddr, events: &[Event]) -> Self {
        let mut history = Self {
            initial,
            changes: Vec::new(),
        };
        for event in events {
            if let EventKind::MacEntry {
                vlan: of,
                mac: who,
                from,
                to,
                ..
            } = &event.kind
                && (*of, *who) == (vlan, mac)
            {
                if history.changes.is_empty() {
                    history.initial.clone_from(from);
                }
                history.changes.push((event.at, to.clone()));
            }
        }
        history
    }

    /// The entry at `at`; `None` when there was none.
    #[must_use]
    pub fn at(&self, at: Timestamp) -> Option<&Binding> {
        let known = self.changes.iter().rfind(|(since, _)| *since <= at);
        known.map_or(self.initial.as_ref(), |(_, binding)| binding.as_ref())
    }

    /// The entry at `at`, then those that it had been, the latest first.
    pub(super) fn back_from(&self, at: Timestamp) -> impl Iterator<Item = Option<&Binding>> {
        let known = self
            .changes
            .iter()
            .rev()
            .filter(move |(since, _)| *since <= at);
        let known = known.map(|(_, binding)| binding.as_ref());
        known.chain(core::iter::once(self.initial.as_ref()))
    }

    /// The entry at `at`, then those that it changed to until `slack` later.
    pub(super) fn from(
        &self,
        at: Timestamp,
        slack: Duration,
    ) -> impl Iterator<Item = Option<&Binding>> {
        let soon = self
            .changes
            .iter()
            .filter(move |(since, _)| *since > at && *since <= at + slack);
        core::iter::once(self.at(at)).chain(soon.map(|(_, binding)| binding.as_ref()))
    }
}
