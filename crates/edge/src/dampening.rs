//! Dampening of repeated moves (D-6): a MAC that moves too often is frozen where it is, visibly, until
//! a time has passed or somebody clears it (RFC 7432 s15.1; the hold-down time is that of RFC 9161).
//!
//! Two stations with one MAC look like one that moves all the time. Where announcements tell of every
//! move, all edge devices count the same ones, freeze at the same one, and agree on the place. Where
//! only publications do, a device counts those that it hears of: LSP generation may hide some.

use core::time::Duration;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use edge_api::MobilityConfig;
use hashbrown::HashMap;
use wire::Timestamp;

use crate::mac_table::MacKey;

/// MACs whose moves are remembered at the most; of more, the moves of those that come later are not.
const LIMIT: usize = 16_384;
/// MACs that are not worth a search for old moves.
const FEW: usize = 64;
/// Between two searches for moves that are old enough to be forgotten: one for every move that does
/// not fit would let whoever makes them hold up all frames.
const SEARCH_PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
struct Moves {
    times: VecDeque<Timestamp>,
    frozen_until: Option<Timestamp>,
}

/// The moves of the last while, and what is frozen because of them.
pub(crate) struct Dampening {
    /// So many moves within `within` freeze; 0 is never.
    moves: usize,
    within: Duration,
    freeze: Duration,
    recent: HashMap<MacKey, Moves, foldhash::fast::RandomState>,
    thaws: BinaryHeap<Reverse<(Timestamp, MacKey)>>,
    /// When moves may be searched for old ones again.
    next_search: Timestamp,
    /// With so many MACs they are: twice what the last search has left.
    search_from: usize,
    uncounted: u64,
}

impl Dampening {
    pub(crate) fn new(config: &MobilityConfig) -> Self {
        Self {
            moves: usize::try_from(config.dampening_moves).unwrap_or(usize::MAX),
            within: config.dampening_window,
            freeze: config.freeze_time,
            recent: HashMap::default(),
            thaws: BinaryHeap::new(),
            next_search: Timestamp::ZERO,
            search_from: FEW,
            uncounted: 0,
        }
    }

    /// Other limits, for moves from now on. What is frozen stays so until its time is over.
    pub(crate) fn configure(&mut self, config: &MobilityConfig) {
        self.moves = usize::try_from(config.dampening_moves).unwrap_or(usize::MAX);
        self.within = config.dampening_window;
        self.freeze = config.freeze_time;
    }

    /// Until when a MAC is frozen; `None` when it is not.
    pub(crate) fn frozen_until(&self, key: MacKey) -> Option<Timestamp> {
        self.recent.get(&key)?.frozen_until
    }

    /// A MAC has moved. Until when it is frozen, if this move was one too many.
    pub(crate) fn count(&mut self, now: Timestamp, key: MacKey) -> Option<Timestamp> {
        if self.moves == 0 {
            return None;
        }
        if self.recent.len() >= self.search_from && !self.recent.contains_key(&key) {
            self.forget_old(now);
            if self.recent.len() >= LIMIT {
                self.uncounted += 1;
                return None;
            }
        }
        let oldest = now - self.within;
        let recent = self.recent.entry(key).or_default();
        recent.times.retain(|at| *at > oldest);
        recent.times.push_back(now);
        if recent.times.len() < self.moves {
            return None;
        }
        let until = now + self.freeze;
        recent.times.clear();
        recent.frozen_until = Some(until);
        self.thaws.push(Reverse((until, key)));
        Some(until)
    }

