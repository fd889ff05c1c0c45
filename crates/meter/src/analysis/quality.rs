//! Whether the meter can be believed.

use core::fmt;
use core::time::Duration;

use serde::{Deserialize, Serialize};
use wire::Timestamp;

use super::fate::Fates;
use super::{FlowReport, Recovery};

/// What a run may show and still be conclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Probes flow for this long before the trigger, at least. 200 ms.
    #[serde(rename = "baseline_ns", with = "crate::nanos")]
    pub baseline: Duration,
    /// The path works for this long after the recovery, at least (RFC 6412, sustained convergence
    /// validation time). 200 ms.
    #[serde(rename = "sustained_ns", with = "crate::nanos")]
    pub sustained: Duration,
    /// The outage's resolution exceeds the probe interval by this much at the most: its edges do not
    /// fall into a stall of the sender. 5 ms.
    #[serde(rename = "resolution_ns", with = "crate::nanos")]
    pub resolution: Duration,
    /// No probe is sent later than this after it was due. 100 ms.
    #[serde(rename = "lateness_ns", with = "crate::nanos")]
    pub lateness: Duration,
    /// Of 1000 probes, so many may be sent later than `resolution` after they were due. 100.
    pub late_per_mille: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            baseline: Duration::from_millis(200),
            sustained: Duration::from_millis(200),
            resolution: Duration::from_millis(5),
            lateness: Duration::from_millis(100),
            late_per_mille: 100,
        }
    }
}

/// Whether a flow's figures count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", content = "reasons", rename_all = "kebab-case")]
pub enum Quality {
    /// They do.
    Good,
    /// The meter was disturbed: the run is inconclusive.
    Disturbed(Vec<Disturbance>),
}

/// What disturbed the meter, with the limit that it broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "disturbance", rename_all = "kebab-case")]
pub enum Disturbance {
    /// Probes were lost before the event.
    LossBeforeTrigger {
        /// How many.
        lost: u64,
    },
    /// Probes did not flow for long enough before the trigger.
    BaselineTooShort {
        /// How long they did.
        #[serde(rename = "baseline_ns", with = "crate::nanos")]
        baseline: Duration,
        /// The limit.
        #[serde(rename = "limit_ns", with = "crate::nanos")]
        limit: Duration,
    },
    /// No judged probe was sent after the trigger.
    NothingAfterTrigger,
    /// The measurement ended too soon after the recovery.
    NotSustained {
        /// For how long the path was seen to work.
        #[serde(rename = "sustained_ns", with = "crate::nanos")]
        sustained: Duration,
        /// The limit.
        #[serde(rename = "limit_ns", with = "crate::nanos")]
        limit: Duration,
    },
    /// An edge of the outage fell into a stall of the sender.
    CoarseResolution {
        /// The outage's resolution.
        #[serde(rename = "resolution_ns", with = "crate::nanos")]
        resolution: Duration,
        /// The limit, the probe interval included.
        #[serde(rename = "limit_ns", with = "crate::nanos")]
        limit: Duration,
    },
    /// A probe was sent far too late.
    SenderLate {
        /// The greatest lateness.
        #[serde(rename = "lateness_ns", with = "crate::nanos")]
        lateness: Duration,
        /// The limit.
        #[serde(rename = "limit_ns", with = "crate::nanos")]
        limit: Duration,
    },
    /// Too many probes were sent later than the limit of the resolution: the machine is overloaded, and what it
    /// emulates is then slow as well.
    SenderOftenLate {
        /// Of 1000 probes.
        per_mille: u64,
        /// The limit.
        limit: u32,
    },
    /// The receiving socket dropped datagrams: they are no loss of the network.
    SocketDrops {
        /// How many.
        drops: u64,
    },
    /// The receiver's log was too small.
    LogOverflow {
        /// Arrivals that are not in it.
        arrivals: u64,
    },
    /// Probes arrived that were never sent.
    UnknownSequences {
        /// How many.
        arrivals: u64,
    },
    /// Probes arrived before they were sent: the stamps are of different clocks.
    NegativeDelay {
        /// How many.
        probes: u64,
    },
}

