//! The picture of a lab shows it as it is now.

use anyhow::{Context, ensure};
use lab_tests::eventually;
use lab_tests::requirement::{Requirement, needing};
use libtest_mimic::Trial;
use rustix::process::{Pid, Signal, kill_process};

use crate::house::House;

pub(crate) fn trials() -> Vec<Trial> {
    let lab = |name, test: fn() -> anyhow::Result<()>| needing(&[Requirement::Lab], name, test);
    vec![
        lab("a_picture_shows_where_each_vm_is_now", moved),
        lab("a_picture_shows_which_links_are_not_up", broken),
    ]
}

/// The lines of a site: from its name to the next empty one.
fn site<'t>(text: &'t str, name: &str) -> anyhow::Result<&'t str> {
    let heading = format!("site {name}\n");
    let (_, rest) = text.split_once(&heading).context("no such site")?;
    Ok(rest.split("\n\n").next().unwrap_or(rest))
}

fn moved() -> anyhow::Result<()> {
    let house = House::new("picture")?;
    house.up("")?;
    let drawn = house.say("graph")?.expect(0)?.out;
    ensure!(site(&drawn, "a")?.contains("vm1"), "{drawn}");
    for link in [
        "ed-a ----- ed-b  Up",
        "ed-a ----- ed-c  Up",
        "ed-b ----- ed-c  Up",
    ] {
        ensure!(drawn.contains(link), "no `{link}`:\n{drawn}");
    }
    house.say("migrate vm1 c")?.expect(0)?;
    // By the shell, which knows the verb too.
    let drawn = house
        .say_words(&["shell", "--command", "graph"])?
        .expect(0)?
        .out;
    ensure!(site(&drawn, "c")?.contains("vm1"), "{drawn}");
    ensure!(!site(&drawn, "a")?.contains("vm1"), "{drawn}");
    let svg = house.say("graph -f svg")?.expect(0)?;
    svg.tells(&[
        "lab three-site (converged)",
        ">vm1 (VM) 10.100.0.10</text>",
        ">Up</text>",
    ])?;
    Ok(())
}

fn broken() -> anyhow::Result<()> {
    let house = House::new("broken-picture")?;
    house.up("")?;
    let edged = house.edge_device("ed-b").and_then(Pid::from_raw);
    kill_process(edged.context("no edge device")?, Signal::KILL)?;
    eventually("the others have noticed", || {
        let drawn = house.say("graph")?.expect(0)?.out;
        let lines = [
            "ed-a - - - ed-b  ed-a Down, ed-b unknown",
            "ed-b - - - ed-c  ed-b unknown, ed-c Down",
            "ed-a ----- ed-c  Up",
        ];
        let is_drawn = lines.iter().all(|line| drawn.contains(line));
        Ok((!is_drawn).then_some(drawn))
    })
}
