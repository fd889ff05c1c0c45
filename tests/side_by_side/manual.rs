//! What the program says of itself: doctor, manual, completions, pictures of files.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, ensure};
use clap::Command;
use lab_tests::cast::trial;
use lab_tests::invocation;
use lab_tests::requirement::{Requirement, needing};
use lab_tests::topology_text;
use libtest_mimic::Trial;
use serde_json::Value;
use tempfile::TempDir;

const README: &str = include_str!("../../README.md");

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("every_verb_and_flag_has_its_place_in_the_manual", manual),
        trial("every_verb_is_in_the_readme", readme),
        trial("every_shell_is_told_every_verb", completions),
        trial("a_file_is_drawn_in_every_way", graph),
        needing(&[Requirement::Lab], "a_doctor_where_a_lab_can_run", doctor),
    ]
}

/// Every command that people see, with the words that lead to it.
fn walk(command: &Command, words: &str, found: &mut BTreeMap<String, Command>) {
    for followed in command.get_subcommands() {
        let words = format!("{words}-{}", followed.get_name());
        walk(followed, &words, found);
        found.insert(words, followed.clone());
    }
}

fn commands() -> BTreeMap<String, Command> {
    let mut found = BTreeMap::new();
    walk(&dcilab::cli::command(), "dcilab", &mut found);
    found
}

fn manual() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let directory = scratch.path().join("man/man1");
    invocation::run(&format!("man {}", directory.display()))?.expect_code(0)?;
    let page = |name: &str| {
        let file = directory.join(format!("{name}.1"));
        fs::read_to_string(&file).with_context(|| file.display().to_string())
    };
    let commands = commands();
    ensure!(commands.len() > 20, "only {:?}", commands.keys());
    for (name, command) in &commands {
        let text = page(name)?;
        let longs = command.get_arguments().filter_map(|a| a.get_long());
        for long in longs {
            // As roff writes a hyphen.
            let flag = format!("\\-\\-{}", long.replace('-', "\\-"));
            ensure!(text.contains(&flag), "{name}.1 has no --{long}");
        }
        let about = command.get_about().context("a verb without a word")?;
        ensure!(!about.to_string().is_empty(), "{name} says nothing");
    }
    let files = fs::read_dir(&directory)?.count();
    ensure!(files == commands.len() + 1, "{files} pages");
    let ended = invocation::run("man")?;
    ended.expect_code(0)?;
    ensure!(ended.stdout == page("dcilab")?, "another first page");
    // Where a file is in the way.
    let file = scratch.path().join("file");
    fs::write(&file, "")?;
    let ended = invocation::run(&format!("man {}", file.display()))?;
    ended.expect_code(1)?;
    ended.expect_said(&["cannot write the manual to", "name a directory"])
}

fn readme() -> anyhow::Result<()> {
    for verb in dcilab::cli::command().get_subcommands() {
        let name = verb.get_name();
        let is_named = [
            format!("`dcilab {name}"),
            format!("`{name}`"),
            format!("`{name} "),
        ]
        .iter()
        .any(|text| README.contains(text));
        ensure!(is_named, "README.md does not name `dcilab {name}`");
    }
    Ok(())
}

fn completions() -> anyhow::Result<()> {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ended = invocation::run(&format!("completions {shell}"))?;
        ended.expect_code(0)?;
        for verb in dcilab::cli::command().get_subcommands() {
            let name = verb.get_name();
            ensure!(ended.stdout.contains(name), "{shell} is not told {name}");
        }
        let hidden = ["lab-process", "doctor-probe"];
        let told = hidden.iter().find(|verb| ended.stdout.contains(**verb));
        ensure!(told.is_none(), "{shell} is told {told:?}");
    }
    invocation::run("completions tcsh")?.expect_code(2)
}

fn graph() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let file = topology_text::write(scratch.path(), None)?;
    let file = file.display();
    for (format, start) in [
        ("text", "three-site\n"),
        ("mermaid", "---\ntitle: \"three-site\"\n---\nflowchart TB\n"),
        ("dot", "graph \"three-site\" {\n"),
        ("svg", "<svg xmlns=\"http://www.w3.org/2000/svg\""),
        ("json", "{\n  \"title\": \"three-site\""),
    ] {
        let ended = invocation::run(&format!("graph {file} -f {format}"))?;
        ended.expect_code(0)?;
        let drawn = &ended.stdout;
        ensure!(drawn.starts_with(start), "{format}: {drawn}");
        for name in ["ed-a", "ed-b", "ed-c", "vm1", "client-c", "10.100.0.10"] {
            ensure!(drawn.contains(name), "{format} has no {name}:\n{drawn}");
        }
        // A plan has no adjacencies.
        ensure!(!drawn.contains("Down"), "{format}: {drawn}");
    }
    let missing = scratch.path().join("nothing.toml");
    let ended = invocation::run(&format!("graph {}", missing.display()))?;
    ended.expect_code(2)?;
    ended.expect_said(&["No such file"])
}

/// The requirement is there, so the doctor has to find the same.
fn doctor() -> anyhow::Result<()> {
    let ended = invocation::run("doctor -f json")?;
    ended.expect_code(0)?;
    let told: Value = serde_json::from_str(&ended.stdout)?;
    ensure!(told["can_run_a_lab"] == true, "{told}");
    let entered = told["facts"]["world"]["entered"]
        .as_object()
        .context("no world")?;
    for ability in [
        "namespace",
        "veth",
        "bridge",
        "packet-ring",
        "receive-stamp",
    ] {
        ensure!(
            entered[ability].get("Ok").is_some(),
            "{ability}: {entered:?}"
        );
    }
    tools(&told)?;
    let ended = invocation::run("doctor")?;
    ended.expect_code(0)?;
    for text in [
        "kernel",
        "netem",
        "clock source",
        "A lab can run on this machine.",
    ] {
        ensure!(
            ended.stdout.contains(text),
            "`{text}` is missing:\n{}",
            ended.stdout
        );
    }
    Ok(())
}

/// What the tests can use, the doctor has to see, and nothing else.
fn tools(told: &Value) -> anyhow::Result<()> {
    for (tool, requirement) in [
        ("tshark", Requirement::Tshark),
        ("tcpdump", Requirement::Tcpdump),
        ("frr", Requirement::Frr),
    ] {
        let version = &told["facts"]["tools"][tool];
        ensure!(
            version.is_string() == requirement.missing().is_none(),
            "{tool}: {version}"
        );
    }
    Ok(())
}
