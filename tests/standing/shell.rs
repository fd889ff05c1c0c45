//! The shell, as scripts use it.

use std::io::Write;
use std::process::Stdio;

use anyhow::{Context, ensure};
use lab_tests::requirement::{Requirement, needing};
use libtest_mimic::Trial;

use crate::house::{House, Said};

pub(crate) fn trials() -> Vec<Trial> {
    let lab = |name, test: fn() -> anyhow::Result<()>| needing(&[Requirement::Lab], name, test);
    vec![
        lab("lines_on_the_command_line_run_in_order", lines),
        lab("a_script_ends_at_the_first_line_that_fails", script),
    ]
}

fn lines() -> anyhow::Result<()> {
    let house = House::new("lines")?;
    house.up("")?;
    let lines = "show mac --mac vm1; migrate vm1 c # there; show mac --mac vm1; down";
    let said = house.say_words(&["shell", "-c", lines])?.expect(0)?;
    let order = [
        "local port1",
        "has moved from site a to site c",
        "remote evi-link2",
    ];
    let mut rest = said.out.as_str();
    for text in order {
        let at = rest
            .find(text)
            .with_context(|| format!("no `{text}` in {said:?}"))?;
        rest = &rest[at + text.len()..];
    }
    house.say("ps")?.complains(&["no lab is up"])?;
    Ok(())
}

fn script() -> anyhow::Result<()> {
    let house = House::new("script")?;
    house.up("")?;
    let mut child = house
        .command(&["shell"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let steps = "# where it is\nshow mac --mac vm1\n\nmigrate vm1 nowhere\nmigrate vm1 c\n";
    child
        .stdin
        .take()
        .context("stdin")?
        .write_all(steps.as_bytes())?;
    let said = Said::of(child.wait_with_output()?)?.expect(2)?;
    ensure!(!said.out.contains("has moved"), "it went on: {said:?}");
    said.complains(&["no site `nowhere`", "`a`, `b`, `c`"])?;
    let typo = house
        .say_words(&["shell", "-c", "mgrate vm1 c"])?
        .expect(2)?;
    typo.complains(&["did you mean `migrate`"])?;
    Ok(())
}
