//! The play: every step waits for its time, acts, and writes down what came of it.

use core::time::Duration;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use linux_net::clock;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use topology::Scenario;
use topology::scenario::{Action, Condition, Observable, StepId};
use wire::Timestamp;

use super::result::{Details, Outcome, Played, StepRecord, Verdict};
use super::snapshot::Snapshot;
use super::traffic::Probing;
use super::{Stage, Stumble};
use crate::capture::Capture;
use crate::churn::Churn;
use crate::lab::LabError;

/// A scenario that is being played.
pub(super) struct Play<'a> {
    pub(super) stage: Stage<'a>,
    pub(super) scenario: &'a Scenario,
    pub(super) records: RefCell<Vec<StepRecord>>,
    /// The lab before each step that something follows from, and before all of them.
    snapshots: RefCell<BTreeMap<Option<StepId>, Snapshot>>,
    triggers: BTreeSet<StepId>,
    ended: Vec<watch::Sender<bool>>,
    began: Instant,
    pub(super) probing: tokio::sync::Mutex<Probing>,
    pub(super) churns: RefCell<Vec<Churn>>,
    pub(super) churned: RefCell<u8>,
    pub(super) capture: tokio::sync::Mutex<Option<(Capture, String)>>,
    /// What VMs have yet to say.
    pub(super) announcements: RefCell<Vec<JoinSet<()>>>,
}

/// What a step has to tell.
#[derive(Default)]
pub(super) struct Told {
    pub(super) saw: String,
    pub(super) details: Details,
}

impl Told {
    pub(super) fn text(saw: impl Into<String>) -> Self {
        Self {
            saw: saw.into(),
            details: Details::None,
        }
    }
}

/// Plays a scenario to its end, or to the first step that fails.
///
/// # Errors
/// The lab broke before the first step.
pub async fn play(stage: Stage<'_>, scenario: &Scenario) -> Result<Played, LabError> {
    let play = Play::new(stage, scenario);
    let first = Snapshot::take(stage.lab).await?;
    let began = first.at;
    play.snapshots.borrow_mut().insert(None, first);
    let verdict = play.steps().await;
    let (verdict, flows) = play.close(verdict).await;
    Ok(Played {
        scenario: scenario.name.clone(),
        topology: stage.topology.name().to_owned(),
        mode: stage.topology.mechanism().mode,
        igp_profile: stage.topology.igp().profile,
        verdict,
        began,
        ended: clock::monotonic(),
        steps: play.records.into_inner(),
        flows,
    })
}

/// The steps that a condition of some step follows from.
fn triggers(scenario: &Scenario) -> BTreeSet<StepId> {
    let of = |condition: &Condition| {
        let compared = match &condition.what {
            Observable::Flow(flow) => flow.times.as_ref().and_then(|times| times.since),
            _ => None,
        };
        [condition.since, compared].into_iter().flatten()
    };
    let conditions = scenario.steps.iter().flat_map(|step| {
        let expect = match &step.action {
            Action::Assert { expect, .. } => Some(expect),
            _ => None,
        };
        step.timing.when.iter().chain(expect)
    });
    conditions.flat_map(of).collect()
}

impl<'a> Play<'a> {
    fn new(stage: Stage<'a>, scenario: &'a Scenario) -> Self {
        let record = |step: &topology::scenario::Step| StepRecord {
            name: step.name.clone(),
            does: step.action.to_string(),
            outcome: Outcome::NotReached,
            began: None,
            ended: None,
            saw: String::new(),
            details: Details::None,
        };
        Self {
            stage,
            scenario,
            records: RefCell::new(scenario.steps.iter().map(record).collect()),
            snapshots: RefCell::default(),
            triggers: triggers(scenario),
            ended: scenario
                .steps
                .iter()
                .map(|_| watch::channel(false).0)
                .collect(),
            began: Instant::now(),
            probing: tokio::sync::Mutex::default(),
            churns: RefCell::default(),
            churned: RefCell::default(),
            capture: tokio::sync::Mutex::default(),
            announcements: RefCell::default(),
        }
    }

    async fn steps(&self) -> Verdict {
        let all = (0..self.scenario.steps.len()).map(StepId);
        let mut steps: FuturesUnordered<_> = all.map(|id| self.step(id)).collect();
        let mut verdict = None;
        while let Some((id, done)) = steps.next().await {
            let Err(stumble) = done else { continue };
            // The others go no further, but for VMs that would be left between two sites.
            self.stage.over.send_replace(true);
            if verdict.is_none() && !matches!(stumble, Stumble::Over) {
                verdict = Some(self.stumbled(id, stumble).await);
            }
        }
        let is_cut = |record: &StepRecord| record.outcome != Outcome::Done;
        let cut = self.records.borrow().iter().find(|r| is_cut(r)).cloned();
        verdict.unwrap_or_else(|| match cut {
            None => Verdict::Passed,
            Some(step) => Verdict::Failed {
                step: step.name,
                why: "the play was ended before it was done".to_owned(),
            },
        })
    }

    /// Waits for the end of the play.
    pub(super) async fn over(&self) {
        let mut over = self.stage.over.subscribe();
        // It cannot close: whoever plays holds it.
        let _ = over.wait_for(|over| *over).await;
    }

    /// Whether the play is to end.
    pub(super) fn is_over(&self) -> bool {
        *self.stage.over.borrow()
    }

