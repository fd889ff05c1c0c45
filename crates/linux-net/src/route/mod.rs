//! The routes of the underlay: where the kernel would send a packet, and by whom.

mod request;
mod underlay;

pub use underlay::{Change, NextHop, Underlay};

#[cfg(feature = "lab")]
mod add;
#[cfg(feature = "lab")]
pub use add::add_v4;
