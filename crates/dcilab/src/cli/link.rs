//! `dcilab link`: set an interface of a standing lab down, or up again.

use std::process::ExitCode;

use clap::Args;
use topology::scenario::LinkState;

use super::lab::{LabName, VerbError, finish};
use crate::life_cycle::protocol::{Request, Response};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dcilab link down ed-a:uplink
  dcilab link up ed-a:uplink      # with the routes and neighbours that it had")]
pub(super) struct Link {
    /// How it is to be: down or up
    #[arg(value_name = "STATE")]
    to: LinkState,
    /// The interface
    #[arg(value_name = "NODE:INTERFACE")]
    link: String,
    #[command(flatten)]
    lab: LabName,
}

impl Link {
    pub(super) fn run(self) -> ExitCode {
        finish(self.make())
    }

    fn make(&self) -> Result<(), VerbError> {
        let mut client = self.lab.connect()?;
        let (link, to) = (self.link.clone(), self.to);
        match client.ask(&Request::Link { link, to })? {
            Response::LinkSet => Ok(()),
            other => Err(client.unexpected(&other).into()),
        }
    }
}
