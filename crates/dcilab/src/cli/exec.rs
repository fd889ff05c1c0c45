//! `dcilab exec`: run a command in nodes of a standing lab.

use std::ffi::OsString;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};

use clap::Args;
use linux_net::isolate::{self, Joined};
use rustix::event::{PollFd, PollFlags, poll};
use topology::scenario::matches;
use topology::unknown;

use super::lab::{LabName, VerbError, inspect};
use super::output;
use crate::ending::Ending;

/// As a shell says that a command cannot be run.
const CANNOT_RUN: u8 = 127;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dcilab exec client-a -- ping -c 3 10.0.100.1
  dcilab exec 'ed-*' -- ip -br address
  dcilab exec vm1 -- bash

In several nodes it runs at the same time, and each line of output begins with the node's name. The
exit code is the command's own; in several nodes, that of the first of them that failed.")]
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
        Ok(match nodes.as_slice() {
            [only] => self.run_in(&joined, only),
            several => self.run_in_all(&joined, several),
        })
    }

    fn run_in(&self, lab: &Joined, node: &str) -> u8 {
        let status = self.command(lab, node).and_then(|mut command| {
            let status = command.status();
            status.map_err(|error| self.cannot_run(node, &error))
        });
        status.map_or_else(|ended| ended, code)
    }

    /// At the same time, because many wait for each other or for time to go by.
    fn run_in_all(&self, lab: &Joined, nodes: &[&String]) -> u8 {
        let width = nodes.iter().map(|node| node.len()).max().unwrap_or(0);
        // All are started before the first thread: entering a node is for the whole process.
        let started: Vec<_> = nodes
            .iter()
            .map(|node| (node, self.start(lab, node)))
            .collect();
        let mut streams = Vec::new();
        let mut running = Vec::new();
        for (node, child) in started {
            running.push(child.map(|mut child| {
                let prefix = format!("{node:<width$}  ");
                streams.extend(Stream::of(&mut child, &prefix));
                child
            }));
        }
        pass_on(streams);
        let codes = running.into_iter().map(|child| {
            child.map_or_else(
                |ended| ended,
                |mut child| child.wait().map_or(CANNOT_RUN, code),
            )
        });
        // Every one is waited for, the first failure is told.
        codes.fold(0, |first, code| if first == 0 { code } else { first })
    }

    fn start(&self, lab: &Joined, node: &str) -> Result<Child, u8> {
        let mut command = self.command(lab, node)?;
        command.stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn();
        child.map_err(|error| self.cannot_run(node, &error))
    }

    /// In this node, until the next one is entered.
    fn command(&self, lab: &Joined, node: &str) -> Result<Command, u8> {
        if let Err(error) = lab.enter_node(node) {
            eprintln!("error: {error}");
            return Err(Ending::BringUp as u8);
        }
        let (program, arguments) = self.command.split_first().ok_or(CANNOT_RUN)?;
        let mut command = Command::new(program);
        command.args(arguments).env("DCILAB_NODE", node);
        Ok(command)
    }

    fn cannot_run(&self, node: &str, error: &std::io::Error) -> u8 {
        let program = self.command.first().map(|program| program.display());
        let program = program.map(|program| program.to_string());
        let program = program.unwrap_or_default();
        eprintln!("error: cannot run {program} in {node}: {error}");
        CANNOT_RUN
    }
}

/// What a command writes, passed on line by line with the node's name before it.
struct Stream {
    from: OwnedFd,
    to: To,
    prefix: String,
    line: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    Output,
    Error,
}

impl Stream {
    fn of(child: &mut Child, prefix: &str) -> impl Iterator<Item = Self> + use<> {
        let out = child
            .stdout
            .take()
            .map(|out| (OwnedFd::from(out), To::Output));
        let err = child
            .stderr
            .take()
            .map(|err| (OwnedFd::from(err), To::Error));
        let prefix = prefix.to_owned();
        out.into_iter().chain(err).map(move |(from, to)| Self {
            from,
            to,
            prefix: prefix.clone(),
            line: Vec::new(),
        })
    }

    /// Takes what there is; false at the end.
    fn take(&mut self) -> bool {
        let mut buffer = [0; 8192];
        let got = match rustix::io::read(&self.from, &mut buffer) {
            Ok(got) => got,
            Err(rustix::io::Errno::INTR) => return true,
            Err(_) => 0,
        };
        self.line.extend_from_slice(&buffer[..got]);
        if got == 0 && !self.line.is_empty() {
            self.line.push(b'\n');
        }
        while let Some(end) = self.line.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.line.drain(..=end).collect();
            self.write(&[self.prefix.as_bytes(), &line].concat());
        }
        got > 0
    }

    /// Whoever reads may have gone: then nothing is left to do but to read on.
    fn write(&self, line: &[u8]) {
        let _ = match self.to {
            To::Output => output::bytes(line),
            To::Error => std::io::stderr().write_all(line),
        };
    }
}

/// Until all have ended. Without threads: a process that has joined a lab cannot have any.
fn pass_on(mut streams: Vec<Stream>) {
    while !streams.is_empty() {
        let fds = streams
            .iter()
            .map(|stream| PollFd::new(&stream.from, PollFlags::IN));
        let mut fds: Vec<_> = fds.collect();
        if poll(&mut fds, None).is_err() {
            continue;
        }
        let ready: Vec<_> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
        let mut ready = ready.into_iter();
        streams.retain_mut(|stream| ready.next() != Some(true) || stream.take());
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
