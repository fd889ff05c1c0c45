//! `dcilab generate`: a topology file to start from.

use std::path::{Path, PathBuf};

use clap::Args;
use topology::{Mesh, Shape, Topology};

use super::output;
use crate::ending::Ending;

#[derive(Debug, Args)]
#[command(after_help = "\
Meshes say between which edge devices IS-IS runs. Each has an EVI link to each of the others in any
mesh: what an edge device hears on one link it never sends out of another (split horizon), so none of
them carries others' frames. On a link without IS-IS the device behind it is found through the
link-state graph.
  full   between all: N x (N - 1) / 2 adjacencies
  hub    between s1 and each of the others: N - 1 adjacencies; if ed-s1 ends, they hear of nothing new
  ring   between neighbours: N adjacencies; news takes up to N / 2 hops

Examples:
  dcilab generate --sites 4 --hosts 3 > four.toml && dcilab run four.toml
  dcilab generate --sites 100 --hosts 2 --mesh hub -o hundred.toml && dcilab up hundred.toml
  dcilab generate --sites 3 --hosts 8 --vlans 4 -o vlans.toml")]
pub(super) struct Generate {
    /// Sites
    #[arg(long, value_name = "N", default_value_t = 3)]
    sites: u32,
    /// Hosts of each site: a client and a VM in each VLAN, and more VMs; default: none more
    #[arg(long, value_name = "M")]
    hosts: Option<u32>,
    /// VLANs
    #[arg(long, value_name = "V", default_value_t = 1)]
    vlans: u32,
    /// Between which edge devices IS-IS runs: full, hub or ring
    #[arg(long, value_name = "MESH", default_value_t)]
    mesh: Mesh,
    /// File to write, which must not be there yet; default: standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Generate {
    pub(super) fn run(self) -> Ending {
        let shape = Shape {
            sites: self.sites,
            hosts: self.hosts.unwrap_or_else(|| self.vlans.saturating_mul(2)),
            vlans: self.vlans,
            mesh: self.mesh,
        };
        if let Some(problem) = shape.problem() {
            eprintln!("error: {problem}");
            return Ending::Invalid;
        }
        if let Err(problem) = within_limits(&shape) {
            eprintln!("error: {problem}");
            return Ending::Invalid;
        }
        let text = shape.text();
        let written = match &self.output {
            Some(file) => write_new(file, &text),
            None => output::text(&text)
                .map_err(|error| format!("cannot write to standard output: {error}")),
        };
        match written {
            Ok(()) => Ending::Pass,
            Err(problem) => {
                eprintln!("error: {problem}");
                Ending::Fail
            }
        }
    }
}

/// Whether what it gives can be brought up. The greatest numbers are known before any text is made.
fn within_limits(shape: &Shape) -> Result<(), String> {
    const MOST: u32 = 5000;
    if shape.sites.max(shape.hosts).max(shape.vlans) > MOST {
        return Err(format!("more than {MOST} of anything are too many"));
    }
    let text = shape.text();
    Topology::load("generated.toml", &text)
        .map(drop)
        .map_err(|d| {
            let lines = d.iter().map(|d| match &d.help {
                Some(cure) => format!("{}: {cure}", d.message),
                None => d.message.clone(),
            });
            lines.collect::<Vec<_>>().join("; ")
        })
}

/// Somebody's file is not written over.
fn write_new(file: &Path, text: &str) -> Result<(), String> {
    use std::io::Write;

    let made = std::fs::File::create_new(file).and_then(|mut f| f.write_all(text.as_bytes()));
    made.map_err(|error| {
        let cure = match error.kind() {
            std::io::ErrorKind::AlreadyExists => ": name another, or remove it first",
            _ => "",
        };
        format!("cannot write {}: {error}{cure}", file.display())
    })
}
