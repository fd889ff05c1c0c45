//! `dcilab diff`: two results side by side.

use std::path::PathBuf;

use clap::Args;

use super::{Format, output};
use crate::ending::Ending;
use crate::report::diff::diff;
use crate::result::Stored;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dcilab diff dcilab-runs/20261124T090000Z-run dcilab-runs/latest
  dcilab diff baseline.json dcilab-runs/latest --format json | jq '.settings'")]
pub(super) struct Diff {
    /// A result.json, or the directory of a run
    first: PathBuf,
    /// What to compare it with
    second: PathBuf,
    /// What to write on standard output
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

impl Diff {
    pub(super) fn run(self) -> Ending {
        let read = |path| {
            Stored::read(path).map_err(|error| {
                eprintln!("error: {error}");
                Ending::Invalid
            })
        };
        let (first, second) = match (read(&self.first), read(&self.second)) {
            (Ok(first), Ok(second)) => (first, second),
            _ => return Ending::Invalid,
        };
        let found = diff(&first.result, &second.result);
        let printed = match self.format {
            Format::Table => output::text(&found.text()),
            Format::Json => output::json(&found.json()),
        };
        match printed {
            Ok(()) => Ending::Pass,
            Err(error) => {
                eprintln!("error: cannot write to standard output: {error}");
                Ending::Fail
            }
        }
    }
}
