//! Requests to a lab and its answers: one JSON value a line.

mod capture;

use core::time::Duration;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use topology::Announce;
use topology::scenario::{EdgeFault, LinkState};
use wire::{MacAddr, VlanId};

use crate::lab::{Direction, ImpairmentReport};
use crate::scenario::Played;
pub use capture::{CaptureBegun, CaptureRow, CaptureState, CaptureTally};

/// What to ask a lab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// Answers [`Response::Progress`] until the lab has come this far, then [`Response::Reached`].
    Wait {
        /// How far.
        until: Stage,
        /// Whether the lab ends when the caller goes before it has come so far.
        #[serde(default)]
        or_end: bool,
    },
    /// What the lab is and where everything in it is.
    Inspect,
    /// Puts a question to one of its edge devices.
    Device {
        /// The device.
        device: String,
        /// The question, in the device's own protocol.
        ask: edge_api::protocol::Request,
    },
    /// As [`Request::Device`], by somebody who looks at tables: the lab remembers the answer, for whoever
    /// looks again.
    Look {
        /// The device.
        device: String,
        /// The question, in the device's own protocol.
        ask: edge_api::protocol::Request,
        /// Whether the answer of the last look is wanted, too.
        #[serde(default)]
        before: Before,
    },
    /// The interfaces of every node, as they are now.
    Interfaces,
    /// A capture has begun; this connection is its own from now on: the caller tells by
    /// [`Request::CaptureTold`] how it goes, and hears [`Response::CaptureStop`] when it is to end.
    Capture(CaptureBegun),
    /// How the capture of this connection goes.
    CaptureTold(CaptureTally),
    /// The capture of this connection has ended, and why.
    CaptureEnded {
        /// What it has captured.
        tally: CaptureTally,
        /// Why it ended.
        why: String,
    },
    /// The captures that go on, and the last that have ended.
    Captures,
    /// Ends captures.
    StopCapture {
        /// The number of one; left out: all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<u32>,
    },
    /// Sends the topology's probes, from now until [`Request::MeasureEnd`]; answers once all flows have
    /// been without a gap for the topology's `probes.baseline`.
    MeasureBegin,
    /// Waits until all flows are without a gap for `probes.settle`, or `probes.recovery_limit` is over,
    /// and judges what happened since [`Request::MeasureBegin`] was answered.
    MeasureEnd,
    /// What the edge devices have reported so far.
    Events {
        /// How many of them the caller has seen.
        after: usize,
    },
    /// Moves a VM.
    Migrate(MigrateRequest),
    /// Has a host announce itself by gratuitous ARP.
    Announce {
        /// The host.
        host: String,
    },
    /// Impairs paths between sites; what was asked of them before counts no more.
    Impair {
        /// Which.
        paths: PathsAsked,
        /// How.
        asked: impairment::Impairment,
    },
    /// Has paths as the topology has them.
    ResetImpairments(PathsAsked),
    /// What is asked of the paths, and what was measured.
    Impairments,
    /// Sets an interface up or down.
    Link {
        /// The interface, as `NODE:INTERFACE`.
        link: String,
        /// How it is to be.
        to: LinkState,
    },
    /// Stops, kills or restarts an edge device.
    Fault {
        /// The device.
        device: String,
        /// What is done to it.
        fault: EdgeFault,
    },
    /// Plays a scenario: answers [`Response::Progress`] for each step, then [`Response::Played`].
    Play {
        /// Name of the file, for what is wrong with it.
        file: String,
        /// The scenario.
        text: String,
        /// Where captures go.
        captures: PathBuf,
    },
    /// Takes the lab down.
    Down,
}

/// Paths between sites; `*` is any site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathsAsked {
    /// A site.
    pub from: String,
    /// Another.
    pub to: String,
    /// One way or both.
    pub direction: Direction,
}

/// A VM to move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MigrateRequest {
    /// The VM.
    pub vm: String,
    /// The site that it goes to.
    pub to: String,
    /// What it says on arrival; left out: what the topology says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announce: Option<Announce>,
    /// How long it is plugged in nowhere; left out: as long as the topology says.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "humantime_serde"
    )]
    pub downtime: Option<Duration>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "response", content = "body", rename_all = "kebab-case")]
