//! A scenario in a lab of its own.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::watch;
use topology::{Resolved, Scenario};

use super::result::{Played, Verdict};
use super::{Stage, play};
use crate::lab::{EdgeProgram, Lab, LabError};
use crate::movements::Movements;
use crate::progress::Progress;

/// A scenario to play in a fresh lab.
pub struct Performance<'a> {
    /// What to build.
    pub topology: &'a Resolved,
    /// What to do in it.
    pub scenario: &'a Scenario,
    /// What to run as an edge device.
    pub program: &'a EdgeProgram,
    /// Name of the performance's files, for example `cisco-garp-flood`.
    pub label: String,
    /// Where the run's files go.
    pub directory: &'a Path,
}

impl Performance<'_> {
    /// Plays it, and takes the lab down.
    ///
    /// # Errors
    /// The lab could not be brought up, did not become ready, or broke.
    pub async fn run(self, progress: &Progress) -> Result<Played, LabError> {
        let nodes = self.directory.join("nodes").join(&self.label);
        let plan = Arc::new(self.topology.plan());
        let lab = Lab::build(plan, self.program, &nodes, progress).await?;
        let movements = Movements::at_first(self.topology);
        let (over, _) = watch::channel(false);
        let stage = Stage {
            lab: &lab,
            topology: self.topology,
            movements: &movements,
            captures: &self.directory.join("captures").join(&self.label),
            progress,
            over: &over,
        };
        let played = async {
            lab.wait_until_ready(progress).await?;
            play(stage, self.scenario).await
        };
        match played.await {
            // Its devices are gone or mad: there is nothing to end in order.
            Ok(played) if matches!(played.verdict, Verdict::Broken { .. }) => Ok(played),
            Ok(played) => lab.tear_down().await.map(|()| played),
            Err(error) => Err(lab.explain(error).await),
        }
    }
}
