//! Edge devices as on a real host: started by hand, asked by their own commands, with interfaces that
//! come and go. Two sites on a cable, without an orchestrator; each test in a world of its own.

mod commands;
mod control_socket;
mod device;
mod mtu;
mod ports;
mod security;
mod stage;
mod uplink;

use std::process::ExitCode;

use anyhow::ensure;
use lab_tests::requirement::{Requirement, needing};
use lab_tests::{cast, requirement};
use libtest_mimic::{Arguments, Trial};

/// Worlds at a time.
const WORLDS: usize = 4;
/// The role of a process that enters a world and runs one test, named by its argument, in it.
const ROLE: &str = "standalone";

/// What a test does in its world.
type Test = fn() -> anyhow::Result<()>;

/// All tests, by their names.
fn all() -> Vec<(&'static str, Test)> {
    let groups = [
        commands::TESTS,
        control_socket::TESTS,
        mtu::TESTS,
        ports::TESTS,
        security::TESTS,
        uplink::TESTS,
    ];
    groups.concat()
}

fn main() -> ExitCode {
    let mut roles = requirement::ROLES.to_vec();
    roles.push((ROLE, play));
    cast::play(&roles, tests)
}

fn tests(mut arguments: Arguments) -> ExitCode {
    arguments.test_threads.get_or_insert(WORLDS);
    let trial = |(name, _)| needing(&[Requirement::Lab], name, move || enter(name));
    let trials: Vec<Trial> = all().into_iter().map(trial).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn enter(name: &str) -> anyhow::Result<()> {
    let ended = cast::role(ROLE).arg(name).output()?;
    let said = String::from_utf8_lossy(&ended.stderr);
    ensure!(ended.status.success(), "{}: {said}", ended.status);
    Ok(())
}

fn play() -> ExitCode {
    let name = std::env::args().nth(1).unwrap_or_default();
    match all().into_iter().find(|(known, _)| *known == name) {
        Some((_, test)) => requirement::inside(test),
        None => {
            eprintln!("there is no test `{name}`");
            ExitCode::FAILURE
        }
    }
}
