//! Labs that several tests look at: each is run once, by the first test that asks for it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, anyhow, ensure};
use edge_api::Mode;
use lab_tests::result::{ResultFile, Run};
use lab_tests::{invocation, topology_text};
use tempfile::TempDir;

use crate::moments::{self, Observed};
use crate::second_embodiment::Demonstrated;

/// The IGP timers of the mechanism's time.
pub(crate) const PROFILE: &str = "comware-v5";

#[derive(Default)]
pub(crate) struct Stage {
    compared: OnceLock<Result<Compared, String>>,
    observed: [OnceLock<Result<Observed, String>>; Mode::ALL.len()],
    demonstrated: OnceLock<Result<Demonstrated, String>>,
}

/// `dcilab run` of the three sites, baseline and mechanism.
pub(crate) struct Compared {
    pub(crate) result: ResultFile,
    directory: PathBuf,
    /// Holds the files of the run.
    _scratch: TempDir,
}

impl Stage {
    /// Baseline and mechanism, measured.
    pub(crate) fn compared(&self) -> anyhow::Result<&Compared> {
        let run = || Compared::run().map_err(|error| format!("{error:#}"));
        let compared = self.compared.get_or_init(run);
        compared.as_ref().map_err(|error| anyhow!("{error}"))
    }

    /// The same; fails when the figures do not count. Nothing is tried again until it suits.
    pub(crate) fn conclusive(&self) -> anyhow::Result<&Compared> {
        let compared = self.compared()?;
        for run in &compared.result.runs {
            let reasons = run.disturbances.join("\n");
            ensure!(reasons.is_empty(), "inconclusive: {}:\n{reasons}", run.mode);
        }
        Ok(compared)
    }

    /// The demo of the second embodiment.
    pub(crate) fn demonstrated(&self) -> anyhow::Result<&Demonstrated> {
        let run = || Demonstrated::run().map_err(|error| format!("{error:#}"));
        let demonstrated = self.demonstrated.get_or_init(run);
        demonstrated.as_ref().map_err(|error| anyhow!("{error}"))
    }

    /// A lab whose tables were read at the three moments.
    pub(crate) fn observed(&self, mode: Mode) -> anyhow::Result<&Observed> {
        let run = || moments::run(mode).map_err(|error| format!("{error:#}"));
        let observed = self.observed[mode as usize].get_or_init(run);
        observed.as_ref().map_err(|error| anyhow!("{error}"))
    }
}

impl Compared {
    fn run() -> anyhow::Result<Self> {
        let scratch = TempDir::new()?;
        let file = topology_text::write(scratch.path(), None)?;
        let (file, output) = (file.display(), scratch.path().join("runs"));
        let command = format!(
            "run {file} --modes igp-only,garp-flood --igp {PROFILE} --format json --output {}",
            output.display()
        );
        let ended = invocation::run(&command)?;
        let result = ResultFile::parse(&ended.stdout).with_context(|| ended.stderr.clone())?;
        // Code 3: the run is complete, its figures do not count.
        if ended.status.code() != Some(3) {
            ended.expect_code(0)?;
        }
        Ok(Self {
            result,
            directory: output.join("latest"),
            _scratch: scratch,
        })
    }

    pub(crate) fn baseline(&self) -> anyhow::Result<&Run> {
        self.result.run("igp-only", PROFILE)
    }

    pub(crate) fn mechanism(&self) -> anyhow::Result<&Run> {
        self.result.run("garp-flood", PROFILE)
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn capture_of(&self, run: &Run) -> PathBuf {
        self.directory.join(&run.capture)
    }
}
