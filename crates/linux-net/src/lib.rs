//! Namespaces, links, addresses, routes and packet sockets of Linux.
//!
//! The only crate with privileged calls, and the only one with `unsafe`: memory that is shared with
//! the kernel, socket options that no safe crate offers, `fork` and `prctl`. Every other crate denies
//! `unsafe`; here each block says why it is sound.
//!
//! Without features there is what an edge device needs, synchronous and without an asynchronous
//! runtime. The feature `lab` adds what a lab is made of: isolation, named namespaces, links.
//!
//! Everything that names an interface means the network namespace of the calling thread.
#![allow(unsafe_code)]

pub mod capture_socket;
pub mod clock;
mod error;
pub mod gre_socket;
pub mod interface;
pub mod packet_socket;
pub mod privileges;
pub mod route;
pub mod signal_fd;
mod socket_option;
pub mod timestamped_udp;
pub mod undo;

#[cfg(feature = "lab")]
pub mod address;
#[cfg(feature = "lab")]
pub mod batch;
#[cfg(feature = "lab")]
pub mod isolate;
#[cfg(feature = "lab")]
pub mod link;
#[cfg(feature = "lab")]
pub mod namespace;
#[cfg(feature = "lab")]
pub mod neighbour;
#[cfg(feature = "lab")]
mod netlink;
#[cfg(feature = "lab")]
pub mod offload;
#[cfg(feature = "lab")]
pub mod sysctl;

pub use error::Error;
