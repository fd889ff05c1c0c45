//! Two results side by side: settings that differ, and what each flow lost.

use meter::Measured;
use meter::statistics::{Effect, Quantile, quantile};
use serde_json::json;

use super::grid::Grid;
use super::grids;
use crate::result::{Cell, FlowResult, ResultFile, Value};

/// What differs between two results.
#[derive(Clone, Debug)]
pub struct Diff {
    /// Settings that differ: name, first, second.
    pub settings: Vec<(String, String, String)>,
    /// Each flow of each kind of experiment that one of them has.
    pub flows: Vec<FlowDiff>,
}

/// One flow in two results.
#[derive(Clone, Debug)]
pub struct FlowDiff {
    /// The kind of experiment.
    pub experiment: String,
    /// Host that sent.
    pub from: String,
    /// Host that received.
    pub to: String,
    /// Median of the outages that count, in each; `None` where there is none.
    pub outages: (Option<Measured>, Option<Measured>),
    /// The same of what is beyond the floor.
    pub shares: (Option<Measured>, Option<Measured>),
    /// Second against first, of what is beyond the floor; `None` unless both have it.
    pub effect: Option<Effect>,
}

/// Compares two results.
#[must_use]
pub fn diff(first: &ResultFile, second: &ResultFile) -> Diff {
    let settings = grids::setting_pairs(first)
        .into_iter()
        .zip(grids::setting_pairs(second));
    let settings = settings.map(|((name, a), (_, b))| (name, a, b));
    let mut cells = first.cells();
    let more = second
        .cells()
        .into_iter()
        .filter(|cell| !cells.contains(cell));
    cells.extend(more.collect::<Vec<_>>());
    let flows = cells
        .into_iter()
        .flat_map(|cell| of_cell(first, second, cell));
    Diff {
        settings: settings.filter(|(_, a, b)| a != b).collect(),
        flows: flows.collect(),
    }
}

fn of_cell(first: &ResultFile, second: &ResultFile, cell: Cell) -> Vec<FlowDiff> {
    let mut flows: Vec<&FlowResult> = Vec::new();
    for run in first
        .runs
        .iter()
        .chain(&second.runs)
        .filter(|run| run.cell() == cell)
    {
        for flow in &run.flows {
            if !flows
                .iter()
                .any(|known| (&known.from, &known.to) == (&flow.from, &flow.to))
            {
                flows.push(flow);
            }
        }
    }
    let values = |file: &ResultFile, flow: &FlowResult, value| {
        file.sample(cell).values(&flow.from, &flow.to, value)
    };
    let median = |file: &ResultFile, flow: &FlowResult, value| {
        quantile(&values(file, flow, value), Quantile::Median)
    };
    let of_flow = |flow: &FlowResult| {
        let both = |value| (median(first, flow, value), median(second, flow, value));
        let share = Value::ControlPlaneShare;
        FlowDiff {
            experiment: cell.to_string(),
            from: flow.from.clone(),
            to: flow.to.clone(),
            outages: both(Value::Outage),
            shares: both(share),
            effect: Effect::of(&values(second, flow, share), &values(first, flow, share)),
        }
    };
    flows.into_iter().map(of_flow).collect()
}

impl Diff {
    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut settings = Grid::new(["setting", "first", "second"]);
        for (name, a, b) in &self.settings {
            settings.push([name, a, b]);
        }
        let mut flows = Grid::new([
            "experiment",
            "flow",
            "#outage: first",
            "#second",
            "#beyond the floor: first",
            "#second",
            "#second less first",
        ]);
        for flow in &self.flows {
            let show =
                |value: &Option<Measured>| value.map_or_else(|| "-".to_owned(), |v| v.to_string());
            flows.push([
                flow.experiment.clone(),
                format!("{} to {}", flow.from, flow.to),
                show(&flow.outages.0),
                show(&flow.outages.1),
                show(&flow.shares.0),
                show(&flow.shares.1),
                flow.effect.as_ref().map_or_else(|| "-".to_owned(), told),
            ]);
        }
        let settings = match settings.is_empty() {
            true => "The settings are the same.\n".to_owned(),
            false => format!("Settings that differ\n{}", settings.text()),
        };
        format!(
            "\n{settings}\nMedians of the runs that count (of repeats, the warm ones)\n{}",
            flows.text()
        )
    }

    /// For machines.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        let setting = |(name, a, b): &(String, String, String)| json!({"setting": name, "first": a, "second": b});
        let flow = |flow: &FlowDiff| {
            json!({
                "experiment": flow.experiment, "from": flow.from, "to": flow.to,
                "first": {"outage": flow.outages.0, "control_plane_share": flow.shares.0},
                "second": {"outage": flow.outages.1, "control_plane_share": flow.shares.1},
                "second_against_first": flow.effect,
            })
        };
        json!({
            "settings": self.settings.iter().map(setting).collect::<Vec<_>>(),
            "flows": self.flows.iter().map(flow).collect::<Vec<_>>(),
        })
    }
}

/// A difference that lies within what is known is none.
fn told(effect: &Effect) -> String {
    let difference = &effect.difference;
    let is_open = difference.lower_ns.is_none_or(|lower| lower <= 0)
        && difference.upper_ns.is_none_or(|upper| upper >= 0);
    match is_open {
        true => format!("not told apart: {difference}"),
        false => difference.to_string(),
    }
}
