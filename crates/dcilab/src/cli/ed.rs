//! `dcilab ed`: stop, kill or restart an edge device of a standing lab.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use topology::scenario::EdgeFault;

use super::lab::{LabName, VerbError, finish};
use super::{Format, output};
use crate::life_cycle::protocol::{Faulted, Request, Response};
use crate::report::millis;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dcilab ed kill ed-b
  dcilab ed restart ed-b      # returns when its adjacencies are up again

A device that is ended so is no failure of the lab; one that ends by itself is.")]
pub(super) struct Ed {
    /// What to do to it
    what: What,
    /// The edge device
    device: String,
    #[command(flatten)]
    lab: LabName,
    /// What to write on standard output
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Ask it to end: it purges its LSPs first
    Stop,
    /// Kill it: the others find out by their hold timers
    Kill,
    /// Start it anew with its configuration; one that runs is killed first
    Restart,
}

impl Ed {
    pub(super) fn run(self) -> ExitCode {
        finish(self.make())
    }

    fn make(&self) -> Result<(), VerbError> {
        let mut client = self.lab.connect()?;
        let fault = match self.what {
            What::Stop => EdgeFault::Stop,
            What::Kill => EdgeFault::Kill,
            What::Restart => EdgeFault::Restart,
        };
        let device = self.device.clone();
        let faulted = match client.ask(&Request::Fault { device, fault })? {
            Response::Fault(faulted) => faulted,
            other => return Err(client.unexpected(&other).into()),
        };
        match self.format {
            Format::Json => output::json(&faulted)?,
            Format::Table => output::text(&text(&faulted))?,
        }
        Ok(())
    }
}

fn text(faulted: &Faulted) -> String {
    let device = &faulted.device;
    let Some(pid) = faulted.pid else {
        return format!("{device} does not run any more: `ed restart {device}` starts it\n");
    };
    let before = faulted
        .pid_before
        .map_or_else(String::new, |before| format!(" in place of {before}"));
    let after = faulted.adjacencies_after.map_or_else(String::new, |after| {
        format!(
            "; its adjacencies were up {} after it answered",
            millis(after)
        )
    });
    format!("{device} runs as process {pid}{before}{after}\n")
}
