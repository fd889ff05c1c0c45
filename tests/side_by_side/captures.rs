//! Captures of a run are kept when they are wanted.

use anyhow::{Context, ensure};
use lab_tests::invocation;
use lab_tests::requirement::{Requirement, needing};
use lab_tests::topology_text;
use libtest_mimic::Trial;
use serde_json::Value;
use tempfile::TempDir;

pub(crate) fn trials() -> Vec<Trial> {
    let lab = |name, test: fn() -> anyhow::Result<()>| needing(&[Requirement::Lab], name, test);
    vec![
        lab("captures_are_kept_only_when_something_failed", || {
            kept("on-failure")
        }),
        lab("captures_are_kept_never", || kept("never")),
    ]
}

/// Whether there is a capture, and what the result says of it, have to agree with how the run ended.
fn kept(when: &str) -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let file = topology_text::write(scratch.path(), None)?;
    let output = scratch.path().join("runs");
    let ended = invocation::run(&format!(
        "run {} --modes igp-only --igp immediate --format json --output {} --captures {when}",
        file.display(),
        output.display()
    ))?;
    // Other labs run beside this one: it may be inconclusive, which is a failure.
    let has_failed = match ended.status.code() {
        Some(3) => true,
        _ => ended.expect_code(0).map(|()| false)?,
    };
    let are_kept = when == "on-failure" && has_failed;
    let told: Value = serde_json::from_str(&ended.stdout)?;
    let named = told["runs"][0].get("capture").context("no capture")?;
    ensure!(named.is_string() == are_kept, "{named} with {has_failed}");
    let directory = output.join("latest");
    ensure!(directory.join("result.json").exists(), "no result");
    let is_there = directory.join("captures").exists();
    ensure!(is_there == are_kept, "captures: {is_there}");
    if !are_kept {
        let ended = invocation::run(&format!("analyze {}", directory.display()))?;
        ended.expect_said(&["captures were not kept", "--captures"])?;
    }
    Ok(())
}
