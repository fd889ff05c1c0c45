//! Own LSPs: what they say and in which fragment (ISO 10589 s7.3.7 to s7.3.10).
//!
//! Placement is stable: an item stays in its fragment until it is withdrawn, so that a change of one
//! MAC changes one fragment. A new item goes into the first fragment with room. A fragment above 0
//! that becomes empty is purged. When all 256 are full, the rest is kept back, and fragment 0 says
//! so with the overload bit.

mod fragment;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use wire::SystemId;
use wire::isis::{Lsp, LspFlags, Tlv, nlpid};

use crate::adjacency::area_tlv;
use crate::{InstanceConfig, MacReachability};

use fragment::Fragment;
pub(crate) use fragment::Item;

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

/// The contents of all own fragments.
#[derive(Debug)]
pub(crate) struct Origination {
    /// TLVs that fragment 0 always has.
    fixed: Vec<Tlv>,
    /// Bytes for TLVs in any fragment.
    room: usize,
    wanted: BTreeSet<Item>,
    /// Items that changed since the last generation, or found no room in it.
    changed: BTreeSet<Item>,
    placement: BTreeMap<Item, u8>,
    fragments: BTreeMap<u8, Fragment>,
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
        Self {
            fixed,
            room: usize::from(config.lsp_mtu) - Lsp::HEADER_LEN,
            wanted: BTreeSet::new(),
            changed: BTreeSet::new(),
            placement: BTreeMap::new(),
            fragments: BTreeMap::new(),
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
        self.wanted.iter().filter_map(|item| match item {
            Item::Neighbor(system) => Some(*system),
            Item::Mac(_) => None,
        })
    }

    /// Whether this fragment has been generated and not been purged.
    pub(crate) fn has(&self, fragment: u8) -> bool {
        self.fragments.contains_key(&fragment)
    }

    /// Brings the fragments up to date; what has to be issued or purged, fragment 0 first.
    pub(crate) fn generate(&mut self) -> Vec<Change> {
        let mut changes = BTreeMap::new();
        if !self.has(0) {
            let fixed: usize = self.fixed.iter().map(Tlv::encoded_len).sum();
            self.fragments.insert(0, Fragment::new(self.room - fixed));
            change_of(&mut changes, 0);
        }
        let changed = core::mem::take(&mut self.changed);
        let is_wanted = |item: &Item| self.wanted.contains(item);
        let (new, gone): (Vec<Item>, Vec<Item>) = changed.into_iter().partition(is_wanted);
        // First what makes room.
        for item in gone {
            self.take_out(item, &mut changes);
        }
        for item in new {
            self.put_in(item, &mut changes);
        }
        let overloaded = !self.changed.is_empty();
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
        let items = self.fragments.get(&fragment);
        tlvs.extend(items.into_iter().flat_map(Fragment::tlvs));
        (tlvs, flags)
    }

    fn take_out(&mut self, item: Item, changes: &mut BTreeMap<u8, Change>) {
        let Some(number) = self.placement.remove(&item) else {
            return; // Came and went between two generations.
        };
        if let Some(fragment) = self.fragments.get_mut(&number) {
            fragment.remove(item);
        }
        let change = change_of(changes, number);
        if let Item::Mac(mac) = item {
            change.removed.push(mac);
        }
    }

    fn put_in(&mut self, item: Item, changes: &mut BTreeMap<u8, Change>) {
        if self.placement.contains_key(&item) {
            return; // Went and came back between two generations.
        }
        let room = self.room;
        let number = (0..=u8::MAX).find(|number| {
            let fragment = self.fragments.get(number);
            fragment.is_none_or(|f| f.has_room_for(item))
        });
        let Some(number) = number else {
            self.changed.insert(item);
            return;
        };
        let fragment = self.fragments.entry(number);
        fragment.or_insert_with(|| Fragment::new(room)).insert(item);
        self.placement.insert(item, number);
        let change = change_of(changes, number);
        if let Item::Mac(mac) = item {
            change.added.push(mac);
        }
    }

    fn drop_empty_fragments(&mut self, changes: &mut BTreeMap<u8, Change>) {
        for change in changes.values_mut().filter(|c| c.fragment != 0) {
            let fragment = self.fragments.get(&change.fragment);
            if fragment.is_some_and(Fragment::is_empty) {
                self.fragments.remove(&change.fragment);
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
