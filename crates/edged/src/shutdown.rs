//! The wish to end, as a file descriptor that the forwarder polls.

use std::os::fd::{AsFd, BorrowedFd};

use linux_net::signal_fd::SignalFd;

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
