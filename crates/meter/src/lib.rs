//! The measuring instrument of a run: probes, what became of them, and how sure that is.
//!
//! Pure: no clock, socket or thread. The caller sends and receives probes, captures frames and hands
//! the stamps in; all of them are `CLOCK_MONOTONIC` of one machine, in nanoseconds, so they compare.
//! Durations are nanoseconds in JSON, in fields that end in `_ns`.
//!
//! # What the figures mean
//!
//! A *flow* is one direction between two hosts: probe `k` is due at `start + k * interval`
//! ([`schedule`]). The flow's *offered load* is every probe that the sender tried to send; *judged*
//! are those of them that were sent early enough to have arrived by the end ([`Window`]).
//!
//! - **lost**: judged and never received. A probe that the sender's own kernel refused is offered and
//!   lost (its host wanted to talk and could not), and counted as `refused` besides.
//! - **gap**: a run of consecutive lost probes in sending order.
//! - **outage**: the longest gap of the event ([`Outage`]). Stamps are those of sending, so that the
//!   path's delay does not count:
//!   - lower bound = `sent(last lost) - sent(first lost)`: the path was broken at both moments;
//!   - upper bound = `sent(first good after) - sent(last good before)`: the path worked at both
//!     (the timestamp-based method of RFC 6201);
//!   - value = the middle of the two, resolution = half their distance. With a punctual sender that is
//!     `lost * interval ± interval`: the loss-derived method and this one then agree.
//! - **loss-derived duration** = `lost in the event * interval` (RFC 6412, loss-derived loss of
//!   connectivity period). It adds up all gaps of the event; the outage is the longest one.
//! - **recovery**: the first good probe that no lost one follows (RFC 6412, convergence recovery
//!   instant), and its distance from the trigger.
//! - **control-plane share** = outage - floor, where the floor is what no control plane can avoid:
//!   the kernel's own move and the VM's downtime ([`phases::Floor`]).
//!
//! # Two witnesses
//!
//! [`witness`] works the figures out once more, from a capture alone, by code that shares nothing with
//! [`analysis`]. The two must agree to the probe.
//!
//! A run whose meter was disturbed is inconclusive, and says why ([`Quality`]).

pub mod analysis;
pub mod attribution;
pub mod capture;
pub mod comparison;
pub mod copies;
pub mod log;
pub mod measured;
pub mod nanos;
pub mod phases;
pub mod probe;
pub mod schedule;
pub mod sighting;
pub mod witness;

pub use analysis::{Disturbance, FlowReport, Limits, Outage, Quality, Window};
pub use attribution::{Attribution, Death};
pub use capture::{CapturePoint, Seen};
pub use comparison::Ratio;
pub use log::{ReceivedLog, SentLog};
pub use measured::Measured;
pub use phases::Phase;
pub use probe::{FlowId, Probe, Sequence};
pub use schedule::Schedule;
pub use sighting::Sighting;
