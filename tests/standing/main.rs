//! Labs that stand: brought up by one command, used by others, taken down by another.

mod bad_input;
mod capture;
mod full_disk;
mod graph;
mod house;
mod impair;
mod killed;
mod life;
mod looks;
mod many;
mod pair;
mod random_kills;
mod session;
mod shell;
mod terminal;
mod topologies;
mod visible;

use std::process::ExitCode;

use lab_tests::{cast, requirement};
use libtest_mimic::Arguments;

/// Labs at a time. They mostly wait.
const LABS: usize = 4;

fn main() -> ExitCode {
    let roles = [&requirement::ROLES[..], &[full_disk::ROLE]].concat();
    cast::play(&roles, tests)
}

fn tests(mut arguments: Arguments) -> ExitCode {
    arguments.test_threads.get_or_insert(LABS);
    let trials = [
        life::trials(),
        shell::trials(),
        killed::trials(),
        bad_input::trials(),
        graph::trials(),
        impair::trials(),
        session::trials(),
        topologies::trials(),
        random_kills::trials(),
        many::trials(),
        capture::trials(),
        full_disk::trials(),
        looks::trials(),
        visible::trials(),
    ];
    let trials = trials.into_iter().flatten().collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
