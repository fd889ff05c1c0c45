//! `dcilab doctor`: what this machine can do, what follows, and the cure.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::{Format, output};
use crate::doctor::{self, Facts, Finding, Verdict};
use crate::ending::Ending;
use crate::report;

#[derive(Debug, Args)]
#[command(after_help = "\
Nothing of the machine is changed: what has to be tried is tried in namespaces that vanish again.
The exit code is 0 where a lab can run, and 4 where none can.

Examples:
  dcilab doctor
  dcilab doctor -f json | jq '.findings[] | select(.verdict == \"unable\")'")]
pub(super) struct Doctor {
    /// What to write on standard output
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// All of it, for machines.
#[derive(Serialize)]
struct Told {
    can_run_a_lab: bool,
    findings: Vec<Finding>,
    facts: Facts,
}

impl Doctor {
    pub(super) fn run(self) -> ExitCode {
        let facts = match doctor::look() {
            Ok(facts) => facts,
            Err(error) => {
                eprintln!("error: what a lab needs could not be tried: {error}");
                return Ending::Unable.into();
            }
        };
        let findings = doctor::judge(&facts);
        let can_run_a_lab = findings.iter().all(|f| f.verdict != Verdict::Unable);
        let told = Told {
            can_run_a_lab,
            findings,
            facts,
        };
        let printed = match self.format {
            Format::Json => output::json(&told),
            Format::Table => output::text(&text(&told)),
        };
        if let Err(error) = printed {
            eprintln!("error: cannot write to standard output: {error}");
            return Ending::Fail.into();
        }
        match can_run_a_lab {
            true => Ending::Pass.into(),
            false => Ending::Unable.into(),
        }
    }
}

fn text(told: &Told) -> String {
    let mut table = report::table(["", "what", "found"]);
    let mut advice = String::new();
    for finding in &told.findings {
        let verdict = match finding.verdict {
            Verdict::Good => "good",
            Verdict::NotNeeded => "not needed",
            Verdict::Limited => "LIMITED",
            Verdict::Unable => "UNABLE",
        };
        table.add_row([verdict, &finding.subject, &finding.found]);
        if !finding.follows.is_empty() {
            advice.push_str(&format!("\n{}: {}", finding.subject, finding.follows));
        }
        if !finding.cure.is_empty() {
            advice.push_str(&format!("\n  cure: {}", finding.cure));
        }
    }
    let end = match told.can_run_a_lab {
        true => "A lab can run on this machine.",
        false => "No lab can run on this machine as it is.",
    };
    format!("{table}\n{advice}\n\n{end}\n")
}

/// The process that tries; `dcilab doctor` starts it and reads what it says.
#[derive(Debug, Args)]
pub(super) struct DoctorProbe {}

impl DoctorProbe {
    pub(super) fn run(self) -> ExitCode {
        let Some(world) = doctor::probe() else {
            return Ending::Pass.into();
        };
        match output::json(&world) {
            Ok(()) => Ending::Pass.into(),
            Err(_) => Ending::Fail.into(),
        }
    }
}
