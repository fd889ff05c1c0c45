//! What every verb that measures does: experiments in fresh labs, a report, a directory.

use edge_api::{EdgeConfig, Mode, TimerProfile};
use topology::Resolved;

use super::topology_file::Loaded;
use super::{Captures, Format, LabOptions, inside, output};
use crate::ending::Ending;
use crate::experiment::Experiment;
use crate::lab::LabError;
use crate::progress::Progress;
use crate::report;
use crate::result::{FailedRun, ResultFile, RunResult};
use crate::run_directory::{Manifest, RunDirectory};

/// What to do about a topology in which nothing moves.
const NO_MOVE: &str =
    "say which VM goes where, by `vm` and `to` in [migration]; `dcilab up` needs none";

/// One experiment of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) mode: Mode,
    pub(super) profile: TimerProfile,
    pub(super) told: Told,
    pub(super) repeat: Repeat,
}

/// Which of how many repeats, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Repeat {
    pub(super) number: u32,
    pub(super) of: u32,
}

impl Repeat {
    /// The only one.
    pub(super) const ONCE: Self = Self { number: 1, of: 1 };
}

impl Cell {
    /// What the experiment's files are called.
    pub(super) fn label(self) -> String {
        let kind = format!("{}-{}", self.profile, self.mode);
        match self.repeat.of {
            1 => kind,
            _ => format!("{kind}-{}", self.repeat.number),
        }
    }

