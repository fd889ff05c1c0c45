//! Results that are stored, and what is made of them: gates, reports, comparisons. Figures are chosen by
//! the tests, so that nothing depends on how busy the machine is; two tests run a lab, and take what
//! comes.

mod bad_input;
mod baseline;
mod gate;
mod measured;
mod reports;

use std::process::ExitCode;

use lab_tests::{cast, requirement};
use libtest_mimic::Arguments;

fn main() -> ExitCode {
    cast::play(&requirement::ROLES, tests)
}

fn tests(mut arguments: Arguments) -> ExitCode {
    arguments.test_threads.get_or_insert(2);
    let trials = [
        gate::trials(),
        baseline::trials(),
        bad_input::trials(),
        reports::trials(),
        measured::trials(),
    ];
    let trials = trials.into_iter().flatten().collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
