//! Counters on the frame path: fixed arrays, no allocation.

use std::sync::Arc;

use edge_api::{DropCount, DropReason, InterfaceCounters};

#[derive(Clone, Debug)]
pub(crate) struct Tally {
    received_frames: u64,
    received_bytes: u64,
    sent_frames: u64,
    sent_bytes: u64,
    drops: [u64; DropReason::ALL.len()],
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            received_frames: 0,
            received_bytes: 0,
            sent_frames: 0,
            sent_bytes: 0,
            drops: [0; DropReason::ALL.len()],
        }
    }
}

impl Tally {
    pub(crate) fn received(&mut self, bytes: usize) {
        self.received_frames += 1;
        self.received_bytes += bytes as u64;
    }

    pub(crate) fn sent(&mut self, bytes: usize) {
        self.sent_frames += 1;
        self.sent_bytes += bytes as u64;
    }

    pub(crate) fn dropped(&mut self, reason: DropReason) {
        self.drops[reason.index()] += 1;
    }

    pub(crate) fn row(&self, name: Arc<str>) -> InterfaceCounters {
        let drops = DropReason::ALL.iter().zip(self.drops);
        InterfaceCounters {
            name,
            received_frames: self.received_frames,
            received_bytes: self.received_bytes,
            sent_frames: self.sent_frames,
            sent_bytes: self.sent_bytes,
            drops: drops
                .filter(|(_, count)| *count > 0)
                .map(|(&reason, count)| DropCount { reason, count })
                .collect(),
        }
    }
}
