//! `result.md`: fits the summary of a CI job.

use super::grid::escaped;
use super::{grids, verdict};
use crate::result::{ResultFile, RunResult};
use crate::run_directory::Manifest;

/// Of a job's summary, GitHub takes a mebibyte; so many disturbances of each run are shown.
const DISTURBANCES: usize = 8;

pub(super) fn text(file: &ResultFile, manifest: Option<&Manifest>) -> String {
    let topology = file.runs.first().map_or("no run", |run| &*run.topology);
    let mut text = format!(
        "# dcilab: {}\n\n**{}**\n",
        escaped(topology),
        escaped(&verdict::of(file).to_string())
    );
    if !file.statistics.is_empty() {
        text.push_str("\n## Over the warm repeats\n\n");
        text.push_str(&grids::statistics(file).markdown());
        text.push_str(
            "\nDelta and ratio: igp-only against the mode, of what is beyond the floor. Every value \
             lies within the resolution that is printed with it.\n",
        );
    }
    text.push_str("\n## Single runs\n\n");
    text.push_str(&grids::singles(file).markdown());
    for failed in &file.failed {
        text.push_str(&format!(
            "\n**No result:** {} with {}, repeat {}: {}\n",
            failed.mode,
            failed.igp_profile,
            failed.repeat,
            escaped(&failed.error)
        ));
    }
    for run in file.runs.iter().filter(|run| !run.counts()) {
        text.push_str(&disturbed(run));
    }
    for run in &file.runs {
        text.push_str(&folded_deaths(run));
    }
    let settings = grids::settings(file, manifest).markdown();
    text.push_str(&folded("Settings in force", &settings));
    text
}

fn title(run: &RunResult) -> String {
    format!("{}, {}, repeat {}", run.mode, run.igp_profile, run.repeat)
}

fn disturbed(run: &RunResult) -> String {
    let mut text = format!("\n**Inconclusive:** {}\n\n", title(run));
    for line in run.disturbances.iter().take(DISTURBANCES) {
        text.push_str(&format!("- {}\n", escaped(line)));
    }
    let more = run.disturbances.len().saturating_sub(DISTURBANCES);
    if more > 0 {
        text.push_str(&format!("- and {more} more\n"));
    }
    text
}

fn folded_deaths(run: &RunResult) -> String {
    let deaths = grids::deaths(run);
    if deaths.is_empty() {
        return String::new();
    }
    let name = format!("Where lost packets died: {}", title(run));
    folded(&name, &deaths.markdown())
}

fn folded(name: &str, text: &str) -> String {
    format!("\n<details><summary>{name}</summary>\n\n{text}\n</details>\n")
}
