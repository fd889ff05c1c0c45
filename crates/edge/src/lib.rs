//! The decisions of an edge device (ED), without I/O: what to learn, where to forward, what to announce.
//!
//! Time is an argument, frames are borrowed slices, output goes through the caller's [`Egress`].
//! The requirements R-1 to R-16 and the decisions D-1 to D-9 are those of `docs/mechanism.md`.
//!
//! ```text
//! handle_site_frame / handle_public_frame (now)
//!   1 classify   2 learn   3 announcement?   4 ARP request known?   5 look up -> Verdict
//! control frames -> isis::Instance -> reachability -> MAC table
//! ```

mod announcement_limits;
mod arp_suppression;
mod arp_tables;
mod counters;
mod dampening;
mod departure;
mod dispute;
mod edge_device;
mod egress;
mod event_queue;
mod forward;
mod heard;
mod igp;
mod interfaces;
mod isis_circuits;
mod isis_instance;
mod link_egress;
mod link_systems;
mod mac_entry;
mod mac_table;
mod mobility;
mod reachability;
mod reconfigure;
mod repeats;
mod rows;
mod settings;
mod site_egress;
mod stamp;
mod static_macs;
mod vlan_ports;

pub use edge_device::EdgeDevice;
pub use egress::{Egress, EviLinks, Verdict};
pub use interfaces::{EthernetCircuitId, LinkId, PortId};
