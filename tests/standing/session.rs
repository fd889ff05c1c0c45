//! The shell as a person sees it, recorded: completion, tables, a move, a table that is watched.
//!
//! `session.txt` is the record, reviewed as code is. `INSTA_UPDATE=always` writes it anew.

use std::path::Path;

use anyhow::ensure;
use lab_tests::requirement::{Requirement, needing};
use libtest_mimic::Trial;

use crate::house::House;
use crate::terminal::Terminal;

const RECORD: &str = include_str!("session.txt");
const PROMPT: &str = "three-site>";
/// What the move is to the edge device that the VM leaves.
const EVENT: &str = "vm1: local port1 -> flood (announced)";
/// Told in place of it when the machine is so slow that many come at once.
const MANY_EVENTS: &str = "`show events` tells them)";

pub(crate) fn trials() -> Vec<Trial> {
    let needed = [Requirement::Lab, Requirement::Tmux];
    vec![needing(
        &needed,
        "a_session_at_the_prompt_is_as_recorded",
        session,
    )]
}

fn session() -> anyhow::Result<()> {
    let house = House::new("session")?;
    house.up("")?;
    let terminal = Terminal::open(&house, &["shell"])?;
    terminal.wait("a prompt", |screen| screen.ends_with(PROMPT))?;
    complete(&terminal)?;
    move_and_look(&terminal)?;
    capture(&terminal)?;
    let screen = watch(&house, &terminal)?;
    ends(&terminal)?;
    let record = plain(&screen)
        + "
";
    if std::env::var_os("INSTA_UPDATE").is_some_and(|how| how == "always") {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("standing/session.txt");
        std::fs::write(file, &record)?;
        return Ok(());
    }
    ensure!(record == RECORD, "another session than recorded:\n{record}");
    Ok(())
}

/// A verb, what it is followed by, and the names of the lab.
fn complete(terminal: &Terminal) -> anyhow::Result<()> {
    terminal.write("sh")?;
    terminal.press("Tab")?;
    terminal.wait("the verb", |screen| screen.ends_with("> show"))?;
    terminal.press("Tab")?;
    terminal.press("Tab")?;
    terminal.wait("what can be shown", |screen| screen.contains("counters"))?;
    terminal.write("ma")?;
    terminal.press("Tab")?;
    terminal.wait("the table", |screen| screen.ends_with("> show mac"))?;
    terminal.write("--mac vm1")?;
    terminal.press("Enter")?;
    terminal.wait("a table and a prompt", |screen| {
        screen.contains("remote") && screen.ends_with(PROMPT)
    })?;
    Ok(())
}

fn move_and_look(terminal: &Terminal) -> anyhow::Result<()> {
    terminal.write("migrate ")?;
    terminal.press("Tab")?;
    terminal.wait("the only VM", |screen| screen.ends_with("migrate vm1"))?;
    terminal.write("c")?;
    terminal.press("Enter")?;
    // The events of the move appear above the prompt by themselves.
    terminal.wait("the move and its events", |screen| {
        screen.contains("has moved")
            && (screen.contains(EVENT) || screen.contains(MANY_EVENTS))
            && screen.ends_with(PROMPT)
    })?;
    terminal.write("show mac --mac vm1")?;
    terminal.press("Enter")?;
    terminal.wait("the table after it", |screen| {
        screen.matches("VLAN ").count() >= 2 && screen.ends_with(PROMPT)
    })?;
    Ok(())
}

/// A capture that goes on while the VM moves on.
fn capture(terminal: &Terminal) -> anyhow::Result<()> {
    terminal.write("capture start vm1")?;
    terminal.press("Tab")?;
    terminal.wait("the interface", |screen| {
        screen.ends_with("> capture start vm1:eth0")
    })?;
    terminal.write("-w /dev/null --filter arp")?;
    terminal.press("Enter")?;
    terminal.wait("that it has begun", |screen| {
        screen.contains("has begun") && screen.ends_with(PROMPT)
    })?;
    terminal.write("migrate vm1 b")?;
    terminal.press("Enter")?;
    terminal.wait("the move", |screen| {
        screen.contains("from site c to site b") && screen.ends_with(PROMPT)
    })?;
    terminal.write("capture stop")?;
    terminal.press("Enter")?;
    terminal.wait("that it has ended", |screen| {
        screen.contains("has ended") && screen.ends_with(PROMPT)
    })?;
    Ok(())
}

/// A table that is redrawn while somebody else moves the VM back.
fn watch(house: &House, terminal: &Terminal) -> anyhow::Result<String> {
    terminal.write("show mac --mac vm1 --watch 100ms")?;
    terminal.press("Enter")?;
    terminal.wait("a table alone", |screen| {
        let row = screen.lines().last().unwrap_or_default();
        row.contains(" local port1 ") && row.ends_with(" remote evi-link2")
    })?;
    house.say("migrate vm1 a")?.expect(0)?;
    terminal.wait("the table after the move", |screen| {
        let row = screen.lines().last().unwrap_or_default();
        row.contains(" vm1 ") && row.contains(" local port1 ") && row.ends_with(" remote evi-link1")
    })
}

/// Ctrl-C ends the watching and not the shell.
fn ends(terminal: &Terminal) -> anyhow::Result<()> {
    terminal.press("C-c")?;
    terminal.wait("a prompt again", |screen| screen.ends_with(PROMPT))?;
    Ok(())
}

/// Without the events, which come when they come, and without figures that differ from run to run.
fn plain(screen: &str) -> String {
    let is_event = |line: &&str| line.contains(" s ago  ed-") || line.ends_with(MANY_EVENTS);
    let lines = screen.lines().filter(|line| !is_event(line));
    let lines: Vec<_> = lines.map(without_times).collect();
    lines.join("\n")
}

fn without_times(line: &str) -> String {
    let line = without_figures(line, " ms");
    without_figures(&line, " frames")
}

/// The word before each of these is a figure.
fn without_figures(line: &str, unit: &str) -> String {
    let mut parts: Vec<_> = line.split(unit).map(str::to_owned).collect();
    let last = parts.len() - 1;
    for part in &mut parts[..last] {
        let figure = part.rfind(' ').map_or(0, |space| space + 1);
        part.replace_range(figure.., "N");
    }
    parts.join(unit)
}
