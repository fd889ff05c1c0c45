//! `dcilab ps`: the labs that are up.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::lab::{VerbError, finish, inspect};
use super::{Format, output};
use crate::life_cycle::protocol::Inspection;
use crate::life_cycle::{Client, RuntimeDirectory};
use crate::report;

#[derive(Debug, Args)]
pub(super) struct Ps {
    /// What to write on standard output
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// A lab that is up.
#[derive(Serialize)]
struct Row {
    /// The lab's own process, as seen here.
    process: i32,
    #[serde(flatten)]
    lab: Inspection,
}

impl Ps {
    pub(super) fn run(self) -> ExitCode {
        finish(self.list())
    }

    fn list(&self) -> Result<(), VerbError> {
        let mut rows = Vec::new();
        for lab in RuntimeDirectory::open()?.labs()? {
            // One that ends at this moment is none.
            let Ok(mut client) = Client::connect(&lab.name, &lab.socket) else {
                continue;
            };
            let process = client.process()?;
            if let Ok(lab) = inspect(&mut client) {
                rows.push(Row { process, lab });
            }
        }
        match self.format {
            Format::Json => output::json(&rows)?,
            Format::Table if rows.is_empty() => eprintln!("no lab is up"),
            Format::Table => output::text(&text(&rows))?,
        }
        Ok(())
    }
}

fn text(rows: &[Row]) -> String {
    let mut table = report::table([
        "lab", "topology", "state", "sites", "hosts", "up for", "process",
    ]);
    for Row { process, lab } in rows {
        let state = match lab.problems.is_empty() {
            true => lab.stage.to_string(),
            false => "broken".to_owned(),
        };
        let age = std::time::Duration::from_secs(lab.age_seconds);
        table.add_row([
            lab.lab.clone(),
            lab.topology.clone(),
            state,
            lab.sites.len().to_string(),
            lab.hosts.len().to_string(),
            humantime::format_duration(age).to_string(),
            process.to_string(),
        ]);
    }
    format!("{table}\n")
}
