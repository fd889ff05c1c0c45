//! Probes of a scenario: those that run, and what became of those that have ended.

use core::time::Duration;
use std::collections::BTreeMap;

use linux_net::clock;
use meter::schedule::Rate;
use meter::{FlowId, FlowReport, Limits, ReceivedLog, SentLog, Window};
use topology::Plan;
use topology::plan::Flow;
use wire::Timestamp;

use super::result::FlowRecord;
use crate::lab::{Lab, LabError};
use crate::probe::Traffic;

/// Probes on their way arrive within this after the last was sent.
pub(super) const DRAIN: Duration = Duration::from_millis(200);

/// What a flow has sent and received, and until when that can be judged.
pub(super) struct Logs {
    sent: SentLog,
    received: ReceivedLog,
    settled_until: Timestamp,
}

/// The probes of a scenario.
#[derive(Default)]
pub(super) struct Probing {
    running: Vec<Traffic>,
    ended: BTreeMap<FlowId, (SentLog, ReceivedLog, Timestamp)>,
}

impl Probing {
    /// Starts flows that do not run yet, and says how many those are.
    pub(super) async fn start(
        &mut self,
        lab: &Lab,
        flows: &[u16],
        longest: Duration,
    ) -> Result<usize, LabError> {
        let runs = |number: u16| self.is_running(FlowId(number));
        let new = lab.plan().flows.iter();
        let new = new.filter(|flow| flows.contains(&flow.number) && !runs(flow.number));
        let new: Vec<Flow> = new.cloned().collect();
        if !new.is_empty() {
            self.running
                .push(Traffic::start_flows(lab, &new, longest).await?);
        }
        Ok(new.len())
    }

    /// Stops all of them.
    pub(super) async fn stop(&mut self) -> Result<(), LabError> {
        for traffic in self.running.drain(..) {
            let logs = traffic.stop(DRAIN).await?;
            for (id, (sent, received)) in logs.flows {
                self.ended.insert(id, (sent, received, logs.end));
            }
        }
        Ok(())
    }

    fn is_running(&self, flow: FlowId) -> bool {
        let mut gauges = self.running.iter().flat_map(Traffic::gauges);
        gauges.any(|gauge| gauge.flow() == flow)
    }

    /// Whether a flow was ever started.
    pub(super) fn has(&self, flow: FlowId) -> bool {
        self.is_running(flow) || self.ended.contains_key(&flow)
    }

    /// Whether a flow arrives without a gap, and has done so for `span`. A flow that was stopped does.
    pub(super) fn is_clean_for(&self, flow: FlowId, span: Duration) -> bool {
        let now = clock::monotonic();
        let mut gauges = self.running.iter().flat_map(Traffic::gauges);
        let gauge = gauges.find(|gauge| gauge.flow() == flow);
        gauge.map_or(self.ended.contains_key(&flow), |gauge| {
            gauge.is_clean_for(span, now)
        })
    }

    /// What a flow has done so far; `None`: it was never started.
    pub(super) fn logs(&self, flow: FlowId) -> Option<Logs> {
        let running = self.running.iter().find_map(|traffic| traffic.so_far(flow));
        if let Some((sent, received)) = running {
            let settled_until = clock::monotonic() - DRAIN;
            return Some(Logs {
                sent,
                received,
                settled_until,
            });
        }
        let (sent, received, end) = self.ended.get(&flow)?;
        Some(Logs {
            sent: sent.clone(),
            received: received.clone(),
            settled_until: *end - DRAIN,
        })
    }

    /// The figures of every flow, from its start to its end.
    pub(super) fn records(&self, plan: &Plan) -> Vec<FlowRecord> {
        let record = |(id, _): (&FlowId, _)| {
            let flow = plan.flows.iter().find(|flow| flow.number == id.0)?;
            let logs = self.logs(*id)?;
            let first = logs.sent.probes().first()?.sent_at;
            let report = logs.report(plan, first, None)?;
            Some(FlowRecord {
                from: flow.from.to_string(),
                to: flow.to.to_string(),
                judged: report.judged,
                lost: report.lost,
                outage: report.outage.duration,
            })
        };
        self.ended.iter().filter_map(record).collect()
    }
}

impl Logs {
    /// The figures since a trigger, and until another where one is named. `None` when nothing that was sent
    /// since can be judged yet.
    pub(super) fn report(
        &self,
        plan: &Plan,
        trigger: Timestamp,
        until: Option<Timestamp>,
    ) -> Option<FlowReport> {
        let settled_until = until.map_or(self.settled_until, |until| until.min(self.settled_until));
        let window = Window {
            trigger,
            settled_until,
        };
        let rate = Rate::per_second(plan.probes.rate)?;
        let report = FlowReport::new(&self.sent, &self.received, rate, window, &Limits::default());
        (settled_until > trigger).then_some(report)
    }
}
