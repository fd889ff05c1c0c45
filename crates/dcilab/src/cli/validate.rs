//! `dcilab validate`: check a topology file.

use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::Args;
use topology::{Plan, Resolved, Topology};

use super::{Format, output};
use crate::ending::Ending;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dcilab validate topologies/three-site.toml
  dcilab validate my.toml --format json > plan.json   # everything that would be made, in order")]
pub(super) struct Validate {
    /// Topology file
    file: PathBuf,
    /// `json` prints the whole plan
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

impl Validate {
    pub(super) fn run(self) -> Ending {
        let Some((_, topology)) = load_file(&self.file) else {
            return Ending::Invalid;
        };
        let plan = topology.plan();
        let printed = match self.format {
            Format::Json => output::json(&plan),
            Format::Table => output::text(&summary(&self.file, &plan)),
        };
        match printed {
            Ok(()) => Ending::Pass,
            Err(error) => {
                eprintln!("error: cannot write to standard output: {error}");
                Ending::Fail
            }
        }
    }
}

fn summary(file: &Path, plan: &Plan) -> String {
    let moves = plan.migration.as_ref().map_or_else(
        || "no move to measure".to_owned(),
        |m| format!("{} moves from {} to {}", m.vm, m.from.site, m.to.site),
    );
    format!(
        "{}: valid: {} namespaces, {} cables, {} edge devices; {moves}\n",
        file.display(),
        plan.namespaces.len(),
        plan.veths.len(),
        plan.edge_devices.len(),
    )
}

/// Reads a topology file; what is wrong with it goes to standard error. Gives its text, too.
pub(super) fn load_file(file: &Path) -> Option<(String, Resolved)> {
    let name = file.display().to_string();
    match fs::read_to_string(file) {
        Ok(text) => load(&name, &text).map(|resolved| (text, resolved)),
        Err(error) => {
            eprintln!("error: cannot read the topology {name}: {error}");
            None
        }
    }
}

/// Reads a topology; what is wrong with it goes to standard error.
pub(super) fn load(name: &str, text: &str) -> Option<Resolved> {
    let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    match Topology::load(name, text) {
        Ok(resolved) => {
            if !resolved.warnings().is_empty() {
                eprintln!("{}", resolved.warnings().render(name, text, color));
            }
            Some(resolved)
        }
        Err(diagnostics) => {
            eprintln!("{}", diagnostics.render(name, text, color));
            None
        }
    }
}
