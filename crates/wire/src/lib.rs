//! The bytes that edge devices exchange, both ways, and the identifiers they carry.
//!
//! Pure functions on slices: no I/O, no clock. IPv4 and UDP come from `etherparse`; here is what it
//! lacks, and [`FrameRef`], which carries a frame through the forwarding path without a copy.
//!
//! The path of a control PDU outwards: [`isis::Pdu::encode`], [`llc::encode_osi_frame`],
//! [`GreHeader::write_to`]; inwards the same with `decode` in the other order. Whatever is refused has
//! a [`DecodeError`], whose name is a counter's.

pub mod announcement;
pub mod arp;
mod error;
pub mod evi_announcement;
mod frame;
pub mod gre;
pub mod isis;
pub mod llc;
mod mac_address;
mod octets;
#[cfg(test)]
mod path_tests;
mod system_id;
mod time;
mod vlan;
mod vlan_set;

pub use announcement::AnnouncementStamp;
pub use arp::{ArpKind, ArpPacket};
pub use error::{DecodeError, EncodeError};
pub use etherparse::EtherType;
pub use evi_announcement::EviAnnouncement;
pub use frame::{FrameRef, LengthOrType, RARP};
pub use gre::GreHeader;
pub use mac_address::{MacAddr, ParseMacError};
pub use system_id::{LspId, ParseSystemIdError, SystemId};
pub use time::Timestamp;
pub use vlan::{TagControl, VlanId, VlanIdError};
pub use vlan_set::VlanSet;
