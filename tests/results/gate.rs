//! Limits that a result keeps to, breaks, or about which nobody can tell.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use lab_tests::cast::trial;
use lab_tests::invocation::{self, Ended};
use lab_tests::stored::Stored;
use libtest_mimic::Trial;
use serde_json::Value;
use tempfile::TempDir;

/// What the README's example asks for.
pub(crate) const LIMITS: &str = "\
[[limit]]
mode = \"garp-flood\"
direction = \"to-vm\"
value = \"control-plane-share\"
at_most = \"50ms\"

[[ratio]]
slower = \"igp-only\"
faster = \"garp-flood\"
observer = \"client-a\"
direction = \"to-vm\"
value = \"outage\"
at_least = 10.0
";

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("a_gate_that_passes", passes),
        trial("a_gate_that_fails_names_observer_value_and_limit", fails),
        trial("a_disturbed_meter_is_inconclusive", disturbed),
        trial("half_of_the_runs_are_enough", half),
        trial("a_limit_within_the_resolution_is_inconclusive", resolution),
        trial("an_experiment_without_a_result_is_no_pass", without_result),
        trial("a_limit_that_means_no_flow_is_not_kept", nothing_meant),
        trial("every_statistic_and_value_can_be_limited", statistics),
        trial("what_a_gate_finds_is_written_for_ci", written),
    ]
}

/// Runs `dcilab gate` on a result, with limits.
pub(crate) fn gate(stored: &Stored, limits: &str, more: &str) -> anyhow::Result<Ended> {
    let scratch = TempDir::new()?;
    let result = stored.write(scratch.path(), "result.json")?;
    let file = scratch.path().join("limits.toml");
    fs::write(&file, limits)?;
    let (result, file) = (result.display(), file.display());
    invocation::run(&format!("gate {result} --limits {file} {more}"))
}

fn expect_told(ended: &Ended, texts: &[&str]) -> anyhow::Result<()> {
    for text in texts {
        ensure!(
            ended.stdout.contains(text),
            "`{text}` is missing:\n{}",
            ended.stdout
        );
    }
    Ok(())
}

fn passes() -> anyhow::Result<()> {
    let ended = gate(&Stored::usual()?, LIMITS, "")?;
    ended.expect_code(0)?;
    expect_told(&ended, &["gate passed: 4 passed, 0 failed, 0 inconclusive"])
}

/// The regression: announcements are off, so that the mode does what the IGP alone does.
fn fails() -> anyhow::Result<()> {
    let stored = Stored::default()
        .with("igp-only", &[3000, 3001, 2999])?
        .with("garp-flood", &[3000, 3002, 3001])?;
    let ended = gate(&stored, LIMITS, "")?;
    ended.expect_code(1)?;
    expect_told(
        &ended,
        &[
            "garp-flood with `comware-v5`, client-b to vm1",
            "maximum of control-plane-share at most 50ms",
            "3002.0 ms ± 1.0 ms",
            "outage of igp-only over this at least 10",
            "gate FAILED: 0 passed, 4 failed, 0 inconclusive",
        ],
    )
}

fn disturbed() -> anyhow::Result<()> {
    let stored = Stored::usual()?.disturbed(|repeat| repeat > 2)?;
    let ended = gate(&stored, LIMITS, "")?;
    ended.expect_code(3)?;
    expect_told(
        &ended,
        &[
            "4 of 5 runs do not count",
            "0 passed, 0 failed, 4 inconclusive",
        ],
    )?;
    // Not even where the runs that are left break the limit.
    let broken = Stored::default().with("garp-flood", &[900, 900, 900, 900])?;
    let (limit, _) = LIMITS.split_once("[[ratio]]").context("no ratio")?;
    gate(&broken.clone().disturbed(|repeat| repeat > 2)?, limit, "")?.expect_code(3)?;
    gate(&broken, limit, "")?.expect_code(1)
}

fn half() -> anyhow::Result<()> {
    let stored = Stored::usual()?.disturbed(|repeat| repeat > 4)?;
    gate(&stored, LIMITS, "")?.expect_code(0)?;
    // The cold run is not asked.
    let stored = Stored::usual()?.disturbed(|repeat| repeat == 1)?;
    gate(&stored, LIMITS, "")?.expect_code(0)
}

