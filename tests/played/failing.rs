//! Scenarios that must not pass: what is stale satisfies nothing, and what is wrong is said before anything is
//! built.

use std::fs;

use anyhow::{Context, ensure};
use lab_tests::cast::trial;
use lab_tests::invocation::{Ended, Invocation};
use lab_tests::requirement::{Requirement, needing};
use lab_tests::topology_text;
use libtest_mimic::Trial;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) fn trials() -> Vec<Trial> {
    let lab = |name, test: fn() -> anyhow::Result<()>| needing(&[Requirement::Lab], name, test);
    vec![
        trial("a_wrong_scenario_builds_nothing", wrong),
        lab("what_was_so_before_satisfies_nothing", stale),
        lab("what_never_comes_ends_at_its_deadline", never),
        lab("a_vm_that_is_on_its_way_is_refused_by_name", twice),
        lab("a_device_that_dies_by_itself_breaks_the_lab", dies),
    ]
}

/// A run of a scenario in the three sites, with an IGP that is quick.
struct Run {
    scratch: TempDir,
    started: Invocation,
}

impl Run {
    fn start(scenario: &str, more: &str) -> anyhow::Result<Self> {
        let scratch = TempDir::new()?;
        let topology = topology_text::write(scratch.path(), None)?;
        let file = scratch.path().join("steps.toml");
        fs::write(&file, scenario)?;
        let started = Invocation::start(&format!(
            "run {} --scenario {} --igp immediate --format json --output {} {more}",
            topology.display(),
            file.display(),
            scratch.path().join("runs").display()
        ))?;
        Ok(Self { scratch, started })
    }

    /// What it ended with, and what came of the scenario.
    fn wait(self, code: i32) -> anyhow::Result<(Ended, Value)> {
        let ended = self.started.wait()?;
        ended.expect_code(code)?;
        let told: Value = serde_json::from_str(&ended.stdout)?;
        drop(self.scratch);
        Ok((ended, told["scenarios"][0].clone()))
    }
}

fn step<'v>(played: &'v Value, name: &str) -> anyhow::Result<&'v Value> {
    let steps = played["steps"].as_array().context("no steps")?;
    let found = steps.iter().find(|step| step["name"] == name);
    found.with_context(|| format!("no step `{name}`: {played}"))
}

fn wrong() -> anyhow::Result<()> {
    let scenario = "[[step]]\ndo = \"migrat\"\n[[step]]\ndo = \"migrate\"\nto = \"d\"\n\
                    [[step]]\ndo = \"ed kill\"\ndevice = \"ed-x\"\n";
    let run = Run::start(scenario, "")?;
    let runs = run.scratch.path().join("runs");
    let ended = run.started.wait()?;
    ended.expect_code(2)?;
    ended.expect_said(&[
        "steps.toml:2",
        "did you mean `migrate`",
        "there is no site `d`",
        "steps.toml:5",
        "there is no edge device `ed-x`",
        "3 errors",
    ])?;
    ensure!(!ended.stderr.contains("namespaces"), "{}", ended.stderr);
    ensure!(!runs.exists(), "something was left");
    Ok(())
}

/// vm1 is at a, and was before the trigger: that it is at a after a move of nothing but news does not count.
fn stale() -> anyhow::Result<()> {
    let scenario = "[[step]]\nname = \"trigger\"\ndo = \"announce\"\nhost = \"client-c\"\n\
                    [[step]]\nname = \"any\"\ndo = \"assert\"\n\
                    expect = { mac = \"vm1\", at = \"a\", seen = \"state\" }\n\
                    [[step]]\nname = \"new\"\ndo = \"assert\"\nwithin = \"500ms\"\n\
                    expect = { mac = \"vm1\", at = \"a\" }\n";
    let (_, played) = Run::start(scenario, "")?.wait(1)?;
    ensure!(step(&played, "any")?["outcome"] == "done", "{played}");
    ensure!(played["verdict"]["kind"] == "failed", "{played}");
    ensure!(played["verdict"]["step"] == "new", "{played}");
    let why = played["verdict"]["why"].as_str().context("no reason")?;
    for text in [
        "ed-a: vm1 local",
        "ed-b: vm1 remote",
        "as before the trigger",
    ] {
        ensure!(why.contains(text), "`{text}` is missing: {why}");
    }
    // An adjacency that has been up all the while is as stale.
    let scenario = "[[step]]\ndo = \"migrate\"\n[[step]]\ndo = \"assert\"\nwithin = \"300ms\"\n\
                    expect = { adjacency = \"up\", on = \"ed-b\", to = \"c\" }\n";
    let (_, played) = Run::start(scenario, "")?.wait(1)?;
    let why = played["verdict"]["why"].as_str().context("no reason")?;
    ensure!(why.contains("up, as before the trigger"), "{why}");
    Ok(())
}

fn never() -> anyhow::Result<()> {
    let scenario = "[[step]]\nname = \"move\"\ndo = \"migrate\"\n\
                    [[step]]\nname = \"waits\"\ndo = \"announce\"\nhost = \"vm1\"\nwithin = \"700ms\"\n\
                    when = { mac = \"vm1\", on = \"ed-b\", state = \"remote\", via = \"a\" }\n\
                    [[step]]\nname = \"later\"\ndo = \"wait\"\n";
    let (ended, played) = Run::start(scenario, "")?.wait(1)?;
    ensure!(played["verdict"]["step"] == "waits", "{played}");
    let why = played["verdict"]["why"].as_str().context("no reason")?;
    ensure!(
        why.contains("not within 700ms; seen last: ed-b: vm1 remote"),
        "{why}"
    );
    ensure!(
        step(&played, "later")?["outcome"] == "not-reached",
        "{played}"
    );
    ended.expect_said(&["waits: waits for vm1 remote via a on ed-b"])
}

/// The second of two steps that move one VM at once is refused; the VM arrives all the same.
fn twice() -> anyhow::Result<()> {
    let scenario = "[[step]]\nname = \"slow\"\ndo = \"migrate\"\nkind = \"stop-and-copy\"\n\
                    downtime = \"1s\"\n[[step]]\nname = \"hasty\"\ndo = \"migrate\"\nto = \"b\"\nat = \"300ms\"\n";
    let (_, played) = Run::start(scenario, "")?.wait(1)?;
    ensure!(played["verdict"]["step"] == "hasty", "{played}");
    let why = played["verdict"]["why"].as_str().context("no reason")?;
    ensure!(why.contains("`vm1` is on its way already"), "{why}");
    // What had begun was finished: no VM is left between two sites.
    ensure!(step(&played, "slow")?["outcome"] == "done", "{played}");
    Ok(())
}

fn dies() -> anyhow::Result<()> {
    let scenario = "[[step]]\nname = \"long\"\ndo = \"assert\"\nwithin = \"60s\"\n\
                    expect = { mac = \"vm1\", on = \"ed-b\", state = \"remote\", via = \"c\" }\n";
    let mut run = Run::start(scenario, "")?;
    run.started
        .wait_for_step("long: assert vm1 remote via c on ed-b")?;
    let device = run.started.processes().edge_device("ed-c");
    let device = device.and_then(Pid::from_raw).context("no ed-c")?;
    kill_process(device, Signal::KILL)?;
    let (_, played) = run.wait(5)?;
    ensure!(played["verdict"]["kind"] == "broken", "{played}");
    let why = played["verdict"]["why"].as_str().context("no reason")?;
    ensure!(why.contains("ed-c ended"), "{why}");
    Ok(())
}
