//! Events that wait to be taken, bounded.

use std::collections::VecDeque;

use edge_api::{Event, EventKind};
use wire::Timestamp;

/// Events that may wait. An adjacency that goes down may end all entries of a full table in one call.
const LIMIT: usize = 131_072;

#[derive(Default)]
pub(crate) struct EventQueue {
    waiting: VecDeque<Event>,
    last_number: u64,
    lost: u64,
}

impl EventQueue {
    pub(crate) fn push(&mut self, at: Timestamp, kind: EventKind) {
        self.last_number += 1;
        if self.waiting.len() == LIMIT {
            self.lost += 1;
            return;
        }
        self.waiting.push_back(Event {
            number: self.last_number,
            at,
            kind,
        });
    }

    pub(crate) fn pop(&mut self) -> Option<Event> {
        self.waiting.pop_front()
    }

    pub(crate) const fn lost(&self) -> u64 {
        self.lost
    }
}
