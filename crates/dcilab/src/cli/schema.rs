//! `dcilab schema`: the JSON Schema of topology files, of scenarios, and of results.

use std::process::ExitCode;

use clap::Args;

use super::lab::finish;
use super::output;
use crate::result;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dcilab schema > topology.schema.json
  dcilab schema scenario > scenario.schema.json
  # first line of a topology file, for editors that know taplo:
  #:schema ./topology.schema.json
  dcilab schema result > result.schema.json")]
pub(super) struct Schema {
    /// Of what: topology files, scenarios in files of their own, or `result.json`
    #[arg(value_enum, default_value_t)]
    of: Of,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Of {
    /// Topology files
    #[default]
    Topology,
    /// Scenarios in files of their own
    Scenario,
    /// `result.json`
    Result,
}

impl Schema {
    pub(super) fn run(self) -> ExitCode {
        let printed = match self.of {
            Of::Topology => output::json(&topology::schema()),
            Of::Scenario => output::json(&topology::scenario::schema()),
            Of::Result => output::json(&result::schema()),
        };
        finish(printed.map_err(Into::into))
    }
}
