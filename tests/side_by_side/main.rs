//! Labs that are ended, broken or never begun: several at a time, for nothing depends on their speed.

mod bad_input;
mod broken_device;
mod captures;
mod ended;
mod manual;
mod repeatable;
mod schema;
mod settings;
mod shipped;
mod topology_keys;
mod unable;

use std::process::ExitCode;

use lab_tests::{cast, requirement};
use libtest_mimic::Arguments;

/// Labs at a time. They mostly wait.
const LABS: usize = 4;

fn main() -> ExitCode {
    let mut roles = requirement::ROLES.to_vec();
    roles.push((unable::ROLE, unable::play));
    cast::play(&roles, tests)
}

fn tests(mut arguments: Arguments) -> ExitCode {
    arguments.test_threads.get_or_insert(LABS);
    let trials = [
        ended::trials(),
        broken_device::trials(),
        captures::trials(),
        repeatable::trials(),
        bad_input::trials(),
        topology_keys::trials(),
        unable::trials(),
        manual::trials(),
        schema::trials(),
        settings::trials(),
        shipped::trials(),
    ];
    let trials = trials.into_iter().flatten().collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
