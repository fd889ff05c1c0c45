//! The command line: one verb a file.

mod conduct;
mod demo;
mod edged;
mod embedded;
mod inside;
mod output;
mod run;
mod validate;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::ending::{EXIT_CODES, Ending};
use crate::lab::EdgeProgram;
use crate::run_directory::DEFAULT_PARENT;

/// Measures how long a VM that moves between data centres loses packets, and where they die.
#[derive(Debug, Parser)]
#[command(name = "dcilab", version, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Three sites, one VM: the IGP alone against gratuitous-ARP flood, with two kinds of IGP
    Demo(demo::Demo),
    /// Bring a topology up, migrate, measure, take it down
    Run(run::Run),
    /// Check a topology file, and show what would be built
    Validate(validate::Validate),
    /// Run the built-in edge device (what `dcilab` starts in each site)
    #[command(hide = true, disable_help_flag = true, disable_version_flag = true)]
    Edged(edged::Edged),
}

/// Options of every verb that runs a lab.
#[derive(Debug, Args)]
struct LabOptions {
    /// Where the run's directory is made
    #[arg(long, value_name = "DIR", default_value = DEFAULT_PARENT, env = "DCILAB_OUTPUT")]
    output: PathBuf,
    /// Edge device program to run in place of the built-in one
    #[arg(long, value_name = "PATH", env = "DCILAB_EDGED")]
    edged: Option<PathBuf>,
}

impl LabOptions {
    fn program(&self) -> EdgeProgram {
        self.edged
            .clone()
            .map_or(EdgeProgram::BuiltIn, EdgeProgram::File)
    }
}

/// What to write on standard output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Tables to read
    #[default]
    Table,
    /// JSON for machines, and nothing else
    Json,
}

/// Runs the program. Call it before any thread exists: a lab starts with leaving this process's
/// namespaces.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            let ending = if error.use_stderr() {
                Ending::Invalid
            } else {
                Ending::Pass
            };
            return ending.into();
        }
    };
    match cli.verb {
        Verb::Demo(demo) => demo.run(),
        Verb::Run(run) => run.run(),
        Verb::Validate(validate) => validate.run().into(),
        Verb::Edged(edged) => edged.run(),
    }
}
