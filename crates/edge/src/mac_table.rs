//! The MAC table: where each station is, as far as this device knows.
//!
//! [`MacTable::set`] is the one place that writes an entry's target. Entries end by deadline:
//! `local` ones after the ageing time without a frame, `flood` ones after their hold time (D-3);
//! `remote` ones live as long as the IGP says. When the table is full, [`Shares`] says who gives way.

use core::time::Duration;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use edge_api::Epoch;
use hashbrown::HashMap;
use wire::Timestamp;

use crate::LinkId;
use crate::announcement_limits::Bucket;
use crate::heard::Heard;
pub(crate) use crate::mac_entry::{Change, Entry, MacKey, SetOutcome, Target};
use crate::stamp::Stamp;

mod shares;

use shares::Shares;

/// Void deadlines that are not worth looking for.
const VOID_DEADLINES: usize = 64;

pub(crate) struct MacTable {
    entries: HashMap<MacKey, Entry, foldhash::fast::RandomState>,
    /// When to look at an entry again; void when the epoch is no longer the entry's.
    deadlines: BinaryHeap<Reverse<(Timestamp, Epoch, MacKey)>>,
    shares: Shares,
    epoch: Epoch,
    ageing: Duration,
    limit: usize,
    refused: u64,
    statics: usize,
    evicted: u64,
}

impl MacTable {
    pub(crate) fn new(ageing: Duration, limit: usize) -> Self {
        Self {
            entries: HashMap::default(),
            deadlines: BinaryHeap::new(),
            shares: Shares::default(),
            epoch: Epoch(0),
            ageing,
            limit,
            refused: 0,
            statics: 0,
            evicted: 0,
        }
    }

    pub(crate) fn get(&self, key: MacKey) -> Option<&Entry> {
        self.entries.get(&key)
    }

    pub(crate) const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// New entries that did not fit.
    pub(crate) const fn refused(&self) -> u64 {
        self.refused
    }

    /// Entries that gave way to new ones.
    pub(crate) const fn evicted(&self) -> u64 {
        self.evicted
    }

    /// The entry that gives way to a new one, if the table is full and one does. The caller removes it
    /// with [`MacTable::set`].
    pub(crate) fn evict_for(&mut self, key: MacKey, to: Target) -> Option<MacKey> {
        // Where a reload has set a smaller limit, nothing gives way: the new one would not fit either.
        if self.entries.len() != self.limit || self.entries.contains_key(&key) {
            return None;
        }
        let evicted = self.shares.giving_way_to(to.behind())?;
        self.evicted += 1;
        Some(evicted)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (MacKey, &Entry)> {
        self.entries.iter().map(|(key, entry)| (*key, entry))
    }

    /// Another ageing time, for the entries that are there as well.
    pub(crate) fn set_ageing(&mut self, ageing: Duration) {
        if self.ageing == ageing {
            return;
        }
        self.ageing = ageing;
        // A shorter one ends entries before the deadlines that they have.
        let deadlines = self.entries.iter().filter_map(|(key, entry)| {
            let at = self.deadline_of(entry)?;
            Some(Reverse((at, entry.epoch, *key)))
        });
        self.deadlines = deadlines.collect();
    }

    /// Another limit for new entries. Those that are there stay, however many.
    pub(crate) const fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Forgets what was heard on links that are no more.
    pub(crate) fn forget_links(&mut self, gone: impl Fn(LinkId) -> bool) {
        for entry in self.entries.values_mut() {
            entry.heard.forget_links(&gone);
        }
    }

    /// Makes an entry static: from now on nothing changes or ends it.
    pub(crate) fn pin(&mut self, key: MacKey) {
        if let Some(entry) = self.entries.get_mut(&key).filter(|entry| !entry.is_static) {
            self.statics += 1;
            entry.is_static = true;
            // It never gives way to another.
            self.shares.leave(entry.target.behind(), entry.epoch);
        }
    }

    /// Whether a station is static here.
    pub(crate) fn is_static(&self, key: MacKey) -> bool {
        self.statics > 0 && self.get(key).is_some_and(|entry| entry.is_static)
    }

    /// The bucket of a station's announcements.
    pub(crate) fn announcements_of(&mut self, key: MacKey) -> Option<&mut Bucket> {
        self.entries
            .get_mut(&key)
            .map(|entry| &mut entry.announcements)
    }

    /// A frame from the station came in at the port that the entry names: it lives on.
    pub(crate) fn refresh(&mut self, now: Timestamp, key: MacKey) {
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.last_seen = now;
        }
    }

