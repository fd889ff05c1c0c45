//! ARP snooping and ARP suppression: which station has which IP address, as gratuitous ARPs say.
//!
//! Snooping entries come from the own site, suppression entries from the public side
//! . An address is in one of the two at the most: whoever announced it last.

use core::time::Duration;
use std::net::Ipv4Addr;

use hashbrown::HashMap;
use wire::{Timestamp, VlanId};

use crate::mac_table::MacKey;
use crate::{LinkId, PortId};

/// Between two searches for aged entries: one for every address that does not fit would let whoever
/// announces them hold up all frames.
const SEARCH_PAUSE: Duration = Duration::from_secs(1);

/// Where an address was announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// In the own site, at this port: ARP snooping.
    Site(PortId),
    /// From the public side, on this link: ARP suppression.
    Public(LinkId),
}

/// Who has an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ArpEntry {
    pub(crate) key: MacKey,
    pub(crate) heard: Heard,
    pub(crate) at: Timestamp,
    /// When the address last went from one station to another.
    pub(crate) contested_at: Option<Timestamp>,
}

/// How long an address that has changed hands counts as contested. Its former owner defends it within
/// 10 s, if at all (RFC 5227 s2.4); as long again, and once more, for lost and repeated announcements.
const CONTEST: Duration = Duration::from_secs(30);

impl ArpEntry {
    /// Another station announced the address shortly before, and may have it still.
    pub(crate) fn is_contested(&self, now: Timestamp) -> bool {
        self.contested_at.is_some_and(|at| now < at + CONTEST)
    }
}

/// Both tables. Entries end after the ageing time without an announcement.
pub(crate) struct ArpTables {
    entries: HashMap<(VlanId, Ipv4Addr), ArpEntry, foldhash::fast::RandomState>,
    /// The address that a station announced last.
    addresses: HashMap<MacKey, Ipv4Addr, foldhash::fast::RandomState>,
    ageing: Duration,
    limit: usize,
    /// When a full table may be searched for aged entries again.
    next_search: Timestamp,
    refused: u64,
}

impl ArpTables {
    pub(crate) fn new(ageing: Duration, limit: usize) -> Self {
        Self {
            entries: HashMap::default(),
            addresses: HashMap::default(),
            ageing,
            limit,
            next_search: Timestamp::ZERO,
            refused: 0,
        }
    }

    /// Another ageing time, for the entries that are there as well, and another limit for new ones.
    pub(crate) const fn configure(&mut self, ageing: Duration, limit: usize) {
        self.ageing = ageing;
        self.limit = limit;
    }

    /// Forgets what was announced on links that are no more.
    pub(crate) fn forget_links(&mut self, gone: impl Fn(LinkId) -> bool) {
        let stays = |heard| !matches!(heard, Heard::Public(link) if gone(link));
        self.entries.retain(|_, entry| stays(entry.heard));
        self.end_addresses();
    }

    /// A station announced an address: the one place that writes an entry.
    pub(crate) fn learn(&mut self, now: Timestamp, key: MacKey, ip: Ipv4Addr, heard: Heard) {
        let at = (key.vlan(), ip);
        let before = self.entries.get(&at).copied();
        if before.is_none() && self.entries.len() >= self.limit {
            self.end_aged(now);
            if self.entries.len() >= self.limit {
                self.refused += 1;
                return;
            }
        }
        let contested_at = match before.filter(|entry| !self.is_aged(now, entry)) {
            Some(entry) if entry.key != key => Some(now),
            Some(entry) => entry.contested_at,
            None => None,
        };
        if let Some(other) = before.filter(|entry| entry.key != key)
            && self.addresses.get(&other.key) == Some(&ip)
        {
            self.addresses.remove(&other.key);
        }
        self.addresses.insert(key, ip);
        let entry = ArpEntry {
            key,
            heard,
            at: now,
            contested_at,
        };
        self.entries.insert(at, entry);
    }

    /// The address that a station announced last, wherever.
    pub(crate) fn address_of(&self, now: Timestamp, key: MacKey) -> Option<Ipv4Addr> {
        let ip = *self.addresses.get(&key)?;
        self.get(now, key.vlan(), ip).map(|_| ip)
    }

    /// Whether the station announced the address in the own site, and nobody since elsewhere.
    pub(crate) fn is_snooped(&self, now: Timestamp, key: MacKey, ip: Ipv4Addr) -> bool {
        self.get(now, key.vlan(), ip)
            .is_some_and(|entry| entry.key == key && matches!(entry.heard, Heard::Site(_)))
    }

    /// Who has an address, as far as was announced.
    pub(crate) fn get(&self, now: Timestamp, vlan: VlanId, ip: Ipv4Addr) -> Option<&ArpEntry> {
        let entry = self.entries.get(&(vlan, ip))?;
        (!self.is_aged(now, entry)).then_some(entry)
    }

    /// The entries that have not aged, in no order.
    pub(crate) fn iter(&self, now: Timestamp) -> impl Iterator<Item = (Ipv4Addr, &ArpEntry)> {
        let lives = move |(_, entry): &(_, &ArpEntry)| !self.is_aged(now, entry);
        self.entries
            .iter()
            .map(|((_, ip), entry)| (*ip, entry))
            .filter(lives)
    }

