//! `dcilab demo`: what the mechanism does, in under a minute.

use std::process::ExitCode;

use clap::Args;
use edge_api::{Mode, TimerProfile};
use topology::Resolved;

use super::embedded::THREE_SITE;
use super::{Format, LabOptions, inside, validate};
use crate::ending::Ending;
use crate::experiment::Experiment;
use crate::lab::LabError;
use crate::progress::Progress;
use crate::report;
use crate::result::{ResultFile, RunResult};
use crate::run_directory::{Manifest, RunDirectory};

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

/// One experiment of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) mode: Mode,
    pub(super) profile: TimerProfile,
}

const CELLS: [Cell; 4] = [
    Cell {
        mode: Mode::IgpOnly,
        profile: TimerProfile::ComwareV5,
    },
    Cell {
        mode: Mode::GarpFlood,
        profile: TimerProfile::ComwareV5,
    },
    Cell {
        mode: Mode::IgpOnly,
        profile: TimerProfile::Immediate,
    },
    Cell {
        mode: Mode::GarpFlood,
        profile: TimerProfile::Immediate,
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

/// Does the experiments one after the other, reports, and leaves the run's directory.
pub(super) async fn conduct(
    verb: &str,
    text: &str,
    topology: &Resolved,
    cells: Vec<Cell>,
    format: Format,
    lab: &LabOptions,
) -> Ending {
    if let Some(ending) = refused(topology, &cells) {
        return ending;
    }
    let manifest = Manifest::new(text);
    let directory = match RunDirectory::prepare(&lab.output, verb) {
        Ok(directory) => directory,
        Err(error) => {
            eprintln!("error: cannot gather the run's files: {error}");
            return Ending::BringUp;
        }
    };
    let mut runs = Vec::new();
    for cell in cells {
        match one(topology, cell, &directory, lab).await {
            Ok(run) => {
                if format == Format::Table && is_told_in_full(&run) {
                    print!("{}", report::run(&run));
                }
                runs.push(run);
            }
            Err(error) => return inside::failed(&error),
        }
    }
    let file = ResultFile::new(runs);
    match format {
        Format::Table => print!("{}", report::comparison(&file)),
        Format::Json => match serde_json::to_string_pretty(&file) {
            Ok(json) => println!("{json}"),
            Err(error) => eprintln!("error: the result cannot be written as JSON: {error}"),
        },
    }
    finish(directory, &manifest, &file)
}

/// What was set on the command line may not go with what is in the file.
fn refused(topology: &Resolved, cells: &[Cell]) -> Option<Ending> {
    for cell in cells {
        let plan = topology
            .clone()
            .with_mode(cell.mode)
            .with_profile(cell.profile)
            .plan();
        for device in plan.edge_devices {
            if let Err(errors) = device.config.validate() {
                for error in errors {
                    eprintln!(
                        "error: {} with `{}`: {error}",
                        device.config.name, cell.profile
                    );
                }
                return Some(Ending::Invalid);
            }
        }
    }
    None
}

/// An IGP that holds nothing back is told in the comparison alone.
fn is_told_in_full(run: &RunResult) -> bool {
    run.igp_profile != TimerProfile::Immediate || !run.disturbances.is_empty()
}

async fn one(
    topology: &Resolved,
    cell: Cell,
    directory: &RunDirectory,
    lab: &LabOptions,
) -> Result<RunResult, LabError> {
    let label = format!("{}-{}", cell.profile, cell.mode);
    let progress = Progress::start(&label);
    let topology = topology
        .clone()
        .with_mode(cell.mode)
        .with_profile(cell.profile);
    let experiment = Experiment {
        plan: topology.plan(),
        program: &lab.program(),
        label,
        directory: directory.path(),
    };
    experiment.run(&progress).await
}

fn finish(directory: RunDirectory, manifest: &Manifest, file: &ResultFile) -> Ending {
    match directory.bring_out(manifest, file) {
        Ok(path) => eprintln!("\nresult.json and the captures are in {}", path.display()),
        Err(error) => {
            eprintln!("error: cannot write the run's directory: {error}");
            return Ending::BringUp;
        }
    }
    if file.is_conclusive() {
        Ending::Pass
    } else {
        Ending::Inconclusive
    }
}
