//! `dcilab play`: play a scenario in a standing lab.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::lab::{LabName, VerbError};
use super::{Format, output};
use crate::ending::Ending;
use crate::life_cycle::protocol::{Request, Response};
use crate::progress::Progress;
use crate::report;
use crate::scenario::Played;
use crate::scenario::result::Verdict;

/// A request to a lab is one line of this many bytes at the most.
const SIZE_LIMIT: usize = 60_000;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dcilab play break-the-uplink.toml
  dcilab play break-the-uplink.toml --captures /tmp/uplink -f json

The exit code is 1 when an assertion did not come true, and 2 for a scenario that is wrong, which is
said before its first step. Ctrl-C ends the play, and leaves the lab standing.")]
pub(super) struct Play {
    /// Scenario file
    file: PathBuf,
    /// Where captures of the scenario go
    #[arg(long, value_name = "DIR", default_value = ".")]
    captures: PathBuf,
    #[command(flatten)]
    lab: LabName,
    /// What to write on standard output
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

impl Play {
    pub(super) fn run(self) -> ExitCode {
        match self.play() {
            Ok(ending) => ending.into(),
            Err(error) => error.end().into(),
        }
    }

    fn play(&self) -> Result<Ending, VerbError> {
        let Some(text) = read(&self.file) else {
            return Ok(Ending::Invalid);
        };
        if text.len() > SIZE_LIMIT {
            eprintln!(
                "error: {} has {} bytes: a standing lab takes {SIZE_LIMIT} at the most; `dcilab run \
                 TOPOLOGY --scenario` takes more",
                self.file.display(),
                text.len()
            );
            return Ok(Ending::Invalid);
        }
        let mut client = self.lab.connect()?;
        let progress = Progress::start(client.lab());
        client.send(&Request::Play {
            file: self.file.display().to_string(),
            text,
            captures: std::path::absolute(&self.captures)?,
        })?;
        let played = loop {
            match client.answer()? {
                Response::Progress(step) => progress.step(&step),
                Response::Played(played) => break played,
                other => return Err(client.unexpected(&other).into()),
            }
        };
        drop(progress);
        match self.format {
            Format::Json => output::json(&played)?,
            Format::Table => output::text(&report::scenario::text(&played))?,
        }
        Ok(ending(&played))
    }
}

/// How to end for what came of a scenario.
pub(super) const fn ending(played: &Played) -> Ending {
    match played.verdict {
        Verdict::Passed => Ending::Pass,
        Verdict::Failed { .. } => Ending::Fail,
        Verdict::Broken { .. } => Ending::BringUp,
    }
}

/// Reads a scenario's text; what is wrong goes to standard error.
pub(super) fn read(file: &Path) -> Option<String> {
    match std::fs::read_to_string(file) {
        Ok(text) => Some(text),
        Err(error) => {
            eprintln!(
                "error: cannot read the scenario {}: {error}",
                file.display()
            );
            None
        }
    }
}
