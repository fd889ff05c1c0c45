//! Frames of many interfaces, brought into one order of time.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use linux_net::capture_socket::Direction;

/// A captured frame.
#[derive(Debug)]
pub(super) struct Frame {
    /// The capture's stamp, nanoseconds of the wall clock.
    pub(super) at: u64,
    /// Order of capture, for frames of one stamp.
    pub(super) number: u64,
    pub(super) interface: u32,
    pub(super) direction: Direction,
    pub(super) original_length: u32,
    pub(super) bytes: Vec<u8>,
}

/// Frames that wait until no earlier one can come.
#[derive(Default)]
pub(super) struct Reorder {
    waiting: BinaryHeap<Frame>,
}

impl Reorder {
    pub(super) fn push(&mut self, frame: Frame) {
        self.waiting.push(frame);
    }

    /// Whether none waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The earliest frame, if it was captured before `until`.
    pub(super) fn pop_before(&mut self, until: u64) -> Option<Frame> {
        self.waiting.peek().filter(|frame| frame.at < until)?;
        self.waiting.pop()
    }
}

impl Frame {
    const fn key(&self) -> (u64, u64) {
        (self.at, self.number)
    }
}

/// Reversed: the heap gives the earliest first.
impl Ord for Frame {
    fn cmp(&self, other: &Self) -> Ordering {
        other.key().cmp(&self.key())
    }
}

impl PartialOrd for Frame {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Frame {}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(at: u64, number: u64) -> Frame {
        let direction = Direction::Received;
        Frame {
            at,
            number,
            interface: 0,
            direction,
            original_length: 0,
            bytes: Vec::new(),
        }
    }

    #[test]
    fn frames_come_out_in_order_of_time_and_only_when_it_is_settled() {
        let mut reorder = Reorder::default();
        for (at, number) in [(30, 0), (10, 1), (20, 2), (10, 3)] {
            reorder.push(frame(at, number));
        }
        let mut out = Vec::new();
        while let Some(frame) = reorder.pop_before(30) {
            out.push((frame.at, frame.number));
        }
        assert_eq!(out, [(10, 1), (10, 3), (20, 2)]);
        assert!(reorder.pop_before(30).is_none());
    }
}
