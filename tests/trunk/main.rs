//! Trunks and local VLANs between real kernels: two edge devices, a trunk that the test drives by raw
//! frames, an access port with a kernel host behind it. tshark judges what goes between the devices.

mod observe;
mod port;
mod running;
mod scene;
mod verdicts;

use std::process::ExitCode;

use lab_tests::{cast, requirement};
use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let mut roles = requirement::ROLES.to_vec();
    roles.push((observe::ROLE, observe::play));
    cast::play(&roles, tests)
}

fn tests(arguments: Arguments) -> ExitCode {
    libtest_mimic::run(&arguments, verdicts::trials()).exit_code()
}
