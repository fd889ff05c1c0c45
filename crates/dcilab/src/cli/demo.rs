//! `dcilab demo`: what the mechanism does, in under a minute.

use std::process::ExitCode;

use clap::Args;
use edge_api::{Mode, TimerProfile};

use super::conduct::{Campaign, Cell, Repeat, Told, conduct, named_twice};
use super::embedded::THREE_SITE;
use super::topology_file::FileSettings;
use super::{Format, LabOptions, inside};
use crate::ending::Ending;

#[derive(Debug, Args)]
#[command(after_help = "\
A VM moves from site a to site c, with the IGP timers of the mechanism's time (comware-v5) and with an
IGP that holds nothing back (immediate): each time with the IGP alone and with each mode that is asked
for, in fresh labs. Needs no root.

Examples:
  dcilab demo
  dcilab demo --mode garp-flood-verified      # with the ARP tables that it decides by
  dcilab demo --modes garp-flood,garp-flood-verified,garp-redirect
  dcilab demo --set site_network.attachment=direct --set probes.rate=2000")]
pub(super) struct Demo {
    /// Modes to show beside the IGP alone: garp-flood, garp-flood-verified, garp-redirect
    #[arg(
        long,
        visible_alias = "mode",
        value_name = "MODE",
        value_delimiter = ',',
        default_value = "garp-flood",
        env = "DCILAB_MODES"
    )]
    modes: Vec<Mode>,
    #[command(flatten)]
    settings: FileSettings,
    /// What to write on standard output
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    lab: LabOptions,
}

/// The IGP's timers, and how much people are told of the experiments with them.
const PROFILES: [(TimerProfile, Told); 2] = [
    (TimerProfile::ComwareV5, Told::InFull),
    (TimerProfile::Immediate, Told::Compared),
];

/// What each experiment of the demo has of its own, and how to ask for another one.
const OWN: [(&str, &str); 2] = [
    ("mechanism.mode", "use --mode"),
    ("igp.profile", "use `dcilab run FILE --igp PROFILE`"),
];

/// The baseline and the modes asked for, with each of the profiles.
fn cells(modes: &[Mode]) -> Vec<Cell> {
    let asked = modes.iter().copied().filter(|mode| *mode != Mode::IgpOnly);
    let modes: Vec<_> = [Mode::IgpOnly].into_iter().chain(asked).collect();
    let with = |(profile, told)| {
        modes
            .iter()
            .map(move |mode| Cell {
                mode: *mode,
                profile,
                told,
                repeat: Repeat::ONCE,
            })
            .collect::<Vec<_>>()
    };
    PROFILES.into_iter().flat_map(with).collect()
}

impl Demo {
    pub(super) fn run(self) -> ExitCode {
        let (name, text) = THREE_SITE;
        for (path, instead) in OWN {
            if self.settings.has(path) {
                eprintln!("error: `demo` sets {path} itself: {instead}");
                return Ending::Invalid.into();
            }
        }
        let Some(loaded) = self.settings.load(name, text.to_owned()) else {
            return Ending::Invalid.into();
        };
        if let Some(ending) = named_twice("modes", &self.modes) {
            return ending.into();
        }
        let (cells, format, lab) = (cells(&self.modes), self.format, self.lab);
        inside::run(|| async move {
            let campaign = Campaign {
                verb: "demo",
                loaded: &loaded,
                cells,
                format: Some(format),
                lab: &lab,
            };
            conduct(campaign).await.ending
        })
    }
}