    pub(super) fn failed(self, error: &LabError) -> FailedRun {
        FailedRun {
            mode: self.mode,
            igp_profile: self.profile,
            repeat: self.repeat.number,
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

/// Every mode with every profile, so many times. Repeats take turns (A B A B), so that what changes on
/// the machine meanwhile meets all of them.
pub(super) fn interleaved(modes: &[Mode], profiles: &[TimerProfile], repeats: u32) -> Vec<Cell> {
    let told = if repeats == 1 {
        Told::InFull
    } else {
        Told::Compared
    };
    let mut cells = Vec::new();
    for number in 1..=repeats {
        let repeat = Repeat {
            number,
            of: repeats,
        };
        for &profile in profiles {
            cells.extend(modes.iter().map(|&mode| Cell {
                mode,
                profile,
                told,
                repeat,
            }));
        }
    }
    cells
}

/// Experiments to do, and what is told of them.
pub(super) struct Campaign<'a> {
    /// The verb, for the directory's name.
    pub(super) verb: &'static str,
    /// The topology, and what it was read from.
    pub(super) loaded: &'a Loaded,
    pub(super) cells: Vec<Cell>,
    /// What goes to standard output; `None`: nothing.
    pub(super) format: Option<Format>,
    pub(super) lab: &'a LabOptions,
}

/// How it ended, and the result, where there is one.
pub(super) struct Concluded {
    pub(super) ending: Ending,
    pub(super) file: Option<ResultFile>,
}

impl From<Ending> for Concluded {
    fn from(ending: Ending) -> Self {
        Self { ending, file: None }
    }
}

/// Does the experiments one after the other, reports, and leaves the run's directory. One that fails
/// is named in the result, and does not take the others with it; if all fail, nothing is left.
pub(super) async fn conduct(campaign: Campaign<'_>) -> Concluded {
    let topology = &campaign.loaded.topology;
    let refused = without_move(topology).or_else(|| refused_cells(topology, &campaign.cells));
    if let Some(ending) = refused {
        return ending.into();
    }
    let manifest = Manifest::new(&campaign.loaded.text, &campaign.loaded.settings.set);
    let directory = match prepare(campaign.verb, campaign.cells.len(), campaign.lab) {
        Ok(directory) => directory,
        Err(ending) => return ending.into(),
    };
    let done = match each(&campaign, &directory).await {
        Ok(done) => done,
        Err(error) => return cannot_print(&error).into(),
    };
    if let (Some(ending), true) = (done.failure, done.runs.is_empty()) {
        return ending.into();
    }
    let mut file = ResultFile::new(done.runs, done.failed);
    if let Err(error) = choose_captures(&directory, &mut file, campaign.lab.captures) {
        eprintln!("error: cannot remove the captures: {error}");
        return Ending::BringUp.into();
    }
    let printed = match campaign.format {
        None => Ok(()),
        Some(Format::Table) => output::text(&(report::comparison(&file) + &report::failed(&file))),
        Some(Format::Json) => output::json(&file),
    };
    if let Err(error) = printed {
        return cannot_print(&error).into();
    }
    let ending = match (finish(directory, &manifest, &file), done.failure) {
        (Ending::Pass | Ending::Inconclusive, Some(failure)) => failure,
        (ending, _) => ending,
    };
    Concluded {
        ending,
        file: Some(file),
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

/// A directory for so many experiments, by this verb.
pub(super) fn prepare(
    verb: &str,
    experiments: usize,
    lab: &LabOptions,
) -> Result<RunDirectory, Ending> {
    let output = &lab.output;
    let prepared = RunDirectory::prepare(output, verb, experiments);
    prepared.map_err(|error| {
        let place = output.display();
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
async fn each(campaign: &Campaign<'_>, directory: &RunDirectory) -> std::io::Result<Done> {
    let mut done = Done::default();
    for &cell in &campaign.cells {
        match one(campaign, cell, directory).await {
            Ok(run) => {
                if campaign.format == Some(Format::Table) {
                    output::text(&tell(cell, &run))?;
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

/// A disturbed experiment is told in full, but for one of many.
fn tell(cell: Cell, run: &RunResult) -> String {
    match (cell.told, run.counts()) {
        (Told::InFull, _) => report::run(run),
        (Told::Compared, false) if cell.repeat.of == 1 => report::run(run),
        (Told::Compared, false) => report::left_out(&cell.label(), run),
        (Told::Compared, true) => String::new(),
    }
}

/// How to end when `--modes` names a mode twice, or `--igp` a profile, which is said.
pub(super) fn named_twice<T: PartialEq + std::fmt::Display>(
    flag: &str,
    named: &[T],
) -> Option<Ending> {
    let mut numbered = named.iter().enumerate();
    let (_, twice) = numbered.find(|(n, one)| named[..*n].contains(one))?;
    eprintln!("error: --{flag} names {twice} twice: name each once");
    Some(Ending::Invalid)
}

/// How to end when there is no move to measure, which is said.
fn without_move(topology: &Resolved) -> Option<Ending> {
    if topology.migration().is_some() {
        return None;
    }
    eprintln!(
        "error: topology `{}` has no move to measure: {NO_MOVE}",
        topology.name()
    );
    Some(Ending::Invalid)
}

/// What was set on the command line may not go with what is in the file.
pub(super) fn refused_cells(topology: &Resolved, cells: &[Cell]) -> Option<Ending> {
    let topologies = cells
        .iter()
        .filter(|cell| cell.repeat.number == 1)
        .map(|cell| {
            let topology = topology.clone().with_mode(cell.mode);
            topology.with_profile(cell.profile)
        });
    topologies
        .into_iter()
        .find_map(|topology| refused(&topology))
}

/// Says what is wrong with the edge devices' configurations that a topology gives.
pub(super) fn refused(topology: &Resolved) -> Option<Ending> {
    if let Some(problem) = topology.style_problem() {
        eprintln!("error: {problem}");
        return Some(Ending::Invalid);
    }
    for device in topology.plan().edge_devices {
        if let Err(errors) = device.config.validate() {
            for error in errors {
                let EdgeConfig { name, igp, .. } = &device.config;
                eprintln!("error: {name} with `{}`: {error}", igp.profile);
            }
            return Some(Ending::Invalid);
        }
    }
    None
}

pub(super) fn cannot_print(error: &std::io::Error) -> Ending {
    eprintln!("error: cannot write to standard output: {error}");
    Ending::BringUp
}

async fn one(
    campaign: &Campaign<'_>,
    cell: Cell,
    directory: &RunDirectory,
) -> Result<RunResult, LabError> {
    let label = cell.label();
    let progress = Progress::start(&label);
    let topology = campaign
        .loaded
        .topology
        .clone()
        .with_mode(cell.mode)
        .with_profile(cell.profile);
    let mut plan = topology.plan();
    // Of the moment of the move alone: names and addresses stay.
    plan.seed = plan.seed.wrapping_add(u64::from(cell.repeat.number - 1));
    let Some(migration) = plan.migration.clone() else {
        return Err(LabError::Impossible {
            what: format!("measure `{}`", plan.name),
            problem: NO_MOVE.to_owned(),
        });
    };
    let experiment = Experiment {
        plan,
        migration,
        program: &campaign.lab.program(),
        label,
        repeat: cell.repeat.number,
        directory: directory.path(),
    };
    experiment.run(&progress).await
}

pub(super) fn finish(directory: RunDirectory, manifest: &Manifest, file: &ResultFile) -> Ending {
    match directory.bring_out(manifest, file) {
        Ok(path) => {
            let has_captures = file.runs.iter().any(|run| run.capture.is_some());
            let and = if has_captures {
                " and the captures"
            } else {
                ""
            };
            eprintln!("\nresult.json, report.html{and} are in {}", path.display());
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
