//! Every topology that has a scenario is played, and its assertions are the expectation that its head states.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, ensure};
use lab_tests::cast::trial;
use lab_tests::invocation;
use lab_tests::requirement::{Requirement, needing};
use libtest_mimic::Trial;
use serde_json::Value;
use tempfile::TempDir;
use topology::{Scenario, Topology};

const DOCUMENT: &str = include_str!("../../docs/scenarios.md");

/// Those that must be among them.
const NAMES: [&str; 5] = [
    "ping-pong",
    "mass-evacuation",
    "busy-igp",
    "fail-back",
    "aborted",
];

pub(crate) fn trials() -> Vec<Trial> {
    let played = with_scenario().into_iter().map(|file| {
        let name = file.file_stem().unwrap_or_default().display().to_string();
        needing(&[Requirement::Lab], format!("shipped_{name}"), move || {
            passes(&file)
        })
    });
    let others = [
        trial("the_shipped_scenarios_are_all_there", all_there),
        trial("the_examples_of_the_document_are_scenarios", examples),
        trial("the_document_names_every_step_and_key", complete),
    ];
    played.chain(others).collect()
}

fn topologies() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../topologies")
}

fn with_scenario() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(topologies()).into_iter().flatten();
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let is_one = |file: &PathBuf| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let loaded = Topology::load(&file.display().to_string(), &text);
        loaded.is_ok_and(|topology| topology.scenario().is_some())
    };
    let mut files: Vec<_> = files.filter(is_one).collect();
    files.sort_unstable();
    files
}

fn all_there() -> anyhow::Result<()> {
    let files = with_scenario();
    for name in NAMES {
        let file = format!("{name}.toml");
        ensure!(files.iter().any(|f| f.ends_with(&file)), "no {file}");
    }
    Ok(())
}

fn passes(file: &Path) -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let ended = invocation::run(&format!(
        "run {} --format json --output {}",
        file.display(),
        scratch.path().display()
    ))?;
    ended.expect_code(0).with_context(|| ended.stdout.clone())?;
    let told: Value = serde_json::from_str(&ended.stdout)?;
    let played = &told["scenarios"][0];
    ensure!(played["verdict"]["kind"] == "passed", "{played}");
    let steps = played["steps"].as_array().context("no steps")?;
    for step in steps {
        ensure!(step["outcome"] == "done", "{step}");
        ensure!(step["began"].as_u64() <= step["ended"].as_u64(), "{step}");
    }
    let asserts = steps.iter().filter(|step| {
        step["does"]
            .as_str()
            .is_some_and(|d| d.starts_with("assert"))
    });
    ensure!(asserts.count() > 0, "nothing is asserted");
    let kept = std::fs::read_to_string(scratch.path().join("latest/result.json"))?;
    ensure!(kept == ended.stdout, "result.json tells otherwise");
    Ok(())
}

/// The blocks of the document that are scenarios.
fn blocks() -> impl Iterator<Item = &'static str> {
    let blocks = DOCUMENT.split("```toml\n").skip(1);
    blocks.filter_map(|rest| rest.split("```").next())
}

fn examples() -> anyhow::Result<()> {
    let topology = lab_tests::topology_text::three_site()?;
    let mut count = 0;
    for block in blocks() {
        count += 1;
        Scenario::load("example.toml", block, &topology)
            .map_err(|wrong| anyhow!(wrong.render("example.toml", block, false)))?;
    }
    ensure!(count >= 5, "only {count} examples");
    Ok(())
}

fn complete() -> anyhow::Result<()> {
    for verb in topology::scenario::Verb::ALL {
        ensure!(DOCUMENT.contains(&format!("`{verb}`")), "no step `{verb}`");
    }
    let schema = serde_json::to_value(topology::scenario::schema())?;
    let step = &schema["properties"]["step"]["items"]["properties"];
    for key in step.as_object().context("no steps")?.keys() {
        ensure!(DOCUMENT.contains(&format!("`{key}`")), "no key `{key}`");
    }
    let condition = &step["expect"]["properties"];
    for key in condition.as_object().context("no condition")?.keys() {
        ensure!(DOCUMENT.contains(&format!("`{key}`")), "no `{key}`");
    }
    for kind in topology::scenario::MoveKind::ALL {
        ensure!(DOCUMENT.contains(&format!("`{kind}`")), "no `{kind}`");
    }
    Ok(())
}
