//! Scenarios that are played in a lab: every step at its time, every condition looked at where it is.
//!
//! What a step means was decided when it was read ([`topology::scenario`]). Here each step is a future of its
//! own, which waits for the one that it follows; the first that fails ends all others. An assertion looks at
//! the edge devices' own tables, and compares what it finds with what was there before its trigger
//! (`snapshot`), so that stale state never satisfies it.

mod act;
mod alone;
mod faults;
mod flows;
mod look;
mod moves;
mod play;
pub mod result;
mod snapshot;
mod tables;
mod traffic;

use std::path::Path;

use tokio::sync::watch;
use topology::Resolved;

use crate::lab::{Lab, LabError};
use crate::movements::Movements;
use crate::progress::Progress;

pub use alone::Performance;
pub use play::play;
pub use result::Played;

/// Where a scenario is played.
#[derive(Clone, Copy)]
pub struct Stage<'a> {
    /// The lab.
    pub lab: &'a Lab,
    /// Its topology.
    pub topology: &'a Resolved,
    /// Where its VMs are.
    pub movements: &'a Movements,
    /// Where captures go.
    pub captures: &'a Path,
    /// Who is told of each step.
    pub progress: &'a Progress,
    /// Turns true when the play is to end early: moves that have begun are finished, nothing else is begun.
    pub over: &'a watch::Sender<bool>,
}

/// Why a step did not do what it was to do.
enum Stumble {
    /// It could not be done, or a condition did not come true: the scenario has failed.
    Failed(String),
    /// The lab broke.
    Broken(LabError),
    /// The play is over, for another's sake.
    Over,
}

impl From<String> for Stumble {
    fn from(text: String) -> Self {
        Self::Failed(text)
    }
}

impl From<LabError> for Stumble {
    fn from(error: LabError) -> Self {
        match error {
            // The device is gone; that it did not answer is what follows from it.
            LabError::DeviceEnded { .. } | LabError::Panicked { .. } => Self::Broken(error),
            other => Self::Failed(other.to_string()),
        }
    }
}
