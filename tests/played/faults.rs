//! Faults in a lab that stands, by verbs of their own: what is broken on purpose is no failure of the lab.

use anyhow::{Context, ensure};
use lab_tests::eventually;
use lab_tests::requirement::{Requirement, needing};
use libtest_mimic::Trial;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::standing::House;

pub(crate) fn trials() -> Vec<Trial> {
    let lab = |name, test: fn() -> anyhow::Result<()>| needing(&[Requirement::Lab], name, test);
    vec![
        lab("a_device_is_stopped_killed_and_restarted", devices),
        lab("a_link_goes_down_and_comes_back_with_its_routes", links),
        lab(
            "a_device_that_dies_is_told_of_and_one_that_was_killed_is_not",
            told,
        ),
        lab("faults_with_wrong_names_say_what_there_is", wrong),
    ]
}

fn devices() -> anyhow::Result<()> {
    let house = House::new("devices")?;
    house.up()?;
    let before = house.edge_device("ed-b").context("no ed-b")?;
    let restarted = house.json("ed restart ed-b -f json")?;
    let (old, new) = (&restarted["pid_before"], &restarted["pid"]);
    ensure!(old.is_u64() && new.is_u64() && old != new, "{restarted}");
    ensure!(restarted["adjacencies_after"].is_string(), "{restarted}");
    let after = house.edge_device("ed-b").context("no ed-b")?;
    ensure!(after != before, "it is still process {before}");
    // Its adjacencies are up; the others' LSPs follow.
    eventually("vm1 answers client-b", || {
        let said = house.say("ping client-b vm1 --count 1")?;
        Ok((said.code != Some(0)).then(|| format!("{said:?}")))
    })?;
    house
        .say("ed kill ed-b")?
        .expect(0)?
        .tells(&["ed-b does not run any more"])?;
    ensure!(house.edge_device("ed-b").is_none(), "it runs");
    house
        .say("ed stop ed-b")?
        .expect(2)?
        .complains(&["it does not run", "ed restart ed-b"])?;
    house.sound()?;
    // A move waits for no device that was ended on purpose.
    house.say("migrate vm1 c")?.expect(0)?;
    house.say("ed restart ed-b")?.expect(0)?;
    eventually("ed-b has heard where vm1 is", || {
        let state = house.entry("ed-b", "vm1")?;
        Ok((state.as_deref() != Some("remote")).then(|| format!("{state:?}")))
    })?;
    house.say("ed stop ed-b")?.expect(0)?;
    house.sound()?;
    house.say("down")?.expect(0)?;
    Ok(())
}

fn links() -> anyhow::Result<()> {
    let house = House::new("links")?;
    house.up()?;
    let routes = |house: &House| -> anyhow::Result<String> {
        let said = house.say("exec ed-a -- cat /proc/net/route")?.expect(0)?;
        Ok(said.out)
    };
    let before = routes(&house)?;
    house.say("link down ed-a:uplink")?.expect(0)?;
    ensure!(routes(&house)? != before, "the link is up");
    house
        .say("ping client-c vm1 --count 1")?
        .expect(1)?
        .tells(&["does not answer"])?;
    house.say("link up ed-a:uplink")?.expect(0)?;
    ensure!(routes(&house)? == before, "{}", routes(&house)?);
    // Once more is no harm.
    house.say("link up ed-a:uplink")?.expect(0)?;
    eventually("vm1 answers again", || {
        let said = house.say("ping client-c vm1 --count 1")?;
        Ok((said.code != Some(0)).then(|| format!("{said:?}")))
    })?;
    // A host's permanent neighbours come back as well: it resolves nobody by itself.
    house.say("link down client-c:eth0")?.expect(0)?;
    house.say("link up client-c:eth0")?.expect(0)?;
    eventually("client-c is back", || {
        let said = house.say("ping client-c vm1 --count 1")?;
        Ok((said.code != Some(0)).then(|| format!("{said:?}")))
    })?;
    let said = house.say("exec client-c -- cat /proc/net/arp")?.expect(0)?;
    // Flags 0x6: complete, and permanent.
    ensure!(said.out.matches("0x6").count() >= 3, "{said:?}");
    Ok(())
}

fn told() -> anyhow::Result<()> {
    let house = House::new("told")?;
    house.up()?;
    house.say("ed kill ed-c")?.expect(0)?;
    house.sound()?;
    let device = house.edge_device("ed-b").and_then(Pid::from_raw);
    kill_process(device.context("no ed-b")?, Signal::KILL)?;
    eventually("the death of ed-b is told", || {
        let problems = house.problems()?;
        let text = problems.to_string();
        let is_told = text.contains("ed-b ended") && !text.contains("ed-c");
        Ok((!is_told).then(|| text.clone()))
    })?;
    Ok(())
}

fn wrong() -> anyhow::Result<()> {
    let house = House::new("wrong")?;
    house.up()?;
    for (line, says) in [
        ("link down ed-a", "write NODE:INTERFACE"),
        ("link down ed-a:uplnk", "did you mean `uplink`"),
        ("link down ed-x:uplink", "there is no node `ed-x`"),
        ("ed kill ed-d", "there is no edge device `ed-d`"),
        ("play /no/such/file", "cannot read the scenario"),
    ] {
        house.say(line)?.expect(2)?.complains(&[says])?;
    }
    house.say("link sideways ed-a:uplink")?.expect(2)?;
    let told: Value = house.json("inspect -f json")?;
    let links = told["links"].as_array().context("links")?;
    ensure!(links.iter().any(|l| l == "ed-a:uplink"), "{told}");
    Ok(())
}
