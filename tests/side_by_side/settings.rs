//! Settings of the command line beside a topology file, plans that are only printed, files to start from.

use std::fs;

use anyhow::{Context, ensure};
use lab_tests::cast::trial;
use lab_tests::invocation;
use lab_tests::requirement::{Requirement, needing};
use lab_tests::topology_text;
use libtest_mimic::Trial;
use serde_json::Value;
use tempfile::TempDir;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("a_plan_is_printed_and_nothing_made", dry_run),
        trial("a_wrong_setting_names_itself_and_the_cure", wrong),
        trial("what_moves_nothing_is_not_measured", no_move),
        trial("what_is_generated_is_valid", generated),
        needing(&[Requirement::Lab], "settings_are_in_the_manifest", kept),
    ]
}

fn dry_run() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let file = topology_text::write(scratch.path(), None)?;
    let (file, output) = (file.display(), scratch.path().join("runs"));
    let set = "--set site.b.mode=igp-only --set site_network.attachment=direct";
    for verb in ["up", "run"] {
        let ended = invocation::run(&format!("{verb} {file} {set} --dry-run --igp frr"))?;
        ended.expect_code(0)?;
        for text in [
            "ed-b",
            "igp-only",
            "frr",
            "direct",
            "ed-a: h-vm1",
            "2 and 1 that come",
        ] {
            let text = text.replace("2 and", "1 and");
            ensure!(
                ended.stdout.contains(&text),
                "{verb}: no `{text}`:\n{}",
                ended.stdout
            );
        }
        let ended = invocation::run(&format!("{verb} {file} {set} --dry-run -f json"))?;
        ended.expect_code(0)?;
        let plan: Value = serde_json::from_str(&ended.stdout)?;
        let b = &plan["edge_devices"][1];
        ensure!(b["config"]["mode"] == "igp-only", "{b}");
        ensure!(plan["bridges"] == Value::Array(Vec::new()), "{plan}");
    }
    ensure!(!output.exists(), "a dry run leaves {}", output.display());
    Ok(())
}

fn wrong() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let file = topology_text::write(scratch.path(), None)?;
    let file = file.display();
    for (verb, said) in [
        (
            format!("validate {file} --set host.vm2.site=b"),
            &["--set:1:6", "did you mean `vm1`?", "host.vm2.site=b"][..],
        ),
        (
            format!("up {file} --set mechanism.mode=garp-flod"),
            &["--set:1:16", "did you mean `garp-flood`?"],
        ),
        (
            format!("run {file} --set probes.rate=fast"),
            &["`rate` takes a whole number", "found a string"],
        ),
        (
            "demo --set probes.rat=5".to_owned(),
            &["[probes] has no key `rat`", "did you mean `rate`?"],
        ),
        (
            "demo --set mechanism.mode=igp-only".to_owned(),
            &["`demo` sets mechanism.mode itself", "use --mode"],
        ),
        (
            format!("run {file} --modes igp-only --set mechanism.mode=garp-flood"),
            &["--modes and --set mechanism.mode say the same thing twice"],
        ),
        (
            format!("run {file} --style replug --set site.a.attachment=direct"),
            &[
                "the style `replug` needs sites with switches",
                "site `a` has none",
            ],
        ),
    ] {
        let ended = invocation::run(&verb)?;
        ended.expect_code(2).with_context(|| verb.clone())?;
        ended.expect_said(said).with_context(|| verb.clone())?;
        ensure!(ended.stdout.is_empty(), "{verb}: {}", ended.stdout);
    }
    Ok(())
}

fn no_move() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let file = scratch.path().join("quiet.toml");
    let text = "[[vlan]]\nid = 100\nprefix = \"10.1.0.0/24\"\n[[site]]\nname = \"s\"\ncount = 2\n\
                [[host]]\nname = \"h{n}\"\ncount = 2\nrole = \"observer\"\nsite = \"s{n}\"\nvlan = 100\n";
    fs::write(&file, text)?;
    let ended = invocation::run(&format!("validate {}", file.display()))?;
    ended.expect_code(0)?;
    ensure!(
        ended.stdout.contains("no move to measure"),
        "{}",
        ended.stdout
    );
    let ended = invocation::run(&format!("run {}", file.display()))?;
    ended.expect_code(2)?;
    ended.expect_said(&[
        "has no move to measure",
        "[migration]",
        "`dcilab up` needs none",
    ])
}

fn generated() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    for mesh in ["full", "hub", "ring"] {
        let file = scratch.path().join(format!("{mesh}.toml"));
        let line = format!(
            "generate --sites 120 --hosts 6 --vlans 3 --mesh {mesh} -o {}",
            file.display()
        );
        invocation::run(&line)?.expect_code(0)?;
        let ended = invocation::run(&format!("validate {}", file.display()))?;
        ended.expect_code(0)?;
        ensure!(
            ended.stdout.contains("120 edge devices"),
            "{}",
            ended.stdout
        );
        ensure!(ended.stderr.is_empty(), "{}", ended.stderr);
        // What somebody has changed since is not lost.
        let again = invocation::run(&line)?;
        again.expect_code(1)?;
        again.expect_said(&["name another, or remove it first"])?;
    }
    let ended = invocation::run("generate --sites 2 --hosts 2")?;
    ended.expect_code(0)?;
    ensure!(ended.stdout.starts_with("# 2 sites"), "{}", ended.stdout);
    for (line, said) in [
        ("--sites 1", "use --sites 2 or more"),
        ("--sites 501", "501 sites are too many: use at most 500"),
        ("--hosts 3 --vlans 2", "use --hosts 4 or more"),
        ("--vlans 0", "use --vlans 1 or more"),
        (
            "--sites 100 --hosts 11",
            "1100 hosts are too many: use at most 1024",
        ),
        ("--sites 4000000000", "too many"),
        ("--mesh star", "use full, hub, ring"),
    ] {
        let ended = invocation::run(&format!("generate {line}"))?;
        ended.expect_code(2)?;
        ended.expect_said(&[said])?;
    }
    Ok(())
}

fn kept() -> anyhow::Result<()> {
    const KEY: &str = "swordfish";
    let scratch = TempDir::new()?;
    let (file, output) = (
        topology_text::write(scratch.path(), None)?,
        scratch.path().join("runs"),
    );
    let ended = invocation::run(&format!(
        "run {} --igp immediate --set probes.rate=100 --set igp.authentication={KEY} --output {}",
        file.display(),
        output.display()
    ))?;
    if ended.status.code() != Some(3) {
        ended.expect_code(0)?;
    }
    let text = fs::read_to_string(output.join("latest/manifest.json"))?;
    ensure!(!text.contains(KEY), "the key is kept: {text}");
    let manifest: Value = serde_json::from_str(&text)?;
    let expected = ["probes.rate=100", "igp.authentication=(not kept)"];
    ensure!(
        manifest["set"] == Value::from(expected.to_vec()),
        "{}",
        manifest["set"]
    );
    let result = fs::read_to_string(output.join("latest/result.json"))?;
    let result: Value = serde_json::from_str(&result)?;
    let rate = &result["runs"][0]["flows"][0]["report"]["rate"];
    ensure!(
        rate.to_string().contains("100") && !rate.to_string().contains("1000"),
        "{rate}"
    );
    Ok(())
}
