//! One experiment: bring a lab up, probe, capture, migrate, wait for the recovery, judge.

mod devices;
mod disturbances;
mod judge;
mod moments;
mod remarks;
mod second_witness;

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use linux_net::clock;
use meter::FlowId;
use tokio::time::{Instant, sleep};
use topology::Plan;

use crate::capture::{Capture, Captured};
use crate::lab::{EdgeProgram, Lab, LabError};
use crate::migrate::{Migrated, migrate};
use crate::probe::{Logs, Traffic};
use crate::progress::Progress;
use crate::result::{Moment, RunResult};
use second_witness::SecondWitness;

/// How often live probes are looked at while waiting for a condition.
const LOOK: Duration = Duration::from_millis(10);
/// Probes on their way arrive within this after the last was sent.
pub(crate) const DRAIN: Duration = Duration::from_millis(200);
/// The longest wait for a clean baseline.
const BASELINE_LIMIT: Duration = Duration::from_secs(20);
/// The trigger comes up to this much later than it could, so that it keeps no step with any timer.
const JITTER: Duration = Duration::from_millis(100);
/// What a run takes besides its waits, and a VM to say all that it has to say.
const MARGIN: Duration = Duration::from_secs(30);

/// An experiment to do.
pub struct Experiment<'a> {
    /// What to build, and what to do in it.
    pub plan: Plan,
    /// What to run as an edge device.
    pub program: &'a EdgeProgram,
    /// Name of the experiment's files, for example `comware-v5-garp-flood`.
    pub label: String,
    /// Where the run's files go.
    pub directory: &'a Path,
}

/// All that was observed.
struct Observed {
    migrated: Migrated,
    moments: Vec<Moment>,
    logs: Logs,
    captured: Captured,
    /// What the capture's file alone says.
    witness: SecondWitness,
    /// How far the wall clock stepped against the monotonic one during the run.
    clock_step: Duration,
}

impl Experiment<'_> {
    /// Does it, in a fresh lab, and takes the lab down.
    ///
    /// # Errors
    /// The lab could not be brought up, did not become ready, or did not go on to work.
    pub async fn run(self, progress: &Progress) -> Result<RunResult, LabError> {
        let nodes = self.directory.join("nodes").join(&self.label);
        let plan = Arc::new(self.plan.clone());
        let lab = Lab::build(plan, self.program, &nodes, progress).await?;
        match self.measure(&lab, progress).await {
            Ok(result) => lab.tear_down().await.map(|()| result),
            Err(error) => Err(lab.explain(error).await),
        }
    }

    async fn measure(&self, lab: &Lab, progress: &Progress) -> Result<RunResult, LabError> {
        lab.wait_until_ready(progress).await?;
        let devices = moments::statuses(lab).await?;
        let observed = self.observe(lab, progress).await?;
        progress.step("judging");
        judge::judge(lab, &self.capture_name(), devices, observed).await
    }

    fn capture_name(&self) -> String {
        format!("captures/{}.pcapng", self.label)
    }

    fn capture_file(&self) -> PathBuf {
        self.directory.join(self.capture_name())
    }

    async fn observe(&self, lab: &Lab, progress: &Progress) -> Result<Observed, LabError> {
        let file = self.capture_file();
        if let Some(parent) = file.parent() {
            let what = format!("make {}", parent.display());
            std::fs::create_dir_all(parent).map_err(LabError::file(what))?;
        }
        let clock_before = clock::realtime_minus_monotonic();
        let capture = Capture::start(lab, &file).await?;
        let probes = lab.plan().probes;
        let (baseline_limit, settle_limit) = (
            BASELINE_LIMIT + probes.baseline,
            probes.recovery_limit + probes.settle,
        );
        let longest = baseline_limit + lab.plan().migration.downtime + MARGIN + settle_limit * 2;
        let traffic = Traffic::start(lab, longest).await?;
        progress.step("clean baseline");
        self.wait_clean(
            lab,
            &traffic,
            probes.baseline,
            baseline_limit,
            "a clean baseline",
        )
        .await?;
        let mut jitter = fastrand::Rng::with_seed(lab.plan().seed);
        sleep(JITTER.mul_f64(jitter.f64())).await;
        let mut moments = vec![moments::take(lab, "before the move").await?];
        progress.step("migration");
        let mut migrated = migrate(lab, &lab.plan().migration).await?;
        let remarks = remarks::Remarks::new(lab, &migrated, capture.comments());
        progress.step("recovery");
        moments.push(moments::announced(lab, migrated.trigger).await?);
        moments.push(moments::published(lab, probes.recovery_limit).await?);
        let recovered = self
            .wait_clean(lab, &traffic, probes.settle, settle_limit, "the recovery")
            .await;
        match recovered {
            // A result, and perhaps the most interesting one: the report says what did not recover.
            Err(LabError::Deadline { .. }) | Ok(()) => {}
            Err(error) => return Err(error),
        }
        while migrated.announcements.join_next().await.is_some() {}
        remarks.finish().await;
        let logs = traffic.stop(DRAIN).await?;
        let captured = capture.stop().await?;
        progress.step("reading the capture back");
        let witness = SecondWitness::read(file).await?;
        let clock_after = clock::realtime_minus_monotonic();
        let clock_step = Duration::from_nanos(clock_before.abs_diff(clock_after));
        Ok(Observed {
            migrated,
            moments,
            logs,
            captured,
            witness,
            clock_step,
        })
    }

    /// Waits until every flow has been without a gap for `span`.
    async fn wait_clean(
        &self,
        lab: &Lab,
        traffic: &Traffic,
        span: Duration,
        limit: Duration,
        what: &str,
    ) -> Result<(), LabError> {
        let deadline = Instant::now() + limit;
        loop {
            let unclean = traffic.not_clean_for(span);
            if unclean.is_empty() {
                return Ok(());
            }
            lab.journal().check()?;
            if Instant::now() >= deadline {
                let line = |flow: &FlowId| self.describe_flow(*flow);
                let lines: Vec<_> = unclean.iter().map(line).collect();
                let missing = format!("  {}", lines.join("\n  "));
                return Err(LabError::Deadline {
                    what: what.to_owned(),
                    within: limit,
                    missing,
                });
            }
            sleep(LOOK).await;
        }
    }

    fn describe_flow(&self, id: FlowId) -> String {
        let flow = self.plan.flows.iter().find(|flow| flow.number == id.0);
        flow.map_or_else(String::new, |flow| {
            format!("{} to {} loses probes", flow.from, flow.to)
        })
    }
}
