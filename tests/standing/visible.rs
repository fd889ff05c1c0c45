//! Names that the whole machine sees, and that none is left of, whoever is killed.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, bail, ensure};
use lab_tests::eventually;
use lab_tests::requirement::{Requirement, needing};
use libtest_mimic::Trial;
use linux_net::isolate::visible;
use rustix::mount::{UnmountFlags, mount_bind, unmount};
use rustix::process::{Pid, Signal, kill_process};

use crate::house::{House, ancestor};

const DIRECTORY: &str = "/run/netns";

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        needing(
            &[Requirement::Lab, Requirement::Root],
            "the_machine_sees_a_visible_lab_and_nothing_of_it_after_down",
            seen,
        ),
        needing(
            &[Requirement::Lab, Requirement::Root],
            "what_killed_visible_labs_leave_is_collected_and_nothing_else",
            killed,
        ),
    ];
    if !rustix::process::geteuid().is_root() {
        trials.push(needing(
            &[Requirement::Lab],
            "only_root_makes_a_lab_visible",
            refused,
        ));
    }
    trials
}

/// `gc` collects for the whole machine: one test at a time that looks at what it says.
pub(crate) fn machine() -> MutexGuard<'static, ()> {
    static MACHINE: Mutex<()> = Mutex::new(());
    MACHINE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What `ip netns` of this machine shows.
fn shown() -> anyhow::Result<BTreeSet<String>> {
    let listed = Command::new("ip").args(["netns", "list"]).output()?;
    let text = String::from_utf8(listed.stdout)?;
    let name = |line: &str| line.split_whitespace().next().map(str::to_owned);
    Ok(text.lines().filter_map(name).collect())
}

fn new_since(before: &BTreeSet<String>) -> anyhow::Result<BTreeSet<String>> {
    Ok(shown()?.difference(before).cloned().collect())
}

fn seen() -> anyhow::Result<()> {
    let house = House::new("seen")?;
    let _machine = machine();
    let (before, found) = (shown()?, visible::look());
    house.up("--visible --wait links")?;
    let new = new_since(&before)?;
    let nodes = house.json("inspect -f json")?;
    let nodes = nodes["nodes"].as_array().context("nodes")?.len();
    ensure!(new.len() == nodes, "{new:?}");
    let device = new.iter().find(|name| name.ends_with("-ed-a"));
    let device = device.context("no ed-a")?;
    let links = Command::new("ip")
        .args(["-netns", device, "link", "show", "uplink"])
        .output()?;
    ensure!(links.status.success(), "{links:?}");
    // What stands is nobody's to collect.
    house
        .say("gc")?
        .expect(0)?
        .complains(&["nothing to remove"])?;
    ensure!(new_since(&before)? == new, "gc has taken names away");
    house
        .say("down")?
        .expect(0)?
        .complains(&["removed", "names of lab `three-site`"])?;
    ensure!(shown()? == before, "{:?}", new_since(&before)?);
    ensure!(visible::look() == found, "{DIRECTORY} is another mount");
    Ok(())
}

fn killed() -> anyhow::Result<()> {
    let house = House::new("killed-visible")?;
    let _machine = machine();
    let (before, found) = (shown()?, visible::look());
    house.up("--visible --wait links")?;
    let new = new_since(&before)?;
    signal(ancestor(house.lab_process()?, 2)?)?;
    house.expect_no_process()?;
    ensure!(
        new_since(&before)? == new,
        "nothing is left: nothing is tested"
    );
    // Somebody else has taken one of the names meanwhile.
    let taken = new.first().context("no name")?;
    let path = Path::new(DIRECTORY).join(taken);
    unmount(&path, UnmountFlags::DETACH)?;
    mount_bind("/proc/self/ns/net", &path)?;
    let said = house.say("gc")?.expect(0)?;
    unmount(&path, UnmountFlags::DETACH)?;
    std::fs::remove_file(&path)?;
    let removed = format!("removed {} names of lab `three-site`", new.len() - 1);
    let left = format!("left {taken} alone");
    said.complains(&[&removed, &left])?;
    ensure!(shown()? == before, "{:?}", new_since(&before)?);
    in_the_middle(&house, &before)?;
    // That somebody had a name there has kept the directory from being what it was.
    visible::restore(found);
    house
        .say("gc")?
        .expect(0)?
        .complains(&["nothing to remove"])?;
    Ok(())
}

/// All of them are killed while names are made.
fn in_the_middle(house: &House, before: &BTreeSet<String>) -> anyhow::Result<()> {
    let line = format!(
        "up {} --visible --wait none --name middle",
        house.topology()
    );
    let mut up = house.start(&line)?;
    eventually("the first name", || {
        if up.try_wait()?.is_some_and(|status| !status.success()) {
            bail!("it did not come up");
        }
        let is_there = !new_since(before)?.is_empty();
        Ok((!is_there).then(|| "none".to_owned()))
    })?;
    up.kill()?;
    up.wait()?;
    for process in house.running() {
        // Some end with others.
        let _ = signal(process);
    }
    house.expect_no_process()?;
    house.say("gc")?.expect(0)?.complains(&["removed"])?;
    ensure!(shown()? == *before, "{:?}", new_since(before)?);
    Ok(())
}

fn refused() -> anyhow::Result<()> {
    let house = House::new("refused")?;
    let line = format!("up {} --visible", house.topology());
    house
        .say(&line)?
        .expect(4)?
        .complains(&["as root", "leave --visible out", "dcilab exec"])?;
    house.expect_no_process()
}

fn signal(process: i32) -> anyhow::Result<()> {
    let pid = Pid::from_raw(process).context("no process")?;
    Ok(kill_process(pid, Signal::KILL)?)
}
