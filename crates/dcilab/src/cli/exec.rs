//! `dcilab exec`: run a command in nodes of a standing lab.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitCode, ExitStatus};

use clap::Args;
use linux_net::isolate::{self, Joined};
use topology::scenario::matches;
use topology::unknown;

use super::lab::{LabName, VerbError, inspect};
use crate::ending::Ending;

/// As a shell says that a command cannot be run.
const CANNOT_RUN: u8 = 127;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dcilab exec client-a -- ping -c 3 10.0.100.1
  dcilab exec 'ed-*' -- ip -br address
  dcilab exec vm1 -- bash

The exit code is the command's own; in several nodes, that of the first that failed.")]
pub(super) struct Exec {
    /// The node, or a pattern: `*` stands for anything
    node: String,
    #[command(flatten)]
    lab: LabName,
    /// The command and its arguments
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

impl Exec {
    /// Call it before any thread exists.
    pub(super) fn run(self) -> ExitCode {
        match self.make() {
            Ok(code) => ExitCode::from(code),
            Err(error) => error.end().into(),
        }
    }

    fn make(&self) -> Result<u8, VerbError> {
        let mut client = self.lab.connect()?;
        let all = inspect(&mut client)?.nodes;
        let nodes: Vec<_> = all
            .iter()
            .filter(|node| matches(&self.node, node))
            .collect();
        if nodes.is_empty() {
            return Err(VerbError::WhichLab(unknown(
                "node",
                &self.node,
                all.iter().map(String::as_str),
            )));
        }
        let joined = match isolate::join(client.process()?) {
            Ok(joined) => joined,
            Err(error) => {
                eprintln!("error: {error}");
                return Ok(Ending::Unable as u8);
            }
        };
        let mut first_failure = 0;
        for node in &nodes {
            if nodes.len() > 1 {
                eprintln!("-- {node}");
            }
            let code = self.run_in(&joined, node);
            if first_failure == 0 {
                first_failure = code;
            }
        }
        Ok(first_failure)
    }

    fn run_in(&self, lab: &Joined, node: &str) -> u8 {
        if let Err(error) = lab.enter_node(node) {
            eprintln!("error: {error}");
            return Ending::BringUp as u8;
        }
        let Some((program, arguments)) = self.command.split_first() else {
            return CANNOT_RUN;
        };
        let status = Command::new(program)
            .args(arguments)
            .env("DCILAB_NODE", node)
            .status();
        match status {
            Ok(status) => code(status),
            Err(error) => {
                eprintln!("error: cannot run {} in {node}: {error}", program.display());
                CANNOT_RUN
            }
        }
    }
}

/// The command's own code, or 128 and the signal that ended it, as shells have it.
pub(super) fn code(status: ExitStatus) -> u8 {
    let signal = || status.signal().map(|signal| 128 + signal);
    let code = status.code().or_else(signal);
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(255)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_a_shell() {
        assert_eq!(code(ExitStatus::from_raw(3 << 8)), 3);
        assert_eq!(code(ExitStatus::from_raw(9)), 137);
    }
}