pub enum Response {
    /// What is done now.
    Progress(String),
    /// To [`Request::Wait`]: the lab is this far.
    Reached(Stage),
    /// To [`Request::Inspect`].
    Inspect(Box<Inspection>),
    /// To [`Request::Device`].
    Device(edge_api::protocol::Response),
    /// To [`Request::Look`].
    Looked {
        /// The answer of the last look; `None`: it was the first, or is not wanted.
        before: Option<Box<edge_api::protocol::Response>>,
        /// The answer now.
        now: Box<edge_api::protocol::Response>,
    },
    /// To [`Request::Interfaces`].
    Interfaces(Vec<NodeInterfaces>),
    /// To [`Request::Capture`]: the number that the capture has in this lab.
    CaptureNumber(u32),
    /// To a capture: it is to end.
    CaptureStop,
    /// To [`Request::Captures`]; to [`Request::StopCapture`] those that have ended by it.
    Captures(Vec<CaptureRow>),
    /// To [`Request::MeasureBegin`]: what happens from now on is measured.
    Measuring,
    /// To [`Request::MeasureEnd`].
    Measured(Vec<MeasuredFlow>),
    /// To [`Request::Events`].
    Events(Vec<DeviceEvent>),
    /// To [`Request::Migrate`].
    Migrated(Migrated),
    /// To [`Request::Announce`].
    Announced,
    /// To [`Request::Impair`], [`Request::ResetImpairments`] and [`Request::Impairments`].
    Impairments(ImpairmentReport),
    /// To [`Request::Link`].
    LinkSet,
    /// To [`Request::Fault`].
    Fault(Faulted),
    /// To [`Request::Play`].
    Played(Box<Played>),
    /// To [`Request::Down`]: what could not be taken down.
    Down {
        /// Each problem; empty when all went.
        problems: Vec<String>,
    },
    /// The request could not be read or done; the text says why and what would do.
    Error(String),
}

/// What was done to an edge device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faulted {
    /// The device.
    pub device: String,
    /// Its process before; `None`: it did not run.
    pub pid_before: Option<u32>,
    /// Its process now; `None`: it does not run.
    pub pid: Option<u32>,
    /// From its start until its adjacencies were up again.
    #[serde(with = "humantime_serde")]
    pub adjacencies_after: Option<Duration>,
}

/// Whether the answer of the last look is told with that of this one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Before {
    /// It is.
    Told,
    /// It is not.
    #[default]
    LeftOut,
}

/// The interfaces of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeInterfaces {
    /// The node.
    pub node: String,
    /// Names of its interfaces, loopback included.
    pub interfaces: Vec<String>,
}

/// The probes of one direction between two hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasuredFlow {
    /// Who sent.
    pub from: String,
    /// Who received.
    pub to: String,
    /// What became of the probes.
    pub report: meter::FlowReport,
}

/// How far a lab has come, in order.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// It answers; nothing else is waited for.
    #[value(name = "none")]
    Started,
    /// All links carry.
    Links,
    /// All IS-IS adjacencies are up.
    Adjacency,
    /// Every edge device has the right entry for every host.
    Converged,
}

impl core::fmt::Display for Stage {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(match self {
            Self::Started => "starting",
            Self::Links => "links up",
            Self::Adjacency => "adjacencies up",
            Self::Converged => "converged",
        })
    }
}

/// One event of one edge device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceEvent {
    /// The device.
    pub device: String,
    /// The event.
    #[serde(flatten)]
    pub event: edge_api::Event,
}

/// What a lab is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// Its name.
    pub lab: String,
    /// The topology's name.
    pub topology: String,
    /// Version of the program that runs it.
    pub version: String,
    /// How far it has come.
    pub stage: Stage,
    /// What went wrong with it since, a line each; empty in a sound lab.
    pub problems: Vec<String>,
    /// Seconds since it was started.
    pub age_seconds: u64,
    /// The steps of bringing it up that are over, in order.
    #[serde(default)]
    pub timings: Vec<Timing>,
    /// The sites, in the order of the topology.
    pub sites: Vec<String>,
    /// The edge devices.
    pub devices: Vec<DeviceNode>,
    /// The hosts.
    pub hosts: Vec<HostNode>,
    /// Every node that a command can be run in.
    pub nodes: Vec<String>,
    /// Every interface, as `NODE:INTERFACE`, with every host where it is at first.
    pub links: Vec<String>,
}

/// How long a step of bringing a lab up took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// The step.
    pub step: String,
    /// How long it took.
    #[serde(with = "humantime_serde")]
    pub took: Duration,
}

/// An edge device in a lab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceNode {
    /// Its name, which is its node's, too.
    pub name: String,
    /// Its site.
    pub site: String,
    /// Its underlay address.
    pub address: Ipv4Addr,
    /// How it handles a MAC move.
    pub mode: edge_api::Mode,
}

/// A host in a lab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostNode {
    /// Its name, which is its node's, too.
    pub name: String,
    /// Whether it can move.
    pub is_vm: bool,
    /// The site that it is at now.
    pub site: String,
    /// Its VLAN.
    pub vlan: VlanId,
    /// Its address.
    pub address: Ipv4Addr,
    /// Its MAC address.
    pub mac: MacAddr,
    /// Its own interface.
    pub interface: String,
    /// Where the other end of its cable is plugged in: node, interface, bridge.
    pub plugged_in: (String, String, String),
}

/// A move that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migrated {
    /// The VM.
    pub vm: String,
    /// The site that it left.
    pub from: String,
    /// The site that it is at.
    pub to: String,
    /// From the trigger until it was plugged in again: what no control plane can avoid.
    #[serde(with = "humantime_serde")]
    pub floor: Duration,
    /// From the trigger until every edge device had the published entry. `None` for a VM that says
    /// nothing on arrival: no device knows of it until it sends a frame, and that may be never.
    #[serde(with = "humantime_serde")]
    pub published_after: Option<Duration>,
}
