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

/// One-way delay and faults, apart for what a test wants to come early, late or never.
#[derive(Clone, Debug)]
pub struct Path {
    pub delay: Duration,
    /// On top of `delay`, from nothing up to this: frames overtake each other.
    pub jitter: Duration,
    /// On top of `delay`, for IS-IS alone.
    pub control_delay: Duration,
    /// On top of `delay`, for announcements alone.
    pub announcement_delay: Duration,
    /// Of a thousand frames, how many are lost.
    pub loss: u64,
    pub bursts: Option<Bursts>,
    /// Of a thousand frames, how many come twice.
    pub duplication: u64,
    pub loses_announcements: bool,
    pub loses_control: bool,
    /// Nothing comes through.
    pub cut: bool,
}

/// Loss in bursts (Gilbert's model): a state in which everything is lost, entered and left by chance.
#[derive(Clone, Copy, Debug)]
pub struct Bursts {
    /// Of a thousand frames, how many start a burst.
    pub enter: u64,
    /// Of a thousand frames of a burst, how many are its last.
    pub leave: u64,
    pub lasts: bool,
}

impl Default for Path {
    fn default() -> Self {
        Self {
            delay: Duration::from_millis(5),
            jitter: Duration::ZERO,
            control_delay: Duration::ZERO,
            announcement_delay: Duration::ZERO,
            loss: 0,
            bursts: None,
            duplication: 0,
            loses_announcements: false,
            loses_control: false,
            cut: false,
        }
    }
}

impl Path {
    pub fn delay(&self, kind: Kind, random: &mut u64) -> Duration {
        let jitter = u64::try_from(self.jitter.as_nanos()).expect("a short time");
        let jitter = Duration::from_nanos(below(random, jitter + 1));
        let apart = match kind {
            Kind::Control => self.control_delay,
            Kind::Announcement => self.announcement_delay,
            Kind::Data => Duration::ZERO,
        };
        self.delay + apart + jitter
    }

    pub fn loses(&mut self, kind: Kind, random: &mut u64) -> bool {
        let chosen = match kind {
            Kind::Control => self.loses_control,
            Kind::Announcement => self.loses_announcements,
            Kind::Data => false,
        };
        let by_chance = below(random, 1000) < self.loss;
        let in_a_burst = self.bursts.as_mut().is_some_and(|b| b.lose(random));
        self.cut || chosen || by_chance || in_a_burst
    }

    pub fn doubles(&self, random: &mut u64) -> bool {
        below(random, 1000) < self.duplication
    }
}

impl Bursts {
    fn lose(&mut self, random: &mut u64) -> bool {
        let lost = self.lasts || below(random, 1000) < self.enter;
        self.lasts = lost && below(random, 1000) >= self.leave;
        lost
    }
}

/// The next number of a `splitmix64` sequence.
pub fn draw(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A number below `end`, which is not zero.
pub fn below(state: &mut u64, end: u64) -> u64 {
    draw(state) % end
}
