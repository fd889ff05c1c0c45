//! The result of a run, as `result.json` has it.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use core::time::Duration;
use edge_api::{ArpRow, Counters, MacRow, Mode, Status, TimerProfile};
use meter::attribution::Attribution;
use meter::copies::Copies;
use meter::phases::Floor;
use meter::witness::{Disagreement, MissingRun};
use meter::{CapturePoint, FlowReport, Measured, Phase, Ratio};
use serde::Serialize;
use topology::plan::FlowDirection;
use wire::{MacAddr, Timestamp, VlanId};

/// Version of the shape of `result.json`. It grows when a reader of the old shape would go wrong.
pub const SCHEMA_VERSION: u32 = 1;

/// One migration in one lab.
#[derive(Clone, Debug, Serialize)]
pub struct RunResult {
    /// Name of the topology.
    pub topology: String,
    /// Seed.
    pub seed: u64,
    /// How the edge devices handled the move.
    pub mode: Mode,
    /// The IGP's timers, by name.
    pub igp_profile: TimerProfile,
    /// The LSP generation rule in force, as a sentence.
    pub lsp_generation: String,
    /// Who moved.
    pub migration: MigrationSummary,
    /// From the last LSP that the new site's device had generated, to the trigger: a throttled IGP is
    /// slower the shorter this is. `None` when it had generated none.
    #[serde(rename = "igp_quiet_ns", with = "meter::nanos::option")]
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
    pub counters: BTreeMap<Arc<str>, Counters>,
    /// Each edge device, when the run began.
    pub devices: Vec<Status>,
    /// Where was captured, and what the capture missed.
    pub capture_points: Vec<CapturePoint>,
    /// The capture, below the run's directory; `None`: it was not kept.
    pub capture: Option<String>,
    /// Why the run is inconclusive; empty when it is not.
    pub disturbances: Vec<String>,
}

/// The move.
#[derive(Clone, Debug, Serialize)]
pub struct MigrationSummary {
    /// The VM.
    pub vm: String,
    /// Its VLAN.
    pub vlan: VlanId,
    /// Its MAC address.
    pub mac: MacAddr,
    /// Its IPv4 address.
    pub ip: Ipv4Addr,
    /// Site that it left.
    pub from: String,
    /// Site that it went to.
    pub to: String,
    /// How its cable went there.
    pub style: &'static str,
    /// What it said on arrival.
    pub announce: &'static str,
    /// When it began.
    pub trigger: Timestamp,
}

/// Entries for the VM at one moment.
#[derive(Clone, Debug, Serialize)]
pub struct Moment {
    /// Which.
    pub name: &'static str,
    /// By edge device: its entry, read over its control socket. `None` when it has none.
    pub entries: BTreeMap<Arc<str>, Option<MacRow>>,
    /// By edge device: what its ARP tables say of the VM.
    pub arp: BTreeMap<Arc<str>, ArpEntries>,
}

/// Entries of a device's two ARP tables for the VM's MAC or IP address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ArpEntries {
    /// ARP snooping: announced in the device's own site.
    pub snooping: Vec<ArpRow>,
    /// ARP suppression: announced by another site's device.
    pub suppression: Vec<ArpRow>,
}

/// One end of an EVI link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EviLink {
    /// The edge device.
    pub device: String,
    /// What the link is called there.
    pub name: String,
    /// The edge device that it leads to.
    pub peer: String,
    /// That device's site.
    pub peer_site: String,
}

/// Figures of one flow.
#[derive(Clone, Debug, Serialize)]
pub struct FlowResult {
    /// Host that sent.
    pub from: String,
    /// Host that received.
    pub to: String,
    /// Which way, seen from the VM.
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
    pub capture: Option<Witnessed>,
}

/// What the second witness, the capture, says of a flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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

/// Baseline and mechanism side by side, for one flow.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// The IGP's timers, by name: the same in both.
    pub igp_profile: TimerProfile,
    /// Host that sent.
    pub from: String,
    /// Host that received.
    pub to: String,
    /// The baseline's mode.
    pub baseline: Mode,
    /// The mechanism's mode.
    pub mechanism: Mode,
    /// Outage of the baseline, over that of the mechanism. The floor is in both.
    pub outage_ratio: Ratio,
    /// The same, of what is beyond the floor: the control planes alone.
    pub control_plane_ratio: Ratio,
}

/// An experiment that came to no result.
#[derive(Clone, Debug, Serialize)]
pub struct FailedRun {
    /// How the edge devices were to handle the move.
    pub mode: Mode,
    /// The IGP's timers, by name.
    pub igp_profile: TimerProfile,
    /// What went wrong.
    pub error: String,
}

/// All of `result.json`.
#[derive(Clone, Debug, Serialize)]
pub struct ResultFile {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Version of the program.
    pub dcilab: &'static str,
    /// The migrations.
    pub runs: Vec<RunResult>,
    /// Pairs of them.
    pub comparisons: Vec<Compared>,
    /// Experiments that have no place in `runs`, because their labs failed.
    pub failed: Vec<FailedRun>,
}

impl ResultFile {
    /// A file of these runs; each mechanism is compared with the baseline of its IGP profile.
    #[must_use]
    pub fn new(runs: Vec<RunResult>, failed: Vec<FailedRun>) -> Self {
        let mut comparisons = Vec::new();
        for run in runs.iter().filter(|run| run.mode != Mode::IgpOnly) {
            let is_baseline =
                |r: &&RunResult| r.mode == Mode::IgpOnly && r.igp_profile == run.igp_profile;
            if let Some(baseline) = runs.iter().find(is_baseline) {
                comparisons.extend(compare(baseline, run));
            }
        }
        let dcilab = env!("CARGO_PKG_VERSION");
        Self {
            schema_version: SCHEMA_VERSION,
            dcilab,
            runs,
            comparisons,
            failed,
        }
    }

    /// Whether every run's meter can be believed.
    #[must_use]
    pub fn is_conclusive(&self) -> bool {
        self.runs.iter().all(|run| run.disturbances.is_empty())
    }
}

fn compare(baseline: &RunResult, mechanism: &RunResult) -> Vec<Compared> {
    let compared = |m: &FlowResult| {
        let same = |b: &&FlowResult| b.from == m.from && b.to == m.to;
        let b = baseline.flows.iter().find(same)?;
        Some(Compared {
            igp_profile: mechanism.igp_profile,
            from: m.from.clone(),
            to: m.to.clone(),
            baseline: baseline.mode,
            mechanism: mechanism.mode,
            outage_ratio: Ratio::new(&b.report.outage.duration, &m.report.outage.duration),
            control_plane_ratio: Ratio::new(&b.control_plane_share, &m.control_plane_share),
        })
    };
    mechanism.flows.iter().filter_map(compared).collect()
}
