//! Names of a lab's network namespaces outside of it, where the machine's `ip netns` looks.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::mount::{
    MountPropagationFlags, UnmountFlags, mount_bind, mount_bind_recursive, mount_change, unmount,
};

use super::NETNS_DIRECTORY;
use crate::Error;

/// Where `ip netns` looks for names, outside as inside.
pub const DIRECTORY: &str = NETNS_DIRECTORY;

/// What became of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgotten {
    /// It is gone.
    Removed,
    /// There was none.
    NotThere,
    /// It is that of another namespace, or a file of somebody's: it was left alone.
    Foreign,
}

/// What the directory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Ready: a mount of its own, which `ip netns` makes it.
    Ready,
    /// A directory, or nothing.
    Plain,
}

/// Looks at the directory, without a change.
#[must_use]
pub fn look() -> Found {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let mut points = mounts.lines().filter_map(|line| line.split(' ').nth(4));
    match points.any(|point| point == DIRECTORY) {
        true => Found::Ready,
        false => Found::Plain,
    }
}

/// Makes the directory ready as `ip netns add` does. Otherwise that would do it later, over the names that
/// are there: they would be mounted twice, and could not be removed.
///
/// # Errors
/// This user may not mount.
pub fn prepare() -> Result<(), Error> {
    let fail = |e: io::Error| Error::system(format!("make {DIRECTORY} ready for names"), e);
    fs::create_dir_all(DIRECTORY).map_err(fail)?;
    if look() != Found::Ready {
        mount_bind_recursive(DIRECTORY, DIRECTORY).map_err(|e| fail(e.into()))?;
    }
    let flags = MountPropagationFlags::SHARED | MountPropagationFlags::REC;
    mount_change(DIRECTORY, flags).map_err(|e| fail(e.into()))
}

/// Makes the directory what it was, if nobody has names there. It stays, empty: whoever removes a
/// directory takes away, in all mount namespaces, what is mounted on it, and every lab of this machine has
/// a mount there.
pub fn restore(found: Found) {
    let is_empty = fs::read_dir(DIRECTORY).is_ok_and(|mut names| names.next().is_none());
    if found == Found::Plain && is_empty {
        // What fails here, somebody else is using.
        let _ = unmount(DIRECTORY, UnmountFlags::empty());
    }
}

/// The network namespace of a node, from outside; `lab` is the lab's process.
///
/// # Errors
/// The lab is gone, has no such node, or is another user's.
pub fn open(lab: i32, node: &str) -> Result<File, Error> {
    let path = PathBuf::from(format!("/proc/{lab}/root{NETNS_DIRECTORY}")).join(node);
    let opened = File::open(&path);
    opened.map_err(|e| Error::system(format!("open the namespace of node {node}"), e))
}

/// What tells a namespace from all others that exist.
///
/// # Errors
/// The kernel refuses (never seen).
pub fn number(namespace: &File) -> Result<u64, Error> {
    let found = namespace.metadata();
    let found = found.map_err(|e| Error::system("look at a namespace", e))?;
    Ok(found.ino())
}

/// Gives a namespace a name. It lives as long as the name does.
///
/// # Errors
/// The name is taken, or this user may not mount.
pub fn name(namespace: &File, name: &str) -> Result<(), Error> {
    let path = Path::new(DIRECTORY).join(name);
    let fail = |e: io::Error| Error::system(format!("make {}", path.display()), e);
    let mut new = OpenOptions::new();
    new.write(true).create_new(true).open(&path).map_err(fail)?;
    let from = format!("/proc/self/fd/{}", namespace.as_raw_fd());
    mount_bind(from, &path).map_err(|e| {
        let _ = fs::remove_file(&path);
        fail(e.into())
    })
}

/// Takes a name away, if it is still that of the namespace with this number, or was never finished.
///
/// # Errors
/// This user may not unmount.
pub fn forget(name: &str, namespace: u64) -> Result<Forgotten, Error> {
    let path = Path::new(DIRECTORY).join(name);
    let fail = |e: io::Error| Error::system(format!("remove {}", path.display()), e);
    let found = match fs::symlink_metadata(&path) {
        Ok(found) => found,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Forgotten::NotThere),
        Err(e) => return Err(fail(e)),
    };
    let namespaces = fs::metadata("/proc/self/ns/net").map_err(fail)?.dev();
    let is_mounted = found.dev() == namespaces;
    let is_ours = match is_mounted {
        true => found.ino() == namespace,
        // Made, and not mounted on any more.
        false => found.is_file() && found.len() == 0,
    };
    if !is_ours {
        return Ok(Forgotten::Foreign);
    }
    if is_mounted {
        unmount(&path, UnmountFlags::DETACH).map_err(|e| fail(e.into()))?;
    }
    fs::remove_file(&path).map_err(fail)?;
    Ok(Forgotten::Removed)
}
