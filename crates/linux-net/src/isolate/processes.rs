//! The three processes of an isolated program: who waits for whom, and who passes on what.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::cause::{IsolateError, step};
use crate::socket_option::result;

/// The signals that ask a program to end.
const PASSED_ON: [i32; 4] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT];

/// What init ends with when it could not start the lab or tell of its end (`EX_OSERR`).
const FAILED: i32 = 71;

/// Which process goes on after [`split`].
pub(super) enum Role {
    /// The one outside, after the lab's end.
    Outside(ExitStatus),
    /// The lab.
    Lab,
}

/// Forks twice. `caller` is a descriptor of this process.
pub(super) fn split(caller: OwnedFd) -> Result<Role, IsolateError> {
    let fail = |e: io::Error| step("start its first process", e);
    let signals = BlockedSignals::new().map_err(fail)?;
    let (reader, writer) =
        rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).map_err(|e| fail(e.into()))?;
    match fork().map_err(fail)? {
        Forked::Parent { child: init } => {
            drop(writer);
            let init_status = wait_passing_signals(init, Side::Outside).map_err(fail)?;
            signals.restore();
            // Init tells how the lab ended; when it cannot any more, its own end is the answer.
            let mut told = [0; 4];
            let status = match rustix::io::read(&reader, &mut told) {
                Ok(4) => i32::from_ne_bytes(told),
                _ => init_status,
            };
            Ok(Role::Outside(ExitStatus::from_raw(status)))
        }
        Forked::Child => {
            drop(reader);
            die_with_parent();
            if has_ended(&caller) {
                end(FAILED);
            }
            drop(caller);
            match fork() {
                Ok(Forked::Child) => {
                    drop(writer);
                    signals.restore();
                    Ok(Role::Lab)
                }
                Ok(Forked::Parent { child: lab }) => init(lab, &writer),
                Err(_) => end(FAILED),
            }
        }
    }
}

/// What pid 1 does until the lab ends.
fn init(lab: i32, writer: &OwnedFd) -> ! {
    let told = wait_passing_signals(lab, Side::Init)
        .and_then(|status| Ok(rustix::io::write(writer, &status.to_ne_bytes())?));
    end(if told.is_ok() { 0 } else { FAILED })
}

/// Ends without running anything that belongs to the program: this process only came about by fork.
fn end(code: i32) -> ! {
    // SAFETY: ends the process; nothing of it is used after.
    unsafe { libc::_exit(code) }
}

enum Forked {
    Parent { child: i32 },
    Child,
}

fn fork() -> io::Result<Forked> {
    // SAFETY: there is one thread only, so no lock is held by another in the copy.
    match unsafe { libc::fork() } {
        0 => Ok(Forked::Child),
        child if child > 0 => Ok(Forked::Parent { child }),
        _ => Err(io::Error::last_os_error()),
    }
}

fn die_with_parent() {
    // SAFETY: no memory is handed over.
    let _ = unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
}

/// Whether the process behind the descriptor has ended: then no signal will ever tell.
fn has_ended(process: &OwnedFd) -> bool {
    let mut wait = [PollFd::from_borrowed_fd(process.as_fd(), PollFlags::IN)];
    let now = Timespec::default();
    poll(&mut wait, Some(&now)).is_ok_and(|ready| ready > 0)
}

/// The signals that the waiting processes take by hand, and the mask from before.
struct BlockedSignals(libc::sigset_t);

impl BlockedSignals {
    fn new() -> io::Result<Self> {
        // SAFETY: an inherited "ignore" would make the kernel reap our children itself.
        unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
        let set = waited_for();
        // SAFETY: plain data, and all zeros is a value.
        let mut before: libc::sigset_t = unsafe { core::mem::zeroed() };
        // SAFETY: both sets live through the call.
        result(unsafe { libc::sigprocmask(libc::SIG_BLOCK, &raw const set, &raw mut before) })?;
        Ok(Self(before))
    }

    fn restore(self) {
        // SAFETY: the set lives through the call; no old one is asked for.
        let _ = unsafe {
            libc::sigprocmask(libc::SIG_SETMASK, &raw const self.0, core::ptr::null_mut())
        };
    }
}

fn waited_for() -> libc::sigset_t {
    // SAFETY: plain data, and all zeros is a value.
    let mut set: libc::sigset_t = unsafe { core::mem::zeroed() };
    // SAFETY: the set lives through the calls, and the signals exist.
    unsafe {
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, libc::SIGCHLD);
        for signal in PASSED_ON {
            libc::sigaddset(&raw mut set, signal);
        }
    }
    set
}

/// Who waits: the two differ in whom a terminal's signal has reached already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Outside,
    Init,
}

/// Waits for `child`, reaps whatever else ends, and passes signals on. The status of `child`.
fn wait_passing_signals(child: i32, side: Side) -> io::Result<i32> {
    let set = waited_for();
    loop {
        if let Some(status) = reap(child)? {
            return Ok(status);
        }
        // SAFETY: plain data, and all zeros is a value.
        let mut info: libc::siginfo_t = unsafe { core::mem::zeroed() };
        // SAFETY: both live through the call.
        let signal = unsafe { libc::sigwaitinfo(&raw const set, &raw mut info) };
        let from_terminal = info.si_code == libc::SI_KERNEL;
        if PASSED_ON.contains(&signal) && (!from_terminal || misses_terminal(child, side)) {
            // SAFETY: a signal to our own child, which is not reaped yet.
            let _ = unsafe { libc::kill(child, signal) };
        }
    }
}

/// Whether the terminal's signal went to a process group that `child` is not in.
fn misses_terminal(child: i32, side: Side) -> bool {
    // SAFETY: no memory is handed over.
    side == Side::Init && unsafe { libc::getpgid(child) != libc::getpgrp() }
}

/// Reaps all children that have ended, without waiting. The status of `child`, when it is among
/// them.
fn reap(child: i32) -> io::Result<Option<i32>> {
    loop {
        let mut status = 0;
        // SAFETY: `status` lives through the call.
        match unsafe { libc::waitpid(-1, &raw mut status, libc::WNOHANG) } {
            0 => return Ok(None),
            ended if ended == child => return Ok(Some(status)),
            ended if ended > 0 => {}
            _ => match io::Error::last_os_error() {
                e if e.kind() == io::ErrorKind::Interrupted => {}
                e => return Err(e),
            },
        }
    }
}
