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
    refused: u64,
}

/// Repeats that wait at the most; of more, the latest are left out: what they repeat was sent once.
const LIMIT: usize = 65_536;

impl Repeats {
    pub(crate) fn push(&mut self, at: Timestamp, repeat: Repeat) {
        if self.due.len() >= LIMIT {
            self.refused += 1;
            return;
        }
        let Repeat { key, stamp, tag } = repeat;
        self.due.push(Reverse((at, key, stamp, tag.bits())));
    }

    /// Repeats that were left out.
    pub(crate) const fn refused(&self) -> u64 {
        self.refused
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
    fn d_4_no_more_repeats_wait_than_there_is_room_for_and_the_rest_is_counted() {
        let mut repeats = Repeats::default();
        let vlan = VlanId::new(100).unwrap();
        let repeat = Repeat {
            key: MacKey::new(vlan, MacAddr::new([2, 0, 0, 0, 0, 1])),
            stamp: Stamp(1),
            tag: TagControl::new(vlan, 0),
        };
        let due = Timestamp::from_nanos(1);
        (0..LIMIT + 3).for_each(|_| repeats.push(due, repeat));
        assert_eq!(repeats.refused(), 3);
        let polled = std::iter::from_fn(|| repeats.poll(due)).count();
        assert_eq!(polled, LIMIT);
    }
}
