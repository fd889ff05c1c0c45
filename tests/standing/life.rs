//! What a lab is for: look, move, look again.

use anyhow::{Context, ensure};
use lab_tests::eventually;
use lab_tests::requirement::{Requirement, needing};
use lab_tests::traces::Before;
use libtest_mimic::Trial;

use crate::house::{House, Said, entries_of};

pub(crate) fn trials() -> Vec<Trial> {
    let lab = |name, test: fn() -> anyhow::Result<()>| needing(&[Requirement::Lab], name, test);
    vec![
        lab("a_lab_stands_until_it_is_taken_down", stands),
        lab("what_took_how_long_is_told", timings),
        lab("a_vm_moves_and_every_table_follows", moves),
        lab("a_command_runs_in_the_nodes_that_are_meant", exec),
        lab("two_labs_know_nothing_of_each_other", two),
        lab("one_vm_is_moved_once_at_a_time", at_once),
        lab("what_is_shown_is_what_the_devices_say", shown),
    ]
}

fn stands() -> anyhow::Result<()> {
    let house = House::new("stands")?;
    let before = Before::look()?;
    house.up("--name blue")?;
    let traces = house.traces(before)?;
    ensure!(
        traces.namespaces() > 10,
        "the judge sees {}",
        traces.namespaces()
    );
    house
        .say("ps")?
        .expect(0)?
        .tells(&["blue", "three-site", "converged"])?;
    let again = format!("up {} --name blue", house.topology());
    house
        .say(&again)?
        .expect(2)?
        .complains(&["is up already", "dcilab down --lab blue"])?;
    house
        .say("down")?
        .expect(0)?
        .complains(&["lab `blue` is down"])?;
    house.expect_nothing_left(&traces)?;
    house
        .say("down")?
        .expect(2)?
        .complains(&["no lab is up", "dcilab up FILE"])?;
    Ok(())
}

fn timings() -> anyhow::Result<()> {
    const STEPS: [&str; 4] = ["namespaces", "links", "edge devices", "links carry"];
    let house = House::new("timings")?;
    let up = format!("up {} --igp immediate", house.topology());
    let told = house.json(&format!("{up} -f json --name one --wait links"))?;
    ensure!(told["lab"] == "one" && told["stage"] != "started", "{told}");
    let steps = told["timings"].as_array().context("timings")?;
    let took = |step: &str| {
        let timing = steps.iter().find(|timing| timing["step"] == step)?;
        humantime::parse_duration(timing["took"].as_str()?).ok()
    };
    let all = told["took"].as_str().context("took")?;
    let all = humantime::parse_duration(all)?;
    let sum = STEPS.iter().map(|step| took(step).context(*step));
    let sum = sum.sum::<anyhow::Result<std::time::Duration>>()?;
    ensure!(!sum.is_zero() && sum < all, "{sum:?} of {all:?}: {told}");
    let table = house
        .say(&format!("{up} --name two --timings"))?
        .expect(0)?;
    table.tells(&STEPS)?.tells(&["adjacencies", "all of it"])?;
    Ok(())
}

fn moves() -> anyhow::Result<()> {
    let house = House::new("moves")?;
    house.up("")?;
    let places = |house: &House| -> anyhow::Result<Vec<String>> {
        let entries = entries_of(house, "vm1")?;
        Ok(entries
            .into_iter()
            .map(|(device, state)| format!("{device} {state}"))
            .collect())
    };
    let at_home = ["ed-a local", "ed-b remote", "ed-c remote"];
    ensure!(places(&house)? == at_home, "{:?}", places(&house)?);
    let migrated = house.json("migrate vm1 c -f json")?;
    ensure!(
        migrated["from"] == "a" && migrated["to"] == "c",
        "{migrated}"
    );
    let moved = ["ed-a remote", "ed-b remote", "ed-c local"];
    ensure!(places(&house)? == moved, "{:?}", places(&house)?);
    // The kernel's own word: the end of the cable is in the other switch's namespace now.
    for (site, is_there) in [("site-a", false), ("site-c", true)] {
        let said = house
            .say(&format!("exec {site} -- cat /proc/net/dev"))?
            .expect(0)?;
        ensure!(said.out.contains("h-vm1:") == is_there, "{site}: {said:?}");
    }
    let inspection = house.json("inspect -f json")?;
    let vm = inspection["hosts"].as_array().context("hosts")?;
    let vm = vm
        .iter()
        .find(|host| host["name"] == "vm1")
        .context("vm1")?;
    ensure!(vm["site"] == "c" && vm["plugged_in"][0] == "site-c", "{vm}");
    house
        .say("ping client-a vm1 --count 2")?
        .expect(0)?
        .tells(&["vm1 answers client-a"])?;
    let silent = "migrate vm1 a --announce silent --downtime 10ms";
    house.say(silent)?.expect(0)?.tells(&["it says nothing"])?;
    // Nobody knows until it sends a frame, or announces itself after all.
    ensure!(places(&house)? == moved, "{:?}", places(&house)?);
    house.say("announce vm1")?.expect(0)?;
    eventually("the announcement is published", || {
        let now = places(&house)?;
        Ok((now != at_home).then(|| format!("{now:?}")))
    })?;
    Ok(())
}

