//! Random frames and PDUs, for tests that hand an edge device whatever may come: from pure noise to
//! what is right in all but its content.
//!
//! Pure noise ends at the first check. So most of what is made here has the right lengths and
//! checksums, and is then damaged now and then ([`damage`]). Everything follows from what a [`Draw`]
//! gives: a generator with a seed, or the bytes of a fuzzer ([`Input`]).
//!
//! Only for tests: no crate of the product depends on it.

mod damage;
mod draw;
mod frame;
mod pdu;
mod tlv;

pub use damage::damage;
pub use draw::{Draw, Input};
pub use frame::{control_frame, frame, station, vlan};
pub use pdu::{Circuit, lsp_id, pdu};
pub use tlv::tlv;