    async fn stumbled(&self, StepId(id): StepId, stumble: Stumble) -> Verdict {
        let step = self.scenario.steps[id].name.clone();
        let (why, broken) = match stumble {
            // A device that dies takes answers with it: how it died says more.
            Stumble::Failed(why) => match self.stage.lab.journal().check() {
                Ok(()) => (why, false),
                Err(error) => (error.to_string(), true),
            },
            Stumble::Broken(error) => (self.stage.lab.explain(error).await.to_string(), true),
            Stumble::Over => (String::new(), false),
        };
        let mut records = self.records.borrow_mut();
        let record = &mut records[id];
        record.outcome = Outcome::Failed;
        record.ended = Some(clock::monotonic());
        record.saw.clone_from(&why);
        match broken {
            false => Verdict::Failed { step, why },
            true => Verdict::Broken { step, why },
        }
    }

    async fn step(&self, id: StepId) -> (StepId, Result<(), Stumble>) {
        (id, self.do_step(id).await)
    }

    async fn do_step(&self, id: StepId) -> Result<(), Stumble> {
        let step = self.scenario.step(id);
        tokio::select! {
            biased;
            () = self.over() => return Err(Stumble::Over),
            waited = self.wait(id) => waited?,
        }
        if self.triggers.contains(&id) {
            let snapshot = Snapshot::take(self.stage.lab).await?;
            self.snapshots.borrow_mut().insert(Some(id), snapshot);
        }
        self.stage
            .progress
            .step(&format!("{}: {}", step.name, step.action));
        self.note(id, |record| {
            record.began = Some(clock::monotonic());
            record.outcome = Outcome::CutOff;
        });
        // What only looks is cut off; what changes the lab is finished.
        let told = match step.action.is_change() {
            true => self.act(id).await,
            false => tokio::select! {
                biased;
                () = self.over() => Err(Stumble::Over),
                told = self.act(id) => told,
            },
        };
        let told = told?;
        self.stage.lab.journal().check()?;
        let now = clock::monotonic();
        self.note(id, |record| {
            record.ended = Some(now);
            record.outcome = Outcome::Done;
            record.saw = told.saw;
            record.details = told.details;
        });
        if let Some(snapshot) = self.snapshots.borrow_mut().get_mut(&Some(id)) {
            snapshot.ended = Some(now);
        }
        self.ended[id.0].send_replace(true);
        Ok(())
    }

    fn note(&self, StepId(id): StepId, change: impl FnOnce(&mut StepRecord)) {
        change(&mut self.records.borrow_mut()[id]);
    }

    /// Waits for a step's time, and for its condition.
    async fn wait(&self, id: StepId) -> Result<(), Stumble> {
        let step = self.scenario.step(id);
        self.wait_for_time(id).await;
        let Some(when) = &step.timing.when else {
            return Ok(());
        };
        let progress = self.stage.progress;
        progress.step(&format!("{}: waits for {when}", step.name));
        let waited = self.wait_for(when, step.timing.within, Duration::ZERO);
        waited.await.map(|_| ())
    }

    /// Waits for the step that this one follows, and then for its time.
    async fn wait_for_time(&self, id: StepId) {
        let timing = &self.scenario.step(id).timing;
        let from = match timing.after {
            None => self.began,
            Some(StepId(after)) => {
                let mut ended = self.ended[after].subscribe();
                // It cannot close: it is this play's own.
                let _ = ended.wait_for(|ended| *ended).await;
                Instant::now()
            }
        };
        sleep_until(from + timing.delay).await;
    }

    /// The lab before the trigger of a condition.
    pub(super) fn snapshot(&self, since: Option<StepId>) -> Result<Snapshot, Stumble> {
        let snapshots = self.snapshots.borrow();
        snapshots.get(&since).cloned().ok_or_else(|| {
            let step = since.map_or_else(String::new, |id| self.scenario.step(id).name.clone());
            Stumble::Failed(format!(
                "its trigger, step `{step}`, has not begun: let this step come `after` it"
            ))
        })
    }

    /// When the first change after a moment began.
    pub(super) fn next_change(&self, after: Timestamp) -> Option<Timestamp> {
        let records = self.records.borrow();
        let steps = self.scenario.steps.iter().zip(records.iter());
        let changes = steps.filter(|(step, _)| step.action.is_change());
        // The trigger itself begins just after its snapshot.
        let mut began: Vec<_> = changes.filter_map(|(_, record)| record.began).collect();
        began.sort_unstable();
        began.into_iter().filter(|began| *began > after).nth(1)
    }

    /// Ends what still goes on, and judges the probes.
    async fn close(&self, verdict: Verdict) -> (Verdict, Vec<super::result::FlowRecord>) {
        let mut verdict = verdict;
        let mut fail = |why: String| {
            if verdict == Verdict::Passed {
                let step = "end".to_owned();
                verdict = Verdict::Broken { step, why };
            }
        };
        self.churns.borrow_mut().clear();
        let said: Vec<_> = self.announcements.borrow_mut().drain(..).collect();
        for mut said in said {
            while said.join_next().await.is_some() {}
        }
        let mut probing = self.probing.lock().await;
        if let Err(error) = probing.stop().await {
            fail(error.to_string());
        }
        let flows = probing.records(self.stage.lab.plan());
        if let Some((capture, _)) = self.capture.lock().await.take()
            && let Err(error) = capture.stop().await
        {
            fail(error.to_string());
        }
        (verdict, flows)
    }
}
