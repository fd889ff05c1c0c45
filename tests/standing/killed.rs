//! A lab whose processes are killed leaves nothing that works, and no later command is misled.

use anyhow::{Context, ensure};
use lab_tests::eventually;
use lab_tests::requirement::{Requirement, needing};
use lab_tests::traces::Before;
use libtest_mimic::Trial;
use rustix::process::{Pid, Signal, kill_process};

use crate::house::{House, ancestor, has_socket};

pub(crate) fn trials() -> Vec<Trial> {
    let lab = |name: &str, test: fn() -> anyhow::Result<()>| {
        needing(&[Requirement::Lab], name.to_owned(), test)
    };
    vec![
        lab("kill_the_outer_process", || kill(2)),
        lab("kill_init", || kill(1)),
        lab("kill_the_lab", || kill(0)),
        lab("what_a_kill_leaves_is_collected_and_told", collect),
        lab("terminate_the_outer_process", terminate),
        lab("kill_up_while_it_waits", kill_up),
    ]
}

/// Kills the lab's process (0), its parent (1) or the parent of that (2).
fn kill(up: usize) -> anyhow::Result<()> {
    let house = House::new(&format!("kill-{up}"))?;
    let before = Before::look()?;
    house.up("")?;
    let traces = house.traces(before)?;
    let victim = ancestor(house.lab_process()?, up)?;
    signal(victim, Signal::KILL)?;
    // A dead socket may be left; the next command removes it, so first the processes.
    house.expect_no_process()?;
    // A process that ends has no memory any more, but for a moment its socket still.
    eventually("nobody is misled", || {
        let said = house.say("show mac")?;
        let is_told = said.code == Some(2) && said.err.contains("no lab is up");
        Ok((!is_told).then(|| format!("{said:?}")))
    })?;
    house.expect_nothing_left(&traces)
}

fn collect() -> anyhow::Result<()> {
    let house = House::new("collect")?;
    let _machine = crate::visible::machine();
    house.up("--name blue --wait links")?;
    house
        .say("gc")?
        .expect(0)?
        .complains(&["nothing to remove"])?;
    signal(ancestor(house.lab_process()?, 2)?, Signal::KILL)?;
    house.expect_no_process()?;
    ensure!(has_socket(&house.runtime(), "blue"), "no socket is left");
    // A process that ends has no memory any more, but for a moment its socket still.
    eventually("the socket is dead, and collected", || {
        let said = house.say("gc")?.expect(0)?;
        let is_told = said.err.contains("removed ") && said.err.contains("dcilab/blue.sock");
        Ok((!is_told || !said.out.is_empty()).then(|| format!("{said:?}")))
    })?;
    ensure!(!has_socket(&house.runtime(), "blue"), "it is still there");
    house
        .say("gc")?
        .expect(0)?
        .complains(&["nothing to remove", "dcilab"])?;
    Ok(())
}

fn terminate() -> anyhow::Result<()> {
    let house = House::new("terminate")?;
    let before = Before::look()?;
    house.up("")?;
    let traces = house.traces(before)?;
    signal(ancestor(house.lab_process()?, 2)?, Signal::TERM)?;
    eventually("the socket is removed", || {
        Ok(has_socket(&house.runtime(), "three-site").then(|| "it is there".to_owned()))
    })?;
    house.expect_nothing_left(&traces)
}

/// Who gives up while a lab comes up does not want it.
fn kill_up() -> anyhow::Result<()> {
    let house = House::new("kill-up")?;
    let before = Before::look()?;
    // With these timers it takes a while to converge.
    let line = format!("up {} --igp frr", house.topology());
    let mut child = house.start(&line)?;
    eventually("the lab answers", || {
        let said = house.say("ps -f json")?;
        Ok((!said.out.contains("three-site")).then(|| format!("{said:?}")))
    })?;
    let traces = house.traces(before)?;
    child.kill()?;
    child.wait()?;
    house.expect_no_process()?;
    ensure!(
        !has_socket(&house.runtime(), "three-site"),
        "the socket is left"
    );
    house.expect_nothing_left(&traces)
}

pub(crate) fn signal(process: i32, signal: Signal) -> anyhow::Result<()> {
    let pid = Pid::from_raw(process).context("no process")?;
    Ok(kill_process(pid, signal)?)
}
