//! Results as files, with figures that a test chooses: two runs that were measured once, and in them
//! other outages.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::{Value, json};

const IGP_ONLY: &str = include_str!("igp-only.json");
const GARP_FLOOD: &str = include_str!("garp-flood.json");
/// What the move itself takes in every run that is made here, milliseconds.
const FLOOR: u64 = 20;
/// How far the true outage may be from the value, milliseconds.
const RESOLUTION: u64 = 1;

/// A result that is being made.
#[derive(Clone, Debug)]
pub struct Stored {
    /// `result.json`.
    pub file: Value,
}

impl Default for Stored {
    fn default() -> Self {
        let file = json!({
            "schema_version": 2, "dcilab": "0.1.0", "runs": [], "comparisons": [],
            "statistics": [], "effects": [], "failed": [],
        });
        Self { file }
    }
}

impl Stored {
    /// Baseline and mechanism as they are: three seconds and nothing, five times each.
    ///
    /// # Errors
    /// The runs that were measured cannot be read.
    pub fn usual() -> anyhow::Result<Self> {
        Self::default()
            .with("igp-only", &[3000, 3001, 2999, 3002, 3000, 3001])?
            .with("garp-flood", &[1, 2, 1, 3, 2, 1])
    }

    /// With runs of a mode, the first of them cold: what each lost beyond the floor, milliseconds.
    ///
    /// # Errors
    /// The runs that were measured cannot be read.
    pub fn with(mut self, mode: &str, beyond: &[u64]) -> anyhow::Result<Self> {
        let template = if mode == "igp-only" {
            IGP_ONLY
        } else {
            GARP_FLOOD
        };
        for (number, beyond) in (1..).zip(beyond) {
            let mut run: Value = serde_json::from_str(template)?;
            run["mode"] = json!(mode);
            run["repeat"] = json!(number);
            run["seed"] = json!(number);
            run["warmth"] = json!(if number == 1 { "cold" } else { "warm" });
            run["floor"]["kernel_move_ns"] = json!(FLOOR * 1_000_000);
            let flows = run["flows"].as_array_mut().context("no flows")?;
            for flow in flows {
                flow["report"]["outage"]["duration"] = measured(FLOOR + beyond);
                flow["report"]["lost"] = json!(FLOOR + beyond);
                flow["control_plane_share"] = measured(*beyond);
            }
            self.runs_mut()?.push(run);
        }
        Ok(self)
    }

    /// The runs.
    ///
    /// # Errors
    /// There is no list of them.
    pub fn runs_mut(&mut self) -> anyhow::Result<&mut Vec<Value>> {
        self.file["runs"].as_array_mut().context("no runs")
    }

    /// With a meter that was disturbed in the runs that `which` chooses by number.
    ///
    /// # Errors
    /// There are no runs.
    pub fn disturbed(mut self, which: impl Fn(u64) -> bool) -> anyhow::Result<Self> {
        for run in self.runs_mut()? {
            if which(run["repeat"].as_u64().unwrap_or_default()) {
                run["disturbances"] = json!(["vm1 to client-a: a probe was sent 900ms late"]);
            }
        }
        Ok(self)
    }

    /// Writes it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, directory: &Path, name: &str) -> anyhow::Result<PathBuf> {
        let file = directory.join(name);
        std::fs::write(&file, serde_json::to_string(&self.file)?)?;
        Ok(file)
    }
}

fn measured(ms: u64) -> Value {
    let ns = |ms: u64| ms * 1_000_000;
    json!({
        "value_ns": ns(ms),
        "lower_ns": ns(ms.saturating_sub(RESOLUTION)),
        "upper_ns": ns(ms + RESOLUTION),
    })
}
