//! MAC reachability as the IGP tells it: which systems list a MAC, and since when.
//!
//! The MAC table is what the device does; this is what it was told, kept so that an entry can fall
//! back to it (D-3). Of several systems that list one MAC, the newest assertion counts: a refresh that
//! still lists it is not a new assertion (D-2).

use hashbrown::HashMap;
use wire::{SystemId, Timestamp};

use crate::mac_table::MacKey;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Assertion {
    pub(crate) system: SystemId,
    pub(crate) at: Timestamp,
}

/// Who lists what. Bounded by the link-state database that it mirrors. Most MACs are listed by one system:
/// an empty list starts with room for one.
#[derive(Default)]
pub(crate) struct Reachability {
    assertions: HashMap<MacKey, Vec<Assertion>, foldhash::fast::RandomState>,
}

impl Reachability {
    pub(crate) fn add(&mut self, now: Timestamp, key: MacKey, system: SystemId) {
        let listed = self.listed_mut(key);
        listed.retain(|assertion| assertion.system != system);
        listed.push(Assertion { system, at: now });
    }

    /// `system` lists `key` because of an assertion that has been overtaken (D-2): it counts as the
    /// oldest.
    pub(crate) fn add_outdated(&mut self, key: MacKey, system: SystemId) {
        let listed = self.listed_mut(key);
        listed.retain(|assertion| assertion.system != system);
        let at = Timestamp::ZERO;
        listed.insert(0, Assertion { system, at });
    }

    /// `system` has announced `key`. If it lists it already, it need not publish it anew, and its
    /// assertion is the newest from now on.
    pub(crate) fn renew(&mut self, now: Timestamp, key: MacKey, system: SystemId) {
        if self.is_listed_by(key, system) {
            self.add(now, key, system);
        }
    }

    pub(crate) fn remove(&mut self, key: MacKey, system: SystemId) {
        if let Some(listed) = self.assertions.get_mut(&key) {
            listed.retain(|assertion| assertion.system != system);
            if listed.is_empty() {
                self.assertions.remove(&key);
            }
        }
    }

    /// Whether any system lists `key`.
    pub(crate) fn is_listed(&self, key: MacKey) -> bool {
        self.assertions.contains_key(&key)
    }

    pub(crate) fn is_listed_by(&self, key: MacKey, system: SystemId) -> bool {
        self.newest_first(key).any(|a| a.system == system)
    }

    fn listed_mut(&mut self, key: MacKey) -> &mut Vec<Assertion> {
        let listed = self.assertions.entry(key);
        listed.or_insert_with(|| Vec::with_capacity(1))
    }

    /// The systems that list `key`, newest assertion first.
    pub(crate) fn newest_first(&self, key: MacKey) -> impl Iterator<Item = Assertion> {
        self.assertions
            .get(&key)
            .into_iter()
            .flat_map(|listed| listed.iter().rev().copied())
    }

    /// Every MAC that `system` lists, in order: what follows from the same input must be the same.
    pub(crate) fn listed_by(&self, system: SystemId) -> Vec<MacKey> {
        let lists = |listed: &[Assertion]| listed.iter().any(|a| a.system == system);
        let with_it = self.assertions.iter().filter(|(_, listed)| lists(listed));
        let mut keys: Vec<_> = with_it.map(|(key, _)| *key).collect();
        keys.sort_unstable();
        keys
    }
}

#[cfg(test)]
mod tests {
    use wire::{MacAddr, VlanId};

    use super::*;

    const A: SystemId = SystemId::new([2, 0, 0, 0, 0, 1]);
    const C: SystemId = SystemId::new([2, 0, 0, 0, 0, 3]);

    fn key() -> MacKey {
        MacKey::new(VlanId::new(100).unwrap(), MacAddr::new([2, 0, 0, 0, 0, 9]))
    }

    #[test]
    fn the_newest_assertion_comes_first() {
        let mut reachability = Reachability::default();
        reachability.add(Timestamp::from_nanos(1), key(), A);
        reachability.add(Timestamp::from_nanos(2), key(), C);
        let order: Vec<_> = reachability.newest_first(key()).map(|a| a.system).collect();
        assert_eq!(order, [C, A]);
        reachability.renew(Timestamp::from_nanos(3), key(), A);
        let order: Vec<_> = reachability.newest_first(key()).map(|a| a.system).collect();
        assert_eq!(order, [A, C]);
        reachability.add_outdated(key(), A);
        assert_eq!(
            reachability.newest_first(key()).next().map(|a| a.system),
            Some(C)
        );
        reachability.remove(key(), C);
        assert_eq!(
            reachability.newest_first(key()).next().map(|a| a.system),
            Some(A)
        );
        assert_eq!(reachability.listed_by(A), [key()]);
        reachability.remove(key(), A);
        assert_eq!(reachability.newest_first(key()).next(), None);
    }
}
