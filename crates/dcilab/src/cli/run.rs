//! `dcilab run`: one topology, its migration, one or more modes, as often as is asked for.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::conduct::{Campaign, conduct};
use super::experiments::Experiments;
use super::{Format, LabOptions, inside};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dcilab run topologies/three-site.toml
  dcilab run topologies/three-site.toml --modes igp-only,garp-flood --igp cisco
  dcilab run topologies/three-site.toml --modes igp-only,garp-flood --repeat 6   # with statistics
  dcilab run topologies/three-site.toml --style replug --announce qemu   # the control plane alone
  dcilab run my.toml --format json | jq '.runs[].flows[] | {from, to, lost: .report.lost}'")]
pub(super) struct Run {
    /// Topology file
    file: PathBuf,
    #[command(flatten)]
    experiments: Experiments,
    /// What to write on standard output
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    lab: LabOptions,
}

impl Run {
    pub(super) fn run(self) -> ExitCode {
        let asked = match self.experiments.of(&self.file) {
            Ok(asked) => asked,
            Err(ending) => return ending.into(),
        };
        let (format, lab) = (self.format, self.lab);
        inside::run(|| async move {
            let campaign = Campaign {
                verb: "run",
                text: &asked.text,
                topology: &asked.topology,
                cells: asked.cells,
                format: Some(format),
                lab: &lab,
            };
            conduct(campaign).await.ending
        })
    }
}
