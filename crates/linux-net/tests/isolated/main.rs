//! What only the kernel can confirm. In two parts: inside an isolated lab, where everything is
//! allowed, and outside of one, where the end of a lab is watched.
//!
//! Runs as root and as any other user. Where isolation is impossible the reason is printed and
//! nothing is tested; with `DCILAB_REQUIRE=lab` that is a failure.

// A test that cannot set the scene fails by its panic, which names the line.
#![allow(clippy::unwrap_used)]

mod links;
mod namespaces;
mod outside;
mod rings;
mod roles;
mod support;
mod transmit;
mod underlay;

use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Conclusion, Trial};
use linux_net::isolate::{self, IsolateOptions, Isolated};

fn main() -> ExitCode {
    if let Ok(role) = std::env::var(roles::VARIABLE) {
        return roles::play(&role);
    }
    let arguments = Arguments::from_args();
    if let Err(code) = probe() {
        return code;
    }
    let inside = Command::new(support::own_binary())
        .args(std::env::args_os().skip(1))
        .env(roles::VARIABLE, roles::INSIDE)
        .status()
        .expect("the test starts itself");
    let outside = libtest_mimic::run(&arguments, outside::trials());
    if inside.success() && !outside.has_failed() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Whether a lab is possible here at all; otherwise what to end with.
fn probe() -> Result<(), ExitCode> {
    let output = Command::new(support::own_binary())
        .env(roles::VARIABLE, roles::PROBE)
        .output()
        .expect("the test starts itself");
    if output.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&output.stderr);
    eprintln!("\nSKIPPED, NOTHING WAS TESTED: no lab can run here.\n{why}");
    let required = std::env::var("DCILAB_REQUIRE").is_ok_and(|v| v.split(',').any(|w| w == "lab"));
    Err(if required {
        eprintln!("DCILAB_REQUIRE=lab: this is a failure.");
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The part that runs inside.
pub(crate) fn run_inside() -> ExitCode {
    match isolate::enter(IsolateOptions::default()) {
        Ok(Isolated::Parent(status)) => ExitCode::from(isolate::exit_code(status)),
        Ok(Isolated::Child(report)) => {
            println!("isolated in {:?}: {report:?}", report.took);
            let trials: Vec<Trial> = [
                rings::trials(),
                transmit::trials(),
                links::trials(),
                underlay::trials(),
                namespaces::trials(),
            ]
            .into_iter()
            .flatten()
            .collect();
            let conclusion: Conclusion = libtest_mimic::run(&Arguments::from_args(), trials);
            conclusion.exit_code()
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
