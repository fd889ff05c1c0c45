//! An edge device that does not start, or dies: the run ends, and says what the device said last.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use lab_tests::cast::{DCILAB, own_program};
use lab_tests::invocation::{Ended, Invocation};
use lab_tests::requirement::{Requirement, needing};
use lab_tests::result::ResultFile;
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
        trial(
            "device_that_breaks_one_experiment_of_two",
            breaks_one_of_two,
        ),
        trial(
            "device_that_dies_in_one_experiment_of_two",
            dies_in_one_of_two,
        ),
        trial("device_that_outlives_its_lab", outlives),
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

/// Starts two experiments, with the edge devices' program `device`.
fn start_two(scratch: &Path, device: &Path) -> anyhow::Result<Invocation> {
    let topology = topology_text::write(scratch, None)?;
    Invocation::start(&format!(
        "run {} --modes igp-only,garp-flood --igp immediate --format json --output {} --edged {}",
        topology.display(),
        scratch.join("runs").display(),
        device.display()
    ))
}

/// The second experiment has a result, which is brought out; the first is named.
fn expect_one_result(ended: &Ended, scratch: &Path) -> anyhow::Result<()> {
    ended.expect_code(5)?;
    ended.expect_said(&["error: immediate-igp-only: ", LAST_WORDS])?;
    let told =
        ResultFile::parse(&ended.stdout).with_context(|| format!("it said: {}", ended.stderr))?;
    let [failed] = told.failed.as_slice() else {
        anyhow::bail!("failed: {:?}", told.failed);
    };
    ensure!(
        (&*failed.mode, &*failed.igp_profile) == ("igp-only", "immediate")
            && failed.error.contains(LAST_WORDS),
        "{failed:?}"
    );
    let modes: Vec<_> = told.runs.iter().map(|run| run.mode.as_str()).collect();
    ensure!(modes == ["garp-flood"], "results of {modes:?}");
    let kept = fs::read_to_string(scratch.join("runs/latest/result.json"))?;
    ensure!(kept == ended.stdout, "result.json tells otherwise");
    Ok(())
}

/// The first device that starts ends at once, and with it the first experiment.
fn breaks_one_of_two() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let once = scratch.path().join("once");
    let break_once = format!("mkdir '{}' 2>/dev/null && exit 1", once.display());
    let device = wrapper(scratch.path(), &break_once)?;
    let ended = start_two(scratch.path(), &device)?.wait()?;
    expect_one_result(&ended, scratch.path())
}

/// The first experiment fails in its midst, with probes and capture going: the second has the machine
/// for itself all the same.
fn dies_in_one_of_two() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let device = wrapper(scratch.path(), "")?;
    let mut run = start_two(scratch.path(), &device)?;
    run.wait_for_step("clean baseline")?;
    kill_ed_b(&run)?;
    expect_one_result(&run.wait()?, scratch.path())
}

/// The first lab's devices still run when the second's are started: the scripts that started them are killed,
/// and not they. So it is, for a moment, with every device that is killed. Those of the second lab have the
/// same names, and must not be mistaken for them.
fn outlives() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let program = scratch.path().join(DCILAB);
    symlink(own_program(), &program)?;
    let device = script(
        scratch.path(),
        &format!("'{}' edged \"$@\"", program.display()),
    )?;
    let mut run = start_two(scratch.path(), &device)?;
    run.wait_for_step("clean baseline")?;
    kill_ed_b(&run)?;
    expect_one_result(&run.wait()?, scratch.path())
}

/// A program that says its last words first, does `before`, and is an edge device then.
fn wrapper(scratch: &Path, before: &str) -> anyhow::Result<PathBuf> {
    let program = scratch.join(DCILAB);
    symlink(own_program(), &program)?;
    let program = program.display();
    script(scratch, &format!("{before}\nexec '{program}' edged \"$@\""))
}

fn kill_ed_b(run: &Invocation) -> anyhow::Result<()> {
    // The youngest: that which a script has started, and not the script.
    let victim = run.processes().edge_devices("ed-b").into_iter().max();
    let victim = Pid::from_raw(victim.context("there is no ed-b")?).context("no process")?;
    Ok(rustix::process::kill_process(victim, Signal::KILL)?)
}

fn dies_in(step: &str) -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let device = wrapper(scratch.path(), "")?;
    let before = Before::look()?;
    let mut run = start(scratch.path(), &device)?;
    run.wait_for_step(step)?;
    let traces = before.traces(run.processes())?;
    kill_ed_b(&run)?;
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
