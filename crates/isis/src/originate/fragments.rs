//! The own fragments, and which item is in which.

use core::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::fragment::{Fragment, Item};

/// Fragments that a system has.
const COUNT: usize = 256;

/// See the parent module for where an item goes. Every question is answered from an index: 40,000
/// items and 170 fragments cost no more than a few.
#[derive(Debug)]
pub(super) struct Fragments {
    /// Bytes for items in a fragment without fixed TLVs.
    room: usize,
    fragments: BTreeMap<u8, Fragment>,
    placement: BTreeMap<Item, u8>,
    /// Fragments by free bytes; the last is the emptiest, of equal ones that with the lowest number.
    by_free: BTreeSet<(usize, Reverse<u8>)>,
    /// Fragments that change in the present generation and may have room for more.
    changing: BTreeSet<u8>,
}

impl Fragments {
    pub(super) const fn new(room: usize) -> Self {
        Self {
            room,
            fragments: BTreeMap::new(),
            placement: BTreeMap::new(),
            by_free: BTreeSet::new(),
            changing: BTreeSet::new(),
        }
    }

    /// Forgets which fragments have changed.
    pub(super) fn start_generation(&mut self) {
        self.changing.clear();
    }

    /// Starts a fragment of which `fixed` bytes are taken already.
    pub(super) fn open(&mut self, number: u8, fixed: usize) {
        let fragment = Fragment::new(self.room.saturating_sub(fixed));
        self.by_free.insert((fragment.free(), Reverse(number)));
        self.fragments.insert(number, fragment);
        self.changing.insert(number);
    }

    pub(super) fn get(&self, number: u8) -> Option<&Fragment> {
        self.fragments.get(&number)
    }

    pub(super) fn holds(&self, item: Item) -> bool {
        self.placement.contains_key(&item)
    }

    /// Puts a new item into a fragment and says into which; `None`: all are full.
    pub(super) fn insert(&mut self, item: Item) -> Option<u8> {
        let number = self.choose(item)?;
        if !self.fragments.contains_key(&number) {
            self.open(number, 0);
        }
        self.change(number, |fragment| fragment.insert(item));
        self.placement.insert(item, number);
        Some(number)
    }

    /// Takes an item out and says of which fragment; `None`: it was in none.
    pub(super) fn remove(&mut self, item: Item) -> Option<u8> {
        let number = self.placement.remove(&item)?;
        self.change(number, |fragment| fragment.remove(item));
        Some(number)
    }

    /// Ends a fragment when it is empty. Says whether it was.
    pub(super) fn close_if_empty(&mut self, number: u8) -> bool {
        let fragment = self.fragments.get(&number);
        let Some(empty) = fragment.filter(|f| f.is_empty()) else {
            return false;
        };
        self.by_free.remove(&(empty.free(), Reverse(number)));
        self.changing.remove(&number);
        self.fragments.remove(&number);
        true
    }

    fn choose(&self, item: Item) -> Option<u8> {
        let fits = |number: &u8| self.get(*number).is_some_and(|f| f.has_room_for(item));
        // The last one was opened last: when many items come at once, it is the one with room.
        if let Some(number) = self.changing.iter().copied().rev().find(fits) {
            return Some(number);
        }
        let roomy = |&&(free, _): &&(usize, Reverse<u8>)| free >= self.room / 4;
        if let Some((_, Reverse(number))) = self.by_free.last().filter(roomy) {
            return Some(*number);
        }
        if self.fragments.len() < COUNT {
            return (0..=u8::MAX).find(|number| !self.fragments.contains_key(number));
        }
        let emptiest_first = self.by_free.iter().rev();
        let open = emptiest_first.take_while(|(free, _)| *free >= Item::MIN_LEN);
        open.map(|(_, Reverse(number))| *number).find(fits)
    }

    /// Changes a fragment and keeps the indexes in line.
    fn change(&mut self, number: u8, what: impl FnOnce(&mut Fragment)) {
        let Some(fragment) = self.fragments.get_mut(&number) else {
            return;
        };
        self.by_free.remove(&(fragment.free(), Reverse(number)));
        what(fragment);
        let free = fragment.free();
        self.by_free.insert((free, Reverse(number)));
        match free >= Item::MIN_LEN {
            true => self.changing.insert(number),
            false => self.changing.remove(&number),
        };
    }
}