impl fmt::Display for Disturbance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::LossBeforeTrigger { lost } => {
                write!(f, "{lost} probes lost before the trigger")
            }
            Self::BaselineTooShort { baseline, limit } => write!(
                f,
                "probes flowed for {baseline:.1?} before the trigger, {limit:.1?} are needed"
            ),
            Self::NothingAfterTrigger => f.write_str("no probe after the trigger was judged"),
            Self::NotSustained { sustained, limit } => write!(
                f,
                "the path was seen to work for {sustained:.1?} after its recovery, {limit:.1?} are needed"
            ),
            Self::CoarseResolution { resolution, limit } => write!(
                f,
                "the sender stalled at an edge of the outage: ±{resolution:.1?}, limit ±{limit:.1?}"
            ),
            Self::SenderLate { lateness, limit } => {
                write!(f, "a probe was sent {lateness:.1?} late, limit {limit:.1?}")
            }
            Self::SenderOftenLate { per_mille, limit } => {
                write!(f, "{per_mille} of 1000 probes sent late, limit {limit}")
            }
            Self::SocketDrops { drops } => {
                write!(f, "the receiver's socket dropped {drops} datagrams")
            }
            Self::LogOverflow { arrivals } => {
                write!(f, "{arrivals} arrivals did not fit into the receiver's log")
            }
            Self::UnknownSequences { arrivals } => {
                write!(f, "{arrivals} probes arrived that were never sent")
            }
            Self::NegativeDelay { probes } => {
                write!(f, "{probes} probes arrived before they were sent")
            }
        }
    }
}

impl Quality {
    /// The figures count.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        matches!(self, Self::Good)
    }

    /// What disturbed the meter; empty when nothing did.
    #[must_use]
    pub fn disturbances(&self) -> &[Disturbance] {
        match self {
            Self::Good => &[],
            Self::Disturbed(reasons) => reasons,
        }
    }

    pub(super) fn of(
        report: &FlowReport,
        fates: &Fates<'_>,
        overflowed: u64,
        limits: &Limits,
    ) -> Self {
        let faults = counted_faults(report, overflowed);
        let reasons: Vec<_> = window_faults(report, fates, limits)
            .into_iter()
            .chain(sender_faults(report, limits))
            .chain(faults)
            .flatten()
            .collect();
        if reasons.is_empty() {
            Self::Good
        } else {
            Self::Disturbed(reasons)
        }
    }
}

/// Faults of the measurement's two ends.
fn window_faults(
    report: &FlowReport,
    fates: &Fates<'_>,
    limits: &Limits,
) -> [Option<Disturbance>; 4] {
    let trigger = report.window.trigger;
    let stamp = |probe: Option<&crate::log::SentProbe>| -> Option<Timestamp> {
        probe.map(|probe| probe.sent_at)
    };
    let first = stamp(fates.sent().first()).unwrap_or(trigger);
    let baseline = trigger.saturating_since(first);
    let after = stamp(fates.sent().last()).is_some_and(|last| last >= trigger);
    let lost = report.losses.before_event;
    let not_sustained = match report.recovery {
        Recovery::Recovered { sustained, .. } if sustained < limits.sustained => {
            Some(Disturbance::NotSustained {
                sustained,
                limit: limits.sustained,
            })
        }
        _ => None,
    };
    let limit = limits.baseline;
    [
        (lost > 0).then_some(Disturbance::LossBeforeTrigger { lost }),
        (baseline < limit).then_some(Disturbance::BaselineTooShort { baseline, limit }),
        (!after).then_some(Disturbance::NothingAfterTrigger),
        not_sustained,
    ]
}

/// Faults of the sender's timing.
fn sender_faults(report: &FlowReport, limits: &Limits) -> [Option<Disturbance>; 3] {
    let coarsest = report.rate.interval() + limits.resolution;
    let resolution = report.outage.duration.resolution();
    let coarse = resolution.filter(|resolution| *resolution > coarsest);
    let lateness = report.sender.greatest_lateness;
    let per_mille = (report.sender.late * 1000)
        .checked_div(report.offered)
        .unwrap_or(0);
    let late = lateness > limits.lateness;
    [
        coarse.map(|resolution| Disturbance::CoarseResolution {
            resolution,
            limit: coarsest,
        }),
        late.then_some(Disturbance::SenderLate {
            lateness,
            limit: limits.lateness,
        }),
        (per_mille > limits.late_per_mille.into()).then_some(Disturbance::SenderOftenLate {
            per_mille,
            limit: limits.late_per_mille,
        }),
    ]
}

/// Faults of which one is too many.
fn counted_faults(report: &FlowReport, overflowed: u64) -> [Option<Disturbance>; 4] {
    let negative = report.delay.map_or(0, |delay| delay.negative);
    let (drops, unknown) = (report.socket_drops, report.unknown);
    [
        (drops > 0).then_some(Disturbance::SocketDrops { drops }),
        (overflowed > 0).then_some(Disturbance::LogOverflow {
            arrivals: overflowed,
        }),
        (unknown > 0).then_some(Disturbance::UnknownSequences { arrivals: unknown }),
        (negative > 0).then_some(Disturbance::NegativeDelay { probes: negative }),
    ]
}
