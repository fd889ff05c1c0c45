//! A capture that somebody looks at while it goes on.

use core::time::Duration;
use std::io::{self, ErrorKind};
use std::os::fd::BorrowedFd;

use linux_net::capture_socket::{CaptureConfig, CaptureSocket};
use linux_net::interface::Interface;
use linux_net::{Error, clock};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::filter::Filter;
use super::output::Output;
use super::reorder::{Frame, Reorder};
use crate::life_cycle::protocol::CaptureTally;

/// How long a frame waits for earlier ones of other interfaces.
const HOLD: Duration = Duration::from_millis(20);
/// The longest wait for something to happen.
const IDLE: Duration = Duration::from_millis(250);
/// Bytes of all rings together; each has at least [`SLOTS_MIN`] slots all the same.
const RINGS: usize = 256 << 20;
const SLOTS_MIN: usize = 256;
const SLOTS_MAX: usize = 8192;
/// Ethernet header and two tags.
const HEADERS: u32 = 22;

/// One interface that is captured.
#[derive(Debug)]
pub struct Tap {
    name: String,
    socket: CaptureSocket,
    snap_length: u32,
}

impl Tap {
    /// Opens an interface of the calling thread's namespace; `of` are how many in all.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn open(name: String, interface: &Interface, of: usize) -> Result<Self, Error> {
        let snap_length = interface.mtu.min(65_535) + HEADERS;
        let slots = RINGS / (snap_length as usize).next_power_of_two() / of.max(1);
        let slots = u32::try_from(slots.clamp(SLOTS_MIN, SLOTS_MAX)).unwrap_or(u32::MAX);
        let config = CaptureConfig { slots, snap_length };
        Ok(Self {
            name,
            socket: CaptureSocket::open(interface, config)?,
            snap_length,
        })
    }

    /// `NODE:INTERFACE`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the interface has gone down, or away, since this was asked last.
    #[must_use]
    pub fn has_gone_down(&self) -> bool {
        matches!(self.socket.take_error(), Ok(Some(_)))
    }

    /// The most that is kept of a frame.
    #[must_use]
    pub const fn snap_length(&self) -> u32 {
        self.snap_length
    }
}

/// When a capture ends by itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// After so many frames.
    pub count: Option<u64>,
    /// After this time.
    pub duration: Option<Duration>,
}

/// Why a capture has ended.
#[derive(Debug)]
pub enum Ended {
    /// Somebody asked for it.
    Asked,
    /// It has as many frames as were wanted.
    Count,
    /// Its time is over.
    Duration,
    /// Whoever read it has seen enough.
    ReaderGone,
    /// The lab is gone.
    LabGone,
    /// Every interface is gone.
    InterfacesGone,
    /// It could not be written.
    Unwritten(io::Error),
}

/// A capture that goes on.
pub struct Live {
    taps: Vec<Tap>,
    filter: Option<Filter>,
    limits: Limits,
    output: Output,
    reorder: Reorder,
    number: u64,
    tally: CaptureTally,
}

impl Live {
    /// A capture of these interfaces into this output.
    #[must_use]
    pub fn new(taps: Vec<Tap>, filter: Option<Filter>, limits: Limits, output: Output) -> Self {
        Self {
            taps,
            filter,
            limits,
            output,
            reorder: Reorder::default(),
            number: 0,
            tally: CaptureTally::default(),
        }
    }

    /// Captures until `look`, which is called at least a few times a second with what there is so far,
    /// gives a reason to end. `also` wakes it up.
    pub fn run(
        mut self,
        also: &[BorrowedFd<'_>],
        mut look: impl FnMut(CaptureTally, &[Tap]) -> Option<Ended>,
    ) -> (CaptureTally, Ended) {
        let began = clock::monotonic();
        let ended = loop {
            let left = self.limits.duration.map(|duration| {
                duration.saturating_sub(clock::monotonic().saturating_since(began))
            });
            if left == Some(Duration::ZERO) {
                break Ended::Duration;
            }
            self.wait(also, left.unwrap_or(IDLE).min(IDLE));
            self.take_all();
            let settled = Duration::from_nanos(clock::realtime_nanos()).saturating_sub(HOLD);
            if let Err(ended) = self.write_before(settled) {
                break ended;
            }
            self.tally.bytes = self.output.bytes();
            if let Some(ended) = look(self.tally, &self.taps) {
                break ended;
            }
        };
        self.finish(ended)
    }

    fn wait(&self, also: &[BorrowedFd<'_>], longest: Duration) {
        let sockets = self
            .taps
            .iter()
            .map(|tap| PollFd::new(&tap.socket, PollFlags::IN));
        let others = also
            .iter()
            .map(|fd| PollFd::from_borrowed_fd(*fd, PollFlags::IN));
        let mut fds: Vec<_> = sockets.chain(others).collect();
        let time = match self.reorder.is_empty() {
            true => longest,
            false => longest.min(HOLD),
        };
        let time = Timespec::try_from(time).ok();
        // Interrupted or not: what is there is taken.
        let _ = poll(&mut fds, time.as_ref());
    }

    fn take_all(&mut self) {
        for (interface, tap) in (0..).zip(&mut self.taps) {
            while let Some(captured) = tap.socket.receive() {
                let mut bytes = Vec::with_capacity(captured.data().len() + 4);
                captured.write_to(&mut bytes);
                if self
                    .filter
                    .as_ref()
                    .is_some_and(|filter| !filter.takes(&bytes))
                {
                    continue;
                }
                self.number += 1;
                self.reorder.push(Frame {
                    at: captured.timestamp_realtime_ns(),
                    number: self.number,
                    interface,
                    direction: captured.direction(),
                    original_length: captured.original_length(),
                    bytes,
                });
            }
        }
    }

    fn write_before(&mut self, until: Duration) -> Result<(), Ended> {
        let until = u64::try_from(until.as_nanos()).unwrap_or(u64::MAX);
        let mut ended = Ok(());
        while let Some(frame) = self.reorder.pop_before(until) {
            self.output.write(&frame).map_err(unwritten)?;
            self.tally.frames += 1;
            if self
                .limits
                .count
                .is_some_and(|count| self.tally.frames >= count)
            {
                ended = Err(Ended::Count);
                break;
            }
        }
        self.output.flush().map_err(unwritten)?;
        ended
    }

    fn finish(mut self, ended: Ended) -> (CaptureTally, Ended) {
        let is_open = !matches!(ended, Ended::ReaderGone | Ended::Unwritten(_));
        let mut ended = ended;
        if is_open && !matches!(ended, Ended::Count) {
            self.take_all();
            if let Err(why) = self.write_before(Duration::MAX) {
                ended = why;
            }
        }
        let statistics = self.taps.iter_mut().map(|tap| tap.socket.statistics());
        let statistics: Vec<_> = statistics.map(Result::unwrap_or_default).collect();
        self.tally.missed = statistics.iter().map(|counted| counted.drops).sum();
        if matches!(ended, Ended::ReaderGone | Ended::Unwritten(_)) {
            return (self.tally, ended);
        }
        self.tally.bytes = self.output.bytes();
        match self.output.finish(&statistics) {
            Ok(()) => (self.tally, ended),
            Err(error) => (self.tally, unwritten(error)),
        }
    }
}

fn unwritten(error: io::Error) -> Ended {
    match error.kind() {
        ErrorKind::BrokenPipe => Ended::ReaderGone,
        _ => Ended::Unwritten(error),
    }
}
