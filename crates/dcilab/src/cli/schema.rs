//! `dcilab schema`: the JSON Schema of topology files, and of scenarios.

use std::process::ExitCode;

use clap::Args;

use super::lab::finish;
use super::output;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dcilab schema > topology.schema.json
  dcilab schema --scenario > scenario.schema.json
  # first line of a topology file, for editors that know taplo:
  #:schema ./topology.schema.json")]
pub(super) struct Schema {
    /// Of scenarios in files of their own
    #[arg(long)]
    scenario: bool,
}

impl Schema {
    pub(super) fn run(self) -> ExitCode {
        let schema = match self.scenario {
            true => topology::scenario::schema(),
            false => topology::schema(),
        };
        finish(output::json(&schema).map_err(Into::into))
    }
}
