//! Races between announcements and publications, forced in real namespaces: real edge devices as
//! processes, and between them peers that this program plays, which say exactly what a race needs, in
//! the order that it needs.
//!
//! Judged are the tables and events of the real device, over its control socket, and what it sends:
//! every frame that a host of its site has for the VM is looked for at every peer.

mod hold;
mod late;
mod lost;
mod peer;
mod race;
mod refreshed;
mod stage;
mod stale;
mod stranger;
mod tables;

use std::process::ExitCode;

use lab_tests::{cast, requirement};
use libtest_mimic::Arguments;

/// Labs at a time. They mostly wait.
const LABS: usize = 4;

fn main() -> ExitCode {
    let mut roles = requirement::ROLES.to_vec();
    roles.push((race::ROLE, race::play));
    cast::play(&roles, tests)
}

fn tests(mut arguments: Arguments) -> ExitCode {
    arguments.test_threads.get_or_insert(LABS);
    let trials = race::RACES.iter().map(race::trial);
    let trials = trials.chain(refreshed::trials()).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
