//! `dcilab migrate`: move a VM of a standing lab to another site.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use topology::Announce;

use super::lab::{LabName, VerbError, finish};
use super::{Format, output};
use crate::life_cycle::protocol::{MigrateRequest, Migrated, Request, Response};
use crate::report::millis;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dcilab migrate vm1 c
  dcilab migrate vm1 a --announce silent --downtime 200ms")]
pub(super) struct Migrate {
    /// The VM
    vm: String,
    /// The site that it goes to
    to: String,
    /// What it says on arrival: garp, qemu, rfc5227 or silent; default: the topology's
    #[arg(long, value_name = "WHAT")]
    announce: Option<Announce>,
    /// How long it is plugged in nowhere, on top of what the move itself takes; default: the topology's
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    downtime: Option<Duration>,
    #[command(flatten)]
    lab: LabName,
    /// What to write on standard output
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

impl Migrate {
    pub(super) fn run(self) -> ExitCode {
        finish(self.make())
    }

    pub(super) fn make(&self) -> Result<(), VerbError> {
        let mut client = self.lab.connect()?;
        let asked = MigrateRequest {
            vm: self.vm.clone(),
            to: self.to.clone(),
            announce: self.announce,
            downtime: self.downtime,
        };
        let migrated = match client.ask(&Request::Migrate(asked))? {
            Response::Migrated(migrated) => migrated,
            other => return Err(client.unexpected(&other).into()),
        };
        match self.format {
            Format::Json => output::json(&migrated)?,
            Format::Table => output::text(&text(&migrated))?,
        }
        Ok(())
    }
}

fn text(migrated: &Migrated) -> String {
    let Migrated {
        vm,
        from,
        to,
        floor,
        published_after,
    } = migrated;
    let published = match published_after {
        Some(after) => format!(
            "every edge device had it published {} after the trigger",
            millis(*after)
        ),
        None => "it says nothing: no edge device knows before it sends a frame".to_owned(),
    };
    let floor = millis(*floor);
    format!("{vm} has moved from site {from} to site {to} in {floor}; {published}\n")
}
