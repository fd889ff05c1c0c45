//! `dcilab validate`: check a topology file.

use clap::Args;

use super::topology_file::TopologyFile;
use super::{Format, output, plan};
use crate::ending::Ending;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dcilab validate topologies/three-site.toml
  dcilab validate my.toml --set host.vm1.site=b --set probes.rate=500
  dcilab validate my.toml --format json > plan.json   # everything that would be made, in order")]
pub(super) struct Validate {
    #[command(flatten)]
    topology: TopologyFile,
    /// `json` prints the whole plan
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

impl Validate {
    pub(super) fn run(self) -> Ending {
        let Some(loaded) = self.topology.load() else {
            return Ending::Invalid;
        };
        let made = loaded.topology.plan();
        if self.format == Format::Json {
            return plan::print(&made, Format::Json);
        }
        let file = self.topology.file.display();
        match output::text(&format!("{file}: valid: {}\n", plan::in_a_line(&made))) {
            Ok(()) => Ending::Pass,
            Err(error) => {
                eprintln!("error: cannot write to standard output: {error}");
                Ending::Fail
            }
        }
    }
}
