//! Own LSPs: what they say and in which fragment (ISO 10589 s7.3.7 to s7.3.10).
//!
//! Placement is stable: an item stays in its fragment until it is withdrawn, so that a change of one
//! MAC changes one fragment. A new item goes
//! 1. into a fragment that changes anyway;
//! 2. else into the emptiest one, when at least a quarter of it is free;
//! 3. else into a new one;
//! 4. else, when all 256 exist, into any that has room.
//!
//! So a thousand new items change a few fragments, not the small gaps in many; and as a fragment is
//! opened only when all others are three quarters full, there are never many more than the items
//! need. A fragment above 0 that becomes empty is purged. When all 256 are full, the rest is held
//! back, and fragment 0 says so with the overload bit.

mod fragment;
mod fragments;
#[cfg(test)]
mod tests;

use core::ops::Bound::{Excluded, Unbounded};
use std::collections::{BTreeMap, BTreeSet};

use wire::SystemId;
use wire::isis::{Lsp, LspFlags, Tlv, nlpid};

use crate::adjacency::area_tlv;
use crate::{InstanceConfig, MacReachability, authentication};

pub(crate) use fragment::{Item, STATIC_CONFIDENCE};
use fragments::Fragments;

/// A change of one own fragment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) fragment: u8,
    pub(crate) kind: ChangeKind,
    pub(crate) added: Vec<MacReachability>,
    pub(crate) removed: Vec<MacReachability>,
}

/// What is to be done with the fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    /// Generate it.
    Issue,
    /// Purge it: it became empty.
    Purge,
}

/// What taking an item out does to the room for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Room {
    AsBefore,
    Gained,
}

/// Whether an item is in a fragment now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Placed {
    Yes,
    No,
}

/// The contents of all own fragments.
#[derive(Debug)]
pub(crate) struct Origination {
    /// TLVs that fragment 0 always has.
    fixed: Vec<Tlv>,
    wanted: BTreeSet<Item>,
    /// Items that changed since the last generation.
    changed: BTreeSet<Item>,
    /// Wanted items that found no room.
    held_back: BTreeSet<Item>,
    fragments: Fragments,
    overloaded: bool,
}

impl Origination {
    pub(crate) fn new(config: &InstanceConfig) -> Self {
        let mut fixed = vec![
            area_tlv(&config.areas),
            Tlv::ProtocolsSupported(vec![nlpid::IPV4]),
        ];
        fixed.extend(config.hostname.clone().map(Tlv::HostName));
        fixed.push(Tlv::Ipv4InterfaceAddresses(vec![config.ipv4_address]));
        // Room for a digest is kept with a key or without one: a key may come later.
        let taken = Lsp::HEADER_LEN + authentication::ROOM;
        Self {
            fixed,
            wanted: BTreeSet::new(),
            changed: BTreeSet::new(),
            held_back: BTreeSet::new(),
            fragments: Fragments::new(usize::from(config.lsp_mtu) - taken),
            overloaded: false,
        }
    }

    /// Adds an item to what is said. Says whether that is a change.
    pub(crate) fn add(&mut self, item: Item) -> bool {
        let change = self.wanted.insert(item);
        if change {
            self.changed.insert(item);
        }
        change
    }

    /// Takes an item out of what is said. Says whether that is a change.
    pub(crate) fn remove(&mut self, item: Item) -> bool {
        let change = self.wanted.remove(&item);
        if change {
            self.changed.insert(item);
        }
        change
    }

    pub(crate) fn neighbors(&self) -> impl Iterator<Item = SystemId> + '_ {
        // Neighbours come before all MACs.
        self.wanted.iter().map_while(|item| match item {
            Item::Neighbor(system) => Some(*system),
            Item::Mac(_) | Item::StaticMac(_) => None,
        })
    }

    /// Whether this fragment has been generated and not been purged.
    pub(crate) fn has(&self, fragment: u8) -> bool {
        self.fragments.get(fragment).is_some()
    }

    /// Brings the fragments up to date; what has to be issued or purged, fragment 0 first.
    pub(crate) fn generate(&mut self) -> Vec<Change> {
        let mut changes = BTreeMap::new();
        self.fragments.start_generation();
        if !self.has(0) {
            let fixed = self.fixed.iter().map(Tlv::encoded_len).sum();
            self.fragments.open(0, fixed);
            change_of(&mut changes, 0);
        }
        let changed = core::mem::take(&mut self.changed);
        let is_wanted = |item: &Item| self.wanted.contains(item);
        let (new, gone): (Vec<Item>, Vec<Item>) = changed.into_iter().partition(is_wanted);
        // First what makes room.
        let mut room = Room::AsBefore;
        for item in gone {
            room = room.max(self.take_out(item, &mut changes));
        }
        if room == Room::Gained {
            self.retry_held_back(&mut changes);
        }
        for item in new {
            self.put_in(item, &mut changes);
        }
        let overloaded = !self.held_back.is_empty();
        if overloaded != self.overloaded {
            self.overloaded = overloaded;
            change_of(&mut changes, 0);
        }
        self.drop_empty_fragments(&mut changes);
        changes.into_values().collect()
    }

    /// TLVs and flags of a fragment.
    pub(crate) fn contents(&self, fragment: u8) -> (Vec<Tlv>, LspFlags) {
        let mut tlvs = Vec::new();
        let mut flags = LspFlags::LEVEL1;
        if fragment == 0 {
            tlvs.clone_from(&self.fixed);
            if self.overloaded {
                flags = flags.with_overload();
            }
        }
        let items = self.fragments.get(fragment);
        tlvs.extend(items.into_iter().flat_map(|f| f.tlvs()));
        (tlvs, flags)
    }

    fn take_out(&mut self, item: Item, changes: &mut BTreeMap<u8, Change>) -> Room {
        let Some(number) = self.fragments.remove(item) else {
            // Held back, or came and went between two generations.
            self.held_back.remove(&item);
            return Room::AsBefore;
        };
        let change = change_of(changes, number);
        change.removed.extend(item.mac());
        Room::Gained
    }

    fn put_in(&mut self, item: Item, changes: &mut BTreeMap<u8, Change>) -> Placed {
        if self.fragments.holds(item) {
            return Placed::Yes; // Went and came back between two generations.
        }
        let Some(number) = self.fragments.insert(item) else {
            self.held_back.insert(item);
            return Placed::No;
        };
        self.held_back.remove(&item);
        let change = change_of(changes, number);
        change.added.extend(item.mac());
        Placed::Yes
    }

    /// Tries the items that found no room before. Where one finds none, none of its group does: so
    /// this costs what is placed, not what is held back.
    fn retry_held_back(&mut self, changes: &mut BTreeMap<u8, Change>) {
        let mut next = self.held_back.first().copied();
        while let Some(item) = next {
            let last = match self.put_in(item, changes) {
                Placed::Yes => item,
                Placed::No => item.last_of_group(),
            };
            let after = self.held_back.range((Excluded(last), Unbounded));
            next = after.copied().next();
        }
    }

    fn drop_empty_fragments(&mut self, changes: &mut BTreeMap<u8, Change>) {
        for change in changes.values_mut().filter(|c| c.fragment != 0) {
            if self.fragments.close_if_empty(change.fragment) {
                change.kind = ChangeKind::Purge;
            }
        }
    }
}

fn change_of(changes: &mut BTreeMap<u8, Change>, fragment: u8) -> &mut Change {
    changes.entry(fragment).or_insert_with(|| Change {
        fragment,
        kind: ChangeKind::Issue,
        added: Vec::new(),
        removed: Vec::new(),
    })
}
