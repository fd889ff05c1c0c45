//! The bytes that edge devices exchange, both ways, and the identifiers they carry.
//!
//! Pure functions on slices: no I/O, no clock. Ethernet, VLAN, ARP, IPv4 and UDP come from
//! `etherparse`; here is what it lacks.

mod mac_address;
mod system_id;
mod time;
mod vlan;

pub use mac_address::{MacAddr, ParseMacError};
pub use system_id::{LspId, ParseSystemIdError, SystemId};
pub use time::Timestamp;
pub use vlan::{TagControl, VlanId, VlanIdError};
