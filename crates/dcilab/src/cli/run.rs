//! `dcilab run`: one topology, its migration, one or more modes, as often as is asked for.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::conduct::{Campaign, conduct, refused};
use super::experiments::{Asked, Experiments};
use super::perform::{Script, perform, script};
use super::{Format, LabOptions, inside, plan};
use crate::ending::Ending;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dcilab run topologies/three-site.toml
  dcilab run topologies/three-site.toml --modes igp-only,garp-flood --igp cisco
  dcilab run topologies/three-site.toml --modes igp-only,garp-flood --repeat 6   # with statistics
  dcilab run topologies/three-site.toml --style replug --announce qemu   # the control plane alone
  dcilab run topologies/ping-pong.toml           # the steps that it has
  dcilab run topologies/three-site.toml --scenario my-steps.toml --modes igp-only,garp-flood
  dcilab run my.toml --set host.vm1.site=b --set migration.to=a --dry-run
  dcilab run my.toml --format json | jq '.runs[].flows[] | {from, to, lost: .report.lost}'")]
pub(super) struct Run {
    /// Topology file
    file: PathBuf,
    #[command(flatten)]
    experiments: Experiments,
    /// Scenario to play in place of the measured migration; default: the steps in the topology, if any
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Print the plan, and make nothing
    #[arg(long)]
    dry_run: bool,
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
        let topology = &asked.loaded.topology;
        let scenario = match self.scenario.as_deref().map(|file| script(file, topology)) {
            Some(None) => return Ending::Invalid.into(),
            Some(Some(script)) => Some(script),
            None => topology.scenario().cloned().map(|scenario| Script {
                scenario,
                text: None,
            }),
        };
        if self.dry_run {
            return dry_run(asked, self.format).into();
        }
        let (format, lab) = (self.format, self.lab);
        inside::run(|| async move {
            if let Some(script) = scenario {
                return perform(&asked.loaded, &script, asked.cells, format, &lab).await;
            }
            let campaign = Campaign {
                verb: "run",
                loaded: &asked.loaded,
                cells: asked.cells,
                format: Some(format),
                lab: &lab,
            };
            conduct(campaign).await.ending
        })
    }
}

/// The plan of the first experiment; the others differ from it in mode and timers alone.
fn dry_run(asked: Asked, format: Format) -> Ending {
    let topology = asked.loaded.topology;
    let topology = match asked.cells.first() {
        Some(cell) => topology.with_mode(cell.mode).with_profile(cell.profile),
        None => topology,
    };
    match refused(&topology) {
        Some(ending) => ending,
        None => plan::print(&topology.plan(), format),
    }
}