    /// Ends the freeze of a MAC; whether there was one.
    pub(crate) fn clear(&mut self, key: MacKey) -> bool {
        let moves = self.recent.remove(&key);
        moves.is_some_and(|moves| moves.frozen_until.is_some())
    }

    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.thaws.peek().map(|Reverse((at, _))| *at)
    }

    /// A MAC whose freeze is over at `now`.
    pub(crate) fn poll_thawed(&mut self, now: Timestamp) -> Option<MacKey> {
        while let Some(&Reverse((at, key))) = self.thaws.peek() {
            if at > now {
                return None;
            }
            self.thaws.pop();
            // Cleared, and perhaps frozen again since: that one has a later thaw of its own.
            if self.frozen_until(key) == Some(at) {
                self.clear(key);
                return Some(key);
            }
        }
        None
    }

    /// Moves that were not counted, as too many MACs have moved.
    pub(crate) const fn uncounted(&self) -> u64 {
        self.uncounted
    }

    fn forget_old(&mut self, now: Timestamp) {
        if now < self.next_search {
            return;
        }
        self.next_search = now + SEARCH_PAUSE;
        let oldest = now - self.within;
        let is_recent = |moves: &Moves| moves.times.back().is_some_and(|at| *at > oldest);
        self.recent
            .retain(|_, moves| moves.frozen_until.is_some() || is_recent(moves));
        self.search_from = (2 * self.recent.len()).clamp(FEW, LIMIT);
    }
}

#[cfg(test)]
mod tests {
    use wire::{MacAddr, VlanId};

    use super::*;

    const fn at(seconds: u64) -> Timestamp {
        Timestamp::from_nanos(seconds * 1_000_000_000)
    }

    fn key(last: u8) -> MacKey {
        let mac = MacAddr::new([2, 0, 0, 0, 0, last]);
        MacKey::new(VlanId::new(100).unwrap(), mac)
    }

    fn dampening() -> Dampening {
        Dampening::new(&MobilityConfig::default())
    }

    #[test]
    fn five_moves_in_180_seconds_freeze_for_540() {
        let mut dampening = dampening();
        let frozen: Vec<_> = (1..=5)
            .map(|n| dampening.count(at(n * 40), key(1)))
            .collect();
        assert_eq!(frozen, [None, None, None, None, Some(at(740))]);
        assert_eq!(dampening.frozen_until(key(1)), Some(at(740)));
        assert_eq!(dampening.frozen_until(key(2)), None);
        assert_eq!(dampening.poll_thawed(at(739)), None);
        assert_eq!(dampening.poll_thawed(at(740)), Some(key(1)));
        assert_eq!(dampening.frozen_until(key(1)), None);
    }

    #[test]
    fn of_too_many_macs_that_move_the_later_ones_are_counted_as_uncounted() {
        let mut dampening = dampening();
        let numbered = |number: usize| {
            let [a, b, c, d] = u32::try_from(number).unwrap().to_be_bytes();
            MacKey::new(VlanId::new(100).unwrap(), MacAddr::new([2, 1, a, b, c, d]))
        };
        for number in 0..LIMIT + 3 {
            assert_eq!(dampening.count(at(1000), numbered(number)), None);
        }
        assert_eq!((dampening.recent.len(), dampening.uncounted()), (LIMIT, 3));
        // Once their moves are old there is room again.
        dampening.count(at(1181), numbered(LIMIT));
        assert_eq!((dampening.recent.len(), dampening.uncounted()), (1, 3));
    }

    #[test]
    fn slow_moves_never_freeze() {
        let mut dampening = dampening();
        assert!((0..100).all(|n| dampening.count(at(1000 + n * 46), key(1)).is_none()));
    }

    #[test]
    fn a_cleared_freeze_does_not_thaw_the_next_one() {
        let mut dampening = dampening();
        for n in 0..5 {
            dampening.count(at(1000 + n), key(1));
        }
        assert!(dampening.clear(key(1)));
        assert!(!dampening.clear(key(1)));
        for n in 0..5 {
            dampening.count(at(1100 + n), key(1));
        }
        assert_eq!(dampening.poll_thawed(at(1600)), None);
        assert_eq!(dampening.poll_thawed(at(1644)), Some(key(1)));
    }
}
