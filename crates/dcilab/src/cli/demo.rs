//! `dcilab demo`: what the mechanism does, in under a minute.

use std::process::ExitCode;

use clap::Args;
use edge_api::{Mode, TimerProfile};

use super::conduct::{Cell, Told, conduct};
use super::embedded::THREE_SITE;
use super::{Format, LabOptions, inside, validate};
use crate::ending::Ending;

#[derive(Debug, Args)]
#[command(after_help = "\
A VM moves from site a to site c, twice with the IGP timers of the mechanism's time (comware-v5) and
twice with an IGP that holds nothing back (immediate): each time with the IGP alone and with
gratuitous-ARP flood, in fresh labs. Needs no root.")]
pub(super) struct Demo {
    /// What to write on standard output
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    lab: LabOptions,
}

const CELLS: [Cell; 4] = [
    Cell {
        mode: Mode::IgpOnly,
        profile: TimerProfile::ComwareV5,
        told: Told::InFull,
    },
    Cell {
        mode: Mode::GarpFlood,
        profile: TimerProfile::ComwareV5,
        told: Told::InFull,
    },
    Cell {
        mode: Mode::IgpOnly,
        profile: TimerProfile::Immediate,
        told: Told::Compared,
    },
    Cell {
        mode: Mode::GarpFlood,
        profile: TimerProfile::Immediate,
        told: Told::Compared,
    },
];

impl Demo {
    pub(super) fn run(self) -> ExitCode {
        let (name, text) = THREE_SITE;
        let Some(topology) = validate::load(name, text) else {
            return Ending::Invalid.into();
        };
        let (format, lab) = (self.format, self.lab);
        inside::run(|| async move {
            conduct("demo", text, &topology, CELLS.to_vec(), format, &lab).await
        })
    }
}
