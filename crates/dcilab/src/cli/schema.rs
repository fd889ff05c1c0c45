//! `dcilab schema`: the JSON Schema of topology files.

use std::process::ExitCode;

use clap::Args;

use super::lab::finish;
use super::output;

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  dcilab schema > topology.schema.json
  # first line of a topology file, for editors that know taplo:
  #:schema ./topology.schema.json")]
pub(super) struct Schema {}

impl Schema {
    pub(super) fn run(self) -> ExitCode {
        finish(output::json(&topology::schema()).map_err(Into::into))
    }
}
