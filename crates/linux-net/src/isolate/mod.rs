//! A lab's own world: user, mount, network and process namespaces that vanish with it.
//!
//! [`enter`] turns one process into three:
//!
//! ```text
//! caller (outside)          waits, passes signals on, gets the exit status   Isolated::Parent
//!   init (pid 1 inside)     reaps orphans, passes signals on
//!     the lab (pid 2)       goes on with the program                         Isolated::Child
//! ```
//!
//! The program goes on as pid 2 and not as pid 1, for three reasons: somebody has to reap the
//! orphans of tools that fork (a tokio runtime waits for its own children only, and must not have
//! them stolen by a `wait` for all); pid 1 ignores every signal that it has no handler for; and when
//! pid 1 ends, the kernel kills all that is left, so its end has to come last.
//!
//! Nothing outlives the lab. The caller's death kills init (`PR_SET_PDEATHSIG`, and the race before
//! it is set is closed by looking whether the caller still lives), init's death kills every process
//! inside, and with the last process the network namespaces, links and mounts go. That holds for
//! SIGKILL to any of the three.
//!
//! Signals: SIGINT, SIGTERM, SIGHUP and SIGQUIT sent to the caller reach the lab. Those from a
//! terminal reach the whole foreground group anyway, and are passed on only when the lab has left
//! the group: it gets each signal once.

mod cause;
mod join;
mod mounts;
mod processes;
pub mod visible;

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

pub use cause::IsolateError;
pub use join::{Joined, join};
pub use mounts::{ProcMount, RunMount};

use crate::clock;

/// Where the namespaces of a lab have their names, inside its own mounts.
pub const NETNS_DIRECTORY: &str = "/run/netns";

/// Whether a user namespace is part of the isolation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UserNamespace {
    /// A new one, in which the caller is root; outside it has no more rights than before.
    #[default]
    New,
    /// The caller's: only for root, who keeps rights that a user namespace takes (`bpf(2)`).
    Kept,
}

/// How to isolate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IsolateOptions {
    /// Whether a new user namespace is made.
    pub user_namespace: UserNamespace,
}

/// Which of the processes goes on after [`enter`].
#[derive(Debug)]
pub enum Isolated {
    /// The caller, outside: the lab has ended with this status. [`exit_code`] turns it into the
    /// code to end with.
    Parent(ExitStatus),
    /// The lab, inside: go on.
    Child(Report),
}

/// What the lab found when it was isolated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Whether `/proc` shows the lab's own processes.
    pub proc_mount: ProcMount,
    /// How `/run/netns` became private.
    pub run_mount: RunMount,
    /// The user who started the lab, outside.
    pub outer_user: u32,
    /// The group of that user, outside.
    pub outer_group: u32,
    /// How long it took from the call to here.
    pub took: Duration,
}

impl Report {
    /// The directory for the names of network namespaces: private, empty at first.
    #[must_use]
    pub fn netns_directory(&self) -> PathBuf {
        PathBuf::from(NETNS_DIRECTORY)
    }
}

/// Isolates the program. Call it at the top of `main`, **before any thread exists**, and before
/// anything that must not exist twice (buffered output, lock files, sockets): the process forks.
///
/// In the child the caller's user and group are 0, the only ones that exist; mounts are private;
/// the network namespace has nothing but a loopback interface that is down.
///
/// # Errors
/// Threads exist already, or the machine does not allow it; the error says why and what to do.
/// After most errors the process has already left some of its namespaces: end it, do not go on.
pub fn enter(options: IsolateOptions) -> Result<Isolated, IsolateError> {
    let started = clock::monotonic();
    single_thread()?;
    let outer_user = rustix::process::geteuid().as_raw();
    let outer_group = rustix::process::getegid().as_raw();
    if options.user_namespace == UserNamespace::Kept && outer_user != 0 {
        return Err(IsolateError::NotRoot { user: outer_user });
    }
    // Taken before the new process namespace, in which our own number would mean nothing.
    let caller = rustix::process::pidfd_open(
        rustix::process::getpid(),
        rustix::process::PidfdFlags::empty(),
    )
    .map_err(|e| cause::step("open a descriptor of this process", e))?;
    leave(options.user_namespace)?;
    if options.user_namespace == UserNamespace::New {
        map_identity(outer_user, outer_group)?;
    }
    cause::probe_capabilities()?;
    let run_mount = mounts::make_private()?;
    match processes::split(caller)? {
        processes::Role::Outside(status) => Ok(Isolated::Parent(status)),
        processes::Role::Lab => Ok(Isolated::Child(Report {
            proc_mount: mounts::mount_proc(),
            run_mount,
            outer_user,
            outer_group,
            took: clock::monotonic().saturating_since(started),
        })),
    }
}

/// The code to end with after [`Isolated::Parent`]: the lab's own, or 128 and the signal that killed
/// it.
#[must_use]
pub fn exit_code(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt;
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(255)
}

fn single_thread() -> Result<(), IsolateError> {
    let threads = cause::own_status("Threads")
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    if threads == 1 {
        Ok(())
    } else {
        Err(IsolateError::Threads(threads))
    }
}

fn leave(user: UserNamespace) -> Result<(), IsolateError> {
    let mut flags = libc::CLONE_NEWNS | libc::CLONE_NEWNET | libc::CLONE_NEWPID;
    if user == UserNamespace::New {
        flags |= libc::CLONE_NEWUSER;
    }
    // SAFETY: no memory is handed over, and there is one thread only.
    if unsafe { libc::unshare(flags) } < 0 {
        return Err(cause::step(
            "make namespaces of its own",
            io::Error::last_os_error(),
        ));
    }
    Ok(())
}

/// The caller becomes user 0 and group 0. The group map is refused unless `setgroups` is given up.
fn map_identity(user: u32, group: u32) -> Result<(), IsolateError> {
    let write = |file: &str, text: String| {
        std::fs::write(format!("/proc/self/{file}"), text)
            .map_err(|e| cause::step(format!("write /proc/self/{file}"), e))
    };
    write("setgroups", "deny".into())?;
    write("uid_map", format!("0 {user} 1"))?;
    write("gid_map", format!("0 {group} 1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn exit_codes_of_shells() {
        assert_eq!(exit_code(ExitStatus::from_raw(3 << 8)), 3);
        assert_eq!(exit_code(ExitStatus::from_raw(libc::SIGKILL)), 137);
        assert_eq!(exit_code(ExitStatus::from_raw(0)), 0);
    }

    #[test]
    fn a_process_with_threads_is_refused() {
        // The test harness itself has threads.
        let refused = std::thread::spawn(|| enter(IsolateOptions::default()))
            .join()
            .unwrap();
        assert!(matches!(refused, Err(IsolateError::Threads(n)) if n > 1));
    }
}
