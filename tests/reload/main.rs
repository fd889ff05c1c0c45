//! Edge devices that read their configuration again, as processes: under traffic, with links that come
//! and go, and with files that cannot be used.

mod device;
mod linked;
mod refused;
mod site;
mod traffic;
mod under_traffic;

use std::future::Future;
use std::process::ExitCode;

use anyhow::ensure;
use lab_tests::cast::{self, Role};
use lab_tests::requirement::{self, Requirement, needing};
use libtest_mimic::{Arguments, Trial};

/// What happens in a lab of its own: the test's name, which is the role of the lab's process.
const SCENES: [Role; 4] = [
    ("a_reload_under_traffic_loses_no_frame", under_traffic::play),
    ("what_cannot_be_taken_over_is_refused", refused::play),
    ("a_hangup_reloads_and_only_that", refused::hang_up),
    ("a_configuration_behind_a_link_is_read_again", linked::play),
];

fn main() -> ExitCode {
    let roles = [&requirement::ROLES[..], &SCENES[..]].concat();
    cast::play(&roles, tests)
}

fn tests(mut arguments: Arguments) -> ExitCode {
    arguments.test_threads = Some(1);
    let trials = SCENES.map(|(name, _)| trial(name)).into();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(name: &'static str) -> Trial {
    needing(&[Requirement::Lab], name, move || {
        let output = cast::role(name).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}\n{said}", output.status);
        Ok(())
    })
}

/// Does `scene` inside a lab's world.
fn inside<F: Future<Output = anyhow::Result<()>>>(scene: impl FnOnce() -> F) -> ExitCode {
    requirement::inside(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(scene())
    })
}
