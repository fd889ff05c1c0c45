//! IS-IS level 1 PDUs and TLVs (ISO 10589 s9, RFC 5303, RFC 5304, RFC 5305, RFC 6165,
//! RFC 6232).
//!
//! Two ways to read: the value types ([`Pdu`], [`Lsp`], ...) own what they hold and are written back
//! with `encode`; [`LspView`] reads an LSP where it lies, so that it can be flooded on verbatim.
//! Every walk over TLVs ends at the PDU length, never at the end of the slice: Ethernet pads.
//!
//! Contents that do not follow a TLV's layout never refuse the PDU (RFC 8918 s3); they come out as
//! [`Tlv::Malformed`], bytes kept. Only a TLV that reaches past the PDU refuses it.

mod area_address;
pub mod authentication;
mod checksum;
mod csnp;
mod header;
mod iih;
mod is_reachability;
mod lsp;
mod lsp_entry;
mod lsp_view;
mod mac_reachability;
mod node_id;
mod pdu;
mod psnp;
mod purge_originator;
mod three_way;
mod tlv;
mod tlv_walk;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod second_opinion;
#[cfg(test)]
mod tests;

pub use area_address::{AreaAddress, ParseAreaAddressError};
pub use authentication::{Authentication, AuthenticationKey, AuthenticationKeyError, Verification};
pub use checksum::Checksum;
pub use csnp::Csnp;
pub use header::{DISCRIMINATOR, PduType};
pub use iih::{CircuitType, LanIih, P2pIih};
pub use is_reachability::IsNeighbor;
pub use lsp::{Lsp, LspFlags};
pub use lsp_entry::LspEntry;
pub use lsp_view::{LspHeader, LspView, set_remaining_lifetime};
pub use mac_reachability::{MacReachability, MacReachabilityRef, ReachableMac};
pub use node_id::NodeId;
pub use pdu::Pdu;
pub use psnp::Psnp;
pub use purge_originator::PurgeOriginator;
pub use three_way::{ThreeWayAdjacency, ThreeWayNeighbor, ThreeWayState};
pub use tlv::{RawTlv, Tlv};
pub use tlv_walk::{TlvRef, TlvWalk};

/// Greatest LSP that every system must accept, and greatest that this one originates, in bytes
/// (ISO 10589 s7.3.4.2, `receiveLSPBufferSize`).
pub const LSP_BUFFER_SIZE: usize = 1492;

/// Network layer protocol identifiers for TLV 129 (RFC 1195 s5.3, RFC 6328).
pub mod nlpid {
    /// IPv4.
    pub const IPV4: u8 = 0xcc;
    /// TRILL.
    pub const TRILL: u8 = 0xc0;
}
