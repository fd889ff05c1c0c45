//! Conditions on what a flow of probes has lost.

use core::time::Duration;

use meter::{FlowId, FlowReport, Ratio};
use topology::scenario::{Bounds, FlowCondition, Times};
use wire::Timestamp;

use super::Stumble;
use super::look::Seen;
use super::play::Play;
use super::snapshot::Snapshot;
use super::traffic::Probing;
use crate::report::millis;

/// What there is to judge of two outages.
struct Compared {
    own: FlowReport,
    other: FlowReport,
}

impl Play<'_> {
    /// A flow is judged once it has recovered: while probes are still lost, an outage has no end.
    pub(super) async fn look_at_flow(
        &self,
        flow: &FlowCondition,
        trigger: &Snapshot,
    ) -> Result<Seen, Stumble> {
        let probing = self.probing.lock().await;
        let id = FlowId(flow.flow);
        expect_probes(&probing, id, &flow.name)?;
        if let Some(waits) = self.unsettled(&probing, id, trigger) {
            return Ok(Seen::not(format!("{}: {waits}", flow.name)));
        }
        let plan = self.stage.lab.plan();
        let logs = probing.logs(id);
        let Some(report) = logs.and_then(|logs| logs.report(plan, trigger.at, None)) else {
            return Ok(Seen::not(format!("{}: too early to judge", flow.name)));
        };
        let lost = lost(&report);
        let mut holds = flow.lost.hold(lost) && within(flow.outage, &report);
        let mut text = format!("{}: {lost} lost, outage {}", flow.name, outage(&report));
        if let Some(times) = &flow.times {
            let Some(compared) = self.compare(&probing, report, times, trigger)? else {
                return Ok(Seen::not(format!("{}: too early to judge", times.name)));
            };
            let ratio = compared.ratio();
            text.push_str(&format!(
                ", that of {} {}: ratio {ratio}",
                times.name,
                outage(&compared.other)
            ));
            holds &= is_within(ratio, times.times);
        }
        Ok(Seen { holds, text })
    }

    /// What stands against a judgement now.
    fn unsettled(&self, probing: &Probing, id: FlowId, trigger: &Snapshot) -> Option<String> {
        let settle = self.stage.lab.plan().probes.settle;
        let Some(ended) = trigger.ended else {
            return Some("the trigger has not ended".to_owned());
        };
        let now = linux_net::clock::monotonic();
        if now.saturating_since(ended) < settle || !probing.is_clean_for(id, settle) {
            return Some(format!("not without loss for {settle:?} yet"));
        }
        None
    }

    fn compare(
        &self,
        probing: &Probing,
        own: FlowReport,
        times: &Times,
        trigger: &Snapshot,
    ) -> Result<Option<Compared>, Stumble> {
        let plan = self.stage.lab.plan();
        let id = FlowId(times.than);
        expect_probes(probing, id, &times.name)?;
        // An earlier trigger's outage lies between it and the change after it.
        let (since, until): (Timestamp, _) = match times.since {
            Some(since) => {
                let since = self.snapshot(Some(since))?.at;
                (since, self.next_change(since))
            }
            None => (trigger.at, None),
        };
        if times.since.is_none() && self.unsettled(probing, id, trigger).is_some() {
            return Ok(None);
        }
        let logs = probing.logs(id);
        let other = logs.and_then(|logs| logs.report(plan, since, until));
        Ok(other.map(|other| Compared { own, other }))
    }
}

fn expect_probes(probing: &Probing, flow: FlowId, name: &str) -> Result<(), Stumble> {
    if probing.has(flow) {
        return Ok(());
    }
    Err(Stumble::Failed(format!(
        "there are no probes {name}: put a step `traffic start` before"
    )))
}

impl Compared {
    fn ratio(&self) -> Ratio {
        Ratio::new(&self.own.outage.duration, &self.other.outage.duration)
    }
}

/// Lost since the trigger.
fn lost(report: &FlowReport) -> u64 {
    report.losses.outage + report.losses.other
}

fn outage(report: &FlowReport) -> String {
    let measured = &report.outage.duration;
    match measured.upper {
        Some(upper) if measured.lower.is_zero() => format!("< {}", millis(upper)),
        Some(_) => millis(measured.value),
        None => format!(">= {}", millis(measured.lower)),
    }
}

/// Whether the bounds hold whatever of what was measured is true.
fn within(bounds: Bounds<Duration>, report: &FlowReport) -> bool {
    let measured = &report.outage.duration;
    let least = bounds.least.is_none_or(|least| measured.lower >= least);
    let most = bounds
        .most
        .is_none_or(|most| measured.upper.is_some_and(|upper| upper <= most));
    least && most
}

/// The same for a ratio.
fn is_within(ratio: Ratio, bounds: Bounds<u64>) -> bool {
    let (lower, upper) = match ratio {
        Ratio::Between { lower, upper, .. } => (Some(lower), Some(upper)),
        Ratio::AtLeast { lower } => (Some(lower), None),
        Ratio::AtMost { upper } => (None, Some(upper)),
        Ratio::Undetermined => (None, None),
    };
    #[expect(clippy::cast_precision_loss, reason = "multiples that people write")]
    let least = bounds
        .least
        .is_none_or(|least| lower.is_some_and(|lower| lower >= least as f64));
    #[expect(clippy::cast_precision_loss, reason = "multiples that people write")]
    let most = bounds
        .most
        .is_none_or(|most| upper.is_some_and(|upper| upper <= most as f64));
    least && most
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn times(least: Option<u64>, most: Option<u64>) -> Bounds<u64> {
        Bounds { least, most }
    }

    #[test]
    fn a_ratio_satisfies_what_it_surely_is() {
        let between = Ratio::Between {
            value: 6.0,
            lower: 5.0,
            upper: 7.0,
        };
        assert!(is_within(between, times(Some(5), Some(7))));
        assert!(!is_within(between, times(Some(6), None)), "it may be 5");
        assert!(!is_within(between, times(None, Some(6))), "it may be 7");
        assert!(is_within(
            Ratio::AtLeast { lower: 9.0 },
            times(Some(9), None)
        ));
        assert!(!is_within(
            Ratio::AtLeast { lower: 9.0 },
            times(None, Some(99))
        ));
        assert!(!is_within(Ratio::Undetermined, times(Some(0), None)));
    }
}
