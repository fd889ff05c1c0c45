//! `dcilab run`: one topology, its migration, one or more modes.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use edge_api::{Mode, TimerProfile};
use topology::{Announce, MigrationStyle, Resolved};

use super::conduct::{Cell, Told, conduct, named_twice, refused};
use super::perform::{Script, perform, script};
use super::topology_file::TopologyFile;
use super::{Format, LabOptions, inside, plan};
use crate::ending::Ending;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dcilab run topologies/three-site.toml
  dcilab run topologies/three-site.toml --modes igp-only,garp-flood --igp cisco
  dcilab run topologies/three-site.toml --style replug --announce qemu   # the control plane alone
  dcilab run topologies/ping-pong.toml           # the steps that it has
  dcilab run topologies/three-site.toml --scenario my-steps.toml --modes igp-only,garp-flood
  dcilab run my.toml --set host.vm1.site=b --set migration.to=a --dry-run
  dcilab run my.toml --format json | jq '.runs[].flows[] | {from, to, lost: .report.lost}'")]
pub(super) struct Run {
    #[command(flatten)]
    topology: TopologyFile,
    /// Scenario to play in place of the measured migration; default: the steps in the topology, if any
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Modes to run, each in a fresh lab: igp-only, garp-flood, garp-flood-verified,
    /// garp-redirect; default: the file's
    #[arg(long, value_name = "MODE", value_delimiter = ',', env = "DCILAB_MODES")]
    modes: Vec<Mode>,
    /// IGP timers by profile, in place of the file's: comware-v5, comware-v7, cisco, frr, immediate
    #[arg(long, value_name = "PROFILE", env = "DCILAB_IGP")]
    igp: Option<TimerProfile>,
    /// How the VM's cable goes to the other site: netns or replug; default: the file's
    #[arg(long, value_name = "STYLE", env = "DCILAB_STYLE")]
    style: Option<MigrationStyle>,
    /// What the VM says on arrival: garp, qemu, rfc5227 or silent; default: the file's
    #[arg(long, value_name = "WHAT", env = "DCILAB_ANNOUNCE")]
    announce: Option<Announce>,
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
        let twice = [
            (!self.modes.is_empty(), "--modes", "mechanism.mode"),
            (self.igp.is_some(), "--igp", "igp.profile"),
            (self.style.is_some(), "--style", "migration.style"),
            (self.announce.is_some(), "--announce", "migration.announce"),
        ];
        if let Some(ending) = self.topology.settings.refuse_twice(&twice) {
            return ending.into();
        }
        let Some(mut loaded) = self.topology.load() else {
            return Ending::Invalid.into();
        };
        let mut topology = loaded.topology;
        if let Some(style) = self.style {
            topology = topology.with_style(style);
        }
        if let Some(announce) = self.announce {
            topology = topology.with_announce(announce);
        }
        let scenario = match self.scenario.as_deref().map(|file| script(file, &topology)) {
            Some(None) => return Ending::Invalid.into(),
            Some(Some(script)) => Some(script),
            None => topology.scenario().cloned().map(|scenario| Script {
                scenario,
                text: None,
            }),
        };
        let mode = topology.mechanism().mode;
        let profile = self.igp.unwrap_or(topology.igp().profile);
        let modes = if self.modes.is_empty() {
            vec![mode]
        } else {
            self.modes
        };
        if let Some(ending) = named_twice(&modes) {
            return ending.into();
        }
        if self.dry_run {
            return dry_run(topology.with_profile(profile), &modes, self.format).into();
        }
        loaded.topology = topology;
        let cells = modes
            .into_iter()
            .map(|mode| Cell {
                mode,
                profile,
                told: Told::InFull,
            })
            .collect();
        let (format, lab) = (self.format, self.lab);
        match scenario {
            None => {
                inside::run(|| async move { conduct("run", &loaded, cells, format, &lab).await })
            }
            Some(script) => {
                inside::run(|| async move { perform(&loaded, &script, cells, format, &lab).await })
            }
        }
    }
}

/// The plan of the first mode; the others differ from it in the mode alone.
fn dry_run(topology: Resolved, modes: &[Mode], format: Format) -> Ending {
    let topology = match modes.first() {
        Some(mode) => topology.with_mode(*mode),
        None => topology,
    };
    match refused(&topology) {
        Some(ending) => ending,
        None => plan::print(&topology.plan(), format),
    }
}
