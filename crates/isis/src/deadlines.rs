//! Things that fall due, each at its own time.

use std::collections::{BTreeMap, BTreeSet};

use wire::Timestamp;

/// A deadline for each key, and the earliest at hand.
#[derive(Debug)]
pub(crate) struct Deadlines<K> {
    of: BTreeMap<K, Timestamp>,
    by_time: BTreeSet<(Timestamp, K)>,
}

impl<K: Ord + Copy> Deadlines<K> {
    pub(crate) const fn new() -> Self {
        Self {
            of: BTreeMap::new(),
            by_time: BTreeSet::new(),
        }
    }

    /// Sets the deadline of `key`, in place of one that it had.
    pub(crate) fn set(&mut self, key: K, at: Timestamp) {
        self.clear(key);
        self.of.insert(key, at);
        self.by_time.insert((at, key));
    }

    pub(crate) fn clear(&mut self, key: K) {
        if let Some(at) = self.of.remove(&key) {
            self.by_time.remove(&(at, key));
        }
    }

    /// The earliest deadline.
    pub(crate) fn first(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes the earliest key whose deadline has come.
    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<K> {
        let (at, key) = self.by_time.first().copied()?;
        (at <= now).then(|| {
            self.clear(key);
            key
        })
    }
}
