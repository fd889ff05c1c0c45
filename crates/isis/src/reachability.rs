//! Which MACs each system lists, over all of its fragments.
//!
//! Fragments come one by one. A MAC that moves from one fragment to another is no change when the
//! fragment that gains it comes first; when the one that loses it comes first, it is reported as
//! removed and then as added, because until the other fragment comes it *is* unlisted. (Instances of
//! this crate never move a MAC between fragments.)
//!
//! Without fragment 0 a system's other fragments are not used (ISO 10589 s7.2.5).

use std::collections::BTreeMap;

use wire::{LspId, SystemId};

use crate::MacReachability;
use crate::event::{Event, Events};

#[derive(Debug, Default)]
pub(crate) struct Reachability {
    systems: BTreeMap<SystemId, SystemReachability>,
}

#[derive(Debug, Default)]
struct SystemReachability {
    /// How many fragments list each MAC.
    listed: BTreeMap<MacReachability, u16>,
    /// Whether fragment 0 is valid.
    usable: bool,
}

impl Reachability {
    /// LSP `id` listed `old` and now lists `new`; `alive`: it is valid now.
    pub(crate) fn replace(
        &mut self,
        id: LspId,
        old: &[MacReachability],
        new: &[MacReachability],
        alive: bool,
        events: &mut Events,
    ) {
        if id.pseudonode != 0 {
            return; // Pseudonodes have no stations behind them.
        }
        let originator = id.system;
        let system = self.systems.entry(originator).or_default();
        let was_usable = system.usable;
        let gained = system.gain(new);
        let lost = system.lose(old);
        if id.fragment == 0 {
            system.usable = alive;
        }
        let (added, removed) = match (was_usable, system.usable) {
            (true, true) => (gained, lost),
            (false, true) => (system.all(), Vec::new()),
            (true, false) => (Vec::new(), system.all().into_iter().chain(lost).collect()),
            (false, false) => (Vec::new(), Vec::new()),
        };
        if system.listed.is_empty() && !system.usable {
            self.systems.remove(&originator);
        }
        for entry in added {
            events.push(Event::ReachabilityAdded { originator, entry });
        }
        for entry in removed {
            events.push(Event::ReachabilityRemoved { originator, entry });
        }
    }

    /// All MACs that `system` lists in valid LSPs.
    pub(crate) fn of(&self, system: SystemId) -> impl Iterator<Item = MacReachability> + '_ {
        let usable = self.systems.get(&system).filter(|s| s.usable);
        usable.into_iter().flat_map(|s| s.listed.keys().copied())
    }

    /// The systems that list `entry` in valid LSPs.
    pub(crate) fn originators(
        &self,
        entry: MacReachability,
    ) -> impl Iterator<Item = SystemId> + '_ {
        let listing = move |s: &SystemReachability| s.usable && s.listed.contains_key(&entry);
        let systems = self.systems.iter().filter(move |(_, s)| listing(s));
        systems.map(|(system, _)| *system)
    }
}

impl SystemReachability {
    fn gain(&mut self, entries: &[MacReachability]) -> Vec<MacReachability> {
        let mut gained = Vec::new();
        for entry in entries {
            let count = self.listed.entry(*entry).or_default();
            *count = count.saturating_add(1);
            if *count == 1 {
                gained.push(*entry);
            }
        }
        gained
    }

    fn lose(&mut self, entries: &[MacReachability]) -> Vec<MacReachability> {
        let mut lost = Vec::new();
        for entry in entries {
            let Some(count) = self.listed.get_mut(entry) else {
                continue;
            };
            *count -= 1;
            if *count == 0 {
                self.listed.remove(entry);
                lost.push(*entry);
            }
        }
        lost
    }

    fn all(&self) -> Vec<MacReachability> {
        self.listed.keys().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use wire::{MacAddr, VlanId};

    use super::*;

    const SYSTEM: SystemId = SystemId::new([2, 0, 0, 0, 0, 9]);

    fn mac(last: u8) -> MacReachability {
        MacReachability {
            vlan: VlanId::new(100).unwrap(),
            mac: MacAddr::new([2, 0, 0, 0, 1, last]),
        }
    }

    /// Replaces a fragment; the changes as `+1 -2`.
    fn replace(r: &mut Reachability, fragment: u8, old: &[u8], new: &[u8], alive: bool) -> String {
        let macs = |list: &[u8]| list.iter().map(|m| mac(*m)).collect::<Vec<_>>();
        let id = LspId {
            system: SYSTEM,
            pseudonode: 0,
            fragment,
        };
        let mut events = Events::default();
        r.replace(id, &macs(old), &macs(new), alive, &mut events);
        let mut text = Vec::new();
        while let Some(event) = events.pop() {
            match event {
                Event::ReachabilityAdded { entry, .. } => {
                    text.push(format!("+{}", entry.mac.octets()[5]));
                }
                Event::ReachabilityRemoved { entry, .. } => {
                    text.push(format!("-{}", entry.mac.octets()[5]));
                }
                other => unreachable!("{other:?}"),
            }
        }
        text.join(" ")
    }

    #[test]
    fn only_differences_are_reported() {
        let mut r = Reachability::default();
        assert_eq!(replace(&mut r, 0, &[], &[1, 2], true), "+1 +2");
        assert_eq!(replace(&mut r, 0, &[1, 2], &[2, 3], true), "+3 -1");
        assert_eq!(replace(&mut r, 0, &[2, 3], &[2, 3], true), "");
        assert_eq!(r.of(SYSTEM).collect::<Vec<_>>(), [mac(2), mac(3)]);
        assert_eq!(r.originators(mac(2)).collect::<Vec<_>>(), [SYSTEM]);
    }

    #[test]
    fn a_mac_that_moves_between_fragments() {
        let mut r = Reachability::default();
        replace(&mut r, 0, &[], &[1], true);
        assert_eq!(replace(&mut r, 1, &[], &[1], true), "", "gained first");
        assert_eq!(replace(&mut r, 0, &[1], &[], true), "");
        assert_eq!(replace(&mut r, 1, &[1], &[], true), "-1", "lost first");
        assert_eq!(replace(&mut r, 0, &[], &[1], true), "+1");
    }

    #[test]
    fn nothing_counts_without_fragment_0() {
        let mut r = Reachability::default();
        assert_eq!(replace(&mut r, 1, &[], &[1], true), "");
        assert_eq!(r.of(SYSTEM).count(), 0);
        assert_eq!(replace(&mut r, 0, &[], &[2], true), "+1 +2");
        assert_eq!(replace(&mut r, 0, &[2], &[], false), "-1 -2");
        assert_eq!(replace(&mut r, 1, &[1], &[], false), "");
        assert!(r.systems.is_empty());
    }
}
