//! `dcilab analyze`: what captures alone say of the probes in them.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{Format, output};
use crate::analysis::{Analysis, AnalysisError};
use crate::ending::Ending;
use crate::report;

#[derive(Debug, Args)]
#[command(after_help = "\
Whoever captured, probes carry their flow and number; the rest is worked out from where each was seen first.
Several files are taken for captures of the same traffic at several places, by clocks that agree. A run's
directory is judged capture by capture, and has to say what its result.json says, to the probe.

The exit code is 0 where both agree, or there is nothing to compare with; 1 where they do not; 2 for a
capture that is empty, cut off, or without probes; 3 where a capture says that it missed frames.

Examples:
  dcilab analyze dcilab-runs/latest
  dcilab analyze dcilab-runs/latest/captures/comware-v5-garp-flood.pcapng
  tcpdump -i eth0 -w vm1.pcap udp                  # somewhere else, in the same traffic
  dcilab analyze vm1.pcap client-a.pcap -f json | jq '.[].flows[] | {source, destination, points}'")]
pub(super) struct Analyze {
    /// Captures, pcapng or pcap, or the directory of a run
    #[arg(required = true, value_name = "CAPTURE")]
    captures: Vec<PathBuf>,
    /// What to write on standard output
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

impl Analyze {
    pub(super) fn run(self) -> ExitCode {
        let analyses = match self.analyses() {
            Ok(analyses) => analyses,
            Err(error) => {
                eprintln!("error: {error}");
                return Ending::Invalid.into();
            }
        };
        let printed = match self.format {
            Format::Json => output::json(&analyses),
            Format::Table => {
                output::text(&analyses.iter().map(report::analysis).collect::<String>())
            }
        };
        if let Err(error) = printed {
            eprintln!("error: cannot write to standard output: {error}");
            return Ending::BringUp.into();
        }
        ending(&analyses).into()
    }

    fn analyses(&self) -> Result<Vec<Analysis>, AnalysisError> {
        match &self.captures[..] {
            [directory] if directory.is_dir() => Analysis::of_run(directory),
            captures => Ok(vec![Analysis::of_files(captures)?]),
        }
    }
}

fn ending(analyses: &[Analysis]) -> Ending {
    if analyses.iter().any(|analysis| analysis.missed > 0) {
        return Ending::Inconclusive;
    }
    let mut compared = analyses
        .iter()
        .filter_map(|a| a.compared.as_ref())
        .flatten();
    match compared.all(|flow| flow.disagreements.as_ref().is_some_and(Vec::is_empty)) {
        true => Ending::Pass,
        false => Ending::Fail,
    }
}