fn exec() -> anyhow::Result<()> {
    let house = House::new("exec")?;
    house.up("--wait links")?;
    let said = house.say_words(&["exec", "vm1", "--", "sh", "-c", "echo $DCILAB_NODE; exit 7"])?;
    said.expect(7)?.tells(&["vm1"])?;
    let said = house.say("exec ed-* -- cat /proc/net/dev")?.expect(0)?;
    for device in ["ed-a", "ed-b", "ed-c"] {
        let of_device = |line: &&str| line.starts_with(&format!("{device}  "));
        let lines: Vec<_> = said.out.lines().filter(of_device).collect();
        let uplinks = lines.iter().filter(|line| line.contains("uplink:")).count();
        ensure!(uplinks == 1 && lines.len() > 3, "{device}: {said:?}");
    }
    // The first failure in order is told.
    let together = "echo here; exec >&-; case $DCILAB_NODE in *-b) exit 4;; *-c) exit 5;; esac";
    let said = house.say_words(&["exec", "client-*", "--", "sh", "-c", together])?;
    said.expect(4)?
        .tells(&["client-a  here", "client-b  here", "client-c  here"])?;
    // At the same time: each waits until the others are there.
    let wait = "mkdir -p $0; : >$0/$DCILAB_NODE; until [ $(ls $0 | wc -l) = 3 ]; do :; done";
    let place = house.file("rendezvous").display().to_string();
    house
        .say_words(&["exec", "client-*", "--", "sh", "-c", wait, &place])?
        .expect(0)?;
    house
        .say("exec client-* -- /no/such/program")?
        .expect(127)?
        .complains(&["in client-a", "in client-c"])?;
    house
        .say("exec vm1 -- /no/such/program")?
        .expect(127)?
        .complains(&["cannot run"])?;
    house
        .say("exec vm -- true")?
        .expect(2)?
        .complains(&["no node `vm`", "did you mean `vm1`"])?;
    Ok(())
}

fn two() -> anyhow::Result<()> {
    let house = House::new("two")?;
    house.up("--name blue")?;
    house.up("--name red")?;
    house
        .say("show mac")?
        .expect(2)?
        .complains(&["several labs are up", "`blue`, `red`"])?;
    house.say("migrate vm1 b --lab red")?.expect(0)?;
    let site = |lab: &str| -> anyhow::Result<String> {
        let inspection = house.json(&format!("inspect --lab {lab} -f json"))?;
        let hosts = inspection["hosts"].as_array().context("hosts")?.clone();
        let vm = hosts
            .into_iter()
            .find(|host| host["name"] == "vm1")
            .context("vm1")?;
        Ok(vm["site"].as_str().context("site")?.to_owned())
    };
    ensure!((site("blue")?, site("red")?) == ("a".to_owned(), "b".to_owned()));
    house.say("down --lab blue")?.expect(0)?;
    house
        .say("show mac --mac vm1")?
        .expect(0)?
        .tells(&["vm1"])?;
    // At a prompt the variable names a lab; --all means all of them nevertheless.
    let all = house
        .command(&["down", "--all"])
        .env("DCILAB_LAB", "red")
        .output()?;
    Said::of(all)?
        .expect(0)?
        .complains(&["lab `red` is down"])?;
    house
        .say("down --all --lab red")?
        .expect(2)?
        .complains(&["cannot be used with"])?;
    Ok(())
}

fn at_once() -> anyhow::Result<()> {
    let house = House::new("at-once")?;
    house.up("")?;
    let mut first = house.start("migrate vm1 b --downtime 3s")?;
    // Whichever of the two began first, the other is refused while it goes on.
    let refused = loop {
        let second = house.say("migrate vm1 c --downtime 10ms")?;
        if second.err.contains("on its way") || first.try_wait()?.is_some() {
            break second;
        }
    };
    let first = Said::of(first.wait_with_output()?)?;
    let (refused, moved) = match first.code {
        Some(0) => (refused, first),
        _ => (first, refused),
    };
    moved.expect(0)?;
    refused
        .expect(2)?
        .complains(&["`vm1` is on its way already"])?;
    Ok(())
}

fn shown() -> anyhow::Result<()> {
    let house = House::new("shown")?;
    house.up("")?;
    house.say("migrate vm1 c")?.expect(0)?;
    let cases: [(&str, &[&str]); 12] = [
        ("show drops --on ed-c", &["edge device", "dropped"]),
        ("show mac --on ed-c --mac vm1", &["vm1", "local port1"]),
        (
            "show arp snooping --on ed-c",
            &["vm1", "client-c", "port1", "valid"],
        ),
        ("show arp suppression --on ed-a", &["vm1", "evi-link2"]),
        ("show evi link", &["evi-link1", "198.18.0.6", "Up"]),
        ("show isis peer --on ed-a", &["0200.0000.0002", "Up"]),
        ("show isis lsdb --on ed-a", &["0200.0000.0001.00-00", "own"]),
        ("show isis lsdb detail --on ed-b", &["vm1", "client-a"]),
        ("show counters --on ed-a", &["port1", "uplink"]),
        ("show status", &["ed-a", "garp-flood", "immediate"]),
        ("show events", &["vm1: local port1 -> flood (announced)"]),
        (
            "show events --lsps --last 1000 --on ed-c",
            &["LSP 0200.0000.0003"],
        ),
    ];
    for (line, texts) in cases {
        house.say(line)?.expect(0)?.tells(texts)?;
    }
    let last = house.say("show events --last 1")?.expect(0)?;
    ensure!(last.out.lines().count() == 1, "{last:?}");
    let none = house.say("show mac --vlan 200")?.expect(0)?;
    ensure!(!none.out.contains("vm1"), "{none:?}");
    let flood = house.say("show mac --state flood")?.expect(0)?;
    ensure!(!flood.out.contains("vm1"), "{flood:?}");
    Ok(())
}
