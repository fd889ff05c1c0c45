//! The result of a run, as `result.json` has it.

mod migration;
mod read;
mod repeats;
mod sample;

use std::collections::BTreeMap;
use std::sync::Arc;

use core::time::Duration;
use edge_api::{Counters, Mode, Status, TimerProfile};
use meter::attribution::Attribution;
use meter::copies::Copies;
use meter::phases::Floor;
use meter::witness::{Disagreement, MissingRun};
use meter::{CapturePoint, FlowReport, Measured, Phase};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use topology::plan::FlowDirection;

use crate::lab::ImpairmentReport;
use crate::scenario::Played;

/// Version of the shape of `result.json`. It grows when a reader of the old shape would go wrong.
pub const SCHEMA_VERSION: u32 = 2;

pub use migration::{ArpEntries, EviLink, MigrationSummary, Moment};
pub use read::{ReadError, Stored};
pub use repeats::{Compared, EffectOfMode, FlowStatistics};
pub use sample::{Cell, Sample, Value};

/// The JSON Schema of `result.json`.
#[must_use]
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(ResultFile)
}

/// One migration in one lab.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RunResult {
    /// Name of the topology.
    pub topology: String,
    /// Seed of the moment of the move: the topology's for the first repeat, and one more for each that
    /// follows.
    pub seed: u64,
    /// Which repeat, from 1. Repeats of the modes take turns.
    #[serde(default = "first")]
    pub repeat: u32,
    /// Whether it was the first of its kind.
    #[serde(default)]
    pub warmth: Warmth,
    /// How the edge devices handled the move.
    #[schemars(with = "String")]
    pub mode: Mode,
    /// The IGP's timers, by name.
    #[schemars(with = "String")]
    pub igp_profile: TimerProfile,
    /// The LSP generation rule in force, as a sentence.
    pub lsp_generation: String,
    /// Who moved.
    pub migration: MigrationSummary,
    /// From the last LSP that the new site's device had generated, to the trigger: a throttled IGP is
    /// slower the shorter this is. `None` when it had generated none.
    #[serde(rename = "igp_quiet_ns", with = "meter::nanos::option")]
    #[schemars(with = "Option<u64>")]
    pub igp_quiet: Option<Duration>,
    /// What no control plane could have avoided.
    pub floor: Floor,
    /// What happened, in order.
    pub phases: Vec<Phase>,
    /// The VM's entries at three moments, by edge device.
    pub moments: Vec<Moment>,
    /// Where each edge device's EVI links lead.
    pub evi_links: Vec<EviLink>,
    /// Figures of each flow.
    pub flows: Vec<FlowResult>,
    /// What flood entries cost, by flow.
    pub copies: Vec<Copies>,
    /// What each edge device counted, from its start to the end of the run.
    #[schemars(with = "BTreeMap<String, Row>")]
    pub counters: BTreeMap<Arc<str>, Counters>,
    /// Each edge device, when the run began.
    #[schemars(with = "Vec<Row>")]
    pub devices: Vec<Status>,
    /// Where was captured, and what the capture missed.
    pub capture_points: Vec<CapturePoint>,
    /// The capture, below the run's directory; `None`: it was not kept.
    pub capture: Option<String>,
    /// What was asked of the paths between sites, by what, and what was measured; left out where nothing was.
    #[serde(default, skip_serializing_if = "ImpairmentReport::is_empty")]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub impairments: ImpairmentReport,
    /// Why the run is inconclusive; empty when it is not.
    pub disturbances: Vec<String>,
}

/// An object as an edge device's control socket has it.
type Row = BTreeMap<String, serde_json::Value>;

const fn first() -> u32 {
    1
}

/// Whether an experiment of its kind had been done before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Warmth {
    /// It was the first: programs and kernel objects were loaded for it. Statistics leave it out.
    #[default]
    Cold,
    /// It was not.
    Warm,
}

impl Warmth {
    /// The name, as in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Warm => "warm",
        }
    }
}

/// Figures of one flow.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FlowResult {
    /// Host that sent.
    pub from: String,
    /// Host that received.
    pub to: String,
    /// Which way, seen from the VM.
    #[schemars(with = "String")]
    pub direction: FlowDirection,
    /// The observer's site.
    pub observer_site: String,
    /// That site's edge device.
    pub observer_device: String,
    /// What the site was to the move.
    pub site_role: SiteRole,
    /// The figures.
    pub report: FlowReport,
    /// Outage less the floor.
    pub control_plane_share: Measured,
    /// Where the lost probes died.
    pub attribution: Attribution,
    /// The same figures of the capture's file alone; `None` when it does not show where the flow ends.
    #[serde(default)]
    pub capture: Option<Witnessed>,
}

