//! Whether a result's figures count, in a sentence.

use core::fmt;

use crate::result::ResultFile;

/// What a result is worth.
pub(super) struct Verdict {
    runs: usize,
    disturbed: usize,
    failed: usize,
    is_conclusive: bool,
}

pub(super) fn of(file: &ResultFile) -> Verdict {
    Verdict {
        runs: file.runs.len(),
        disturbed: file.runs.iter().filter(|run| !run.counts()).count(),
        failed: file.failed.len(),
        is_conclusive: file.is_conclusive(),
    }
}

impl Verdict {
    /// For a style of its own.
    pub(super) const fn word(&self) -> &'static str {
        if self.is_conclusive {
            "conclusive"
        } else {
            "inconclusive"
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            runs,
            disturbed,
            failed,
            ..
        } = self;
        let runs = match runs {
            1 => "1 run".to_owned(),
            _ => format!("{runs} runs"),
        };
        write!(f, "{}: {runs}, ", self.word())?;
        match (disturbed, failed) {
            (0, 0) => f.write_str("the meter was disturbed in none"),
            (0, failed) => write!(f, "{failed} more came to no result"),
            (disturbed, 0) => write!(f, "the meter was disturbed in {disturbed}"),
            (disturbed, failed) => write!(
                f,
                "the meter was disturbed in {disturbed}, and {failed} more came to no result"
            ),
        }
    }
}
