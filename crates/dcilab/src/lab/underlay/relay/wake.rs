//! What the relay's thread waits for: frames, a word from its owner, and the next deadline.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::io::Errno;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use wire::Timestamp;

/// Wakes the thread.
#[derive(Debug)]
pub(super) struct Waker(OwnedFd);

impl Waker {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self(eventfd(
            0,
            EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK,
        )?))
    }

    pub(super) fn wake(&self) {
        // A counter that is full wakes, too.
        let _ = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
    }

    pub(super) fn clear(&self) {
        let _ = rustix::io::read(&self.0, &mut [0; 8]);
    }
}

/// A timer for absolute deadlines on the monotonic clock: no tick, and no sum of sleeps.
#[derive(Debug)]
pub(super) struct Alarm {
    timer: OwnedFd,
    armed: Option<Timestamp>,
}

impl Alarm {
    pub(super) fn new() -> io::Result<Self> {
        let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
        Ok(Self {
            timer: timerfd_create(TimerfdClockId::Monotonic, flags)?,
            armed: None,
        })
    }

    /// Sleeps until the deadline, a frame or a word.
    pub(super) fn wait<'a>(
        &mut self,
        deadline: Option<Timestamp>,
        waker: &Waker,
        frames: impl Iterator<Item = BorrowedFd<'a>>,
    ) -> io::Result<()> {
        self.arm(deadline)?;
        let mut sources = vec![
            PollFd::new(&waker.0, PollFlags::IN),
            PollFd::from_borrowed_fd(self.timer.as_fd(), PollFlags::IN),
        ];
        sources.extend(frames.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
        match poll(&mut sources, None) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn arm(&mut self, deadline: Option<Timestamp>) -> io::Result<()> {
        if self.armed == deadline {
            return Ok(());
        }
        let nanos = deadline.map_or(0, |at| at.as_nanos().max(1));
        let zero = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        let time = Itimerspec {
            it_interval: zero,
            it_value: Timespec {
                tv_sec: i64::try_from(nanos / 1_000_000_000).unwrap_or(i64::MAX),
                tv_nsec: i64::try_from(nanos % 1_000_000_000).unwrap_or(0),
            },
        };
        timerfd_settime(&self.timer, TimerfdTimerFlags::ABSTIME, &time)?;
        self.armed = deadline;
        Ok(())
    }
}
