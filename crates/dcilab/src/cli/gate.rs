//! `dcilab gate`: does a result keep to limits, and is it no worse than a stored one?

mod update;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::conduct::{Campaign, Concluded, conduct};
use super::experiments::{Asked, Experiments};
use super::{Format, LabOptions, inside, output};
use crate::ending::Ending;
use crate::gate::{self, Finding, Known, Limits, Verdict};
use crate::report;
use crate::result::{Cell, ResultFile, Stored};

#[derive(Debug, Args)]
#[command(after_help = "\
A value passes a limit when all of what it may be keeps to it, and fails when nothing of it does; exit code
0 or 1. Where nobody can tell (a limit within the resolution, a disturbed meter, too few repeats) the exit
code is 3. A limits file:

  [[limit]]                        # of every flow that it does not leave out
  mode = \"garp-flood\"              # also: igp, observer, site (old, third, new), direction (to-vm, from-vm)
  value = \"control-plane-share\"    # outage, recovery, lost, duplicated, reordered
  at_most = \"50ms\"                 # or at_least: every repeat must keep to it
  # statistic = \"median\"           # or only this of the repeats: minimum, median, p95, maximum

  [[ratio]]                        # between two modes of the same result
  slower = \"igp-only\"
  faster = \"garp-flood\"
  value = \"outage\"
  at_least = 5.0

  [baseline]                       # when a result is worse than --baseline; these are the defaults
  values = [\"control-plane-share\"]
  significance = 0.05              # of a permutation test on the repeats
  tolerance = \"2ms\"                # never less than the resolution
  tolerance_percent = 10.0

Examples:
  dcilab gate dcilab-runs/latest --limits limits.toml
  dcilab gate topologies/three-site.toml --modes igp-only,garp-flood --repeat 6 --limits limits.toml
  dcilab gate dcilab-runs/latest --baseline baseline.json --update-baseline   # make one, or replace it
  dcilab gate dcilab-runs/latest --baseline baseline.json --junit gate.xml --markdown gate.md")]
pub(super) struct Gate {
    /// A result.json, the directory of a run, or a topology file (.toml) to run now
    input: PathBuf,
    /// Absolute limits, and ratios between modes
    #[arg(long, value_name = "FILE", env = "DCILAB_LIMITS")]
    limits: Option<PathBuf>,
    /// A stored result.json that this one must not be worse than
    #[arg(long, value_name = "FILE", env = "DCILAB_BASELINE")]
    baseline: Option<PathBuf>,
    /// Store the result as the baseline, if it counts and keeps to the limits; compare it with none
    #[arg(long, requires = "baseline")]
    update_baseline: bool,
    /// Write what was found as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write what was found as Markdown, for the summary of a CI job
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// What to write on standard output
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    experiments: Experiments,
    #[command(flatten)]
    lab: LabOptions,
}

/// What is judged, before anything is run.
struct Expected {
    topology: String,
    cells: Vec<Cell>,
    known: Known,
}

/// By what.
struct Rules {
    limits: Limits,
    baseline: Option<Stored>,
}

impl Gate {
    pub(super) fn run(self) -> ExitCode {
        if self.limits.is_none() && self.baseline.is_none() {
            eprintln!("error: nothing to judge by: name --limits, --baseline, or both");
            return Ending::Invalid.into();
        }
        match self.input.extension() {
            Some(extension) if extension == "toml" => self.run_and_judge(),
            _ => self.judge_stored().unwrap_or_else(|ending| ending).into(),
        }
    }

    fn judge_stored(self) -> Result<Ending, Ending> {
        if self.experiments.names_any() {
            eprintln!(
                "error: --modes, --igp, --repeat, --style, --announce and --set are for a topology file"
            );
            return Err(Ending::Invalid);
        }
        let stored = Stored::read(&self.input).map_err(|error| invalid(&error))?;
        let topology = stored.result.runs.first().map(|run| run.topology.clone());
        let expected = Expected {
            topology: topology.unwrap_or_default(),
            cells: stored.result.cells(),
            known: Known::of(&stored.result),
        };
        let rules = self.rules(&expected)?;
        let ending = Ending::Pass;
        Ok(self.judge(&rules, Concluded::of(ending, stored.result)))
    }

    fn run_and_judge(mut self) -> ExitCode {
        let experiments = std::mem::take(&mut self.experiments);
        let prepared = experiments.of(&self.input).and_then(|asked| {
            let rules = self.rules(&Expected::of(&asked))?;
            Ok((asked, rules))
        });
        let (asked, rules) = match prepared {
            Ok(prepared) => prepared,
            Err(ending) => return ending.into(),
        };
        inside::run(|| async move {
            let campaign = Campaign {
                verb: "gate",
                loaded: &asked.loaded,
                cells: asked.cells,
                format: None,
                lab: &self.lab,
            };
            let concluded = conduct(campaign).await;
            self.judge(&rules, concluded)
        })
    }

    /// Reads limits and baseline, and whether they fit what is judged.
    fn rules(&self, expected: &Expected) -> Result<Rules, Ending> {
        let limits = match &self.limits {
            Some(file) => read_limits(file, &expected.known)?,
            None => Limits::default(),
        };
        if limits.is_empty() && self.baseline.is_none() {
            eprintln!("error: the limits have no [[limit]] and no [[ratio]]: nothing to judge by");
            return Err(Ending::Invalid);
        }
        let baseline = match &self.baseline {
            Some(file) if !self.update_baseline => {
                let stored = Stored::read(file).map_err(|error| {
                    let ending = invalid(&error);
                    eprintln!("  --update-baseline makes a baseline");
                    ending
                })?;
                let observers = &expected.known.observers;
                gate::comparable(&stored, &expected.topology, &expected.cells, observers)
                    .map_err(|error| invalid(&error))?;
                Some(stored)
            }
            _ => None,
        };
        Ok(Rules { limits, baseline })
    }

    fn judge(&self, rules: &Rules, concluded: Concluded) -> Ending {
        let Some(file) = &concluded.file else {
            return concluded.ending;
        };
        let baseline = rules.baseline.as_ref().map(|stored| &stored.result);
        let findings = gate::judge(file, &rules.limits, baseline);
        if let Err(error) = self.tell(&findings) {
            eprintln!("error: {error}");
            return Ending::BringUp;
        }
        if self.update_baseline {
            return self.update(file, &findings, concluded.ending);
        }
        match (gate::overall(&findings), concluded.ending) {
            (Verdict::Failed, _) => Ending::Fail,
            // Experiments that came to no result leave the gate without an answer of its own.
            (_, ending) if !matches!(ending, Ending::Pass | Ending::Inconclusive) => ending,
            (Verdict::Inconclusive, _) => Ending::Inconclusive,
            // What counts is in the findings, and all of it passed.
            (Verdict::Passed, _) => Ending::Pass,
        }
    }

    fn tell(&self, findings: &[Finding]) -> std::io::Result<()> {
        for (file, text) in [
            (&self.junit, report::gate::junit(findings)),
            (&self.markdown, report::gate::markdown(findings)),
        ] {
            if let Some(file) = file {
                let name = |error| {
                    std::io::Error::other(format!("cannot write {}: {error}", file.display()))
                };
                std::fs::write(file, text).map_err(name)?;
            }
        }
        match self.format {
            Format::Table if findings.is_empty() => Ok(()),
            Format::Table => output::text(&report::gate::text(findings)),
            Format::Json => output::json(&json!({
                "verdict": gate::overall(findings),
                "findings": findings,
            })),
        }
    }
}

impl Concluded {
    fn of(ending: Ending, file: ResultFile) -> Self {
        Self {
            ending,
            file: Some(file),
        }
    }
}

impl Expected {
    fn of(asked: &Asked) -> Self {
        let plan = asked.loaded.topology.plan();
        let cells = asked.cells.iter().map(|cell| Cell {
            mode: cell.mode,
            profile: cell.profile,
        });
        let cells: Vec<_> = cells.collect();
        let mut observers: Vec<_> = plan
            .flows
            .iter()
            .map(|flow| flow.observer.to_string())
            .collect();
        observers.sort();
        observers.dedup();
        Self {
            topology: plan.name.clone(),
            known: Known {
                modes: cells.iter().map(|cell| cell.mode).collect(),
                profiles: cells.iter().map(|cell| cell.profile).collect(),
                observers,
            },
            cells,
        }
    }
}

fn invalid(error: &impl std::fmt::Display) -> Ending {
    eprintln!("error: {error}");
    Ending::Invalid
}

fn read_limits(file: &Path, known: &Known) -> Result<Limits, Ending> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|error| {
        eprintln!("error: cannot read the limits {name}: {error}");
        Ending::Invalid
    })?;
    Limits::read(&name, &text, known).map_err(|error| invalid(&error))
}
