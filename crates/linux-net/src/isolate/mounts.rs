//! The mounts of a lab: nothing that it mounts is seen outside, `/run/netns` and `/proc` are its own.

use std::fs;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_bind_recursive, mount_change};

use super::NETNS_DIRECTORY;
use super::cause::{IsolateError, step};

/// How `/run/netns` became the lab's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunMount {
    /// The directory was there: a tmpfs covers it.
    Directory,
    /// It was not there, and is not made outside: a tmpfs covers `/run`, with all that was in it
    /// bound back; but for these entries, for which that failed.
    WholeRun {
        /// Names in `/run` that the lab does not see.
        hidden: Vec<String>,
    },
}

/// Whether `/proc` shows the lab's own processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProcMount {
    /// A fresh one: process numbers in `/proc` are those of the lab.
    Fresh,
    /// The old one; only `/proc/self` and `/proc/thread-self` mean the lab's processes. Usual in
    /// containers, which cover parts of `/proc`.
    Inherited {
        /// Why no fresh one could be mounted.
        reason: String,
    },
}

/// Cuts the mounts off from those outside, and gives the lab a `/run/netns` of its own.
pub(super) fn make_private() -> Result<RunMount, IsolateError> {
    let flags = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", flags).map_err(|e| step("make its mounts private", e))?;
    if Path::new(NETNS_DIRECTORY).is_dir() {
        mount_tmpfs(NETNS_DIRECTORY)
            .map_err(|e| step(format!("mount a private {NETNS_DIRECTORY}"), e))?;
        return Ok(RunMount::Directory);
    }
    let hidden = cover_run().map_err(|e| step("mount a private /run", e))?;
    Ok(RunMount::WholeRun { hidden })
}

/// Mounts a `/proc` of the process namespace that the caller is in.
pub(super) fn mount_proc() -> ProcMount {
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    match mount("proc", "/proc", "proc", flags, None) {
        Ok(()) => ProcMount::Fresh,
        Err(e) => ProcMount::Inherited {
            reason: e.to_string(),
        },
    }
}

fn mount_tmpfs(path: &str) -> io::Result<()> {
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    mount("tmpfs", path, "tmpfs", flags, Some(c"mode=0755"))?;
    Ok(())
}

fn cover_run() -> io::Result<Vec<String>> {
    fs::create_dir_all("/run").or_else(ignore_refusal)?;
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let old = rustix::fs::open("/run", flags, Mode::empty())?;
    // Read through the descriptor: it stays on the old directory when the new one covers it.
    let covered = format!("/proc/self/fd/{}", old.as_raw_fd());
    let names: Vec<String> = fs::read_dir(&covered)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    mount_tmpfs("/run")?;
    let hidden = names
        .into_iter()
        .filter(|name| bring_back(&old, name).is_err())
        .collect();
    fs::create_dir(NETNS_DIRECTORY)?;
    mount_tmpfs(NETNS_DIRECTORY)?;
    Ok(hidden)
}

fn ignore_refusal(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::AlreadyExists => Ok(()),
        _ => Err(error),
    }
}

/// Makes one entry of the covered `/run` visible again.
fn bring_back(old: &OwnedFd, name: &str) -> io::Result<()> {
    let from = format!("/proc/self/fd/{}/{name}", old.as_raw_fd());
    let to = format!("/run/{name}");
    let kind = fs::symlink_metadata(&from)?.file_type();
    if kind.is_symlink() {
        return std::os::unix::fs::symlink(fs::read_link(&from)?, to);
    }
    if kind.is_dir() {
        fs::create_dir(&to)?;
    } else {
        fs::File::create(&to)?;
    }
    // Recursive: mounts below came from outside, and cannot be left away in a user namespace.
    mount_bind_recursive(&from, &to)?;
    Ok(())
}
