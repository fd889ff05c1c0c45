//! `dcilab` measures how long a VM that moves between data centres loses packets.
//!
//! It builds sites in Linux namespaces, with real edge devices as processes between them, moves a
//! running VM's cable from one site to another, and compares the IGP-only baseline with the flooding
//! that a gratuitous ARP sets off. The edge device is a black box here: configuration goes in; frames,
//! tables, counters and events come out ([`edge_api`]).

pub mod analysis;
mod announcement_script;
pub mod announcer;
pub mod capture;
pub mod capture_file;
mod churn;
pub mod cli;
pub mod doctor;
mod echo;
pub mod ending;
pub mod experiment;
pub mod gate;
pub mod graph;
pub mod harness;
pub mod lab;
pub mod life_cycle;
pub mod migrate;
pub mod movements;
pub mod probe;
pub mod progress;
pub mod report;
pub mod result;
pub mod run_directory;
pub mod scenario;
pub mod selftest;
mod stop_flag;
