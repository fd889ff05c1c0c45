//! A run that is ended from outside, at any moment, leaves nothing: no process, namespace, mount, link
//! or file.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use lab_tests::invocation::{Ended, Invocation};
use lab_tests::process::Part;
use lab_tests::requirement::{Requirement, needing};
use lab_tests::traces::{Before, Traces, expect_empty};
use lab_tests::{eventually, topology_text};
use libtest_mimic::Trial;
use rustix::process::{Pid, Signal};
use std::os::unix::process::ExitStatusExt;
use tempfile::TempDir;

/// Moments of a run, in order: until its three processes are there, then by its progress lines.
const MOMENTS: [(&str, Moment); 11] = [
    ("isolation", Moment::Isolated),
    ("namespaces", Moment::Step("namespaces")),
    ("cabling", Moment::Step("links")),
    ("devices", Moment::Step("edge devices")),
    ("links", Moment::Step("links carry")),
    ("adjacencies", Moment::Step("adjacencies")),
    (
        "publication",
        Moment::Step("hosts announce themselves; the IGP publishes them"),
    ),
    ("baseline", Moment::Step("clean baseline")),
    ("migration", Moment::Step("migration")),
    ("recovery", Moment::Step("recovery")),
    ("judging", Moment::Step("judging")),
];

/// The most looks at the run that a test takes within a moment, so that moments are not all met at
/// their beginning. The last moment may be over sooner.
const LOOKS: usize = 25;

#[derive(Clone, Copy)]
enum Moment {
    Isolated,
    Step(&'static str),
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (part, name) in [
        (Part::Outer, "outer"),
        (Part::Init, "init"),
        (Part::Lab, "lab"),
    ] {
        for (number, (moment, when)) in (0..).zip(MOMENTS) {
            let name = format!("kill_{name}_in_{moment}");
            // The seed is fixed: a test that fails can be run again by its name.
            let seed = number * 3 + part as u64;
            trials.push(needing(&[Requirement::Lab], name, move || {
                kill(part, when, seed)
            }));
        }
    }
    let signals = [
        ("ctrl_c", Signal::INT, 130, "interrupted"),
        ("terminate", Signal::TERM, 143, "terminated"),
    ];
    for (name, signal, code, said) in signals {
        for (moment, when) in [MOMENTS[1], MOMENTS[4], MOMENTS[6], MOMENTS[8]] {
            let name = format!("{name}_in_{moment}");
            let test = move || interrupt(when, signal, code, said);
            trials.push(needing(&[Requirement::Lab], name, test));
        }
    }
    trials.push(needing(
        &[Requirement::Lab],
        "kill_while_the_run_is_brought_out",
        kill_while_brought_out,
    ));
    trials
}

/// A run, brought to a moment.
struct Scene {
    run: Invocation,
    traces: Traces,
    scratch: TempDir,
}

impl Scene {
    fn at(when: Moment, seed: u64) -> anyhow::Result<Self> {
        let scratch = TempDir::new()?;
        let before = Before::look()?;
        let mut run = start(scratch.path())?;
        let processes = run.processes();
        eventually("the lab has its processes", || {
            Ok(processes
                .part(Part::Lab)
                .is_none()
                .then(|| "not yet".to_owned()))
        })?;
        if let Moment::Step(step) = when {
            run.wait_for_step(step)?;
        }
        let mut looks = match when {
            Moment::Step("judging") => 0,
            _ => fastrand::Rng::with_seed(seed).usize(..LOOKS),
        };
        while looks > 0 && !processes.running().is_empty() {
            looks -= 1;
        }
        let traces = before.traces(processes)?;
        if let Moment::Step(step) = when
            && step != "namespaces"
        {
            // Else nothing would be looked for afterwards. The lab's own, and one for each node.
            let nodes = topology_text::three_site()?.plan().namespaces.len();
            let found = traces.namespaces();
            ensure!(
                found > nodes,
                "the judge sees {found} namespaces of {}",
                nodes + 1
            );
        }
        Ok(Self {
            run,
            traces,
            scratch,
        })
    }

