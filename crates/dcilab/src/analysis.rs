//! Captures judged by themselves, and against the result of the run that they are of.

use std::path::{Path, PathBuf};

use meter::FlowReport;
use meter::capture::PointId;
use meter::witness::{Account, Disagreement, compare};
use serde::{Deserialize, Serialize};

use crate::capture_file::{CaptureFile, CaptureFileError};
use crate::experiment::DRAIN;

const RESULT: &str = "result.json";

/// What one capture says.
#[derive(Serialize)]
pub struct Analysis {
    /// Its files.
    pub files: Vec<PathBuf>,
    /// Captured places, by number.
    pub points: Vec<String>,
    /// Frames, with probes or not.
    pub frames: u64,
    /// Frames that the capture itself missed.
    pub missed: u64,
    /// What it says of each flow.
    pub flows: Vec<Account>,
    /// Against the result of the run; `None` where there is none.
    pub compared: Option<Vec<Comparison>>,
}

/// One flow of a run's result against the capture.
#[derive(Serialize)]
pub struct Comparison {
    /// Host that sent.
    pub from: String,
    /// Host that received.
    pub to: String,
    /// Where they differ by more than a probe; `None` when the capture does not show the flow's end.
    pub disagreements: Option<Vec<Disagreement>>,
}

/// What is read of a `result.json`.
#[derive(Deserialize)]
struct Told {
    runs: Vec<ToldRun>,
}

#[derive(Deserialize)]
struct ToldRun {
    /// `None`: it was not kept.
    capture: Option<PathBuf>,
    flows: Vec<ToldFlow>,
}

#[derive(Deserialize)]
struct ToldFlow {
    from: String,
    to: String,
    report: FlowReport,
}

/// Why there is no analysis.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    /// A capture cannot be read.
    #[error(transparent)]
    Capture(#[from] CaptureFileError),
    /// A directory is none of a run.
    #[error("{}: {problem}: give the directory of a run, or captures", path.display())]
    Result {
        /// Where its result was looked for.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

impl Analysis {
    /// Captures of the same traffic at several places.
    ///
    /// # Errors
    /// One cannot be read to its end, or holds no probe.
    pub fn of_files(files: &[PathBuf]) -> Result<Self, CaptureFileError> {
        Self::of(files, None)
    }

    /// The captures of a run, each against the run's result.
    ///
    /// # Errors
    /// The directory has no result that can be read, or not the captures.
    pub fn of_run(directory: &Path) -> Result<Vec<Self>, AnalysisError> {
        let path = directory.join(RESULT);
        let fail = |problem: String| AnalysisError::Result {
            path: path.clone(),
            problem,
        };
        let text = std::fs::read_to_string(&path).map_err(|error| fail(error.to_string()))?;
        let told: Told = serde_json::from_str(&text).map_err(|error| fail(error.to_string()))?;
        let analyses = told.runs.iter().map(|run| {
            let not_kept = || fail("its captures were not kept (--captures)".to_owned());
            let capture = directory.join(run.capture.as_ref().ok_or_else(not_kept)?);
            Self::of(&[capture], Some(&run.flows)).map_err(AnalysisError::from)
        });
        analyses.collect()
    }

    fn of(files: &[PathBuf], told: Option<&[ToldFlow]>) -> Result<Self, CaptureFileError> {
        let capture = CaptureFile::read(files)?;
        let flows = Account::of_capture(&capture.records, capture.end, DRAIN);
        let comparison = |told: &ToldFlow| Comparison {
            from: told.from.clone(),
            to: told.to.clone(),
            disagreements: flows
                .iter()
                .find(|account| account.flow == told.report.flow)
                .and_then(|account| compare(&told.report, account)),
        };
        Ok(Self {
            files: files.to_vec(),
            compared: told.map(|flows| flows.iter().map(comparison).collect()),
            points: capture.points,
            frames: capture.frames,
            missed: capture.missed,
            flows,
        })
    }

    /// Name of a place.
    #[must_use]
    pub fn name(&self, point: PointId) -> &str {
        let name = self.points.get(usize::from(point.0));
        name.map_or("?", String::as_str)
    }

    /// What the files are called.
    #[must_use]
    pub fn title(&self) -> String {
        let names: Vec<_> = self.files.iter().map(|f| f.display().to_string()).collect();
        names.join(", ")
    }
}
