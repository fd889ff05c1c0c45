//! The routes of the underlay: where the kernel would send a packet, and by whom.

mod links;
mod request;
mod underlay;

pub use links::{LinkState, Links};
pub use underlay::{Change, NextHop, Underlay};

#[cfg(feature = "lab")]
mod add;
#[cfg(feature = "lab")]
pub use add::add_v4;
