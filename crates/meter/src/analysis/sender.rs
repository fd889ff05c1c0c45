//! The meter's own error at the sender.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::log::{SendOutcome, SentProbe};

/// How punctual the sender was, over all offered probes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SenderReport {
    /// Probes sent later after they were due than the limit of the resolution
    /// ([`Limits::resolution`](super::Limits)): so late that an edge of the outage among them would be
    /// told too coarsely. What is less late blurs nothing, because bounds are those of the times at which
    /// probes did leave.
    pub late: u64,
    /// The greatest time from due to sent.
    #[serde(rename = "greatest_lateness_ns", with = "crate::nanos")]
    pub greatest_lateness: Duration,
    /// The greatest time between two consecutive send calls; one interval is ideal.
    #[serde(rename = "longest_stall_ns", with = "crate::nanos")]
    pub longest_stall: Duration,
    /// Send calls that the kernel refused.
    pub refused: u64,
}

impl SenderReport {
    pub(super) fn new(probes: &[SentProbe], tolerated: Duration) -> Self {
        let mut report = Self::default();
        for probe in probes {
            let lateness = probe.sent_at.saturating_since(probe.due);
            report.late += u64::from(lateness > tolerated);
            report.greatest_lateness = report.greatest_lateness.max(lateness);
            report.refused += u64::from(matches!(probe.outcome, SendOutcome::Refused { .. }));
        }
        let stalls = probes
            .windows(2)
            .map(|pair| pair[1].sent_at.saturating_since(pair[0].sent_at));
        report.longest_stall = stalls.max().unwrap_or_default();
        report
    }
}