    /// Takes note of an assertion by this device.
    pub(crate) fn note_asserted(&mut self, now: Timestamp, key: MacKey, stamp: Stamp) {
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.stamp = entry.stamp.max(stamp);
            entry.asserted_at = now;
        }
    }

    /// Takes note of whether another device lists a station.
    pub(crate) fn note_listed(&mut self, key: MacKey, is_listed: bool) {
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.is_listed = is_listed;
        }
    }

    /// Takes note of an announcement from another device, without moving the entry. Its publication is
    /// awaited until then.
    pub(crate) fn note_heard(
        &mut self,
        awaited_until: Timestamp,
        key: MacKey,
        link: LinkId,
        stamp: Stamp,
    ) {
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.heard.note(awaited_until, link, stamp);
            entry.stamp = entry.stamp.max(stamp);
        }
    }

    /// The device behind `link` lists a station no more. If what it announced has been overtaken, that
    /// is over and done with, and what it publishes from now on is new.
    pub(crate) fn note_withdrawn(&mut self, key: MacKey, link: LinkId) {
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.heard.forget_before(link, entry.stamp);
        }
    }

    /// Writes an entry: the one place that does. `None` removes it.
    pub(crate) fn set(&mut self, now: Timestamp, key: MacKey, to: Option<Target>) -> SetOutcome {
        let before = self
            .entries
            .get(&key)
            .map(|entry| (entry.target, entry.epoch));
        let from = before.map(|(target, _)| target);
        if from == to {
            return SetOutcome::Same;
        }
        if self.is_static(key) {
            return SetOutcome::Static;
        }
        if from.is_none() && self.entries.len() >= self.limit {
            self.refused += 1;
            return SetOutcome::Full;
        }
        self.epoch.0 += 1;
        let epoch = self.epoch;
        if let Some((target, epoch)) = before {
            self.shares.leave(target.behind(), epoch);
        }
        match to {
            None => {
                self.entries.remove(&key);
            }
            Some(target) => self.write(now, key, target),
        }
        SetOutcome::Changed(Change { from, to, epoch })
    }

    fn write(&mut self, now: Timestamp, key: MacKey, target: Target) {
        let epoch = self.epoch;
        self.shares.enter(target.behind(), epoch, key);
        let entry = self.entries.entry(key).or_insert(Entry {
            target,
            since: now,
            last_seen: now,
            epoch,
            stamp: Stamp::NONE,
            asserted_at: now,
            is_listed: false,
            heard: Heard::default(),
            announcements: Bucket::default(),
            is_static: false,
        });
        (entry.target, entry.since, entry.last_seen, entry.epoch) = (target, now, now, epoch);
        entry.asserted_at = now;
        match target {
            Target::Local(_) => self.push_deadline(now + self.ageing, epoch, key),
            Target::Flood { until, .. } | Target::Redirect { until, .. } => {
                self.push_deadline(until, epoch, key);
            }
            Target::Remote(_) => {}
        }
    }

    /// Void deadlines go when they outnumber the entries: a station that flaps between two ports must
    /// not fill the memory until its first deadline comes.
    fn push_deadline(&mut self, at: Timestamp, epoch: Epoch, key: MacKey) {
        if self.deadlines.len() >= 2 * self.entries.len() + VOID_DEADLINES {
            let entries = &self.entries;
            let holds =
                |(epoch, key): (Epoch, MacKey)| entries.get(&key).is_some_and(|e| e.epoch == epoch);
            self.deadlines
                .retain(|Reverse((_, epoch, key))| holds((*epoch, *key)));
        }
        self.deadlines.push(Reverse((at, epoch, key)));
    }

    /// When an entry may end next. May be early, never late.
    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.peek().map(|Reverse((at, ..))| *at)
    }

    /// An entry whose time is over at `now`. The caller decides what becomes of it and calls
    /// [`MacTable::set`], or it is not named again.
    pub(crate) fn poll_ended(&mut self, now: Timestamp) -> Option<(MacKey, Target)> {
        while let Some(&Reverse((at, epoch, key))) = self.deadlines.peek() {
            if at > now {
                return None;
            }
            self.deadlines.pop();
            let holds = |entry: &&Entry| entry.epoch == epoch && !entry.is_static;
            let Some(entry) = self.entries.get(&key).filter(holds) else {
                continue;
            };
            let lives_until = entry.last_seen + self.ageing;
            if matches!(entry.target, Target::Local(_)) && lives_until > now {
                self.deadlines.push(Reverse((lives_until, epoch, key)));
                continue;
            }
            return Some((key, entry.target));
        }
        None
    }

    /// When the entry ends unless something happens.
    pub(crate) fn deadline_of(&self, entry: &Entry) -> Option<Timestamp> {
        match entry.target {
            _ if entry.is_static => None,
            Target::Local(_) => Some(entry.last_seen + self.ageing),
            Target::Flood { until, .. } | Target::Redirect { until, .. } => Some(until),
            Target::Remote(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
