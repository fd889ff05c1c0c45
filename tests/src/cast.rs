//! Who a test program is: itself, or another program that it was started as.
//!
//! A test program holds all of `dcilab`. Started under the name `dcilab`, it is `dcilab`; and because
//! `dcilab` starts its edge devices as `/proc/self/exe edged ...`, they are there as well. Tests may add
//! roles of their own.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Trial};

/// The name under which a test program is `dcilab`.
pub const DCILAB: &str = "dcilab";
/// What a role's name starts with, so that no file can be called so by chance.
const ROLE: &str = "lab-tests:";

/// A role that a test program can play, and what it does then.
pub type Role = (&'static str, fn() -> ExitCode);

/// Plays the role that this program was started in; without one, runs the tests.
///
/// Call it first in `main`: a role may enter a lab, which no process with threads can.
pub fn play(roles: &[Role], tests: impl FnOnce(Arguments) -> ExitCode) -> ExitCode {
    let name = std::env::args_os().next().unwrap_or_default();
    if name == "/proc/self/exe" || Path::new(&name).file_name() == Some(OsStr::new(DCILAB)) {
        return dcilab::cli::main();
    }
    let role = name.to_str().and_then(|name| name.strip_prefix(ROLE));
    match role {
        None => tests(Arguments::from_args()),
        Some(role) => match roles.iter().find(|(known, _)| *known == role) {
            Some((_, play)) => play(),
            None => {
                eprintln!("this program has no role `{role}`");
                ExitCode::FAILURE
            }
        },
    }
}

/// This program's file.
///
/// # Panics
/// Never: a running program has a file.
#[must_use]
pub fn own_program() -> PathBuf {
    std::env::current_exe().expect("a running program has a file")
}

/// This program, in one of its roles.
#[must_use]
pub fn role(role: &str) -> Command {
    own_program_as(&format!("{ROLE}{role}"))
}

/// This program, as `dcilab`.
#[must_use]
pub fn dcilab() -> Command {
    let mut command = own_program_as(DCILAB);
    // Whoever runs the tests may have set what would change them.
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("DCILAB_"))
        {
            command.env_remove(name);
        }
    }
    command
}

fn own_program_as(name: &str) -> Command {
    let mut command = Command::new(own_program());
    command.arg0(name);
    command
}

/// A test from a function that says what is wrong.
#[must_use]
pub fn trial(
    name: impl Into<String>,
    test: impl FnOnce() -> anyhow::Result<()> + Send + 'static,
) -> Trial {
    Trial::test(name, move || {
        test().map_err(|error| format!("{error:#}").into())
    })
}
