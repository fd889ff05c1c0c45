//! From the lab to the gate. The machine may be busy: then the answer must be that nobody can tell.

use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow, ensure};
use lab_tests::invocation::{self, Ended};
use lab_tests::requirement::{Requirement, needing};
use lab_tests::topology_text;
use libtest_mimic::Trial;
use serde_json::Value;
use tempfile::TempDir;

use crate::reports::{is_junit, validator};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        needing(
            &[Requirement::Lab],
            "repeats_take_turns_and_leave_a_whole_directory",
            repeats,
        ),
        needing(
            &[Requirement::Lab],
            "a_gate_runs_what_it_judges",
            regression,
        ),
        needing(
            &[Requirement::Lab],
            "limits_are_checked_before_a_lab_is_made",
            before,
        ),
    ]
}

/// The directory of the only run.
fn directory(output: &Path) -> anyhow::Result<(std::path::PathBuf, Value)> {
    let latest = output.join("latest");
    let result = fs::read(latest.join("result.json")).context("no result.json")?;
    Ok((latest, serde_json::from_slice(&result)?))
}

fn repeats() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let file = topology_text::write(scratch.path(), None)?;
    let output = scratch.path().join("runs");
    let ended = invocation::run(&format!(
        "run {} --modes igp-only,garp-flood --igp immediate --repeat 2 --output {}",
        file.display(),
        output.display()
    ))?;
    let (directory, result) = directory(&output).with_context(|| ended.stderr.clone())?;
    let runs = result["runs"].as_array().context("no runs")?;
    let of = |run: &Value| {
        format!(
            "{} {} {} {}",
            run["mode"], run["repeat"], run["warmth"], run["seed"]
        )
    };
    let order: Vec<_> = runs
        .iter()
        .map(of)
        .map(|text| text.replace('"', ""))
        .collect();
    ensure!(
        order
            == [
                "igp-only 1 cold 1",
                "garp-flood 1 cold 1",
                "igp-only 2 warm 2",
                "garp-flood 2 warm 2"
            ],
        "{order:?}"
    );
    let validator = validator()?;
    validator
        .validate(&result)
        .map_err(|error| anyhow!("{}: {error}", error.instance_path()))?;
    for name in [
        "manifest.json",
        "result.md",
        "junit.xml",
        "report.html",
        "gaps.csv",
        "events.jsonl",
    ] {
        let length = fs::metadata(directory.join(name))
            .with_context(|| name.to_owned())?
            .len();
        ensure!(length > 0, "{name} is empty");
    }
    is_junit(&directory.join("junit.xml"), 4 * 6)?;
    for line in fs::read_to_string(directory.join("events.jsonl"))?.lines() {
        let event: Value = serde_json::from_str(line)?;
        ensure!(
            event["experiment"].is_string() && event["device"].is_string(),
            "{line}"
        );
    }
    let captures = fs::read_dir(directory.join("captures"))?.count();
    ensure!(captures == 4, "{captures} captures");
    let disturbed = runs
        .iter()
        .filter(|run| run["disturbances"] != serde_json::json!([]));
    // Of each kind one warm run counts, or does not.
    let warm = disturbed.filter(|run| run["warmth"] == "warm").count();
    ended.expect_code(if warm == 0 { 0 } else { 3 })
}

/// The announcement is off: the baseline's mode under limits that are the mechanism's.
fn regression() -> anyhow::Result<()> {
    let limits = "[[limit]]\nobserver = \"client-a\"\ndirection = \"to-vm\"\nvalue = \"outage\"\nat_most = \"500ms\"\n";
    let (ended, result) = gate(limits, "--modes igp-only --igp comware-v5 --format json")?;
    let told: Value = serde_json::from_str(&ended.stdout).with_context(|| ended.stderr.clone())?;
    let result = result.context("no result")?;
    let is_disturbed = result["runs"][0]["disturbances"] != serde_json::json!([]);
    let (code, verdict) = if is_disturbed {
        (3, "inconclusive")
    } else {
        (1, "failed")
    };
    ended.expect_code(code)?;
    ensure!(told["verdict"] == verdict, "{told}");
    ensure!(
        told["findings"][0]["subject"] == "igp-only with `comware-v5`, client-a to vm1",
        "{told}"
    );
    Ok(())
}

fn before() -> anyhow::Result<()> {
    let limits = "[[limit]]\nmode = \"garp-flood\"\nvalue = \"outage\"\nat_most = \"1s\"\n";
    let (ended, result) = gate(limits, "--modes igp-only")?;
    ended.expect_code(2)?;
    ended.expect_said(&["no mode `garp-flood`", "igp-only"])?;
    ensure!(
        !ended.stderr.contains(": namespaces"),
        "a lab was made:\n{}",
        ended.stderr
    );
    ensure!(result.is_none(), "a run was left");
    Ok(())
}

fn gate(limits: &str, more: &str) -> anyhow::Result<(Ended, Option<Value>)> {
    let scratch = TempDir::new()?;
    let topology = topology_text::write(scratch.path(), None)?;
    let (file, output) = (
        scratch.path().join("limits.toml"),
        scratch.path().join("runs"),
    );
    fs::write(&file, limits)?;
    let (topology, file) = (topology.display(), file.display());
    let command = format!(
        "gate {topology} --limits {file} {more} --output {}",
        output.display()
    );
    let ended = invocation::run(&command)?;
    let result = directory(&output).ok().map(|(_, result)| result);
    Ok((ended, result))
}
