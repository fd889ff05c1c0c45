//! Scenarios: what happens in a lab, step by step, as data.
//!
//! Steps are in the topology file (`[[step]]`) or in a file of their own. Reading goes the way that
//! topologies go: format ([`raw`]), then meaning, with all that is wrong reported at once. What a
//! resolved scenario names exists in its topology; running it is somebody else's.

mod condition;
mod describe;
mod links;
mod names;
mod paths;
pub mod raw;
mod resolve;
#[cfg(test)]
mod tests;
mod words;

use std::time::Duration;

use edge_api::{DropReason, MacState};
use impairment::Impairment;
use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostics;
use crate::raw::Schema;
use crate::{Announce, Resolved};

pub use names::matches;
pub use words::{Answer, EntryState, LinkState, MoveKind, Seen, Table, Verb};

/// A scenario whose names all exist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scenario {
    /// Its name: the file's, or the topology's.
    pub name: String,
    /// What it shows; may be empty.
    pub description: String,
    /// The steps, in the order of the file.
    pub steps: Vec<Step>,
}

/// Index of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(pub usize);

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name, no other step's.
    pub name: String,
    /// When.
    pub timing: Timing,
    /// What.
    pub action: Action,
}

/// When a step happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Once this step has ended; `None`: once the scenario has begun.
    pub after: Option<StepId>,
    /// So long after that.
    pub delay: Duration,
    /// Then, as soon as this holds.
    pub when: Option<Condition>,
    /// What is waited for has to hold within this.
    pub within: Duration,
}

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

/// Something that can be seen in a lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What.
    pub what: Observable,
    /// The trigger: what was so before its beginning does not count. `None`: the scenario's beginning.
    pub since: Option<StepId>,
    /// What it may be satisfied by.
    pub seen: Seen,
}

/// What can be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observable {
    /// Entries for hosts at edge devices.
    Mac {
        /// The hosts.
        hosts: Vec<String>,
        /// The devices.
        devices: Vec<String>,
        /// What each is to be.
        place: Place,
    },
    /// Adjacencies.
    Adjacency {
        /// The devices.
        devices: Vec<String>,
        /// Those to these sites' devices.
        sites: Vec<String>,
        /// What each is to be.
        state: LinkState,
    },
    /// Dropped frames since the trigger, all devices together.
    Drops {
        /// The devices.
        devices: Vec<String>,
        /// For this reason; `None`: for any.
        reason: Option<DropReason>,
        /// How many.
        count: Bounds<u64>,
    },
    /// LSPs that devices have generated since the trigger, all together.
    Lsps {
        /// The devices.
        devices: Vec<String>,
        /// How many.
        count: Bounds<u64>,
    },
    /// What a flow of probes has lost since the trigger.
    Flow(FlowCondition),
    /// Whether a host answers another.
    Ping {
        /// Who asks.
        from: String,
        /// Who is asked.
        to: String,
        /// Whether it is to.
        answer: Answer,
    },
}

/// What a flow is to have lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowCondition {
    /// The flow's number in the plan.
    pub flow: u16,
    /// Its two hosts, for people.
    pub name: String,
    /// Lost probes.
    pub lost: Bounds<u64>,
    /// The longest outage.
    pub outage: Bounds<Duration>,
    /// The outage as a multiple of another.
    pub times: Option<Times>,
}

/// A comparison of outages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Times {
    /// The other flow's number in the plan.
    pub than: u16,
    /// Its two hosts, for people.
    pub name: String,
    /// The other outage's trigger: it is looked for from there to the condition's own trigger. `None`:
    /// both have one trigger.
    pub since: Option<StepId>,
    /// How many times as long.
    pub times: Bounds<u64>,
}

/// What an entry is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// As it is when the host is at this site and published: local there, elsewhere remote by the link
    /// to that site's device.
    At(String),
    /// In this state, and by the link to this site's device where one is named.
    State {
        /// The state; `None`: no entry.
        state: Option<MacState>,
        /// The site.
        via: Option<String>,
    },
}

/// From, to, both, or neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds<T> {
    /// At least.
    pub least: Option<T>,
    /// At most.
    pub most: Option<T>,
}

impl<T: Copy + PartialOrd> Bounds<T> {
    /// Whether a value is within.
    #[must_use]
    pub fn hold(&self, value: T) -> bool {
        self.least.is_none_or(|least| value >= least) && self.most.is_none_or(|most| value <= most)
    }

    /// Neither.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.least.is_none() && self.most.is_none()
    }
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

impl Scenario {
    /// Reads a scenario in a file of its own, for a topology.
    ///
    /// # Errors
    /// All that is wrong, at once, in the order of the file.
    pub fn load(file_name: &str, text: &str, topology: &Resolved) -> Result<Self, Diagnostics> {
        let mut diagnostics = Diagnostics::default();
        let found = raw::document(text, &mut diagnostics)
            .and_then(|file| resolve::file(&file, file_name, topology, &mut diagnostics));
        diagnostics.sort();
        match found {
            Some(scenario) if !diagnostics.has_errors() => Ok(scenario),
            _ => Err(diagnostics),
        }
    }

    /// One step.
    #[must_use]
    pub fn step(&self, id: StepId) -> &Step {
        &self.steps[id.0]
    }
}

/// The steps in a topology's own file.
pub(crate) fn of_topology(
    steps: &[raw::Step],
    topology: &Resolved,
    diagnostics: &mut Diagnostics,
) -> Option<Scenario> {
    if steps.is_empty() {
        return None;
    }
    let steps = resolve::steps(steps, topology, diagnostics)?;
    Some(Scenario {
        name: topology.name().to_owned(),
        description: topology.description().to_owned(),
        steps,
    })
}

/// The JSON Schema of scenarios in files of their own.
#[must_use]
pub fn schema() -> Schema {
    raw::describe().with_dialect()
}
