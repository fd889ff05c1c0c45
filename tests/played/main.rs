//! Scenarios that are played: those that are shipped pass, and those that must fail do.

mod failing;
mod faults;
mod shipped;
mod standing;

use std::process::ExitCode;

use lab_tests::{cast, requirement};
use libtest_mimic::Arguments;

/// Labs at a time. They mostly wait.
const LABS: usize = 2;

fn main() -> ExitCode {
    cast::play(&requirement::ROLES, tests)
}

fn tests(mut arguments: Arguments) -> ExitCode {
    arguments.test_threads.get_or_insert(LABS);
    let trials = [
        shipped::trials(),
        failing::trials(),
        faults::trials(),
        standing::trials(),
    ];
    let trials = trials.into_iter().flatten().collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