    /// Addresses that did not fit.
    pub(crate) const fn refused(&self) -> u64 {
        self.refused
    }

    pub(crate) fn deadline_of(&self, entry: &ArpEntry) -> Timestamp {
        entry.at + self.ageing
    }

    fn is_aged(&self, now: Timestamp, entry: &ArpEntry) -> bool {
        self.deadline_of(entry) <= now
    }

    /// Makes room. Rare: only a full table asks for it.
    fn end_aged(&mut self, now: Timestamp) {
        if now < self.next_search {
            return;
        }
        self.next_search = now + SEARCH_PAUSE;
        let ageing = self.ageing;
        self.entries.retain(|_, entry| entry.at + ageing > now);
        self.end_addresses();
    }

    fn end_addresses(&mut self) {
        let entries = &self.entries;
        self.addresses
            .retain(|key, ip| entries.contains_key(&(key.vlan(), *ip)));
    }
}

#[cfg(test)]
mod tests {
    use wire::MacAddr;

    use super::*;

    const IP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 7);
    const PORT: Heard = Heard::Site(PortId(0));
    const LINK: Heard = Heard::Public(LinkId(1));

    const fn at(seconds: u64) -> Timestamp {
        Timestamp::from_nanos(seconds * 1_000_000_000)
    }

    fn key(last: u8) -> MacKey {
        let mac = MacAddr::new([2, 0, 0, 0, 0, last]);
        MacKey::new(VlanId::new(100).unwrap(), mac)
    }

    fn tables() -> ArpTables {
        ArpTables::new(Duration::from_secs(1200), 2)
    }

    #[test]
    fn an_address_is_where_it_was_announced_last() {
        let mut tables = tables();
        tables.learn(at(0), key(1), IP, PORT);
        assert!(tables.is_snooped(at(1), key(1), IP));
        tables.learn(at(2), key(1), IP, LINK);
        assert!(!tables.is_snooped(at(3), key(1), IP));
        assert_eq!(tables.address_of(at(3), key(1)), Some(IP));
        assert_eq!(tables.iter(at(3)).count(), 1);
    }

    #[test]
    fn two_stations_with_one_address_collide() {
        let mut tables = tables();
        tables.learn(at(0), key(1), IP, PORT);
        tables.learn(at(1), key(2), IP, LINK);
        let contested = |tables: &ArpTables, now| {
            let entry = tables.get(now, key(1).vlan(), IP);
            entry.map(|entry| entry.is_contested(now))
        };
        assert_eq!(contested(&tables, at(1)), Some(true));
        assert_eq!(tables.address_of(at(1), key(1)), None);
        tables.learn(at(2), key(2), IP, LINK);
        assert_eq!(contested(&tables, at(2)), Some(true), "a repeat");
        tables.learn(at(20), key(1), IP, PORT);
        assert_eq!(contested(&tables, at(49)), Some(true), "defended");
        assert_eq!(contested(&tables, at(50)), Some(false));
    }

    #[test]
    fn entries_age_and_make_room_when_the_table_is_full() {
        let mut tables = tables();
        tables.learn(at(0), key(1), IP, PORT);
        tables.learn(at(600), key(2), Ipv4Addr::new(10, 0, 0, 8), PORT);
        tables.learn(at(700), key(3), Ipv4Addr::new(10, 0, 0, 9), PORT);
        assert_eq!((tables.refused(), tables.iter(at(700)).count()), (1, 2));
        assert_eq!(tables.address_of(at(1200), key(1)), None);
        tables.learn(at(1200), key(3), Ipv4Addr::new(10, 0, 0, 9), PORT);
        assert_eq!((tables.refused(), tables.iter(at(1200)).count()), (1, 2));
    }

    #[test]
    fn a_full_table_is_searched_for_aged_entries_once_a_second() {
        let mut tables = tables();
        let ip = |last| Ipv4Addr::new(10, 0, 0, last);
        tables.learn(at(0), key(1), ip(1), PORT);
        tables.learn(at(1), key(2), ip(2), PORT);
        let half = Timestamp::from_nanos(1_199_500_000_000);
        tables.learn(half, key(3), ip(3), PORT);
        tables.learn(at(1200), key(3), ip(3), PORT);
        assert_eq!(tables.refused(), 2, "searched half a second ago");
        tables.learn(at(1201), key(3), ip(3), PORT);
        assert!(tables.is_snooped(at(1201), key(3), ip(3)));
    }

    #[test]
    fn a_station_may_have_several_addresses() {
        let mut tables = tables();
        tables.learn(at(0), key(1), IP, PORT);
        let new = Ipv4Addr::new(10, 0, 0, 99);
        tables.learn(at(1), key(1), new, PORT);
        assert_eq!(tables.address_of(at(1), key(1)), Some(new), "the last one");
        assert!(tables.is_snooped(at(1), key(1), IP));
        assert!(tables.is_snooped(at(1), key(1), new));
    }
}
