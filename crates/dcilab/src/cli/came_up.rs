//! What `dcilab up` tells of a lab that came up, and where the time went.

use std::time::Duration;

use serde::Serialize;

use crate::life_cycle::protocol::{Stage, Timing};
use crate::report;

/// A lab that came up.
#[derive(Serialize)]
pub(super) struct CameUp<'a> {
    pub(super) lab: &'a str,
    pub(super) stage: Stage,
    /// From the command to here.
    #[serde(with = "humantime_serde")]
    pub(super) took: Duration,
    pub(super) timings: Vec<Timing>,
}

impl CameUp<'_> {
    pub(super) fn table(&self) -> String {
        let mut table = report::table(["step", "took"]);
        let mut row = |step: &str, took: Duration| {
            table.add_row([step.to_owned(), format!("{:.3} s", took.as_secs_f64())]);
        };
        for Timing { step, took } in &self.timings {
            row(step, *took);
        }
        row("all of it, from the command on", self.took);
        format!("{table}\n")
    }
}
