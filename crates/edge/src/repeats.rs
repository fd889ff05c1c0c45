//! Announcements that are to be repeated, since the public network may lose one (D-4).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use wire::{TagControl, Timestamp};

use crate::mac_table::MacKey;
use crate::stamp::Stamp;

/// An announcement to repeat. It is void when the station was asserted anew since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Repeat {
    pub(crate) key: MacKey,
    pub(crate) stamp: Stamp,
    pub(crate) tag: TagControl,
}

/// Repeats by the time that they are due at.
#[derive(Default)]
pub(crate) struct Repeats {
    due: BinaryHeap<Reverse<(Timestamp, MacKey, Stamp, u16)>>,
    left_out: u64,
}

/// Repeats that wait at the most; of more, the latest are left out: what they repeat was sent once.
const LIMIT: usize = 65_536;

impl Repeats {
    pub(crate) fn push(&mut self, at: Timestamp, repeat: Repeat) {
        if self.due.len() >= LIMIT {
            self.left_out += 1;
            return;
        }
        let Repeat { key, stamp, tag } = repeat;
        self.due.push(Reverse((at, key, stamp, tag.bits())));
    }

    /// Repeats that did not fit.
    pub(crate) const fn left_out(&self) -> u64 {
        self.left_out
    }

    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.due.peek().map(|Reverse((at, ..))| *at)
    }

    /// A repeat that is due at `now`.
    pub(crate) fn poll(&mut self, now: Timestamp) -> Option<Repeat> {
        let Reverse((at, key, stamp, tag)) = *self.due.peek()?;
        if at > now {
            return None;
        }
        self.due.pop();
        let tag = TagControl::from_bits(tag);
        Some(Repeat { key, stamp, tag })
    }
}

#[cfg(test)]
mod tests {
    use wire::{MacAddr, VlanId};

    use super::*;

    #[test]
    fn what_does_not_fit_is_left_out_and_counted() {
        let mut repeats = Repeats::default();
        let repeat = Repeat {
            key: MacKey::new(VlanId::new(100).unwrap(), MacAddr::new([2, 0, 0, 0, 0, 1])),
            stamp: Stamp::NONE,
            tag: TagControl::from_bits(100),
        };
        for _ in 0..LIMIT + 2 {
            repeats.push(Timestamp::ZERO, repeat);
        }
        assert_eq!((repeats.due.len(), repeats.left_out()), (LIMIT, 2));
    }
}
