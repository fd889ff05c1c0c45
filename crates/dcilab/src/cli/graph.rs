//! `dcilab graph`: a picture of a lab, or of what a topology would be.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use edge_api::protocol as device;

use super::lab::{LabName, VerbError, finish, inspect};
use super::output;
use super::topology_file::{FileSettings, TopologyFile};
use crate::ending::Ending;
use crate::graph::{self, Adjacencies, Graph as Drawn};
use crate::life_cycle::protocol::{Inspection, Request, Response};
use crate::life_cycle::{Client, ClientError};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dcilab graph                                        # the lab that is up
  dcilab graph -f svg > now.svg
  dcilab graph topologies/three-site.toml -f mermaid
  dcilab graph -f dot | dot -Tpdf > now.pdf")]
pub(super) struct Graph {
    /// Topology file to draw in place of a lab
    file: Option<PathBuf>,
    #[command(flatten)]
    lab: LabName,
    /// What to write on standard output
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// How it is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Lines to read
    #[default]
    Text,
    /// A Mermaid flowchart, for Markdown
    Mermaid,
    /// Graphviz's language
    Dot,
    /// A picture that needs nothing else
    Svg,
    /// JSON for machines
    Json,
}

impl Graph {
    pub(super) fn run(self) -> ExitCode {
        let Some(file) = self.file.clone() else {
            return finish(self.standing());
        };
        let settings = FileSettings::default();
        match (TopologyFile { file, settings }).load() {
            Some(loaded) => finish(self.write(&Drawn::of_plan(&loaded.topology.plan()))),
            None => Ending::Invalid.into(),
        }
    }

    fn standing(&self) -> Result<(), VerbError> {
        let mut client = self.lab.connect()?;
        let lab = inspect(&mut client)?;
        let adjacencies = adjacencies(&mut client, &lab)?;
        self.write(&Drawn::of_lab(&lab, &adjacencies))
    }

    fn write(&self, graph: &Drawn) -> Result<(), VerbError> {
        Ok(match self.format {
            Format::Text => output::text(&graph::text(graph)),
            Format::Mermaid => output::text(&graph::mermaid(graph)),
            Format::Dot => output::text(&graph::dot(graph)),
            Format::Svg => output::text(&graph::svg(graph)),
            Format::Json => output::json(graph),
        }?)
    }
}

/// What each device says; a device that is broken says nothing, and the picture shows it.
fn adjacencies(client: &mut Client, lab: &Inspection) -> Result<Adjacencies, VerbError> {
    let mut all = Adjacencies::new();
    for node in &lab.devices {
        let request = Request::Device {
            device: node.name.clone(),
            ask: device::Request::Adjacencies,
        };
        let rows = match client.ask(&request) {
            Ok(Response::Device(device::Response::Adjacencies(rows))) => rows,
            Ok(other) => return Err(client.unexpected(&other).into()),
            Err(ClientError::Refused(why)) => {
                eprintln!("{}: {why}", node.name);
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let links = rows.iter().map(|row| (row.peer, row.state)).collect();
        all.push((node.name.clone(), links));
    }
    Ok(all)
}
