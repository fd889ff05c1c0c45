//! The capture as a second witness: its file is read back, and has to say what the meter says.

use std::path::PathBuf;

use meter::FlowReport;
use meter::witness::{Account, compare};

use super::DRAIN;
use crate::capture_file::CaptureFile;
use crate::lab::LabError;
use crate::result::Witnessed;

/// What the capture's file says of each flow.
pub(super) enum SecondWitness {
    /// It could be read.
    Heard(Vec<Account>),
    /// It could not.
    Silent(String),
}

impl SecondWitness {
    /// Reads a file of the run.
    ///
    /// # Errors
    /// Reading panicked.
    pub(super) async fn read(file: PathBuf) -> Result<Self, LabError> {
        let read = move || match CaptureFile::read(&[file]) {
            Ok(capture) => Self::Heard(Account::of_capture(&capture.records, capture.end, DRAIN)),
            Err(error) => Self::Silent(error.to_string()),
        };
        let read = tokio::task::spawn_blocking(read).await;
        read.map_err(|_| LabError::Panicked {
            what: "reading the capture".to_owned(),
        })
    }

    /// What it says of a flow; `None` when it does not show where the flow ends.
    pub(super) fn of(&self, report: &FlowReport) -> Option<Witnessed> {
        let Self::Heard(accounts) = self else {
            return None;
        };
        let account = accounts.iter().find(|a| a.flow == report.flow)?;
        let at_end = account.at_end()?;
        Some(Witnessed {
            lost: at_end.missing,
            duplicated: at_end.duplicated,
            reordered: at_end.reordered,
            longest_gap: at_end.longest().copied(),
            disagreements: compare(report, account)?,
        })
    }

    /// Why it says nothing, if it says nothing.
    pub(super) const fn silence(&self) -> Option<&String> {
        match self {
            Self::Heard(_) => None,
            Self::Silent(why) => Some(why),
        }
    }
}