fn resolution() -> anyhow::Result<()> {
    let limits = |most: &str| {
        format!("[[limit]]\nmode = \"garp-flood\"\nvalue = \"outage\"\nat_most = \"{most}\"\n")
    };
    // The greatest is 23 ms, give or take one.
    for (most, code) in [("24ms", 0), ("23ms", 3), ("22ms", 3), ("21ms", 1)] {
        let ended = gate(&Stored::usual()?, &limits(most), "")?;
        ended.expect_code(code).with_context(|| most.to_owned())?;
    }
    let ended = gate(&Stored::usual()?, &limits("23ms"), "")?;
    expect_told(&ended, &["the limit lies within the resolution"])
}

fn without_result() -> anyhow::Result<()> {
    let mut stored = Stored::default().with("garp-flood", &[1])?;
    stored.file["failed"] = serde_json::json!([
        {"mode": "igp-only", "igp_profile": "comware-v5", "repeat": 1, "error": "no adjacency"}
    ]);
    let ended = gate(&stored, LIMITS, "")?;
    ended.expect_code(3)?;
    expect_told(&ended, &["1 of 1 runs do not count"])
}

/// Names that are there, and together mean no flow.
fn nothing_meant() -> anyhow::Result<()> {
    let limits = format!(
        "{LIMITS}\n[[limit]]\nobserver = \"client-a\"\nsite = \"new\"\nvalue = \"lost\"\nat_most = 0\n"
    );
    let ended = gate(&Stored::usual()?, &limits, "")?;
    ended.expect_code(3)?;
    expect_told(
        &ended,
        &["[[limit]] number 2", "no flow of the result is meant by it"],
    )
}

fn statistics() -> anyhow::Result<()> {
    for (limit, code) in [
        ("value = \"lost\"\nstatistic = \"median\"\nat_most = 21", 0),
        ("value = \"lost\"\nstatistic = \"median\"\nat_most = 20", 1),
        ("value = \"lost\"\nat_least = 21", 0),
        ("value = \"lost\"\nat_least = 22", 1),
        (
            "value = \"lost\"\nstatistic = \"minimum\"\nat_least = 21",
            0,
        ),
        ("value = \"duplicated\"\nat_most = 0", 0),
        ("value = \"reordered\"\nat_most = 0", 0),
        ("value = \"recovery\"\nat_most = \"1m\"", 0),
        (
            "value = \"outage\"\nstatistic = \"p95\"\nat_most = \"24ms\"",
            0,
        ),
        (
            "site = \"third\"\nvalue = \"outage\"\nat_least = \"10ms\"",
            0,
        ),
    ] {
        // The warm ones lose 21, 21, 22 and 21 probes.
        let stored = Stored::default().with("garp-flood", &[9, 1, 1, 2, 1])?;
        let ended = gate(&stored, &format!("[[limit]]\n{limit}\n"), "")?;
        ended
            .expect_code(code)
            .with_context(|| format!("{limit}\n{}", ended.stdout))?;
    }
    Ok(())
}

fn written() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let file = |name: &str| scratch.path().join(name);
    let more = format!(
        "--format json --junit {} --markdown {}",
        file("gate.xml").display(),
        file("gate.md").display()
    );
    let ended = gate(&Stored::usual()?, LIMITS, &more)?;
    ended.expect_code(0)?;
    let told: Value = serde_json::from_str(&ended.stdout)?;
    ensure!(told["verdict"] == "passed", "{told}");
    let findings = told["findings"].as_array().context("no findings")?;
    ensure!(findings.len() == 4, "{told}");
    let markdown = fs::read_to_string(file("gate.md"))?;
    ensure!(markdown.starts_with("# gate passed"), "{markdown}");
    crate::reports::is_junit(&file("gate.xml"), 4)?;
    // A directory is in the way.
    let more = format!("--junit {}", Path::new("/").display());
    let ended = gate(&Stored::usual()?, LIMITS, &more)?;
    ended.expect_code(5)?;
    ended.expect_said(&["cannot write /"])
}
