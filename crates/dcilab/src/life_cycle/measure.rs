//! A measurement in a standing lab: probes from one request to another.

use core::time::Duration;

use linux_net::clock;
use meter::schedule::Rate;
use meter::{FlowId, FlowReport, Limits, Window};
use tokio::time::{Instant, sleep};
use wire::Timestamp;

use super::protocol::{MeasuredFlow, Response};
use super::server::Server;
use crate::lab::{Lab, LabError};
use crate::probe::Traffic;

/// How often live probes are looked at while waiting for a condition.
const LOOK: Duration = Duration::from_millis(10);
/// Probes on their way arrive within this after the last was sent.
const DRAIN: Duration = Duration::from_millis(200);
/// The longest wait for a clean baseline.
const BASELINE_LIMIT: Duration = Duration::from_secs(20);
/// The longest measurement, besides its waits.
const LONGEST: Duration = Duration::from_secs(300);

/// Probes that are on their way.
pub(super) struct Measurement {
    traffic: Traffic,
    began: Timestamp,
}

impl Server {
    /// A measurement that nobody has ended gives way.
    pub(super) async fn begin_measurement(&self) -> Result<Response, String> {
        let lab = self.lab()?;
        drop(self.measurement.take());
        let measurement = begin(&lab).await.map_err(|error| error.to_string())?;
        self.measurement.replace(Some(measurement));
        Ok(Response::Measuring)
    }

    pub(super) async fn end_measurement(&self) -> Result<Response, String> {
        let lab = self.lab()?;
        let measurement = self.measurement.take();
        let measurement = measurement.ok_or("nothing is measured: begin first")?;
        let flows = end(&lab, measurement).await;
        flows
            .map(Response::Measured)
            .map_err(|error| error.to_string())
    }
}

async fn begin(lab: &Lab) -> Result<Measurement, LabError> {
    let probes = lab.plan().probes;
    let waits = BASELINE_LIMIT + probes.baseline + probes.recovery_limit + probes.settle;
    let traffic = Traffic::start(lab, LONGEST + waits).await?;
    let within = BASELINE_LIMIT + probes.baseline;
    let unclean = wait_clean(lab, &traffic, probes.baseline, within).await?;
    if !unclean.is_empty() {
        return Err(LabError::Deadline {
            what: "a clean baseline".to_owned(),
            within,
            missing: format!("  {}", unclean.join("\n  ")),
        });
    }
    Ok(Measurement {
        traffic,
        began: clock::monotonic(),
    })
}

async fn end(lab: &Lab, measurement: Measurement) -> Result<Vec<MeasuredFlow>, LabError> {
    let Measurement { traffic, began } = measurement;
    let probes = lab.plan().probes;
    let within = probes.recovery_limit + probes.settle;
    // A flow that does not recover is a result, too.
    wait_clean(lab, &traffic, probes.settle, within).await?;
    let logs = traffic.stop(DRAIN).await?;
    let window = Window::new(began, logs.end, DRAIN);
    let rate = Rate::per_second(probes.rate);
    let flows = lab.plan().flows.iter().filter_map(|flow| {
        let (sent, received) = logs.flows.get(&FlowId(flow.number))?;
        Some(MeasuredFlow {
            from: flow.from.to_string(),
            to: flow.to.to_string(),
            report: FlowReport::new(sent, received, rate?, window, &Limits::default()),
        })
    });
    Ok(flows.collect())
}

/// Waits until every flow has been without a gap for `span`; the flows that have not when time is over.
async fn wait_clean(
    lab: &Lab,
    traffic: &Traffic,
    span: Duration,
    within: Duration,
) -> Result<Vec<String>, LabError> {
    let deadline = Instant::now() + within;
    loop {
        let unclean = traffic.not_clean_for(span);
        if unclean.is_empty() || Instant::now() >= deadline {
            let line = |id: &FlowId| {
                let mut flows = lab.plan().flows.iter();
                let flow = flows.find(|flow| flow.number == id.0)?;
                Some(format!("{} to {} loses probes", flow.from, flow.to))
            };
            return Ok(unclean.iter().filter_map(line).collect());
        }
        lab.journal().check()?;
        sleep(LOOK).await;
    }
}
