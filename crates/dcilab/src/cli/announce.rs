//! `dcilab announce`: have a host of a standing lab announce itself.

use std::process::ExitCode;

use clap::Args;

use super::lab::{LabName, VerbError, finish};
use crate::life_cycle::protocol::{Request, Response};

#[derive(Debug, Args)]
pub(super) struct AnnounceHost {
    /// The host; it broadcasts a gratuitous ARP
    host: String,
    #[command(flatten)]
    lab: LabName,
}

impl AnnounceHost {
    pub(super) fn run(self) -> ExitCode {
        finish(self.make())
    }

    pub(super) fn make(&self) -> Result<(), VerbError> {
        let mut client = self.lab.connect()?;
        let host = self.host.clone();
        match client.ask(&Request::Announce { host })? {
            Response::Announced => Ok(()),
            other => Err(client.unexpected(&other).into()),
        }
    }
}