/// What the second witness, the capture, says of a flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Witnessed {
    /// Probes that did not arrive at the receiver's link.
    pub lost: u64,
    /// Further arrivals there.
    pub duplicated: u64,
    /// Arrivals out of order there.
    pub reordered: u64,
    /// The longest gap there, by the capture's own stamps; `None` when nothing was lost.
    pub longest_gap: Option<MissingRun>,
    /// Where it differs from the meter by more than a probe: then the run is inconclusive.
    pub disagreements: Vec<Disagreement>,
}

/// What a site is to a migration.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum SiteRole {
    /// The VM left it.
    Old,
    /// Neither.
    Third,
    /// The VM went there.
    New,
}

impl SiteRole {
    /// For people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Old => "old site",
            Self::Third => "third site",
            Self::New => "new site",
        }
    }
}

/// An experiment that came to no result.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FailedRun {
    /// How the edge devices were to handle the move.
    #[schemars(with = "String")]
    pub mode: Mode,
    /// The IGP's timers, by name.
    #[schemars(with = "String")]
    pub igp_profile: TimerProfile,
    /// Which repeat, from 1.
    #[serde(default = "first")]
    pub repeat: u32,
    /// What went wrong.
    pub error: String,
}

/// All of `result.json`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ResultFile {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Version of the program.
    pub dcilab: String,
    /// The migrations, in the order in which they were done.
    pub runs: Vec<RunResult>,
    /// Pairs of them, of the same repeat.
    pub comparisons: Vec<Compared>,
    /// What the repeats of each flow say together; empty without repeats.
    #[serde(default)]
    pub statistics: Vec<FlowStatistics>,
    /// How far the repeats of each mode are from the baseline's; empty without repeats.
    #[serde(default)]
    pub effects: Vec<EffectOfMode>,
    /// Experiments that have no place in `runs`, because their labs failed.
    pub failed: Vec<FailedRun>,
    /// Scenarios that were played in place of a measured migration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<BTreeMap<String, serde_json::Value>>")]
    pub scenarios: Vec<Played>,
}

impl ResultFile {
    /// A file of these runs; each mechanism is compared with the baseline of its IGP profile.
    #[must_use]
    pub fn new(runs: Vec<RunResult>, failed: Vec<FailedRun>) -> Self {
        let mut file = Self {
            schema_version: SCHEMA_VERSION,
            dcilab: env!("CARGO_PKG_VERSION").to_owned(),
            runs,
            comparisons: Vec::new(),
            statistics: Vec::new(),
            effects: Vec::new(),
            failed,
            scenarios: Vec::new(),
        };
        file.comparisons = repeats::comparisons(&file.runs);
        file.statistics = repeats::statistics(&file);
        file.effects = repeats::effects(&file);
        file
    }

    /// With scenarios that were played.
    #[must_use]
    pub fn with_scenarios(self, scenarios: Vec<Played>) -> Self {
        Self { scenarios, ..self }
    }

    /// Whether the figures count: of each mode with each profile, at least half of the runs do.
    #[must_use]
    pub fn is_conclusive(&self) -> bool {
        let mut samples = self.cells().into_iter().map(|cell| self.sample(cell));
        samples.all(|sample| sample.is_enough())
    }
}

impl RunResult {
    /// What kind of experiment it was.
    #[must_use]
    pub const fn cell(&self) -> Cell {
        Cell {
            mode: self.mode,
            profile: self.igp_profile,
        }
    }

    /// Whether its meter can be believed.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.disturbances.is_empty()
    }
}

impl FlowResult {
    /// Which way, as in files.
    #[must_use]
    pub const fn direction_name(&self) -> &'static str {
        match self.direction {
            FlowDirection::ToVm => "to-vm",
            FlowDirection::FromVm => "from-vm",
        }
    }

    /// The end that is not the VM.
    #[must_use]
    pub fn observer(&self) -> &str {
        match self.direction {
            FlowDirection::ToVm => &self.from,
            FlowDirection::FromVm => &self.to,
        }
    }
}
