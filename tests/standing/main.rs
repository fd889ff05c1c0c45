//! Labs that stand: brought up by one command, used by others, taken down by another.

mod bad_input;
mod graph;
mod house;
mod killed;
mod life;
mod session;
mod shell;
mod terminal;
mod topologies;

use std::process::ExitCode;

use lab_tests::{cast, requirement};
use libtest_mimic::Arguments;

/// Labs at a time. They mostly wait.
const LABS: usize = 4;

fn main() -> ExitCode {
    cast::play(&requirement::ROLES, tests)
}

fn tests(mut arguments: Arguments) -> ExitCode {
    arguments.test_threads.get_or_insert(LABS);
    let trials = [
        life::trials(),
        shell::trials(),
        killed::trials(),
        bad_input::trials(),
        graph::trials(),
        session::trials(),
        topologies::trials(),
    ];
    let trials = trials.into_iter().flatten().collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
