//! A machine that cannot run a lab: told as such, with the cure.

use std::os::unix::process::CommandExt;
use std::process::{ExitCode, Stdio};

use anyhow::{Context, ensure};
use lab_tests::cast;
use lab_tests::requirement::{Requirement, forbid_user_namespaces, inside, needing};
use libtest_mimic::Trial;
use serde_json::Value;
use tempfile::TempDir;

/// The role of a process that makes itself such a machine, and then runs `dcilab` with its arguments.
pub(crate) const ROLE: &str = "unable";

pub(crate) fn trials() -> Vec<Trial> {
    let needed = [Requirement::Lab, Requirement::NamespaceLimit];
    vec![
        needing(&needed, "a_machine_without_user_namespaces", demo),
        needing(&needed, "a_doctor_on_such_a_machine", doctor),
    ]
}

fn demo() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let output = scratch.path().join("runs");
    let ended = cast::role(ROLE)
        .args(["demo".as_ref(), "--output".as_ref(), output.as_os_str()])
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

fn doctor() -> anyhow::Result<()> {
    let ended = cast::role(ROLE)
        .args(["doctor", "-f", "json"])
        .stdin(Stdio::null())
        .output()?;
    ensure!(ended.status.code() == Some(4), "{ended:?}");
    let told: Value = serde_json::from_slice(&ended.stdout)?;
    ensure!(told["can_run_a_lab"] == false, "{told}");
    let findings = told["findings"].as_array().context("findings")?;
    let finding = |subject: &str| findings.iter().find(|f| f["subject"] == subject);
    let world = finding("a lab's namespaces").context("no word of namespaces")?;
    let cure = world["cure"].as_str().unwrap_or_default();
    ensure!(
        world["verdict"] == "unable" && cure.contains("sysctl -w user.max_user_namespaces"),
        "{world}"
    );
    let switch = finding("user.max_user_namespaces").context("no word of the limit")?;
    ensure!(
        switch["found"] == "0" && switch["verdict"] == "limited",
        "{switch}"
    );
    Ok(())
}

/// The limit holds in a user namespace that is made for it: the machine itself is not touched.
pub(crate) fn play() -> ExitCode {
    inside(|| {
        forbid_user_namespaces()?;
        let arguments = std::env::args_os().skip(1);
        Err(cast::dcilab().args(arguments).exec().into())
    })
}
