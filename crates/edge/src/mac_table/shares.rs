//! Who has how much of the MAC table, and which entry gives way when the table is full.
//!
//! A site that floods its device with made-up MACs must not push out the stations of others, here or,
//! by way of the IGP, at the other devices. So the room is shared among the own site and the other
//! devices: when a new entry does not fit, the newest entry of whoever has the most gives way. That is
//! the new one itself, refused, when it belongs to whoever has the most. Newest first, because the
//! stations that were there before a flood are the real ones.
//!
//! So everybody can have a table's room divided by the number of devices at the least, and what some
//! do not need is there for all.

use std::collections::{BTreeMap, BTreeSet};

use edge_api::Epoch;

use super::MacKey;
use crate::LinkId;

/// Whose an entry is: the own site's, or that of the device behind an EVI link.
type Owner = Option<LinkId>;

#[derive(Default)]
pub(super) struct Shares {
    /// The entries of each owner in the order of their last changes. Epochs are never used twice.
    entries: BTreeMap<Owner, BTreeMap<Epoch, MacKey>>,
    /// Owners by the number of their entries.
    by_size: BTreeSet<(usize, Owner)>,
}

impl Shares {
    pub(super) fn enter(&mut self, owner: Owner, epoch: Epoch, key: MacKey) {
        let of_owner = self.entries.entry(owner).or_default();
        let before = of_owner.len();
        of_owner.insert(epoch, key);
        let after = of_owner.len();
        self.resize(owner, before, after);
    }

    pub(super) fn leave(&mut self, owner: Owner, epoch: Epoch) {
        let Some(of_owner) = self.entries.get_mut(&owner) else {
            return;
        };
        let before = of_owner.len();
        of_owner.remove(&epoch);
        let after = of_owner.len();
        self.resize(owner, before, after);
    }

    /// The entry that gives way to a new one of `owner`; `None`: the new one does. Whoever gains by it
    /// has no more afterwards than whoever loses, so that two never take turns.
    pub(super) fn giving_way_to(&self, owner: Owner) -> Option<MacKey> {
        let has = self.entries.get(&owner).map_or(0, BTreeMap::len);
        let (most, loser) = self.by_size.last()?;
        if has + 2 > *most {
            return None;
        }
        let (_, newest) = self.entries.get(loser)?.last_key_value()?;
        Some(*newest)
    }

    fn resize(&mut self, owner: Owner, before: usize, after: usize) {
        self.by_size.remove(&(before, owner));
        self.by_size.insert((after, owner));
    }
}

#[cfg(test)]
mod tests {
    use wire::{MacAddr, VlanId};

    use super::*;

    const SITE: Owner = None;
    const LINK: Owner = Some(LinkId(0));

    fn key(last: u8) -> MacKey {
        let mac = MacAddr::new([2, 0, 0, 0, 0, last]);
        MacKey::new(VlanId::new(100).unwrap(), mac)
    }

    #[test]
    fn the_newest_of_whoever_has_the_most_gives_way() {
        let mut shares = Shares::default();
        assert_eq!(shares.giving_way_to(SITE), None);
        for last in 1..=3 {
            shares.enter(SITE, Epoch(u64::from(last)), key(last));
        }
        assert_eq!(shares.giving_way_to(SITE), None, "the new one itself");
        assert_eq!(shares.giving_way_to(LINK), Some(key(3)));
        shares.leave(SITE, Epoch(3));
        shares.enter(LINK, Epoch(4), key(4));
        assert_eq!(shares.giving_way_to(LINK), None, "or the two take turns");
        assert_eq!(shares.giving_way_to(Some(LinkId(1))), Some(key(2)));
        shares.leave(SITE, Epoch(1));
        shares.leave(SITE, Epoch(2));
        assert_eq!(shares.giving_way_to(Some(LinkId(1))), None);
    }
}
