//! A machine that cannot run a lab: told as such, with the cure.

use std::os::unix::process::CommandExt;
use std::process::{ExitCode, Stdio};

use anyhow::ensure;
use lab_tests::cast;
use lab_tests::requirement::{Requirement, forbid_user_namespaces, inside, needing};
use libtest_mimic::Trial;
use tempfile::TempDir;

/// The role of a process that makes itself such a machine, and then runs `dcilab demo`. Its argument:
/// where the run would go.
pub(crate) const ROLE: &str = "unable";

pub(crate) fn trials() -> Vec<Trial> {
    let needed = [Requirement::Lab, Requirement::NamespaceLimit];
    vec![needing(&needed, "a_machine_without_user_namespaces", demo)]
}

fn demo() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let output = scratch.path().join("runs");
    let ended = cast::role(ROLE)
        .arg(&output)
        .stdin(Stdio::null())
        .output()?;
    let said = String::from_utf8_lossy(&ended.stderr);
    ensure!(
        ended.status.code() == Some(4),
        "ended with {}:\n{said}",
        ended.status
    );
    for text in [
        "this machine cannot run a lab",
        "sysctl -w user.max_user_namespaces",
    ] {
        ensure!(said.contains(text), "`{text}` is missing:\n{said}");
    }
    ensure!(ended.stdout.is_empty(), "it told a result");
    ensure!(!output.exists(), "it made {}", output.display());
    Ok(())
}

/// The limit holds in a user namespace that is made for it: the machine itself is not touched.
pub(crate) fn play() -> ExitCode {
    let output = std::env::args_os().nth(1).unwrap_or_default();
    inside(|| {
        forbid_user_namespaces()?;
        Err(cast::dcilab()
            .arg("demo")
            .arg("--output")
            .arg(output)
            .exec()
            .into())
    })
}
