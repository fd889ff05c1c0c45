//! The meter against faults that are put into the path of its probes.

use anyhow::{Context, ensure};
use lab_tests::invocation;
use lab_tests::requirement::{Requirement, needing};
use libtest_mimic::Trial;
use serde_json::Value;

pub(crate) fn trials() -> Vec<Trial> {
    vec![needing(
        &[Requirement::Lab],
        "the_meter_says_what_was_done_to_its_probes",
        right,
    )]
}

/// On a busy machine a case may be inconclusive; wrong is none. What is counted is right even then.
fn right() -> anyhow::Result<()> {
    let ended = invocation::run("selftest -f json --rate 1000 --seed 7")?;
    let verdicts: Value = serde_json::from_str(&ended.stdout).context("no JSON")?;
    let verdicts = verdicts.as_array().context("no verdicts")?;
    ensure!(verdicts.len() == 8, "{} cases", verdicts.len());
    let is = |verdict: &&Value, outcome: &str| verdict["outcome"] == outcome;
    let count = |outcome| {
        verdicts
            .iter()
            .filter(|verdict| is(verdict, outcome))
            .count()
    };
    ensure!(count("wrong") == 0, "{verdicts:#?}");
    let code = if count("inconclusive") == 0 { 0 } else { 3 };
    ended.expect_code(code)?;
    for verdict in verdicts {
        let case = &verdict["case"];
        let probes = case["probes"].as_u64().unwrap_or(0);
        let of = |fault: &str| if case["fault"] == fault { probes } else { 0 };
        let said = [
            (
                &verdict["said_lost"],
                verdict["lost"].as_u64().unwrap_or(u64::MAX),
            ),
            (&verdict["said_duplicated"], of("duplicates")),
            (&verdict["said_reordered"], of("reordering")),
        ];
        for (said, done) in said {
            ensure!(said.as_u64() == Some(done), "{done} were done: {verdict:#}");
        }
    }
    Ok(())
}
