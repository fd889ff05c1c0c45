//! Signals as file descriptors: the wish to end, which the forwarder polls, and the wish for a reload.

use std::os::fd::{AsFd, BorrowedFd};

use linux_net::signal_fd::SignalFd;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

/// SIGINT and SIGTERM, blocked and readable. Made before any thread, so that all inherit the mask.
pub(crate) struct Signals(SignalFd);

impl Signals {
    pub(crate) fn block() -> anyhow::Result<Self> {
        Ok(Self(SignalFd::terminations()?))
    }

    /// Whether one has come.
    pub(crate) fn has_come(&self) -> bool {
        self.0.read().is_some()
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// SIGHUP, the same way.
pub(crate) struct Hangups(SignalFd);

impl Hangups {
    pub(crate) fn block() -> anyhow::Result<Self> {
        Ok(Self(SignalFd::hangups()?))
    }

    /// Waits for one. Several that come at once are one.
    pub(crate) fn wait(&self) -> anyhow::Result<()> {
        while self.0.read().is_none() {
            match poll(&mut [PollFd::new(&self.0, PollFlags::IN)], None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
