//! A stored result that others must not be worse than.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use lab_tests::cast::trial;
use lab_tests::invocation::{self, Ended};
use lab_tests::stored::Stored;
use libtest_mimic::Trial;
use serde_json::json;
use tempfile::TempDir;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("no_worse_than_the_baseline", no_worse),
        trial("a_planted_regression_is_found", regression),
        trial("noise_is_no_regression", noise),
        trial("too_few_repeats_are_inconclusive", too_few),
        trial("a_baseline_that_is_no_match_is_refused", no_match),
        trial("a_baseline_is_updated_by_what_counts_alone", updated),
    ]
}

fn compare(now: &Stored, baseline: &Stored) -> anyhow::Result<Ended> {
    let scratch = TempDir::new()?;
    let now = now.write(scratch.path(), "now.json")?;
    let baseline = baseline.write(scratch.path(), "baseline.json")?;
    let (now, baseline) = (now.display(), baseline.display());
    invocation::run(&format!("gate {now} --baseline {baseline}"))
}

fn no_worse() -> anyhow::Result<()> {
    let ended = compare(&Stored::usual()?, &Stored::usual()?)?;
    ended.expect_code(0)?;
    // Better is no worse.
    let slow = Stored::default()
        .with("igp-only", &[5000; 6])?
        .with("garp-flood", &[90; 6])?;
    compare(&Stored::usual()?, &slow)?.expect_code(0)
}

/// One device applies announcements late: 30 ms where there were 2.
fn regression() -> anyhow::Result<()> {
    let late = Stored::default()
        .with("igp-only", &[3000, 3001, 2999, 3002, 3000, 3001])?
        .with("garp-flood", &[1, 31, 30, 33, 29, 31])?;
    let ended = compare(&late, &Stored::usual()?)?;
    ended.expect_code(1)?;
    for text in [
        "garp-flood with `comware-v5`, client-a to vm1",
        "control-plane-share no worse than the baseline's",
        "median 31.0 ms ± 1.0 ms against 2.0 ms ± 1.0 ms",
        "6 passed, 6 failed, 0 inconclusive",
    ] {
        ensure!(
            ended.stdout.contains(text),
            "`{text}` is missing:\n{}",
            ended.stdout
        );
    }
    // Announcements are off: the mode does what the IGP alone does.
    let off = Stored::default()
        .with("igp-only", &[3000; 6])?
        .with("garp-flood", &[3000; 6])?;
    compare(&off, &Stored::usual()?)?.expect_code(1)
}

fn noise() -> anyhow::Result<()> {
    let wide = Stored::default().with("garp-flood", &[1, 20, 45, 24, 60, 31])?;
    let shuffled = Stored::default().with("garp-flood", &[1, 60, 24, 33, 18, 44])?;
    compare(&shuffled, &wide)?.expect_code(0)?;
    // Significant, and below what matters: the resolution.
    let step = |ms| Stored::default().with("garp-flood", &[ms; 6]);
    compare(&step(12)?, &step(10)?)?.expect_code(0)
}

fn too_few() -> anyhow::Result<()> {
    let few = |ms: u64| Stored::default().with("garp-flood", &[ms; 3]);
    let ended = compare(&few(3000)?, &few(2)?)?;
    ended.expect_code(3)?;
    ensure!(ended.stdout.contains("raise --repeat"), "{}", ended.stdout);
    // Three warm ones each are just enough: p is 1 in 20.
    let enough = |ms: u64| Stored::default().with("garp-flood", &[ms; 4]);
    compare(&enough(3000)?, &enough(2)?)?.expect_code(1)
}

fn no_match() -> anyhow::Result<()> {
    let old = || -> anyhow::Result<Stored> {
        let mut old = Stored::usual()?;
        old.file["schema_version"] = json!(1);
        Ok(old)
    };
    let mut other = Stored::usual()?;
    for run in other.runs_mut()? {
        run["topology"] = json!("two-site");
    }
    let less = Stored::default().with("igp-only", &[3000; 6])?;
    let mut renamed = Stored::usual()?;
    for run in renamed.runs_mut()? {
        for flow in run["flows"].as_array_mut().context("no flows")? {
            if flow["from"] == "client-b" {
                flow["from"] = json!("client-x");
            }
            if flow["to"] == "client-b" {
                flow["to"] = json!("client-x");
            }
        }
    }
    for (baseline, texts) in [
        (old()?, ["has schema version 1", "--update-baseline"]),
        (other, ["topology `two-site`", "`three-site`"]),
        (
            less,
            [
                "no kind of experiment `garp-flood with `comware-v5``",
                "igp-only",
            ],
        ),
        (
            renamed,
            ["there is no observer `client-b`", "did you mean `client-"],
        ),
    ] {
        let ended = compare(&Stored::usual()?, &baseline)?;
        ended.expect_code(2)?;
        ended.expect_said(&texts)?;
    }
    Ok(())
}

fn updated() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let baseline = scratch.path().join("baseline.json");
    let result = |stored: &Stored| stored.write(scratch.path(), "result.json");
    let gate = |now: &Path, more: &str| {
        let (now, baseline) = (now.display(), baseline.display());
        invocation::run(&format!("gate {now} --baseline {baseline} {more}"))
    };
    let good = result(&Stored::usual()?)?;
    let ended = gate(&good, "")?;
    ended.expect_code(2)?;
    ended.expect_said(&["cannot read", "--update-baseline makes a baseline"])?;
    let bad = result(&Stored::usual()?.disturbed(|_| true)?)?;
    gate(&bad, "--update-baseline")?.expect_code(3)?;
    ensure!(
        !baseline.exists(),
        "a baseline of figures that do not count"
    );
    let good = result(&Stored::usual()?)?;
    gate(&good, "--update-baseline")?.expect_code(0)?;
    let kept = fs::read_to_string(&baseline)?;
    gate(&good, "")?.expect_code(0)?;
    // Limits that are broken leave it as it is.
    let limits = scratch.path().join("limits.toml");
    fs::write(
        &limits,
        "[[limit]]\nvalue = \"outage\"\nat_most = \"1ms\"\n",
    )?;
    let more = format!("--update-baseline --limits {}", limits.display());
    gate(&good, &more)?.expect_code(1)?;
    ensure!(
        fs::read_to_string(&baseline)? == kept,
        "the baseline was replaced"
    );
    let alone = invocation::run(&format!("gate {} --update-baseline", good.display()))?;
    alone.expect_code(2)
}
