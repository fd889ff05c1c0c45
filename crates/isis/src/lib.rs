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
//! Times never step back. Not implemented: authentication, level 2, LAN circuits, and the shortest
//! path computation: on a full mesh of EVI links the originator of an LSP is the neighbour itself.

mod adjacency;
mod circuit;
mod config;
mod deadlines;
pub mod duration_text;
mod event;
mod flooding;
mod instance;
mod jitter;
mod lsdb;
mod lsp_generation;
mod originate;
mod pdu_drop;
mod reachability;
mod stored_lsp;
mod timer_profile;
mod timers;

pub use adjacency::{Adjacency, AdjacencyReason, AdjacencyState};
pub use config::{CircuitConfig, CircuitId, DEFAULT_LSDB_LIMIT, InstanceConfig, MacReachability};
pub use event::{Event, Freshness, Transmission};
pub use instance::{Instance, LspSummary, Transmit};
pub use lsp_generation::LspGeneration;
pub use pdu_drop::PduDrop;
pub use timer_profile::{ParseTimerProfileError, TimerProfile};
pub use timers::{LspPacing, TimerOverrides, Timers, TimersError};
