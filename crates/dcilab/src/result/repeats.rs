//! What repeats say together, and modes against the baseline.

use edge_api::{Mode, TimerProfile};
use meter::Ratio;
use meter::statistics::{Effect, Summary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use topology::plan::FlowDirection;

use super::{Cell, FlowResult, ResultFile, RunResult, SiteRole, Value, Warmth, first};

/// Baseline and mechanism side by side, for one flow of one repeat.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Compared {
    /// The IGP's timers, by name: the same in both.
    #[schemars(with = "String")]
    pub igp_profile: TimerProfile,
    /// Which repeat, of both.
    #[serde(default = "first")]
    pub repeat: u32,
    /// Host that sent.
    pub from: String,
    /// Host that received.
    pub to: String,
    /// The baseline's mode.
    #[schemars(with = "String")]
    pub baseline: Mode,
    /// The mechanism's mode.
    #[schemars(with = "String")]
    pub mechanism: Mode,
    /// Outage of the baseline, over that of the mechanism. The floor is in both.
    pub outage_ratio: Ratio,
    /// The same, of what is beyond the floor: the control planes alone.
    pub control_plane_ratio: Ratio,
}

/// What the warm repeats of one flow say together. Every single value is in `runs`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FlowStatistics {
    /// How the edge devices handled the move.
    #[schemars(with = "String")]
    pub mode: Mode,
    /// The IGP's timers, by name.
    #[schemars(with = "String")]
    pub igp_profile: TimerProfile,
    /// Host that sent.
    pub from: String,
    /// Host that received.
    pub to: String,
    /// Which way, seen from the VM.
    #[schemars(with = "String")]
    pub direction: FlowDirection,
    /// What the observer's site was to the move.
    pub site_role: SiteRole,
    /// The repeats that count, by number.
    pub repeats: Vec<u32>,
    /// How many do not: disturbed, or without a result.
    pub left_out: usize,
    /// Of the outages.
    pub outage: Summary,
    /// Of what is beyond the floor.
    pub control_plane_share: Summary,
}

/// How far a mode is from the baseline, by the warm repeats of one flow.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct EffectOfMode {
    /// The IGP's timers, by name: the same in both.
    #[schemars(with = "String")]
    pub igp_profile: TimerProfile,
    /// Host that sent.
    pub from: String,
    /// Host that received.
    pub to: String,
    /// The baseline's mode: first in the effects.
    #[schemars(with = "String")]
    pub baseline: Mode,
    /// The mechanism's mode.
    #[schemars(with = "String")]
    pub mechanism: Mode,
    /// Of the outages.
    pub outage: Effect,
    /// Of what is beyond the floor.
    pub control_plane_share: Effect,
}

/// Each mechanism against the baseline of its profile and repeat.
pub(super) fn comparisons(runs: &[RunResult]) -> Vec<Compared> {
    let mut comparisons = Vec::new();
    for run in runs.iter().filter(|run| run.mode != Mode::IgpOnly) {
        let is_baseline = |other: &&RunResult| {
            other.mode == Mode::IgpOnly
                && other.igp_profile == run.igp_profile
                && other.repeat == run.repeat
        };
        if let Some(baseline) = runs.iter().find(is_baseline) {
            let compared = |flow| compare(baseline, run, flow);
            comparisons.extend(run.flows.iter().filter_map(compared));
        }
    }
    comparisons
}

fn compare(baseline: &RunResult, run: &RunResult, flow: &FlowResult) -> Option<Compared> {
    let before = baseline.flow(&flow.from, &flow.to)?;
    let ratio = |value: Value| Ratio::new(&value.of(before), &value.of(flow));
    Some(Compared {
        igp_profile: run.igp_profile,
        repeat: run.repeat,
        from: flow.from.clone(),
        to: flow.to.clone(),
        baseline: baseline.mode,
        mechanism: run.mode,
        outage_ratio: ratio(Value::Outage),
        control_plane_ratio: ratio(Value::ControlPlaneShare),
    })
}

pub(super) fn statistics(file: &ResultFile) -> Vec<FlowStatistics> {
    let cells = file.cells().into_iter();
    cells.flat_map(|cell| of_cell(file, cell)).collect()
}

fn of_cell(file: &ResultFile, cell: Cell) -> Vec<FlowStatistics> {
    let sample = file.sample(cell);
    let Some(one) = sample.counted.first() else {
        return Vec::new();
    };
    if one.warmth == Warmth::Cold {
        return Vec::new();
    }
    let of_flow = |flow: &FlowResult| {
        let summary = |value| Summary::of(&sample.values(&flow.from, &flow.to, value), one.seed);
        Some(FlowStatistics {
            mode: cell.mode,
            igp_profile: cell.profile,
            from: flow.from.clone(),
            to: flow.to.clone(),
            direction: flow.direction,
            site_role: flow.site_role,
            repeats: sample.counted.iter().map(|run| run.repeat).collect(),
            left_out: sample.left_out,
            outage: summary(Value::Outage)?,
            control_plane_share: summary(Value::ControlPlaneShare)?,
        })
    };
    one.flows.iter().filter_map(of_flow).collect()
}

pub(super) fn effects(file: &ResultFile) -> Vec<EffectOfMode> {
    let modes = file.statistics.iter().filter(|of| of.mode != Mode::IgpOnly);
    modes.filter_map(|of| effect(file, of)).collect()
}

fn effect(file: &ResultFile, of: &FlowStatistics) -> Option<EffectOfMode> {
    let cell = |mode| Cell {
        mode,
        profile: of.igp_profile,
    };
    let (baseline, mechanism) = (file.sample(cell(Mode::IgpOnly)), file.sample(cell(of.mode)));
    let effect = |value| {
        let before = baseline.values(&of.from, &of.to, value);
        Effect::of(&before, &mechanism.values(&of.from, &of.to, value))
    };
    Some(EffectOfMode {
        igp_profile: of.igp_profile,
        from: of.from.clone(),
        to: of.to.clone(),
        baseline: Mode::IgpOnly,
        mechanism: of.mode,
        outage: effect(Value::Outage)?,
        control_plane_share: effect(Value::ControlPlaneShare)?,
    })
}
