//! What a device may do once it runs, looked at from outside.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use lab_tests::eventually;

use crate::Test;
use crate::stage::Stage;

pub(crate) const TESTS: &[(&str, Test)] = &[
    ("a_running_device_has_no_capability_at_all", nothing_left),
    (
        "without_the_sandbox_everything_is_kept_and_told",
        nothing_given_up,
    ),
    ("a_device_without_capabilities_purges_at_its_end", purges),
];

/// A line of `/proc/PID/status`.
fn line(of: &Path, name: &str) -> anyhow::Result<String> {
    let status = fs::read_to_string(of.join("status"))?;
    let found = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    Ok(found
        .with_context(|| format!("no {name}"))?
        .trim()
        .to_owned())
}

/// Every thread, and what it says of itself: the kernel and the device tell the same.
fn nothing_left() -> anyhow::Result<()> {
    let mut stage = Stage::build(1600)?;
    let (a, _b) = stage.start(&[])?;
    let process = a.process()?;
    let mut threads = 0;
    for thread in fs::read_dir(process.join("task"))? {
        let thread = thread?.path();
        threads += 1;
        for set in ["CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb"] {
            let held = line(&thread, set)?;
            ensure!(held.chars().all(|c| c == '0'), "{set} {held} in {thread:?}");
        }
        ensure!(line(&thread, "NoNewPrivs")? == "1", "{thread:?}");
        ensure!(line(&thread, "Seccomp")? == "2", "{thread:?}");
    }
    ensure!(threads >= 3, "{threads} threads");
    let told = a.show("security")?;
    for set in [
        "effective",
        "permitted",
        "inheritable",
        "bounding",
        "ambient",
    ] {
        let held = told["capabilities"][set].as_array().context("a list")?;
        ensure!(held.is_empty(), "{set}: {held:?}");
    }
    ensure!(told["no_new_privs"] == true, "{told}");
    ensure!(told["seccomp"]["detail"]["mode"] == 2, "{told}");
    let landlock = &told["landlock"]["state"];
    ensure!(
        landlock == "in-force" || landlock == "not-available",
        "{told}"
    );
    let text = a.show_table("security")?;
    ensure!(
        text.contains("Effective       none") && text.contains("Seccomp         in force"),
        "{text}"
    );
    // After everything that was asked, frames still pass.
    stage.expect_passing()
}

fn nothing_given_up() -> anyhow::Result<()> {
    let mut stage = Stage::build(1600)?;
    let (a, _b) = stage.start(&["--no-sandbox"])?;
    let process = a.process()?;
    let held = line(&process, "CapEff")?;
    ensure!(held.chars().any(|c| c != '0'), "CapEff {held}");
    ensure!(line(&process, "Seccomp")? == "0");
    let told = a.show("security")?;
    let names = told["capabilities"]["effective"].to_string();
    ensure!(names.contains("CAP_NET_RAW"), "{told}");
    for layer in ["landlock", "seccomp"] {
        ensure!(told[layer]["state"] == "switched-off", "{told}");
    }
    a.expect_warning("--no-sandbox", true)
}

fn purges() -> anyhow::Result<()> {
    let mut stage = Stage::build(1600)?;
    let (a, b) = stage.start(&[])?;
    b.expect_adjacency("up")?;
    let stopped = a.run("stop")?;
    ensure!(
        stopped.status.success(),
        "{}",
        String::from_utf8_lossy(&stopped.stderr)
    );
    a.expect_end(&stage)?;
    eventually("the other device hears the purge", || {
        let events = String::from_utf8(b.run("show events")?.stdout)?;
        let is_purged = |line: &str| line.contains("lsp-ended") && line.contains("0200.0000.0001");
        Ok((!events.lines().any(is_purged)).then_some(events))
    })
}
