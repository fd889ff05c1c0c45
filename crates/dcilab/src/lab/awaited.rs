//! What a lab is waited for: told of each event once, however many there are.

use std::collections::{BTreeMap, BTreeSet};

use edge_api::{AdjacencyState, Binding, EventKind};
use wire::{MacAddr, VlanId};

use super::{ExpectedEntry, JournalEntry};

/// A condition over the events of a lab.
pub(super) trait Awaited {
    /// Takes note of what is new.
    fn note(&mut self, entry: &JournalEntry);
    /// Whether it holds now.
    fn holds(&self) -> bool;
    /// What is missing, a line each.
    fn missing(&self) -> Vec<String>;
}

/// All these adjacencies, by device and link, are up.
pub(super) struct Adjacencies {
    down: BTreeSet<(String, String)>,
    wanted: BTreeSet<(String, String)>,
}

impl Adjacencies {
    pub(super) fn new(wanted: BTreeSet<(String, String)>) -> Self {
        Self {
            down: wanted.clone(),
            wanted,
        }
    }
}

impl Awaited for Adjacencies {
    fn note(&mut self, entry: &JournalEntry) {
        let EventKind::Adjacency { link, to, .. } = &entry.event.kind else {
            return;
        };
        let this = (entry.device.to_string(), link.to_string());
        if *to == AdjacencyState::Up {
            self.down.remove(&this);
        } else if self.wanted.contains(&this) {
            self.down.insert(this);
        }
    }

    fn holds(&self) -> bool {
        self.down.is_empty()
    }

    fn missing(&self) -> Vec<String> {
        let line = |(device, link): &(String, String)| format!("{device}: {link} is not up");
        self.down.iter().map(line).collect()
    }
}

type Key = (String, VlanId, MacAddr);

/// The devices have these entries.
pub(super) struct Entries {
    /// What each should be, and what it is.
    entries: BTreeMap<Key, (Binding, Option<Binding>)>,
    differing: BTreeSet<Key>,
}

impl Entries {
    pub(super) fn new(expected: &[ExpectedEntry]) -> Self {
        let entry = |expected: &ExpectedEntry| {
            let key = (expected.device.clone(), expected.vlan, expected.mac);
            (key, (expected.binding.clone(), None))
        };
        let entries: BTreeMap<_, _> = expected.iter().map(entry).collect();
        let differing = entries.keys().cloned().collect();
        Self { entries, differing }
    }
}

impl Awaited for Entries {
    fn note(&mut self, entry: &JournalEntry) {
        let EventKind::MacEntry { vlan, mac, to, .. } = &entry.event.kind else {
            return;
        };
        let key = (entry.device.to_string(), *vlan, *mac);
        let Some((wanted, now)) = self.entries.get_mut(&key) else {
            return;
        };
        now.clone_from(to);
        if now.as_ref() == Some(wanted) {
            self.differing.remove(&key);
        } else {
            self.differing.insert(key);
        }
    }

    fn holds(&self) -> bool {
        self.differing.is_empty()
    }

    fn missing(&self) -> Vec<String> {
        let line = |key: &Key| {
            let (device, vlan, mac) = key;
            let (wanted, now) = self.entries.get(key)?;
            let is = now
                .as_ref()
                .map_or("no entry".to_owned(), ToString::to_string);
            Some(format!("{device}: VLAN {vlan} {mac}: {is}, not {wanted}"))
        };
        self.differing.iter().filter_map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use edge_api::Event;
    use wire::{SystemId, Timestamp};

    use super::*;

    fn adjacency(device: &str, link: &str, to: AdjacencyState) -> JournalEntry {
        let kind = EventKind::Adjacency {
            link: link.into(),
            neighbour: SystemId::new([2, 0, 0, 0, 0, 1]),
            from: AdjacencyState::Initializing,
            to,
            reason: String::new(),
        };
        JournalEntry {
            device: device.into(),
            event: Event {
                number: 1,
                at: Timestamp::ZERO,
                kind,
            },
        }
    }

    #[test]
    fn an_adjacency_that_goes_down_again_is_missing_again() {
        let pair = |link: &str| ("ed-a".to_owned(), link.to_owned());
        let mut awaited = Adjacencies::new([pair("one"), pair("two")].into());
        awaited.note(&adjacency("ed-a", "one", AdjacencyState::Up));
        awaited.note(&adjacency("ed-a", "two", AdjacencyState::Up));
        awaited.note(&adjacency("ed-b", "one", AdjacencyState::Down));
        assert!(awaited.holds(), "{:?}", awaited.missing());
        awaited.note(&adjacency("ed-a", "two", AdjacencyState::Down));
        assert_eq!(awaited.missing(), ["ed-a: two is not up"]);
        assert!(!awaited.holds());
    }
}
