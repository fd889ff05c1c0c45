//! What `run` does with a scenario: it is played in a fresh lab for each mode.

use std::path::Path;

use topology::{Resolved, Scenario};

use super::conduct::{Cell, cannot_print, finish, prepare, refused_cells};
use super::topology_file::Loaded;
use super::{Format, LabOptions, inside, output, play};
use crate::ending::Ending;
use crate::lab::LabError;
use crate::progress::Progress;
use crate::report;
use crate::result::ResultFile;
use crate::run_directory::{Manifest, RunDirectory};
use crate::scenario::{Performance, Played};

/// A scenario, with its text where it has a file of its own.
pub(super) struct Script {
    pub(super) scenario: Scenario,
    pub(super) text: Option<String>,
}

/// Reads a scenario for a topology; what is wrong with it goes to standard error.
pub(super) fn script(file: &Path, topology: &Resolved) -> Option<Script> {
    use std::io::IsTerminal;

    let (name, text) = (file.display().to_string(), play::read(file)?);
    match Scenario::load(&name, &text, topology) {
        Ok(scenario) => Some(Script {
            scenario,
            text: Some(text),
        }),
        Err(wrong) => {
            let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            eprintln!("{}", wrong.render(&name, &text, color));
            None
        }
    }
}

/// Plays the scenario once for each cell, reports, and leaves the run's directory.
pub(super) async fn perform(
    loaded: &Loaded,
    script: &Script,
    cells: Vec<Cell>,
    format: Format,
    lab: &LabOptions,
) -> Ending {
    let topology = &loaded.topology;
    if let Some(ending) = refused_cells(topology, &cells) {
        return ending;
    }
    let manifest =
        Manifest::new(&loaded.text, &loaded.settings.set).with_scenario(script.text.clone());
    let directory = match prepare("run", cells.len(), lab) {
        Ok(directory) => directory,
        Err(ending) => return ending,
    };
    let (mut played, mut failed) = (Vec::new(), Vec::new());
    let mut worst = Ending::Pass;
    for cell in cells {
        match one(topology, script, cell, &directory, lab).await {
            Ok(one) => {
                if format == Format::Table
                    && let Err(error) = output::text(&report::scenario::text(&one))
                {
                    return cannot_print(&error);
                }
                worst = first_of(worst, play::ending(&one));
                played.push(one);
            }
            Err(error) => {
                worst = first_of(worst, inside::failed(&cell.label(), &error));
                failed.push(cell.failed(&error));
            }
        }
    }
    if played.is_empty() {
        return worst;
    }
    let file = ResultFile::new(Vec::new(), failed).with_scenarios(played);
    if format == Format::Json
        && let Err(error) = output::json(&file)
    {
        return cannot_print(&error);
    }
    first_of(worst, finish(directory, &manifest, &file))
}

/// How to end for two: as for the first that was not as it should be.
const fn first_of(first: Ending, second: Ending) -> Ending {
    match first {
        Ending::Pass => second,
        first => first,
    }
}

async fn one(
    topology: &Resolved,
    script: &Script,
    cell: Cell,
    directory: &RunDirectory,
    lab: &LabOptions,
) -> Result<Played, LabError> {
    let label = cell.label();
    let progress = Progress::start(&label);
    let topology = topology
        .clone()
        .with_mode(cell.mode)
        .with_profile(cell.profile);
    let performance = Performance {
        topology: &topology,
        scenario: &script.scenario,
        program: &lab.program(),
        label,
        directory: directory.path(),
    };
    performance.run(&progress).await
}
