//! Giving up what a running edge device does not need: capabilities, files, system calls.
//!
//! Everything here acts on the calling thread, and threads inherit it: call it before the first one
//! starts. What an edge device needs privileges for, it opens before; a packet socket that is open
//! can be bound again, and have its rings made anew, by anybody
//! ([`PacketRing::rebind`](crate::packet_socket::PacketRing::rebind)).
//!
//! What is in force is read back from the kernel where the kernel tells it.

pub mod capabilities;
pub mod file_access;
pub mod system_calls;

use rustix::process::{getegid, geteuid};

/// Why a layer of protection is not in force.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAvailable(pub String);

/// The user and the group that the process acts as.
#[must_use]
pub fn identity() -> (u32, u32) {
    (geteuid().as_raw(), getegid().as_raw())
}
