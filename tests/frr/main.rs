//! FRR's isisd as a judge: edge devices whose control plane runs through a router of somebody else.
//!
//! Every scene is a lab of its own, in the namespaces of a process of its own: one network namespace with
//! FRR, and one for each edge device and each host. FRR says what it thinks by `vtysh`.

mod adjacency;
mod device;
mod endings;
mod flooding;
mod host;
mod passwords;
mod router;
mod scene;
mod size;

use std::process::ExitCode;

use lab_tests::cast;
use lab_tests::requirement::{self, Requirement, inside, needing};
use libtest_mimic::{Arguments, Trial};

/// The role of a process that is a scene. Its argument: the name of the scenario.
const ROLE: &str = "frr-scene";

/// What is tried in a scene.
type Scenario = (&'static str, fn() -> anyhow::Result<()>);

fn main() -> ExitCode {
    let mut roles = requirement::ROLES.to_vec();
    roles.push((ROLE, play));
    cast::play(&roles, tests)
}

fn scenarios() -> impl Iterator<Item = Scenario> {
    let all = [
        adjacency::SCENARIOS,
        flooding::SCENARIOS,
        endings::SCENARIOS,
        passwords::SCENARIOS,
        size::SCENARIOS,
    ];
    all.into_iter().flatten().copied()
}

fn tests(mut arguments: Arguments) -> ExitCode {
    // Timers of a second decide what is seen: another scene on the same processors would disturb.
    arguments.test_threads = Some(1);
    let needs = [Requirement::Lab, Requirement::Frr];
    let trials = scenarios().map(|(name, _)| needing(&needs, name, move || watch(name)));
    let trials: Vec<Trial> = trials.collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Starts the scene's process and waits for its verdict.
fn watch(name: &str) -> anyhow::Result<()> {
    let output = cast::role(ROLE).arg(name).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "{said}");
    Ok(())
}

/// The scene's process.
fn play() -> ExitCode {
    let name = std::env::args().nth(1).unwrap_or_default();
    inside(|| {
        let (_, scenario) = scenarios()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| anyhow::anyhow!("there is no scenario `{name}`"))?;
        scenario()
    })
}