    /// Waits for the end; then nothing but the topology file is there any more.
    fn expect_nothing(self) -> anyhow::Result<Ended> {
        let output = output(self.scratch.path());
        let ended = self.run.wait()?;
        self.traces.expect_gone(&topology_text::link_names()?)?;
        expect_empty(&output).with_context(|| ended.stderr.clone())?;
        Ok(ended)
    }
}

fn start(scratch: &Path) -> anyhow::Result<Invocation> {
    let file = topology_text::write(scratch, None)?;
    let (file, output) = (file.display(), output(scratch));
    Invocation::start(&format!(
        "run {file} --igp immediate --output {}",
        output.display()
    ))
}

fn output(scratch: &Path) -> std::path::PathBuf {
    scratch.join("runs")
}

/// Nothing can be done by a process that gets SIGKILL: what goes has to go by itself.
fn kill(part: Part, when: Moment, seed: u64) -> anyhow::Result<()> {
    let scene = Scene::at(when, seed)?;
    let pid = scene
        .run
        .processes()
        .part(part)
        .context("it is over already")?;
    let pid = Pid::from_raw(pid).context("no process")?;
    rustix::process::kill_process(pid, Signal::KILL)?;
    let status = scene.expect_nothing()?.status;
    let expected = match part {
        Part::Outer => (None, Some(9)),
        // Outside, the end of what is inside is told as a shell tells it.
        Part::Init | Part::Lab => (Some(137), None),
    };
    ensure!(
        (status.code(), status.signal()) == expected,
        "ended with {status}"
    );
    Ok(())
}

fn interrupt(when: Moment, signal: Signal, code: i32, said: &str) -> anyhow::Result<()> {
    let scene = Scene::at(when, 0)?;
    scene.run.signal(signal)?;
    let output = output(scene.scratch.path());
    let scratch = scene.scratch.path().to_owned();
    let ended = scene.expect_nothing()?;
    ended.expect_code(code)?;
    ended.expect_said(&[said])?;
    ensure!(
        !output.exists(),
        "{} was made in {}",
        output.display(),
        scratch.display()
    );
    ensure!(
        ended.stdout.is_empty(),
        "it told a result: {}",
        ended.stdout
    );
    Ok(())
}

/// A directory that has the name of a run is a whole run: the moment to kill is when it appears.
fn kill_while_brought_out() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let output = output(scratch.path());
    let before = Before::look()?;
    let mut run = start(scratch.path())?;
    run.wait_for_step("judging")?;
    let traces = before.traces(run.processes())?;
    eventually("the run is brought out", || {
        let is_there = fs::read_dir(&output).is_ok_and(|mut entries| entries.next().is_some());
        Ok((!is_there).then(|| "nothing yet".to_owned()))
    })?;
    run.signal(Signal::KILL)?;
    let ended = run.wait()?;
    traces.expect_gone(&topology_text::link_names()?)?;
    for entry in fs::read_dir(&output)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name.starts_with('.') {
            whole(&path).with_context(|| format!("{name} is half a run; {}", ended.stderr))?;
        }
    }
    Ok(())
}

/// Fails unless everything that the result speaks of is there.
fn whole(directory: &Path) -> anyhow::Result<()> {
    let read = |name: &str| fs::read(directory.join(name)).with_context(|| name.to_owned());
    let _: serde_json::Value = serde_json::from_slice(&read("manifest.json")?)?;
    let result: serde_json::Value = serde_json::from_slice(&read("result.json")?)?;
    for run in result["runs"].as_array().context("no runs")? {
        let file = directory.join(run["capture"].as_str().context("no capture")?);
        lab_tests::pcapng::Capture::read(&file)?;
    }
    Ok(())
}
