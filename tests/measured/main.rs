//! Labs that measure: one after the other, alone on the machine as far as the tests decide it.

mod capture;
mod causes;
mod deaths;
mod demo;
mod dissected;
mod moments;
mod readable;
mod second_embodiment;
mod stage;
mod witness;

use std::process::ExitCode;
use std::sync::Arc;

use lab_tests::{cast, requirement};
use libtest_mimic::Arguments;

use stage::Stage;

fn main() -> ExitCode {
    let mut roles = requirement::ROLES.to_vec();
    roles.push((moments::process::ROLE, moments::process::observe));
    cast::play(&roles, tests)
}

fn tests(mut arguments: Arguments) -> ExitCode {
    arguments.test_threads = Some(1);
    let stage = Arc::new(Stage::default());
    let trials = [
        moments::trials(&stage),
        causes::trials(&stage),
        deaths::trials(&stage),
        capture::trials(&stage),
        dissected::trials(&stage),
        readable::trials(&stage),
        witness::trials(&stage),
        second_embodiment::trials(&stage),
        demo::trials(),
    ];
    let trials = trials.into_iter().flatten().collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
