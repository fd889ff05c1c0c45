//! What the device answers at a site port, kept while the port's ring lends out received frames.
//!
//! One ring cannot lend out a frame and take one to send at the same time. The answers of a batch wait
//! here, in memory that was taken at the start, and leave right after it.

use edge_api::DropReason;
use wire::{FrameRef, arp};

/// Answers of one batch at the most: one for each frame of it.
pub(crate) const LIMIT: usize = 64;
/// An ARP reply with an 802.1Q tag.
const FRAME_LEN: usize = arp::FRAME_LEN + 4;

/// Replies that wait, oldest first.
pub(crate) struct Replies {
    frames: Box<[[u8; FRAME_LEN]; LIMIT]>,
    lengths: [usize; LIMIT],
    waiting: usize,
}

impl Default for Replies {
    fn default() -> Self {
        Self {
            frames: Box::new([[0; FRAME_LEN]; LIMIT]),
            lengths: [0; LIMIT],
            waiting: 0,
        }
    }
}

impl Replies {
    /// Keeps a copy of a frame.
    pub(crate) fn push(&mut self, frame: FrameRef<'_>) -> Result<(), DropReason> {
        let room = self.frames.get_mut(self.waiting);
        let room = room.ok_or(DropReason::TransmitRingFull)?;
        let length = frame.write_to(room);
        self.lengths[self.waiting] = length.map_err(|_| DropReason::ExceedsSiteMtu)?;
        self.waiting += 1;
        Ok(())
    }

    /// Hands every frame to `send`; none waits afterwards.
    pub(crate) fn take(&mut self, mut send: impl FnMut(FrameRef<'_>)) {
        let kept = self.frames.iter().zip(self.lengths);
        for (bytes, length) in kept.take(self.waiting) {
            if let Ok(frame) = FrameRef::parse(&bytes[..length]) {
                send(frame);
            }
        }
        self.waiting = 0;
    }
}

#[cfg(test)]
mod tests {
    use wire::{MacAddr, TagControl};

    use super::*;

    #[test]
    fn replies_leave_in_order_with_their_tags_and_no_more_than_fit() {
        let mut replies = Replies::default();
        let owner = (MacAddr::new([2, 0, 0, 0, 0, 1]), [10, 0, 0, 1].into());
        for round in 0..2 {
            for number in 0..LIMIT {
                let last = u8::try_from(number).unwrap();
                let bytes = arp::encode_reply(owner, (owner.0, [10, 0, round, last].into()));
                let tag = (number % 2 == 1).then_some(TagControl::from_bits(0xa000));
                let frame = FrameRef::parse(&bytes).unwrap().with_tag(tag);
                assert_eq!(replies.push(frame), Ok(()));
            }
            let bytes = arp::encode_rarp(owner.0);
            let one_more = replies.push(FrameRef::parse(&bytes).unwrap());
            assert_eq!(one_more, Err(DropReason::TransmitRingFull));
            let mut taken = Vec::new();
            replies.take(|frame| taken.push((frame.data()[27], frame.tag().is_some())));
            let expected = (0..LIMIT).map(|n| (u8::try_from(n).unwrap(), n % 2 == 1));
            assert_eq!(taken, expected.collect::<Vec<_>>());
        }
        replies.take(|_| panic!("nothing waits any more"));
    }
}
