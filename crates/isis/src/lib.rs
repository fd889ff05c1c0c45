//! IS-IS level 1 on point-to-point circuits, with MAC reachability (ISO 10589, RFC 5303, RFC 6165).
//!
//! Pure: no clock, no I/O. The owner of an [`Instance`]
//! 1. hands in what happens, with the time: [`Instance::handle_pdu`], [`Instance::advertise`],
//!    [`Instance::withdraw`], and [`Instance::handle_deadline`] once [`Instance::next_deadline`] has come;
//! 2. after each of them reads [`Instance::poll_transmit`] and [`Instance::poll_event`] until both
//!    give `None`;
//! 3. sleeps until [`Instance::next_deadline`], which after that is in the future (unless a change was
//!    handed in whose LSP is due at once).
//!
//! Times never step back.
//!
//! # Authentication
//!
//! With [`InstanceConfig::authentication`] every PDU carries a HMAC-MD5 digest (RFC 5304) and is
//! verified before anything else is done with it. A purge must have lost its contents and carry a
//! digest of its own; beside it may stand who purged it (RFC 6232), as in all purges of ours, and that
//! system's host name (RFC 6233).
//!
//! # Limitations
//!
//! - Not implemented: level 2 and LAN circuits.
//! - No shortest paths: with [`GraphUse::Followed`] it is known which systems can be reached through the
//!   link-state graph, not at which cost and by which neighbour. Wide metrics alone (TLV 22).
//! - One key for hellos and area, without a key ID: when it is changed ([`Instance::set_authentication`])
//!   all systems have to get the new one within the hold time, or adjacencies are lost. HMAC-SHA
//!   (RFC 5310) is not implemented.
//! - HMAC-MD5 does not protect against replay (RFC 5304 s3.1). An old LSP is older and so does no harm
//!   while a newer one is known; an old hello or sequence numbers PDU can be played in again. Nor does
//!   it cover the remaining lifetime: who can change PDUs can shorten it.
//! - An own LSP with a wrong digest and a higher sequence number is dropped as any other. RFC 5304 s2.1
//!   advises to overtake it; but then anybody could use up our sequence numbers.
//! - With a key, our purges carry their originator beside the digest. A system that knows RFC 5304 but
//!   not RFC 6233 refuses such purges, and keeps the LSP until its lifetime ends.
//! - A received purge without originator is flooded on as it came. RFC 6232 s3 advises to add it.

mod adjacency;
mod authentication;
mod circuit;
mod config;
mod deadlines;
pub mod duration_text;
mod event;
mod flooding;
mod instance;
mod jitter;
mod link_state_graph;
mod lsdb;
mod lsp_generation;
mod originate;
mod pdu_drop;
mod reachability;
mod stored_lsp;
mod timer_profile;
mod timers;

pub use adjacency::{Adjacency, AdjacencyReason, AdjacencyState};
pub use config::{
    CircuitConfig, CircuitId, DEFAULT_LSDB_LIMIT, GraphUse, InstanceConfig, MacReachability,
};
pub use event::{Event, Freshness, Transmission};
pub use instance::{Instance, LspSummary, Transmit};
pub use lsp_generation::LspGeneration;
pub use pdu_drop::PduDrop;
pub use timer_profile::{ParseTimerProfileError, TimerProfile};
pub use timers::{LspPacing, TimerOverrides, Timers, TimersError};
pub use wire::isis::{AuthenticationKey, PurgeOriginator};
