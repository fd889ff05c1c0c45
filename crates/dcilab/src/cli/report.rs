//! `dcilab report`: the reports of a result, made again.

use std::path::PathBuf;

use clap::Args;

use super::output;
use crate::ending::Ending;
use crate::report::{self, Kind};
use crate::result::Stored;
use crate::run_directory::Manifest;

#[derive(Debug, Args)]
#[command(after_help = "\
Without a kind: result.md, junit.xml, report.html and gaps.csv, beside the result.

Examples:
  dcilab report dcilab-runs/latest
  dcilab report dcilab-runs/latest --html -o /tmp/report.html
  dcilab report old/result.json --csv | head")]
pub(super) struct Report {
    /// A result.json, or the directory of a run
    result: PathBuf,
    /// The page with pictures
    #[arg(long, group = "kind")]
    html: bool,
    /// Markdown, for the summary of a CI job
    #[arg(long, group = "kind")]
    md: bool,
    /// JUnit XML
    #[arg(long, group = "kind")]
    junit: bool,
    /// Every gap of every flow, as CSV
    #[arg(long, group = "kind")]
    csv: bool,
    /// Where to: a file for one kind (default: standard output), a directory for all (default: beside the result)
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
}

impl Report {
    pub(super) fn run(self) -> Ending {
        let stored = match Stored::read(&self.result) {
            Ok(stored) => stored,
            Err(error) => {
                eprintln!("error: {error}");
                return Ending::Invalid;
            }
        };
        let manifest = Manifest::beside(stored.directory());
        let written = match self.kind() {
            Some(kind) => self.one(&report::written(&stored.result, manifest.as_ref(), kind)),
            None => self.all(&stored, manifest.as_ref()),
        };
        match written {
            Ok(()) => Ending::Pass,
            Err(error) => {
                eprintln!("error: {error}: choose another --output");
                Ending::Invalid
            }
        }
    }

    fn kind(&self) -> Option<Kind> {
        let kinds = [
            (self.html, Kind::Html),
            (self.md, Kind::Markdown),
            (self.junit, Kind::Junit),
            (self.csv, Kind::Csv),
        ];
        let asked = kinds.into_iter().find(|(is_asked, _)| *is_asked);
        asked.map(|(_, kind)| kind)
    }

    fn one(&self, text: &str) -> std::io::Result<()> {
        match &self.output {
            Some(file) => write(file, text),
            None => output::text(text),
        }
    }

    fn all(&self, stored: &Stored, manifest: Option<&Manifest>) -> std::io::Result<()> {
        let directory = self.output.as_deref().unwrap_or(stored.directory());
        for (name, text) in report::files(&stored.result, manifest) {
            write(&directory.join(name), &text)?;
            eprintln!("{}", directory.join(name).display());
        }
        Ok(())
    }
}

fn write(file: &std::path::Path, text: &str) -> std::io::Result<()> {
    let name = |error| std::io::Error::other(format!("cannot write {}: {error}", file.display()));
    std::fs::write(file, text).map_err(name)
}
