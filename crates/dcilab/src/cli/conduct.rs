//! What every verb that measures does: experiments in fresh labs, a report, a directory.

use edge_api::{Mode, TimerProfile};
use topology::Resolved;

use super::{Captures, Format, LabOptions, inside, output};
use crate::ending::Ending;
use crate::experiment::Experiment;
use crate::lab::LabError;
use crate::progress::Progress;
use crate::report;
use crate::result::{FailedRun, ResultFile, RunResult};
use crate::run_directory::{Manifest, RunDirectory};

/// One experiment of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) mode: Mode,
    pub(super) profile: TimerProfile,
    pub(super) told: Told,
}

impl Cell {
    /// What the experiment's files are called.
    fn label(self) -> String {
        format!("{}-{}", self.profile, self.mode)
    }

    fn failed(self, error: &LabError) -> FailedRun {
        FailedRun {
            mode: self.mode,
            igp_profile: self.profile,
            error: error.to_string(),
        }
    }
}

/// How much of an experiment people are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Tables, time-line, losses, deaths.
    InFull,
    /// Its line in the comparison.
    Compared,
}

/// Does the experiments one after the other, reports, and leaves the run's directory. One that fails
/// is named in the result, and does not take the others with it; if all fail, nothing is left.
pub(super) async fn conduct(
    verb: &str,
    text: &str,
    topology: &Resolved,
    cells: Vec<Cell>,
    format: Format,
    lab: &LabOptions,
) -> Ending {
    if let Some(ending) = refused_cells(topology, &cells) {
        return ending;
    }
    let manifest = Manifest::new(text);
    let directory = match prepare(verb, lab) {
        Ok(directory) => directory,
        Err(ending) => return ending,
    };
    let done = match each(topology, cells, format, &directory, lab).await {
        Ok(done) => done,
        Err(error) => return cannot_print(&error),
    };
    if let (Some(ending), true) = (done.failure, done.runs.is_empty()) {
        return ending;
    }
    let mut file = ResultFile::new(done.runs, done.failed);
    if let Err(error) = choose_captures(&directory, &mut file, lab.captures) {
        eprintln!("error: cannot remove the captures: {error}");
        return Ending::BringUp;
    }
    let printed = match format {
        Format::Table => output::text(&(report::comparison(&file) + &report::failed(&file))),
        Format::Json => output::json(&file),
    };
    if let Err(error) = printed {
        return cannot_print(&error);
    }
    match (finish(directory, &manifest, &file), done.failure) {
        (Ending::Pass | Ending::Inconclusive, Some(failure)) => failure,
        (ending, _) => ending,
    }
}

/// Keeps those that are wanted.
fn choose_captures(
    directory: &RunDirectory,
    file: &mut ResultFile,
    wanted: Captures,
) -> std::io::Result<()> {
    let is_sound = file.failed.is_empty() && file.is_conclusive();
    let are_kept = match wanted {
        Captures::Always => true,
        Captures::OnFailure => !is_sound,
        Captures::Never => false,
    };
    if !are_kept {
        directory.forget_captures()?;
        file.runs.iter_mut().for_each(|run| run.capture = None);
    }
    Ok(())
}

fn prepare(verb: &str, lab: &LabOptions) -> Result<RunDirectory, Ending> {
    RunDirectory::prepare(&lab.output, verb).map_err(|error| {
        let place = lab.output.display();
        eprintln!("error: cannot write runs to {place}: {error}: choose another --output");
        Ending::Invalid
    })
}

/// What became of the experiments.
#[derive(Default)]
struct Done {
    runs: Vec<RunResult>,
    failed: Vec<FailedRun>,
    /// How to end for the first that failed.
    failure: Option<Ending>,
}

/// Does one after the other, and tells people of each as soon as it is over.
async fn each(
    topology: &Resolved,
    cells: Vec<Cell>,
    format: Format,
    directory: &RunDirectory,
    lab: &LabOptions,
) -> std::io::Result<Done> {
    let mut done = Done::default();
    for cell in cells {
        match one(topology, cell, directory, lab).await {
            Ok(run) => {
                let is_told = cell.told == Told::InFull || !run.disturbances.is_empty();
                if format == Format::Table && is_told {
                    output::text(&report::run(&run))?;
                }
                done.runs.push(run);
            }
            Err(error) => {
                let ending = inside::failed(&cell.label(), &error);
                done.failure.get_or_insert(ending);
                done.failed.push(cell.failed(&error));
            }
        }
    }
    Ok(done)
}

/// How to end when `--modes` names a mode twice, which is said.
pub(super) fn named_twice(modes: &[Mode]) -> Option<Ending> {
    let mut numbered = modes.iter().enumerate();
    let (_, twice) = numbered.find(|(n, mode)| modes[..*n].contains(mode))?;
    eprintln!("error: --modes names {twice} twice: name each mode once");
    Some(Ending::Invalid)
}

/// What was set on the command line may not go with what is in the file.
fn refused_cells(topology: &Resolved, cells: &[Cell]) -> Option<Ending> {
    let topologies = cells.iter().map(|cell| {
        let topology = topology.clone().with_mode(cell.mode);
        topology.with_profile(cell.profile)
    });
    topologies
        .into_iter()
        .find_map(|topology| refused(&topology))
}

/// Says what is wrong with the edge devices' configurations that a topology gives.
pub(super) fn refused(topology: &Resolved) -> Option<Ending> {
    let profile = topology.igp().profile;
    for device in topology.plan().edge_devices {
        if let Err(errors) = device.config.validate() {
            for error in errors {
                eprintln!("error: {} with `{profile}`: {error}", device.config.name);
            }
            return Some(Ending::Invalid);
        }
    }
    None
}

fn cannot_print(error: &std::io::Error) -> Ending {
    eprintln!("error: cannot write to standard output: {error}");
    Ending::BringUp
}

async fn one(
    topology: &Resolved,
    cell: Cell,
    directory: &RunDirectory,
    lab: &LabOptions,
) -> Result<RunResult, LabError> {
    let label = cell.label();
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
        Ok(path) => {
            let has_captures = file.runs.iter().any(|run| run.capture.is_some());
            let and = if has_captures {
                " and the captures are"
            } else {
                " is"
            };
            eprintln!("\nresult.json{and} in {}", path.display());
        }
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
