//! What became of a scenario: the verdict, then every step with its time.

use core::time::Duration;

use comfy_table::Cell;

use super::{millis, number, table};
use crate::scenario::Played;
use crate::scenario::result::{StepRecord, Verdict};

/// Longer texts are for `result.json`.
const SHOWN: usize = 90;

/// The report of a scenario, as text.
#[must_use]
pub fn text(played: &Played) -> String {
    let title = format!(
        "scenario {}: {} with IGP timers `{}`",
        played.scenario, played.mode, played.igp_profile
    );
    let mut steps = table(["step", "began at", "took", "", "what it did, and saw"]);
    for step in &played.steps {
        let began = step.began.map(|at| seconds(played.since_begin(at)));
        let ended = step.ended.zip(step.began.or(step.ended));
        let took = ended.map(|(ended, began)| millis(ended.saturating_since(began)));
        steps.add_row([
            Cell::new(&step.name),
            number(began.unwrap_or_default()),
            number(took.unwrap_or_default()),
            Cell::new(step.outcome.name()),
            Cell::new(shortened(&told(step))),
        ]);
    }
    let took = seconds(played.since_begin(played.ended));
    let verdict = match &played.verdict {
        Verdict::Passed => format!("PASSED: every step was done, in {took}"),
        Verdict::Failed { step, why } => format!("FAILED at step `{step}`: {why}"),
        Verdict::Broken { step, why } => format!("BROKEN at step `{step}`: {why}"),
    };
    format!(
        "\n{title}\n{}\n{steps}\n{}\n{verdict}\n",
        "=".repeat(title.chars().count()),
        flows(played)
    )
}

fn told(step: &StepRecord) -> String {
    match step.saw.is_empty() {
        true => step.does.clone(),
        false => format!("{}: {}", step.does, step.saw),
    }
}

fn shortened(text: &str) -> String {
    let text = text.replace('\n', " ");
    match text.chars().nth(SHOWN) {
        None => text,
        Some(_) => format!("{}...", text.chars().take(SHOWN).collect::<String>()),
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}

fn flows(played: &Played) -> String {
    if played.flows.is_empty() {
        return String::new();
    }
    let mut flows = table(["from", "to", "probes", "lost", "longest outage"]);
    for flow in &played.flows {
        let outage = match flow.outage.upper {
            _ if flow.lost == 0 => String::new(),
            Some(_) => millis(flow.outage.value),
            None => format!(">= {}", millis(flow.outage.lower)),
        };
        flows.add_row([
            Cell::new(&flow.from),
            Cell::new(&flow.to),
            number(flow.judged),
            number(flow.lost),
            number(outage),
        ]);
    }
    format!("\nProbes, from their start to their end\n{flows}\n")
}
