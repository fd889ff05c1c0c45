//! Impairments of the underlay, asked against measured: delay, jitter, loss, bursts, rate, copies, order,
//! partitions, and what the public network answers meanwhile.
//!
//! Edge devices run, but have no EVI link: what is on a path is what the test has sent. Delays are one way, by
//! one clock, and compared with those of a path of the same lab that is not impaired. What the relay does with
//! each packet follows from the seed, so the test knows it beforehand.

mod answers;
mod back_ends;
mod delay;
mod losses;
mod scene;
mod shipped;
mod stage;

use std::process::ExitCode;

use lab_tests::{cast, requirement};
use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let mut roles = requirement::ROLES.to_vec();
    roles.push((scene::ROLE, scene::play));
    cast::play(&roles, tests)
}

/// One lab at a time: what they measure, another lab on the same processors would disturb.
fn tests(mut arguments: Arguments) -> ExitCode {
    arguments.test_threads.get_or_insert(1);
    let trials = scene::SCENES.iter().flat_map(scene::trials);
    let trials = trials.chain(shipped::trials()).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
