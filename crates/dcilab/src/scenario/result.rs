//! What became of a scenario: the verdict, and a journal of its steps on one clock.

use core::time::Duration;

use edge_api::{Mode, TimerProfile};
use meter::Measured;
use serde::{Deserialize, Serialize};
use wire::Timestamp;

/// A scenario that was played.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Played {
    /// Its name.
    pub scenario: String,
    /// The topology's name.
    pub topology: String,
    /// How the edge devices handled moves.
    pub mode: Mode,
    /// The IGP's timers, by name.
    pub igp_profile: TimerProfile,
    /// What came of it.
    pub verdict: Verdict,
    /// When it began (`CLOCK_MONOTONIC`, as every stamp of the lab).
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// Every step, in the order of the file.
    pub steps: Vec<StepRecord>,
    /// What each flow of probes lost, from its start to its end.
    pub flows: Vec<FlowRecord>,
}

/// What came of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Verdict {
    /// Every step was done, and every assertion held.
    Passed,
    /// A step could not be done, or what it waited for did not come true.
    Failed {
        /// The step.
        step: String,
        /// What it wanted, and what it saw last.
        why: String,
    },
    /// The lab itself broke.
    Broken {
        /// The step.
        step: String,
        /// How.
        why: String,
    },
}

/// How far a step came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Its time had not come when the scenario ended.
    NotReached,
    /// It had begun when the scenario ended.
    CutOff,
    /// It was done.
    Done,
    /// It could not be done.
    Failed,
}

impl Outcome {
    /// For people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotReached => "not reached",
            Self::CutOff => "cut off",
            Self::Done => "done",
            Self::Failed => "FAILED",
        }
    }
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Its name.
    pub name: String,
    /// What it does, for people.
    pub does: String,
    /// How far it came.
    pub outcome: Outcome,
    /// When it began to act, after all waiting.
    pub began: Option<Timestamp>,
    /// When it was done, or had failed.
    pub ended: Option<Timestamp>,
    /// What it did or saw, for people; empty when there is nothing to say.
    pub saw: String,
    /// What it did or saw, for machines.
    #[serde(skip_serializing_if = "Details::is_none", default)]
    pub details: Details,
}

/// What some steps have to tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Details {
    /// Nothing.
    #[default]
    None,
    /// VMs that moved.
    Moves {
        /// Each move.
        moves: Vec<MoveRecord>,
        /// From the first cable unplugged to the last: how far the moves are from being at once.
        #[serde(rename = "spread_ns", with = "meter::nanos")]
        spread: Duration,
    },
    /// Tables, by edge device, as their control sockets have them.
    Tables {
        /// The answers.
        tables: std::collections::BTreeMap<String, edge_api::protocol::Response>,
    },
}

impl Details {
    const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

/// One move of one VM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveRecord {
    /// The VM.
    pub vm: String,
    /// The site that it left.
    pub from: String,
    /// The site that it is at.
    pub to: String,
    /// When it began.
    pub trigger: Timestamp,
    /// When its cable was unplugged, moved, plugged in, and the VM announced.
    pub marks: Vec<meter::phases::Mark>,
}

/// What a flow of probes lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowRecord {
    /// Who sent.
    pub from: String,
    /// Who received.
    pub to: String,
    /// Probes that were sent in time to arrive.
    pub judged: u64,
    /// Of those, lost.
    pub lost: u64,
    /// The longest run of lost probes.
    pub outage: Measured,
}

impl Played {
    /// From the beginning of the scenario to a stamp.
    #[must_use]
    pub fn since_begin(&self, at: Timestamp) -> Duration {
        at.saturating_since(self.began)
    }
}
