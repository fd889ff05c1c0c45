//! The command line: one verb a file.

mod analyze;
mod announce;
mod came_up;
mod capture;
mod completions;
mod conduct;
mod demo;
mod diff;
mod doctor;
mod down;
mod ed;
mod edged;
mod embedded;
mod exec;
mod experiments;
mod gate;
mod gc;
mod generate;
mod graph;
mod impair;
mod inside;
mod inspect;
mod lab;
mod link;
mod man;
mod migrate;
mod output;
mod perform;
mod ping;
mod plan;
mod play;
mod ps;
mod report;
mod run;
mod schema;
mod selftest;
mod shell;
mod show;
mod topology_file;
mod up;
mod validate;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};

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
    /// Judge a result, or a run made now, by limits and a stored baseline
    Gate(Box<gate::Gate>),
    /// Make the reports of a result again: HTML, Markdown, JUnit, CSV
    Report(report::Report),
    /// Compare two results: settings that differ, and what each flow lost
    Diff(diff::Diff),
    /// Put known faults into the path of probes, and see whether the meter is right
    Selftest(selftest::Selftest),
    /// Judge captures by themselves, and a run's against its result
    Analyze(analyze::Analyze),
    /// Check a topology file, and show what would be built
    Validate(validate::Validate),
    /// Write a topology file to start from
    Generate(generate::Generate),
    /// Print the JSON Schema of topology files, or of results
    Schema(schema::Schema),
    /// Tell what this machine can do, what follows, and the cure
    Doctor(doctor::Doctor),
    /// Bring a lab up and let it stand
    Up(up::Up),
    /// List the labs that are up
    Ps(ps::Ps),
    /// Tell what a lab is, and where everything in it is
    Inspect(inspect::Inspect),
    /// Draw sites, edge devices, EVI links and hosts
    Graph(graph::Graph),
    /// Show tables, counters and events of a lab's edge devices
    Show(show::Show),
    /// Move a VM of a lab to another site
    Migrate(migrate::Migrate),
    /// Have a host of a lab announce itself
    Announce(announce::AnnounceHost),
    /// Play a scenario in a lab: steps, faults, assertions
    Play(play::Play),
    /// Set an interface of a lab down, or up again
    Link(link::Link),
    /// Stop, kill or restart an edge device of a lab
    Ed(ed::Ed),
    /// Send echo requests from one host of a lab to another
    Ping(ping::Ping),
    /// Delay, lose or slow down packets between the sites of a lab
    Impair(impair::Impair),
    /// Run a command in nodes of a lab
    Exec(exec::Exec),
    /// Capture frames of a lab, live, into a file or a pipe
    Capture(capture::Capture),
    /// A lab at a prompt: the same verbs, with history and completion
    Shell(shell::Shell),
    /// Take a lab down
    Down(down::Down),
    /// Remove what killed labs have left
    Gc(gc::Gc),
    /// Print what a shell needs to complete the command line
    Completions(completions::Completions),
    /// Print the manual, or write one page a verb
    Man(man::Man),
    /// Try what a lab needs (what `doctor` starts)
    #[command(hide = true)]
    DoctorProbe(doctor::DoctorProbe),
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
    /// Whose captures are kept
    #[arg(
        long,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        env = "DCILAB_CAPTURES"
    )]
    captures: Captures,
}

/// Which captures of a run's directory are kept. All are made: what died where is judged by them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Captures {
    /// All
    #[default]
    Always,
    /// All, if an experiment failed or was inconclusive; else none
    OnFailure,
    /// None
    Never,
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

/// The command line as people see it: every verb with its flags, without what the program starts itself.
#[must_use]
pub fn command() -> clap::Command {
    let whole = Cli::command();
    let verbs = whole.get_subcommands().filter(|verb| !verb.is_hide_set());
    let verbs: Vec<_> = verbs.cloned().map(without_help_verb).collect();
    let about = whole.get_about().cloned().unwrap_or_default();
    without_help_verb(clap::Command::new("dcilab"))
        .version(env!("CARGO_PKG_VERSION"))
        .about(about)
        .after_help(EXIT_CODES)
        .subcommand_required(true)
        .subcommands(verbs)
}

/// `--help` says the same.
fn without_help_verb(command: clap::Command) -> clap::Command {
    command
        .disable_help_subcommand(true)
        .mut_subcommands(without_help_verb)
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
        Verb::Gate(gate) => gate.run(),
        Verb::Report(report) => report.run().into(),
        Verb::Diff(diff) => diff.run().into(),
        Verb::Selftest(selftest) => selftest.run(),
        Verb::Analyze(analyze) => analyze.run(),
        Verb::Validate(validate) => validate.run().into(),
        Verb::Generate(generate) => generate.run().into(),
        Verb::Schema(schema) => schema.run(),
        Verb::Doctor(doctor) => doctor.run(),
        Verb::Up(up) => up.run(),
        Verb::Ps(ps) => ps.run(),
        Verb::Inspect(inspect) => inspect.run(),
        Verb::Graph(graph) => graph.run(),
        Verb::Show(show) => show.run(),
        Verb::Migrate(migrate) => migrate.run(),
        Verb::Announce(announce) => announce.run(),
        Verb::Play(play) => play.run(),
        Verb::Link(link) => link.run(),
        Verb::Ed(ed) => ed.run(),
        Verb::Ping(ping) => ping.run(),
        Verb::Impair(impair) => impair.run(),
        Verb::Exec(exec) => exec.run(),
        Verb::Capture(capture) => capture.run(),
        Verb::Shell(shell) => shell.run(),
        Verb::Down(down) => down.run(),
        Verb::Gc(gc) => gc.run(),
        Verb::Completions(completions) => completions.run(),
        Verb::Man(man) => man.run(),
        Verb::DoctorProbe(probe) => probe.run(),
        Verb::LabProcess(lab) => lab.run(),
        Verb::Edged(edged) => edged.run(),
    }
}
