//! What can be seen in a lab, and waited for.

use std::time::Duration;

use edge_api::{DropReason, MacState};

use super::StepId;
use super::words::{Answer, LinkState, Seen};

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
    /// The other outage's trigger: it is looked for from there to the next change. `None`: both have one
    /// trigger.
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
