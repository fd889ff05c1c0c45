//! Into a lab that stands, from outside: as one of its processes, in one of its network namespaces.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::NETNS_DIRECTORY;
use crate::Error;

/// A lab that this process has joined: its user, its mounts, its processes.
#[derive(Debug)]
pub struct Joined(());

/// Joins the lab that `lab` is a process of. Call it **before any thread exists**: the kernel lets only
/// a process with one thread into a user namespace.
///
/// It needs no rights but to be the user who started the lab, or root. What this process starts from
/// now on is the lab's: it ends with the lab.
///
/// # Errors
/// The process is gone, is another user's, or this process has threads.
pub fn join(lab: i32) -> Result<Joined, Error> {
    let fail = |e: io::Error| Error::system(format!("join the lab of process {lab}"), e);
    let open = |kind: &str| File::open(format!("/proc/{lab}/ns/{kind}"));
    // All of them first: what comes after the mounts would be looked for in the lab's /proc.
    let user = open("user").map_err(fail)?;
    let mounts = open("mnt").map_err(fail)?;
    let processes = open("pid").map_err(fail)?;
    let steps = [
        (&user, LinkNameSpaceType::User),
        (&processes, LinkNameSpaceType::ProcessID),
        (&mounts, LinkNameSpaceType::Mount),
    ];
    for (namespace, kind) in steps {
        enter(namespace, kind).map_err(fail)?;
    }
    Ok(Joined(()))
}

impl Joined {
    /// Goes into one of the lab's network namespaces; what is started next starts there.
    ///
    /// # Errors
    /// The lab has no such node.
    pub fn enter_node(&self, node: &str) -> Result<(), Error> {
        let fail = |e: io::Error| Error::system(format!("enter node {node}"), e);
        let namespace = File::open(Path::new(NETNS_DIRECTORY).join(node)).map_err(fail)?;
        enter(&namespace, LinkNameSpaceType::Network).map_err(fail)
    }
}

fn enter(namespace: &File, kind: LinkNameSpaceType) -> io::Result<()> {
    Ok(move_into_link_name_space(namespace.as_fd(), Some(kind))?)
}
