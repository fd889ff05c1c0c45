//! All paths of a network, and the packets on them.

use core::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

use wire::Timestamp;

use crate::path::{Fate, Path, Traffic};
use crate::{Impairment, Statistics};

/// A path of a [`Line`]; the numbers are the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathId(pub usize);

/// A packet that is due, or was dropped for want of room on the way out.
#[derive(Clone, Debug)]
pub struct Due<T> {
    /// The packet.
    pub packet: T,
    /// Its path.
    pub path: PathId,
    epoch: u64,
    bytes: u32,
    arrived: Timestamp,
    due: Timestamp,
    /// Packets that are due at the same time go on in the order in which they came.
    number: u64,
}

impl<T> Due<T> {
    fn key(&self) -> (Timestamp, u64) {
        (self.due, self.number)
    }
}

impl<T> PartialEq for Due<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for Due<T> {}

impl<T> PartialOrd for Due<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The greatest is the first that is due: what a heap gives.
impl<T> Ord for Due<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.key().cmp(&self.key())
    }
}

/// The paths of a network with the packets `T` that are on them.
#[derive(Debug)]
pub struct Line<T> {
    paths: HashMap<PathId, Path>,
    held: BinaryHeap<Due<T>>,
    number: u64,
    epochs: u64,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self {
            paths: HashMap::new(),
            held: BinaryHeap::new(),
            number: 0,
            epochs: 0,
        }
    }
}

impl<T: Clone> Line<T> {
    /// From now on this is asked of a path. All that is random on it starts anew, and so do its statistics;
    /// packets that are on their way go on as they were.
    pub fn set(&mut self, path: PathId, seed: u64, asked: Impairment, traffic: Traffic) {
        self.epochs += 1;
        let state = Path::new(seed, asked, traffic, self.epochs);
        self.paths.insert(path, state);
    }

    /// From now on packets of a path are not taken; those on their way go on.
    pub fn remove(&mut self, path: PathId) {
        self.paths.remove(&path);
    }

    /// A packet came at `now`. `packet` is made only when it goes on. `None` for a path that was never set.
    pub fn offer(
        &mut self,
        path: PathId,
        now: Timestamp,
        bytes: u32,
        packet: impl FnOnce() -> T,
    ) -> Option<Fate> {
        let state = self.paths.get_mut(&path)?;
        let fate = state.offer(now, bytes);
        if let Fate::Carried { due, copy_due } = fate {
            let (epoch, packet) = (state.epoch(), packet());
            let copy = copy_due.map(|due| (due, packet.clone()));
            for (due, packet) in core::iter::once((due, packet)).chain(copy) {
                self.number += 1;
                self.held.push(Due {
                    packet,
                    path,
                    epoch,
                    bytes,
                    arrived: now,
                    due,
                    number: self.number,
                });
            }
        }
        Some(fate)
    }

    /// When the next packet is due.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.held.peek().map(|first| first.due)
    }

    /// The next packet, if it is due at `now`. Tell afterwards whether it [`left`](Self::left).
    pub fn take_due(&mut self, now: Timestamp) -> Option<Due<T>> {
        if self.next_deadline()? > now {
            return None;
        }
        self.held.pop()
    }

    /// A packet went on at `at`.
    pub fn left(&mut self, packet: &Due<T>, at: Timestamp) {
        if let Some(path) = self.path_of(packet) {
            path.left(packet.bytes, packet.arrived, packet.due, at);
        }
    }

    /// A packet could not go on, because there was no room on the way out.
    pub fn refused(&mut self, packet: &Due<T>) {
        if let Some(path) = self.path_of(packet) {
            path.refused();
        }
    }

    /// What a path has done since it was last changed.
    #[must_use]
    pub fn statistics(&self, path: PathId) -> Statistics {
        self.paths
            .get(&path)
            .map(Path::statistics)
            .unwrap_or_default()
    }

    /// The path of a packet, unless it was changed since the packet came.
    fn path_of(&mut self, packet: &Due<T>) -> Option<&mut Path> {
        let path = self.paths.get_mut(&packet.path)?;
        (path.epoch() == packet.epoch).then_some(path)
    }
}
