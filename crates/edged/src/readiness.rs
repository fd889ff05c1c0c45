//! What the forwarder waits for: one epoll set, made once, so that waiting allocates nothing.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use anyhow::Context;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::io::Errno;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use wire::Timestamp;

/// A reason to wake up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A question on the control socket.
    Question,
    /// A signal that asks for the end.
    Signal,
    /// Routes, neighbours or links of the public network changed.
    Underlay,
    /// The tunnel has frames.
    Tunnel,
    /// The deadline.
    Deadline,
    /// A site port has frames, by its position.
    Port(usize),
    /// An IS-IS circuit has frames, by its position.
    Circuit(usize),
}

const FIRST_PORT: u64 = 5;
/// More than there are ports.
const FIRST_CIRCUIT: u64 = 1 << 32;

impl Source {
    fn data(self) -> EventData {
        EventData::new_u64(match self {
            Self::Question => 0,
            Self::Signal => 1,
            Self::Underlay => 2,
            Self::Tunnel => 3,
            Self::Deadline => 4,
            Self::Port(index) => FIRST_PORT + index as u64,
            Self::Circuit(index) => FIRST_CIRCUIT + index as u64,
        })
    }

    fn of(data: EventData) -> Self {
        match data.u64() {
            0 => Self::Question,
            1 => Self::Signal,
            2 => Self::Underlay,
            3 => Self::Tunnel,
            4 => Self::Deadline,
            port @ ..FIRST_CIRCUIT => {
                Self::Port(usize::try_from(port - FIRST_PORT).unwrap_or(usize::MAX))
            }
            circuit => {
                Self::Circuit(usize::try_from(circuit - FIRST_CIRCUIT).unwrap_or(usize::MAX))
            }
        }
    }
}

/// Why something is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ready {
    /// There is something to take.
    Data(Source),
    /// It has an error, which would wake for ever until it is taken.
    Error(Source),
}

/// The epoll set and the timer for deadlines.
pub(crate) struct Readiness {
    epoll: OwnedFd,
    timer: OwnedFd,
    armed: Option<Timestamp>,
    events: Vec<Event>,
}

impl Readiness {
    pub(crate) fn new(sources: usize) -> anyhow::Result<Self> {
        let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC)
            .context("cannot make a timer")?;
        let epoll = epoll::create(CreateFlags::CLOEXEC).context("cannot make an epoll set")?;
        let events = Vec::with_capacity(sources + 1);
        let set = Self {
            epoll,
            timer,
            armed: None,
            events,
        };
        set.add(Source::Deadline, &set.timer)?;
        Ok(set)
    }

    /// Adds a source. Its descriptor stays open as long as the set is used.
    pub(crate) fn add(&self, source: Source, fd: impl AsFd) -> anyhow::Result<()> {
        epoll::add(&self.epoll, fd, source.data(), EventFlags::IN)
            .with_context(|| format!("cannot wait for {source:?}"))
    }

    /// Sleeps until a source is ready or the deadline is reached.
    pub(crate) fn wait(
        &mut self,
        deadline: Option<Timestamp>,
    ) -> io::Result<impl Iterator<Item = Ready> + '_> {
        self.arm(deadline)?;
        self.events.clear();
        let buffer = rustix::buffer::spare_capacity(&mut self.events);
        match epoll::wait(&self.epoll, buffer, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(self.events.iter().map(|event| {
            let (flags, source) = (event.flags, Source::of(event.data));
            if flags.contains(EventFlags::ERR) {
                Ready::Error(source)
            } else {
                Ready::Data(source)
            }
        }))
    }

    /// Sets the timer, if the deadline is another one than before.
    fn arm(&mut self, deadline: Option<Timestamp>) -> io::Result<()> {
        if self.armed == deadline {
            return Ok(());
        }
        // Zero would disarm it: a deadline at the epoch is long over.
        let at = deadline.map_or(0, |at| at.as_nanos().max(1));
        let second = 1_000_000_000;
        let it_value = Timespec {
            tv_sec: i64::try_from(at / second).unwrap_or(i64::MAX),
            tv_nsec: i64::try_from(at % second).unwrap_or(0),
        };
        let it_interval = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        let timer = Itimerspec {
            it_interval,
            it_value,
        };
        timerfd_settime(&self.timer, TimerfdTimerFlags::ABSTIME, &timer)?;
        self.armed = deadline;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use linux_net::clock;
    use rustix::event::{EventfdFlags, eventfd};

    use super::*;

    #[test]
    fn a_deadline_wakes_not_before_its_time_and_wakes_again_until_it_is_changed() {
        let mut set = Readiness::new(1).unwrap();
        let deadline = clock::monotonic() + Duration::from_millis(5);
        let woken: Vec<_> = set.wait(Some(deadline)).unwrap().collect();
        assert_eq!(woken, [Ready::Data(Source::Deadline)]);
        assert!(clock::monotonic() >= deadline);
        assert_eq!(set.wait(Some(deadline)).unwrap().count(), 1);
    }

    #[test]
    fn a_source_is_named_by_what_it_was_added_as() {
        let mut set = Readiness::new(2).unwrap();
        for source in [Source::Port(3), Source::Circuit(3)] {
            let fd = eventfd(1, EventfdFlags::NONBLOCK).unwrap();
            set.add(source, &fd).unwrap();
            let woken: Vec<_> = set.wait(None).unwrap().collect();
            assert_eq!(woken, [Ready::Data(source)]);
        }
    }
}
