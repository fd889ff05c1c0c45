//! An edge device that does not start, or dies: the run ends, and says what the device said last.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use lab_tests::cast::{DCILAB, own_program};
use lab_tests::invocation::Invocation;
use lab_tests::requirement::{Requirement, needing};
use lab_tests::topology_text;
use lab_tests::traces::{Before, expect_empty};
use libtest_mimic::Trial;
use rustix::process::{Pid, Signal};
use tempfile::TempDir;

/// What the device says before it is gone.
const LAST_WORDS: &str = "the flux capacitor is empty";

pub(crate) fn trials() -> Vec<Trial> {
    let trial =
        |name: &str, test: fn() -> anyhow::Result<()>| needing(&[Requirement::Lab], name, test);
    vec![
        trial("device_that_does_not_start", does_not_start),
        trial("device_that_is_no_program", no_program),
        trial("device_that_dies_in_the_baseline", || {
            dies_in("clean baseline")
        }),
        trial("device_that_dies_in_the_recovery", || dies_in("recovery")),
    ]
}

/// A program that is run as edge device.
fn script(scratch: &Path, text: &str) -> anyhow::Result<PathBuf> {
    let file = scratch.join("device");
    fs::write(
        &file,
        format!("#!/bin/sh\necho '{LAST_WORDS}' >&2\n{text}\n"),
    )?;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
    Ok(file)
}

fn start(scratch: &Path, device: &Path) -> anyhow::Result<Invocation> {
    let topology = topology_text::write(scratch, None)?;
    let (topology, output) = (topology.display(), scratch.join("runs"));
    let (output, device) = (output.display(), device.display());
    // With the slower timers there is time to die in the recovery.
    Invocation::start(&format!(
        "run {topology} --igp comware-v5 --output {output} --edged {device}"
    ))
}

fn does_not_start() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let device = script(scratch.path(), "exit 1")?;
    let before = Before::look()?;
    let mut run = start(scratch.path(), &device)?;
    run.wait_for_step("edge devices")?;
    let traces = before.traces(run.processes())?;
    let ended = run.wait()?;
    ended.expect_code(5)?;
    ended.expect_said(&["ed-a", "exit status: 1", LAST_WORDS])?;
    traces.expect_gone(&topology_text::link_names()?)?;
    expect_empty(&scratch.path().join("runs"))
}

fn no_program() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let ended = start(scratch.path(), &scratch.path().join("nothing"))?.wait()?;
    ended.expect_code(5)?;
    ended.expect_said(&["ed-a"])?;
    expect_empty(&scratch.path().join("runs"))
}

fn dies_in(step: &str) -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let program = scratch.path().join(DCILAB);
    symlink(own_program(), &program)?;
    let device = script(
        scratch.path(),
        &format!("exec '{}' edged \"$@\"", program.display()),
    )?;
    let before = Before::look()?;
    let mut run = start(scratch.path(), &device)?;
    run.wait_for_step(step)?;
    let traces = before.traces(run.processes())?;
    let victim = run
        .processes()
        .edge_device("ed-b")
        .context("there is no ed-b")?;
    let victim = Pid::from_raw(victim).context("no process")?;
    rustix::process::kill_process(victim, Signal::KILL)?;
    let ended = run.wait()?;
    ended.expect_code(5)?;
    ended.expect_said(&["edge device ed-b ended", LAST_WORDS])?;
    ensure!(
        ended.stdout.is_empty(),
        "it told a result: {}",
        ended.stdout
    );
    traces.expect_gone(&topology_text::link_names()?)?;
    expect_empty(&scratch.path().join("runs"))
}
