//! One direction between two sites: the fate of each packet.

use core::time::Duration;

use wire::Timestamp;

use crate::Impairment;
use crate::loss::Loss;
use crate::seed::stream;
use crate::statistics::{Delay, Statistics};

/// Why a packet is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropReason {
    /// As asked (`loss`).
    Lost,
    /// The sites are partitioned.
    Partitioned,
    /// The path holds as many packets as it may.
    QueueFull,
}

/// Whether anything passes at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Traffic {
    /// As the impairment has it.
    #[default]
    Passes,
    /// The sites are partitioned: nothing does.
    Partitioned,
}

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes on no further.
    Dropped(DropReason),
    /// It goes on, later.
    Carried {
        /// When.
        due: Timestamp,
        /// When a copy of it goes on.
        copy_due: Option<Timestamp>,
    },
}

/// The streams of random numbers, one for each purpose.
#[derive(Clone, Debug)]
struct Streams {
    loss: fastrand::Rng,
    jitter: fastrand::Rng,
    duplicate: fastrand::Rng,
    reorder: fastrand::Rng,
}

impl Streams {
    fn new(seed: u64) -> Self {
        Self {
            loss: stream(seed, "loss"),
            jitter: stream(seed, "jitter"),
            duplicate: stream(seed, "duplicate"),
            reorder: stream(seed, "reorder"),
        }
    }
}

/// One direction between two sites.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    asked: Impairment,
    traffic: Traffic,
    loss: Loss,
    streams: Streams,
    /// When the last packet leaves that the rate has had its turn with.
    busy_until: Timestamp,
    was_lost: bool,
    /// Packets on their way.
    held: u32,
    /// Another one after every change: what was on its way then is not of this path any more.
    epoch: u64,
    counted: Statistics,
    /// When the first packet went on.
    first_left: Option<Timestamp>,
}

impl Path {
    /// A path of which this is asked, with nothing on it. All that is random starts anew.
    pub(crate) fn new(seed: u64, asked: Impairment, traffic: Traffic, epoch: u64) -> Self {
        Self {
            traffic,
            loss: Loss::new(&asked),
            asked,
            streams: Streams::new(seed),
            busy_until: Timestamp::ZERO,
            was_lost: false,
            held: 0,
            epoch,
            counted: Statistics::default(),
            first_left: None,
        }
    }

    pub(crate) const fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(crate) fn statistics(&self) -> Statistics {
        Statistics {
            held: self.held.into(),
            loss_bursts: Some(self.counted.loss_bursts.unwrap_or(0)),
            ..self.counted
        }
    }

    /// A packet of so many bytes came at `now`.
    pub(crate) fn offer(&mut self, now: Timestamp, bytes: u32) -> Fate {
        self.counted.packets += 1;
        self.counted.bytes += u64::from(bytes);
        // Drawn whether or not the packet comes so far: the n-th draw is the n-th packet's.
        let lost = self.loss.loses(&mut self.streams.loss);
        let begins = !core::mem::replace(&mut self.was_lost, lost) && lost;
        if self.traffic == Traffic::Partitioned {
            self.counted.partitioned += 1;
            return Fate::Dropped(DropReason::Partitioned);
        }
        if lost {
            self.counted.lost += 1;
            *self.counted.loss_bursts.get_or_insert(0) += u64::from(begins);
            return Fate::Dropped(DropReason::Lost);
        }
        let Some(due) = self.admit(now, bytes) else {
            self.counted.queue_full += 1;
            return Fate::Dropped(DropReason::QueueFull);
        };
        let twice = self.asked.duplicate.draw(&mut self.streams.duplicate);
        let copy_due = twice.then(|| self.admit(now, bytes)).flatten();
        self.counted.duplicates += u64::from(copy_due.is_some());
        Fate::Carried { due, copy_due }
    }

    /// When a packet goes on, unless there is no room for it.
    fn admit(&mut self, now: Timestamp, bytes: u32) -> Option<Timestamp> {
        if self.held >= self.asked.queue {
            return None;
        }
        self.held += 1;
        if self.asked.reorder.draw(&mut self.streams.reorder) {
            self.counted.reordered += 1;
            return Some(now);
        }
        let delayed = now + self.draw_delay();
        let Some(rate) = self.asked.rate else {
            return Some(delayed);
        };
        // As in netem: it has its turn when it has been delayed, and the one before it has left.
        self.busy_until = delayed.max(self.busy_until) + rate.time_of(bytes);
        Some(self.busy_until)
    }

    fn draw_delay(&mut self) -> Duration {
        let Impairment { delay, jitter, .. } = self.asked;
        let width = u64::try_from(jitter.as_nanos()).unwrap_or(u64::MAX / 4) * 2;
        if width == 0 {
            return delay;
        }
        (delay - jitter) + Duration::from_nanos(self.streams.jitter.u64(..=width))
    }

    /// A packet that came at `arrived` and was due at `due` went on at `at`.
    pub(crate) fn left(&mut self, bytes: u32, arrived: Timestamp, due: Timestamp, at: Timestamp) {
        self.held = self.held.saturating_sub(1);
        self.counted.delivered += 1;
        self.counted.delivered_bytes += u64::from(bytes);
        Delay::add(&mut self.counted.delay, at.saturating_since(arrived));
        Delay::add(&mut self.counted.lateness, at.saturating_since(due));
        let first = *self.first_left.get_or_insert(at);
        self.counted.span = Some(at.saturating_since(first));
    }

    /// A packet that was due could not go on.
    pub(crate) fn refused(&mut self) {
        self.held = self.held.saturating_sub(1);
        self.counted.overrun += 1;
    }
}
