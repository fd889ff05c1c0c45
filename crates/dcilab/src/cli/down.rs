//! `dcilab down`: take labs down.

use std::process::ExitCode;

use clap::Args;

use super::lab::{LabName, VerbError};
use crate::ending::Ending;
use crate::life_cycle::protocol::{Request, Response};
use crate::life_cycle::visible::Whose;
use crate::life_cycle::{Client, ClientError, RuntimeDirectory};

#[derive(Debug, Args)]
pub(super) struct Down {
    /// The lab; needed only where several are up [env: DCILAB_LAB]
    // Not by clap: what the environment says must not stand against --all.
    #[arg(short, long, value_name = "LAB")]
    lab: Option<String>,
    /// Every lab of this user
    #[arg(long, conflicts_with = "lab")]
    all: bool,
}

impl Down {
    pub(super) fn run(self) -> ExitCode {
        let ending = if self.all {
            all()
        } else {
            let lab = self.lab.or_else(|| std::env::var("DCILAB_LAB").ok());
            LabName::from(lab).connect().and_then(end)
        };
        ending.unwrap_or_else(|error| error.end()).into()
    }
}

fn all() -> Result<Ending, VerbError> {
    let mut worst = Ending::Pass;
    for lab in RuntimeDirectory::open()?.labs()? {
        match Client::connect(&lab.name, &lab.socket) {
            Ok(client) => worst = worse(worst, end(client).unwrap_or_else(|error| error.end())),
            // It has just ended by itself.
            Err(ClientError::Gone { .. }) => {}
            Err(error) => worst = worse(worst, VerbError::from(error).end()),
        }
    }
    Ok(worst)
}

fn worse(a: Ending, b: Ending) -> Ending {
    if b == Ending::Pass { a } else { b }
}

fn end(mut client: Client) -> Result<Ending, VerbError> {
    let process = client.process()?;
    let problems = match client.ask(&Request::Down)? {
        Response::Down { problems } => problems,
        other => return Err(client.unexpected(&other).into()),
    };
    // The connection closes when the lab has ended, and its name is free then.
    let _ = client.answer();
    super::gc::collect_names(Whose::Of(process))?;
    for problem in &problems {
        eprintln!("error: {problem}");
    }
    if !problems.is_empty() {
        return Ok(Ending::CleanUp);
    }
    eprintln!("lab `{}` is down", client.lab());
    Ok(Ending::Pass)
}
