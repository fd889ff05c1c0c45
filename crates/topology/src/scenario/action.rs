//! What steps do.

use std::time::Duration;

use impairment::Impairment;
use serde::{Deserialize, Serialize};

use super::observable::Condition;
use super::words::{LinkState, MoveKind, Table};
use crate::Announce;

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Moves VMs.
    Migrate(Migrate),
    /// Has hosts announce themselves.
    Announce {
        /// The hosts.
        hosts: Vec<String>,
    },
    /// Sets an interface up or down.
    Link {
        /// The node.
        node: String,
        /// Its interface.
        interface: String,
        /// How it is to be.
        to: LinkState,
    },
    /// Does something to edge devices.
    Edge {
        /// The devices.
        devices: Vec<String>,
        /// What.
        fault: EdgeFault,
    },
    /// Impairs paths of the underlay.
    Impair {
        /// Which.
        path: SitePair,
        /// How.
        asked: Impairment,
    },
    /// Has paths as the topology has them.
    ImpairReset {
        /// Which.
        path: SitePair,
    },
    /// Parts sites from others.
    Partition {
        /// The sites.
        sites: Vec<String>,
        /// The others.
        from: Vec<String>,
    },
    /// Ends all partitions.
    Heal,
    /// Starts the probes of these flows of the plan, by number.
    TrafficStart {
        /// The flows.
        flows: Vec<u16>,
    },
    /// Stops all probes.
    TrafficStop,
    /// Announces ever new MACs from a host.
    ChurnStart {
        /// The host.
        host: String,
        /// New MACs a second.
        rate: u32,
    },
    /// Stops that.
    ChurnStop,
    /// Captures everywhere.
    CaptureStart {
        /// Name of the file.
        file: String,
    },
    /// Ends the capture.
    CaptureStop,
    /// Keeps a table.
    Show {
        /// Which.
        table: Table,
        /// Of these edge devices.
        devices: Vec<String>,
    },
    /// Waits for a condition, which has to come true.
    Assert {
        /// The condition.
        expect: Condition,
        /// It has to go on to hold for so long.
        holds: Duration,
    },
    /// Nothing.
    Wait,
}

/// VMs to move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrate {
    /// Those that may.
    pub vms: Vec<String>,
    /// Only those that are at this site then.
    pub from: Option<String>,
    /// Only so many.
    pub count: Option<usize>,
    /// Where they go; `None`: home.
    pub to: Option<String>,
    /// How.
    pub kind: MoveKind,
    /// How long each is off.
    pub downtime: Option<Duration>,
    /// What each says on arrival; `None`: what the topology says.
    pub announce: Option<Announce>,
    /// How often it goes to and fro.
    pub times: u32,
    /// How long it stays between two moves.
    pub pause: Duration,
}

/// Paths from one site to another; `*` is any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SitePair {
    /// Where packets come from.
    pub from: String,
    /// Where they go.
    pub to: String,
    /// And back.
    pub is_both_ways: bool,
}

impl SitePair {
    /// All paths.
    pub(crate) fn all() -> Self {
        Self {
            from: "*".to_owned(),
            to: "*".to_owned(),
            is_both_ways: true,
        }
    }
}

/// What is done to an edge device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EdgeFault {
    /// It is asked to end, and purges its LSPs.
    Stop,
    /// It is killed, and says nothing.
    Kill,
    /// It is started anew; if it still runs, it is killed first.
    Restart,
}

impl Action {
    /// Whether it changes the lab, so that what comes after may be seen to follow from it.
    #[must_use]
    pub const fn is_change(&self) -> bool {
        matches!(
            self,
            Self::Migrate(_)
                | Self::Announce { .. }
                | Self::Link { .. }
                | Self::Edge { .. }
                | Self::Impair { .. }
                | Self::ImpairReset { .. }
                | Self::Partition { .. }
                | Self::Heal
                | Self::ChurnStart { .. }
        )
    }
}
