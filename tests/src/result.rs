//! `result.json`, as a reader who knows only its keys reads it.

use std::collections::BTreeMap;

use anyhow::Context;
use serde::Deserialize;
use serde_json::Value;

/// All of it.
#[derive(Debug, Deserialize)]
#[allow(
    missing_docs,
    reason = "the keys are those of dcilab's result module, described there"
)]
pub struct ResultFile {
    pub schema_version: u32,
    pub runs: Vec<Run>,
    pub comparisons: Vec<Value>,
    pub failed: Vec<Failed>,
}

/// An experiment without a result.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "as above")]
pub struct Failed {
    pub mode: String,
    pub igp_profile: String,
    pub error: String,
}

/// One migration.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "as above")]
pub struct Run {
    pub seed: u64,
    pub mode: String,
    pub igp_profile: String,
    pub migration: Migration,
    pub floor: Floor,
    pub phases: Vec<Phase>,
    pub moments: Vec<Moment>,
    pub flows: Vec<Flow>,
    pub copies: Vec<Copies>,
    pub devices: Vec<Device>,
    pub capture_points: Vec<Value>,
    pub capture: String,
    pub disturbances: Vec<String>,
}

/// The move.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "as above")]
pub struct Migration {
    pub vm: String,
    pub vlan: u16,
    pub mac: String,
    pub trigger: u64,
}

/// What no control plane could avoid.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "as above")]
pub struct Floor {
    pub kernel_move_ns: u64,
    pub downtime_ns: u64,
}

/// One line of the time-line.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "as above")]
pub struct Phase {
    pub at: u64,
    pub since_trigger_ns: u64,
    pub node: String,
    pub kind: String,
    pub text: String,
}

/// Tables at one moment.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "as above")]
pub struct Moment {
    pub name: String,
    pub entries: BTreeMap<String, Option<Entry>>,
    pub arp: BTreeMap<String, ArpEntries>,
}

/// What a device's ARP tables say of the VM.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[allow(missing_docs, reason = "as above")]
pub struct ArpEntries {
    pub snooping: Vec<ArpEntry>,
    pub suppression: Vec<ArpEntry>,
}

/// One entry of such a table.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[allow(missing_docs, reason = "as above")]
pub struct ArpEntry {
    pub ip: String,
    pub vlan: u16,
    pub mac: String,
    pub port: String,
    pub status: String,
}

/// One MAC entry.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "as above")]
pub struct Entry {
    pub state: String,
    pub port: Option<String>,
}

/// One flow.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "as above")]
pub struct Flow {
    pub from: String,
    pub to: String,
    pub direction: String,
    pub site_role: String,
    pub report: Report,
    pub attribution: Attribution,
    pub capture: Option<Witnessed>,
}

/// What the capture says of it.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "as above")]
pub struct Witnessed {
    pub lost: u64,
    pub disagreements: Vec<Value>,
}

/// Its figures.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "as above")]
pub struct Report {
    pub flow: u16,
    pub rate: Value,
    pub judged: u64,
    pub received: u64,
    pub lost: u64,
    pub duplicated: u64,
    pub losses: Losses,
    pub outage: Outage,
    pub recovery: Recovery,
}

/// When they were lost.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "as above")]
pub struct Losses {
    pub before_event: u64,
    pub outage: u64,
    pub other: u64,
}

/// Loss of connectivity.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "as above")]
pub struct Outage {
    pub duration: Measured,
    pub lost: u64,
}

/// A duration and its bounds, nanoseconds.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "as above")]
pub struct Measured {
    pub lower_ns: u64,
    pub upper_ns: Option<u64>,
}

/// When it worked again.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "as above")]
pub struct Recovery {
    pub state: String,
    pub first_good: Option<Good>,
}

/// A probe that arrived.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "as above")]
pub struct Good {
    pub received_at: u64,
}

/// Where probes died.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "as above")]
pub struct Attribution {
    pub lost: u64,
    pub deaths: Vec<Death>,
}

/// One place and reason.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "as above")]
pub struct Death {
    pub node: String,
    pub place: String,
    pub reason: String,
    pub drop: Option<String>,
    pub count: u64,
}

/// What flood entries cost.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "as above")]
pub struct Copies {
    pub flow: u16,
    pub flooded: u64,
}

/// An edge device.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs, reason = "as above")]
pub struct Device {
    pub name: String,
    pub system_id: String,
    pub address: String,
}

impl ResultFile {
    /// Reads it.
    ///
    /// # Errors
    /// It is not JSON and nothing else, or not of that shape.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        serde_json::from_str(text).context("the result is not the JSON that was expected")
    }

    /// The run in this mode with these IGP timers.
    ///
    /// # Errors
    /// There is none.
    pub fn run(&self, mode: &str, profile: &str) -> anyhow::Result<&Run> {
        let is_it = |run: &&Run| run.mode == mode && run.igp_profile == profile;
        let run = self.runs.iter().find(is_it);
        run.with_context(|| format!("there is no run in mode {mode} with {profile}"))
    }
}

impl Run {
    /// When this first happened, at `node` or, without one, anywhere.
    ///
    /// # Errors
    /// It did not happen.
    pub fn first(&self, kind: &str, node: Option<&str>) -> anyhow::Result<&Phase> {
        let is_it = |p: &&Phase| p.kind == kind && node.is_none_or(|node| p.node == node);
        let place = node.unwrap_or("anywhere");
        let phase = self.phases.iter().find(is_it);
        phase.with_context(|| format!("{}: no {kind} ({place})", self.mode))
    }

    /// The flow between the VM and the observer of that site, in that direction.
    ///
    /// # Errors
    /// There is none.
    pub fn flow(&self, site_role: &str, direction: &str) -> anyhow::Result<&Flow> {
        let is_it = |flow: &&Flow| flow.site_role == site_role && flow.direction == direction;
        let flow = self.flows.iter().find(is_it);
        flow.with_context(|| format!("{}: no flow {direction}, {site_role} site", self.mode))
    }

    /// The edge device of this name.
    ///
    /// # Errors
    /// There is none.
    pub fn device(&self, name: &str) -> anyhow::Result<&Device> {
        let device = self.devices.iter().find(|device| device.name == name);
        device.with_context(|| format!("there is no edge device {name}"))
    }
}
