//! The command line: one verb a file.

mod announce;
mod conduct;
mod demo;
mod down;
mod edged;
mod embedded;
mod exec;
mod inside;
mod inspect;
mod lab;
mod migrate;
mod output;
mod ping;
mod ps;
mod run;
mod shell;
mod show;
mod up;
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
    /// Bring a lab up and let it stand
    Up(up::Up),
    /// List the labs that are up
    Ps(ps::Ps),
    /// Tell what a lab is, and where everything in it is
    Inspect(inspect::Inspect),
    /// Show tables, counters and events of a lab's edge devices
    Show(show::Show),
    /// Move a VM of a lab to another site
    Migrate(migrate::Migrate),
    /// Have a host of a lab announce itself
    Announce(announce::AnnounceHost),
    /// Send echo requests from one host of a lab to another
    Ping(ping::Ping),
    /// Run a command in nodes of a lab
    Exec(exec::Exec),
    /// A lab at a prompt: the same verbs, with history and completion
    Shell(shell::Shell),
    /// Take a lab down
    Down(down::Down),
    /// The process of a lab that stands (what `up` starts)
    #[command(hide = true)]
    LabProcess(up::LabProcess),
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
        Verb::Up(up) => up.run(),
        Verb::Ps(ps) => ps.run(),
        Verb::Inspect(inspect) => inspect.run(),
        Verb::Show(show) => show.run(),
        Verb::Migrate(migrate) => migrate.run(),
        Verb::Announce(announce) => announce.run(),
        Verb::Ping(ping) => ping.run(),
        Verb::Exec(exec) => exec.run(),
        Verb::Shell(shell) => shell.run(),
        Verb::Down(down) => down.run(),
        Verb::LabProcess(lab) => lab.run(),
        Verb::Edged(edged) => edged.run(),
    }
}
