//! What a gate finds.

use core::fmt;

use serde::Serialize;

/// An answer; the gravest is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It keeps to the limit, whatever the true value is.
    Passed,
    /// Nobody can tell.
    Inconclusive,
    /// It does not keep to the limit, whatever the true value is.
    Failed,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Passed => "passed",
            Self::Inconclusive => "inconclusive",
            Self::Failed => "FAILED",
        })
    }
}

/// One limit, applied to one flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which runs and which flow.
    pub subject: String,
    /// Which limit.
    pub limit: String,
    /// What was found.
    pub found: String,
    /// The answer.
    pub verdict: Verdict,
    /// Why nobody can tell, and what would help; empty otherwise.
    pub reason: String,
}

impl Finding {
    pub(super) fn new(subject: String, limit: String, found: String, verdict: Verdict) -> Self {
        Self {
            subject,
            limit,
            found,
            verdict,
            reason: String::new(),
        }
    }

    pub(super) fn inconclusive(
        subject: String,
        limit: String,
        found: String,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            reason: reason.into(),
            ..Self::new(subject, limit, found, Verdict::Inconclusive)
        }
    }
}

/// Why a sample is too small to judge: its runs were disturbed, or came to no result.
pub(super) fn too_few(sample: &crate::result::Sample<'_>) -> String {
    let all = sample.counted.len() + sample.left_out;
    format!(
        "{} of {all} runs do not count: run it again on a quieter machine",
        sample.left_out
    )
}
