//! The meter against a known truth: faults are put into the path of its probes, and what it says must be
//! what was done.
//!
//! Two hosts, and between them a line that this program carries itself. The senders, receivers, logs and
//! the analysis are those of every run.

mod bench;
mod injector;
mod line;
mod verdict;

use core::time::Duration;

use linux_net::clock;
use meter::schedule::Rate;
use meter::{FlowId, FlowReport, Limits, Window};
use serde::Serialize;
use tokio::time::{Instant, sleep};

use crate::experiment::DRAIN;
use crate::lab::{EdgeProgram, Lab, LabError};
use crate::probe::{Logs, Traffic};
use crate::progress::Progress;
use injector::Fault;
use line::Line;

pub use verdict::{Outcome, Verdict};

/// The flow that faults are put into; the other direction is left alone.
const FAULTY: FlowId = FlowId(0);
/// Probes flow for so long without loss before and after a fault.
const CLEAN: Duration = Duration::from_millis(300);
const CLEAN_LIMIT: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(10);
/// From arming a fault to its beginning.
const LEAD: Duration = Duration::from_millis(20);
/// The greatest length of one case.
const LONGEST: Duration = Duration::from_secs(60);

/// A known fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum Case {
    /// Nothing arrives for this long; zero: nothing is done.
    Gap {
        /// How long.
        #[serde(rename = "length_ns", with = "meter::nanos")]
        length: Duration,
    },
    /// So many probes arrive twice.
    Duplicates {
        /// How many.
        probes: u32,
    },
    /// So many probes arrive after the one behind them.
    Reordering {
        /// How many.
        probes: u32,
    },
    /// One probe of so many is lost, at random, for half a second.
    Loss {
        /// Of how many.
        one_in: u32,
    },
}

/// What is tried, in this order.
pub const CASES: [Case; 8] = [
    Case::gap(0),
    Case::gap(1),
    Case::gap(5),
    Case::gap(50),
    Case::gap(500),
    Case::Duplicates { probes: 20 },
    Case::Reordering { probes: 20 },
    Case::Loss { one_in: 20 },
];

/// How long probes are lost at random.
const LOSS_SPAN: Duration = Duration::from_millis(500);

impl Case {
    const fn gap(millis: u64) -> Self {
        Self::Gap {
            length: Duration::from_millis(millis),
        }
    }

    /// For people.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Gap { length } if length.is_zero() => "nothing".to_owned(),
            Self::Gap { length } => format!("a gap of {length:?}"),
            Self::Duplicates { probes } => format!("{probes} duplicates"),
            Self::Reordering { probes } => format!("{probes} probes out of order"),
            Self::Loss { one_in } => format!("one probe of {one_in} lost at random"),
        }
    }

    fn fault(self, from: wire::Timestamp, seed: u64) -> Fault {
        match self {
            Self::Gap { length } => Fault::Gap {
                from,
                until: from + length,
            },
            Self::Duplicates { probes } => Fault::Duplicates { from, left: probes },
            Self::Reordering { probes } => Fault::Swaps { from, left: probes },
            Self::Loss { one_in } => Fault::Loss {
                from,
                until: from + LOSS_SPAN,
                one_in,
                random: fastrand::Rng::with_seed(seed),
            },
        }
    }
}

/// Tries all cases in one lab, at `rate` probes a second, and takes it down.
///
/// # Errors
/// The lab could not be made or taken down, or its path was never clean.
pub async fn run(rate: u32, seed: u64, progress: &Progress) -> Result<Vec<Verdict>, LabError> {
    let files = tempfile::TempDir::new().map_err(LabError::file("make a directory".to_owned()))?;
    let plan = bench::plan(rate)?;
    let lab = Lab::build(plan, &EdgeProgram::BuiltIn, files.path(), progress).await?;
    let line = Line::start(&lab).await?;
    progress.step("links carry");
    lab.wait_for_links().await?;
    let mut verdicts = Vec::new();
    let mut jitter = fastrand::Rng::with_seed(seed);
    for case in CASES {
        progress.step(&case.name());
        sleep(LEAD.mul_f64(jitter.f64())).await;
        verdicts.push(try_case(&lab, &line, case, seed).await?);
    }
    drop(line);
    lab.tear_down().await?;
    Ok(verdicts)
}

async fn try_case(lab: &Lab, line: &Line, case: Case, seed: u64) -> Result<Verdict, LabError> {
    let traffic = Traffic::start(lab, LONGEST).await?;
    wait_clean(&traffic).await?;
    let from = clock::monotonic() + LEAD;
    line.inject(FAULTY, case.fault(from, seed));
    wait_until(|| line.is_over(clock::monotonic())).await?;
    wait_clean(&traffic).await?;
    let logs = traffic.stop(DRAIN).await?;
    let truth = line.take_truth();
    let window = Window::new(from, logs.end, DRAIN);
    let report = |flow| report(lab, &logs, flow, window);
    let (faulty, other) = (report(FAULTY)?, report(FlowId(1))?);
    Ok(Verdict::new(case, &truth, &faulty, &other))
}

fn report(lab: &Lab, logs: &Logs, flow: FlowId, window: Window) -> Result<FlowReport, LabError> {
    let (sent, received) = logs.flows.get(&flow).ok_or_else(|| LabError::Panicked {
        what: format!("probes of flow {flow}"),
    })?;
    let rate = Rate::per_second(lab.plan().probes.rate).ok_or_else(bench::no_rate)?;
    Ok(FlowReport::new(
        sent,
        received,
        rate,
        window,
        &Limits::default(),
    ))
}

async fn wait_clean(traffic: &Traffic) -> Result<(), LabError> {
    wait_until(|| traffic.not_clean_for(CLEAN).is_empty()).await
}

async fn wait_until(is_so: impl Fn() -> bool) -> Result<(), LabError> {
    let deadline = Instant::now() + CLEAN_LIMIT;
    while !is_so() {
        if Instant::now() >= deadline {
            return Err(LabError::Deadline {
                what: "a line without loss".to_owned(),
                within: CLEAN_LIMIT,
                missing: "  probes are lost, and nobody asked for it: is the machine overloaded?"
                    .to_owned(),
            });
        }
        sleep(LOOK).await;
    }
    Ok(())
}
