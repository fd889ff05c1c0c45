//! `dcilab demo`, as the README has it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use lab_tests::invocation::{self, Ended};
use lab_tests::requirement::{Requirement, needing};
use lab_tests::result::ResultFile;
use libtest_mimic::Trial;
use serde_json::Value;
use tempfile::TempDir;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        needing(&[Requirement::Lab], "demo_tells_people", table),
        needing(&[Requirement::Lab], "demo_tells_machines", json),
    ]
}

fn table() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let ended = demo("table", scratch.path())?;
    let expected = [
        "before the move",
        "announced, not published",
        "published",
        "igp-only",
        "garp-flood",
        "comware-v5",
        "immediate",
        "old site",
        "third site",
        "new site",
    ];
    for text in expected {
        ensure!(
            ended.stdout.contains(text),
            "`{text}` is missing:\n{}",
            ended.stdout
        );
    }
    ensure!(
        ended.stdout.contains("INCONCLUSIVE") == disturbed(scratch.path())?,
        "people and machines are told otherwise:\n{}",
        ended.stdout
    );
    ensure!(
        !ended.stdout.contains('\u{1b}'),
        "colours where there is no terminal"
    );
    run_directory(scratch.path()).map(drop)
}

fn json() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let ended = demo("json", scratch.path())?;
    let told = ResultFile::parse(&ended.stdout)?;
    ensure!(
        told.schema_version == 1,
        "schema version {}",
        told.schema_version
    );
    for profile in ["comware-v5", "immediate"] {
        for mode in ["igp-only", "garp-flood"] {
            let run = told.run(mode, profile)?;
            ensure!(
                run.moments.len() == 3,
                "{mode}, {profile}: {} moments",
                run.moments.len()
            );
        }
    }
    let flows: usize = told.runs.iter().map(|run| run.flows.len()).sum();
    ensure!(
        told.comparisons.len() * 2 == flows,
        "{} comparisons",
        told.comparisons.len()
    );
    let directory = run_directory(scratch.path())?;
    let kept: Value = serde_json::from_slice(&fs::read(directory.join("result.json"))?)?;
    ensure!(
        kept == serde_json::from_str::<Value>(&ended.stdout)?,
        "result.json tells otherwise"
    );
    Ok(())
}

fn demo(format: &str, output: &Path) -> anyhow::Result<Ended> {
    let command = format!("demo --format {format} --output {}", output.display());
    let ended = invocation::run(&command)?;
    // What is told does not depend on the machine's speed; whether the figures count does. Code 3 says that they
    // do not, exactly when the result says so.
    let code = if disturbed(output)? { 3 } else { 0 };
    ended
        .expect_code(code)
        .with_context(|| ended.stdout.clone())?;
    Ok(ended)
}

/// Whether the run's own result file has a run whose figures do not count.
fn disturbed(output: &Path) -> anyhow::Result<bool> {
    let file = output.join("latest/result.json");
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let result = ResultFile::parse(&text)?;
    Ok(result.runs.iter().any(|run| !run.disturbances.is_empty()))
}

/// The one directory of a run, complete; `latest` leads to it.
fn run_directory(parent: &Path) -> anyhow::Result<PathBuf> {
    let latest = parent.join("latest");
    let directory = parent.join(fs::read_link(&latest).context("latest is no link")?);
    let mut names = Vec::new();
    for entry in fs::read_dir(parent)? {
        names.push(entry?.path());
    }
    names.sort();
    let mut expected = [directory.clone(), latest];
    expected.sort();
    ensure!(names == expected, "{names:?}, not {expected:?}");
    let read = |name: &str| -> anyhow::Result<Value> {
        let bytes = fs::read(directory.join(name)).with_context(|| name.to_owned())?;
        Ok(serde_json::from_slice(&bytes)?)
    };
    let manifest = read("manifest.json")?;
    ensure!(
        manifest["arguments"][1] == "demo",
        "the manifest's arguments: {manifest}"
    );
    for key in [
        "dcilab",
        "kernel",
        "topology",
        "started_unix_seconds",
        "cpus",
    ] {
        ensure!(!manifest[key].is_null(), "the manifest has no {key}");
    }
    for run in read("result.json")?["runs"].as_array().context("no runs")? {
        let capture = directory.join(run["capture"].as_str().context("no capture")?);
        let length = fs::metadata(&capture)
            .with_context(|| capture.display().to_string())?
            .len();
        ensure!(length > 0, "{} is empty", capture.display());
        ensure!(
            capture.extension().is_some_and(|e| e == "pcapng"),
            "{}",
            capture.display()
        );
    }
    Ok(directory)
}
