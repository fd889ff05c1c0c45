//! Scenarios: what happens in a lab, step by step, as data.
//!
//! Steps are in the topology file (`[[step]]`) or in a file of their own. Reading goes the way that
//! topologies go: format ([`raw`]), then meaning, with all that is wrong reported at once. What a
//! resolved scenario names exists in its topology; running it is somebody else's.

mod action;
mod condition;
mod describe;
mod keys;
mod links;
mod moves;
mod names;
mod observable;
mod paths;
pub mod raw;
mod resolve;
#[cfg(test)]
mod tests;
mod words;

use std::time::Duration;

use crate::Resolved;
use crate::diagnostic::Diagnostics;
use crate::raw::Schema;

pub use action::{Action, EdgeFault, Migrate, SitePair};
pub use names::matches;
pub use observable::{Bounds, Condition, FlowCondition, Observable, Place, Times};
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
