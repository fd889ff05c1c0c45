//! Options of every verb that runs experiments of one topology.

use std::path::Path;

use clap::Args;
use edge_api::{Mode, TimerProfile};
use topology::{Announce, MigrationStyle};

use super::conduct::{Cell, interleaved, named_twice};
use super::topology_file::{FileSettings, Loaded, TopologyFile};
use crate::ending::Ending;

/// What is varied, and how often it is done.
#[derive(Debug, Default, Args)]
pub(super) struct Experiments {
    /// Modes to run, each in a fresh lab: igp-only, garp-flood, garp-flood-verified,
    /// garp-redirect; default: the file's
    #[arg(long, value_name = "MODE", value_delimiter = ',', env = "DCILAB_MODES")]
    modes: Vec<Mode>,
    /// IGP timers by profile, in place of the file's: comware-v5, comware-v7, cisco, frr, immediate;
    /// several are run each with every mode
    #[arg(
        long,
        visible_alias = "profiles",
        value_name = "PROFILE",
        value_delimiter = ',',
        env = "DCILAB_IGP"
    )]
    igp: Vec<TimerProfile>,
    /// How often each is done, in turns; the first is kept apart from the others, which are warm
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..=1000),
        env = "DCILAB_REPEAT"
    )]
    repeat: u32,
    /// How the VM's cable goes to the other site: netns or replug; default: the file's
    #[arg(long, value_name = "STYLE", env = "DCILAB_STYLE")]
    style: Option<MigrationStyle>,
    /// What the VM says on arrival: garp, qemu, rfc5227 or silent; default: the file's
    #[arg(long, value_name = "WHAT", env = "DCILAB_ANNOUNCE")]
    announce: Option<Announce>,
    #[command(flatten)]
    settings: FileSettings,
}

/// A topology, what it means with the options, and the experiments.
pub(super) struct Asked {
    pub(super) loaded: Loaded,
    pub(super) cells: Vec<Cell>,
}

impl Experiments {
    /// Something other than the defaults was asked for.
    pub(super) fn names_any(&self) -> bool {
        !self.modes.is_empty()
            || !self.igp.is_empty()
            || self.repeat != 1
            || self.style.is_some()
            || self.announce.is_some()
            || !self.settings.set.is_empty()
    }

    /// Reads the topology. What is wrong goes to standard error.
    pub(super) fn of(self, file: &Path) -> Result<Asked, Ending> {
        let twice = [
            (!self.modes.is_empty(), "--modes", "mechanism.mode"),
            (!self.igp.is_empty(), "--igp", "igp.profile"),
            (self.style.is_some(), "--style", "migration.style"),
            (self.announce.is_some(), "--announce", "migration.announce"),
        ];
        if let Some(ending) = self.settings.refuse_twice(&twice) {
            return Err(ending);
        }
        let file = TopologyFile {
            file: file.to_owned(),
            settings: self.settings,
        };
        let mut loaded = file.load().ok_or(Ending::Invalid)?;
        let mut topology = loaded.topology;
        if let Some(style) = self.style {
            topology = topology.with_style(style);
        }
        if let Some(announce) = self.announce {
            topology = topology.with_announce(announce);
        }
        let twice = named_twice("modes", &self.modes).or(named_twice("igp", &self.igp));
        if let Some(ending) = twice {
            return Err(ending);
        }
        let modes = match self.modes.is_empty() {
            true => vec![topology.mechanism().mode],
            false => self.modes,
        };
        let profiles = match self.igp.is_empty() {
            true => vec![topology.igp().profile],
            false => self.igp,
        };
        let cells = interleaved(&modes, &profiles, self.repeat);
        loaded.topology = topology;
        Ok(Asked { loaded, cells })
    }
}
