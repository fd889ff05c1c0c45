//! Signals as something to poll, in place of a handler that interrupts at any instruction.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use crate::Error;

/// A `signalfd(2)` over signals that are blocked for the thread that made it.
#[derive(Debug)]
pub struct SignalFd(OwnedFd);

impl SignalFd {
    /// Takes SIGINT and SIGTERM from their default action: they wait here to be read.
    ///
    /// Call it before the first thread starts: threads inherit the mask, and a thread without it
    /// would still be ended by the signal.
    ///
    /// # Errors
    /// The kernel refuses: no file descriptor is left.
    pub fn terminations() -> Result<Self, Error> {
        Self::block(&[libc::SIGINT, libc::SIGTERM])
            .map_err(|error| Error::system("block the signals that end the process", error))
    }

    /// Takes SIGHUP from its default action, in the same way. A daemon reads its configuration again
    /// then.
    ///
    /// # Errors
    /// As [`SignalFd::terminations`].
    pub fn hangups() -> Result<Self, Error> {
        Self::block(&[libc::SIGHUP]).map_err(|error| Error::system("block SIGHUP", error))
    }

    fn block(signals: &[libc::c_int]) -> io::Result<Self> {
        let mut set = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: sigemptyset initialises the set that it is given.
        unsafe { libc::sigemptyset(set.as_mut_ptr()) };
        for signal in signals {
            // SAFETY: the set was initialised above.
            unsafe { libc::sigaddset(set.as_mut_ptr(), *signal) };
        }
        // SAFETY: the set is initialised; a null old set is allowed.
        let refused =
            unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, set.as_ptr(), core::ptr::null_mut()) };
        if refused != 0 {
            return Err(io::Error::from_raw_os_error(refused));
        }
        // SAFETY: the set is initialised; -1 asks for a new descriptor.
        let fd =
            unsafe { libc::signalfd(-1, set.as_ptr(), libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is new and ours alone.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// The number of a signal that has come, if any. Never blocks.
    #[must_use]
    pub fn read(&self) -> Option<i32> {
        let mut info = MaybeUninit::<libc::signalfd_siginfo>::uninit();
        let size = size_of::<libc::signalfd_siginfo>();
        // SAFETY: the buffer has the size that is given.
        let got = unsafe { libc::read(self.0.as_raw_fd(), info.as_mut_ptr().cast(), size) };
        if usize::try_from(got) != Ok(size) {
            return None;
        }
        // SAFETY: the kernel has written the whole structure.
        i32::try_from(unsafe { info.assume_init() }.ssi_signo).ok()
    }
}

impl AsFd for SignalFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
