//! `dcilab shell`: a lab at a prompt.
//!
//! Every line is a verb of `dcilab` and runs as one, in a process of its own: so what is typed here can
//! be put in a script as it is, and Ctrl-C ends the command and not the shell.

mod completion;
mod news;

use std::io::IsTerminal;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use clap::Args;
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{CompletionType, Config, Editor};
use topology::unknown;

use super::lab::{LabName, VerbError, inspect};
use crate::ending::Ending;
use crate::life_cycle::protocol::{Request, Response};
use completion::Words;

/// What can be typed: the verbs that make sense for a lab that stands.
const VERBS: [&str; 13] = [
    "show", "graph", "migrate", "announce", "inspect", "impair", "exec", "ping", "link", "ed",
    "play", "capture", "down",
];

const HELP: &str = "\
show mac | arp snooping | arp suppression | evi link | isis peer | isis lsdb [detail]
     counters | drops | events | topology | security | status
                                             --on ED,...  --watch  --diff  -f json
     mac and arp also                        --mac MAC|HOST  --vlan VLAN
migrate VM SITE                              --announce WHAT  --downtime TIME
announce HOST       the host broadcasts a gratuitous ARP
ping HOST HOST      three echo requests from one host to the other
impair set SITE SITE --delay TIME --jitter TIME --loss 1% --burst N --rate 10mbit --one-way
impair show | reset [SITE SITE]
link down|up NODE:INTERFACE
ed stop|kill|restart ED
play FILE           the steps of a scenario
exec NODE -- COMMAND ARGUMENTS...
capture NODE:IF -w FILE                      --filter WORDS  --count N  --ring 5x10MB
capture start NODE:IF -w FILE | stop | list  one that goes on beside what you do
inspect             what the lab is and where everything is
graph               sites, EVI links with their adjacencies, where each host is  -f mermaid|dot|svg
down                take the lab down
exit                leave it standing
`VERB --help` says more. Tab completes.";

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dcilab shell
  dcilab shell -c 'show mac; migrate vm1 c; show mac'
  dcilab shell < steps.txt

The exit code of `-c` and of a script is that of the first line that failed; the lines after it are
not run.")]
pub(super) struct Shell {
    #[command(flatten)]
    lab: LabName,
    /// Run these lines, separated by `;`, and end
    #[arg(short, long, value_name = "LINES")]
    command: Option<String>,
}

/// What becomes of the shell after a line.
enum Next {
    Go,
    Failed(u8),
    Leave,
}

impl Shell {
    pub(super) fn run(self) -> ExitCode {
        match self.serve() {
            Ok(code) => ExitCode::from(code),
            Err(error) => error.end().into(),
        }
    }

    fn serve(&self) -> Result<u8, VerbError> {
        let mut client = self.lab.connect()?;
        let lab = client.lab().to_owned();
        if let Some(lines) = &self.command {
            return Ok(script(&lab, lines.split(';')));
        }
        if !std::io::stdin().is_terminal() {
            let lines: Vec<_> = std::io::stdin().lines().collect::<Result<_, _>>()?;
            return Ok(script(&lab, lines.iter().map(String::as_str)));
        }
        let interfaces = match client.ask(&Request::Interfaces) {
            Ok(Response::Interfaces(interfaces)) => interfaces,
            // A lab that is not built yet has none.
            _ => Vec::new(),
        };
        let words = Words::new(&inspect(&mut client)?, &interfaces);
        prompt(&lab, words).map_err(|error| std::io::Error::other(error).into())
    }
}

fn script<'a>(lab: &str, lines: impl Iterator<Item = &'a str>) -> u8 {
    for line in lines {
        match run_line(lab, line) {
            Next::Go => {}
            Next::Failed(code) => return code,
            Next::Leave => return 0,
        }
    }
    0
}

fn prompt(lab: &str, words: Words) -> rustyline::Result<u8> {
    let config = Config::builder()
        .auto_add_history(true)
        .completion_type(CompletionType::List)
        .build();
    let mut editor: Editor<Words, DefaultHistory> = Editor::with_config(config)?;
    editor.set_helper(Some(words));
    let _interrupts = news::keep_from_interrupts()?;
    let turn = news::Turn::default();
    if let Ok(printer) = editor.create_external_printer() {
        news::follow(lab, turn.clone(), printer);
    }
    eprintln!("lab `{lab}`; `help` says what can be typed, `exit` leaves it standing");
    loop {
        match editor.readline(&format!("{lab}> ")) {
            Ok(line) => {
                let _mine = turn.take();
                if let Next::Leave = run_line(lab, &line) {
                    return Ok(0);
                }
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => return Ok(0),
            Err(error) => return Err(error),
        }
    }
}

fn run_line(lab: &str, line: &str) -> Next {
    let line = line.split_once(" #").map_or(line, |(line, _)| line).trim();
    if line.is_empty() || line.starts_with('#') {
        return Next::Go;
    }
    let Some(mut typed) = shlex::split(line) else {
        eprintln!("error: a quote is not closed: {line}");
        return Next::Failed(Ending::Invalid as u8);
    };
    let verb = typed.first().map(String::as_str).unwrap_or_default();
    match verb {
        "exit" | "quit" => return Next::Leave,
        "help" | "?" => {
            eprintln!("{HELP}");
            return Next::Go;
        }
        verb if !VERBS.contains(&verb) => {
            eprintln!("error: {}", unknown("command", verb, VERBS.into_iter()));
            return Next::Failed(Ending::Invalid as u8);
        }
        _ => {}
    }
    let is_end = verb == "down";
    if typed.len() == 1 && verb == "down" {
        typed.extend(["--lab".to_owned(), lab.to_owned()]);
    }
    match run(lab, &typed) {
        0 if is_end => Next::Leave,
        0 => Next::Go,
        code => Next::Failed(code),
    }
}

fn run(lab: &str, words: &[String]) -> u8 {
    let status = Command::new("/proc/self/exe")
        .arg0("dcilab")
        .args(words)
        .env("DCILAB_LAB", lab)
        .status();
    match status {
        Ok(status) => super::exec::code(status),
        Err(error) => {
            eprintln!("error: cannot run a command: {error}");
            Ending::BringUp as u8
        }
    }
}
