//! The way of frames from one edge device to another.

use std::time::Duration;

use wire::{ArpPacket, EviAnnouncement, FrameRef};

/// What is told apart on the public network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// IS-IS.
    Control,
    /// Gratuitous ARP and RARP, or the edge devices' own message in their place.
    Announcement,
    /// Any other frame.
    Data,
}

impl Kind {
    pub fn of(frame: &FrameRef<'_>) -> Self {
        match ArpPacket::from_frame(frame) {
            Some(Ok(packet)) if packet.kind.announces() => Self::Announcement,
            None if EviAnnouncement::from_frame(frame).is_some() => Self::Announcement,
            _ => Self::Data,
        }
    }
}

/// One-way delay and loss, apart for what a test wants to come early, late or never.
#[derive(Clone, Debug)]
pub struct Path {
    pub delay: Duration,
    /// On top of `delay`, for IS-IS alone.
    pub control_delay: Duration,
    /// On top of `delay`, for announcements alone.
    pub announcement_delay: Duration,
    /// Of a thousand frames, how many are lost.
    pub loss: u64,
    pub loses_announcements: bool,
    /// Nothing comes through.
    pub cut: bool,
}

impl Default for Path {
    fn default() -> Self {
        Self {
            delay: Duration::from_millis(5),
            control_delay: Duration::ZERO,
            announcement_delay: Duration::ZERO,
            loss: 0,
            loses_announcements: false,
            cut: false,
        }
    }
}

impl Path {
    pub fn delay(&self, kind: Kind) -> Duration {
        match kind {
            Kind::Control => self.delay + self.control_delay,
            Kind::Announcement => self.delay + self.announcement_delay,
            Kind::Data => self.delay,
        }
    }

    pub fn loses(&self, kind: Kind, random: &mut u64) -> bool {
        let chosen = kind == Kind::Announcement && self.loses_announcements;
        self.cut || chosen || draw(random) % 1000 < self.loss
    }
}

/// The next number of a `splitmix64` sequence.
pub fn draw(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
