//! What is made of a result: files, tables, comparisons, and the schema that it fits.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, anyhow, ensure};
use lab_tests::cast::trial;
use lab_tests::invocation;
use lab_tests::requirement::{Requirement, needing};
use lab_tests::stored::Stored;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("every_report_is_made_again_from_the_result", all),
        trial("one_report_goes_to_standard_output", one),
        trial("every_gap_is_in_the_csv", csv),
        trial("a_page_needs_no_network", page),
        trial("text_from_a_result_is_no_markup", no_markup),
        trial("two_results_differ_in_settings_and_figures", diff),
        trial("a_result_of_version_1_is_still_read", version_1),
        trial("results_fit_their_schema_and_damaged_ones_do_not", schema),
        needing(
            &[Requirement::Xmllint],
            "junit_fits_the_schema_of_ci_systems",
            junit,
        ),
    ]
}

fn report(stored: &Stored, more: &str) -> anyhow::Result<String> {
    let scratch = TempDir::new()?;
    let result = stored.write(scratch.path(), "result.json")?;
    let ended = invocation::run(&format!("report {} {more}", result.display()))?;
    ended.expect_code(0)?;
    Ok(ended.stdout)
}

fn all() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    Stored::usual()?.write(scratch.path(), "result.json")?;
    let directory = scratch.path().display();
    invocation::run(&format!("report {directory}"))?.expect_code(0)?;
    for (name, text) in [
        ("result.md", "garp-flood"),
        ("junit.xml", "<testsuites"),
        ("report.html", "<!DOCTYPE html>"),
        ("gaps.csv", "igp_profile"),
    ] {
        let file = fs::read_to_string(scratch.path().join(name)).context(name)?;
        ensure!(file.contains(text), "{name} has no `{text}`");
    }
    let nowhere = scratch.path().join("result.md/nowhere");
    let ended = invocation::run(&format!("report {directory} -o {}", nowhere.display()))?;
    ended.expect_code(2)?;
    ended.expect_said(&["cannot write", "--output"])
}

fn one() -> anyhow::Result<()> {
    let markdown = report(&Stored::usual()?, "--md")?;
    for text in [
        "**conclusive: 12 runs, the meter was disturbed in none**",
        "| client-a (old site) to vm1 | garp-flood, comware-v5 | 5 | 22.0 ms ± 1.0 ms |",
        "20.0 ms to 24.0 ms",
        "+1.00",
    ] {
        ensure!(markdown.contains(text), "`{text}` is missing:\n{markdown}");
    }
    ensure!(markdown.len() < 1 << 20, "more than a job's summary holds");
    let disturbed = report(&Stored::usual()?.disturbed(|_| true)?, "--md")?;
    ensure!(disturbed.contains("**inconclusive: 12 runs"), "{disturbed}");
    ensure!(
        disturbed.contains("a probe was sent 900ms late"),
        "{disturbed}"
    );
    let scratch = TempDir::new()?;
    let file = scratch.path().join("x.html");
    let told = report(&Stored::usual()?, &format!("--html -o {}", file.display()))?;
    ensure!(told.is_empty() && file.exists(), "{told}");
    Ok(())
}

fn csv() -> anyhow::Result<()> {
    let stored = Stored::usual()?;
    let text = report(&stored, "--csv")?;
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let columns = lines[0].len();
    ensure!(
        lines.iter().all(|line| line.len() == columns),
        "lines of other lengths:\n{text}"
    );
    let column = |name: &str| lines[0].iter().position(|column| *column == name);
    let (lost, first) = (
        column("lost").context("lost")?,
        column("first_sequence").context("first")?,
    );
    let mut expected = Vec::new();
    for run in stored.file["runs"].as_array().context("no runs")? {
        for flow in run["flows"].as_array().context("no flows")? {
            for gap in flow["report"]["gaps"].as_array().context("no gaps")? {
                expected.push((gap["lost"].to_string(), gap["first"].to_string()));
            }
        }
    }
    let found: Vec<_> = lines[1..]
        .iter()
        .map(|line| (line[lost].to_owned(), line[first].to_owned()))
        .collect();
    ensure!(found == expected, "{found:?}\nnot {expected:?}");
    Ok(())
}

fn page() -> anyhow::Result<()> {
    let page = report(&Stored::usual()?, "--html")?;
    for foreign in [
        "http://", "https://", "src=", "<script", "@import", "url(http",
    ] {
        ensure!(!page.contains(foreign), "the page has `{foreign}`");
    }
    for text in [
        "prefers-color-scheme: dark",
        "width=device-width",
        "Over the warm repeats",
        "Outages of every run",
        "Time-line of the probes",
        "Where lost packets died",
        "MAC and ARP tables",
        "own error",
        "Settings in force",
        "link plugged in and up",
    ] {
        ensure!(page.contains(text), "`{text}` is missing");
    }
    // Every run: two pictures at two widths, or one at two.
    let pictures = page.matches("<svg").count();
    ensure!(pictures >= 2 + 12 * 2, "{pictures} pictures");
    for tag in ["svg", "table", "details", "figure", "div"] {
        let (opened, closed) = (
            page.matches(&format!("<{tag}")).count(),
            page.matches(&format!("</{tag}>")).count(),
        );
        ensure!(opened == closed, "{opened} <{tag}>, {closed} ends");
    }
    ensure!(
        !page.contains("NaN") && !page.contains("=\"inf"),
        "a place that is no number"
    );
    Ok(())
}

fn no_markup() -> anyhow::Result<()> {
    let mut stored = Stored::usual()?;
    for run in stored.runs_mut()? {
        run["topology"] = json!("<b>bold</b>|x");
    }
    let (page, markdown) = (report(&stored, "--html")?, report(&stored, "--md")?);
    ensure!(!page.contains("<b>"), "markup got through");
    ensure!(
        !markdown.contains("<b>") && markdown.contains("\\|x"),
        "{markdown}"
    );
    Ok(())
}

fn diff() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let first = Stored::usual()?.write(scratch.path(), "first.json")?;
    let mut other = Stored::default().with("garp-flood", &[40; 6])?;
    for run in other.runs_mut()? {
        run["migration"]["announce"] = json!("silent");
    }
    let second = other.write(scratch.path(), "second.json")?;
    let (first, second) = (first.display(), second.display());
    let ended = invocation::run(&format!("diff {first} {second}"))?;
    ended.expect_code(0)?;
    for text in [
        "announcement",
        "silent",
        "22.0 ms ± 1.0 ms",
        "60.0 ms ± 1.0 ms",
        "+38.0 ms",
    ] {
        ensure!(
            ended.stdout.contains(text),
            "`{text}` is missing:\n{}",
            ended.stdout
        );
    }
    let same = invocation::run(&format!("diff {first} {first}"))?;
    ensure!(
        same.stdout.contains("The settings are the same."),
        "{}",
        same.stdout
    );
    ensure!(same.stdout.contains("not told apart"), "{}", same.stdout);
    let ended = invocation::run(&format!("diff {first} {second} -f json"))?;
    let told: Value = serde_json::from_str(&ended.stdout)?;
    let flows = told["flows"].as_array().context("no flows")?;
    ensure!(flows.len() == 12, "{told}");
    Ok(())
}

/// As it was before there were repeats.
fn version_1() -> anyhow::Result<()> {
    let mut old = Stored::default()
        .with("igp-only", &[3000])?
        .with("garp-flood", &[2])?;
    old.file["schema_version"] = json!(1);
    let top = old.file.as_object_mut().context("no object")?;
    top.remove("statistics");
    top.remove("effects");
    for run in old.runs_mut()? {
        let run = run.as_object_mut().context("no run")?;
        run.remove("repeat");
        run.remove("warmth");
    }
    let markdown = report(&old, "--md")?;
    ensure!(markdown.contains("22.0 ms ± 1.0 ms"), "{markdown}");
    ensure!(!markdown.contains("Over the warm repeats"), "{markdown}");
    Ok(())
}

pub(crate) fn validator() -> anyhow::Result<jsonschema::Validator> {
    let ended = invocation::run("schema result")?;
    ended.expect_code(0)?;
    let schema: Value = serde_json::from_str(&ended.stdout)?;
    jsonschema::draft202012::new(&schema).map_err(|error| anyhow!("no schema: {error}"))
}

fn schema() -> anyhow::Result<()> {
    let validator = validator()?;
    let stored = Stored::usual()?;
    validator
        .validate(&stored.file)
        .map_err(|error| anyhow!("{}: {error}", error.instance_path()))?;
    type Damage = fn(&mut Value);
    let damages: [Damage; 6] = [
        |file| file["schema_version"] = json!("two"),
        |file| file["runs"][0]["flows"][0]["report"]["lost"] = json!(-1),
        |file| file["runs"][0]["warmth"] = json!("lukewarm"),
        |file| file["runs"][0]["phases"][0]["kind"] = json!("teleported"),
        |file| file["runs"][0]["flows"][0]["site_role"] = json!("middle"),
        |file| drop(file.as_object_mut().map(|top| top.remove("runs"))),
    ];
    for (number, damage) in damages.iter().enumerate() {
        let mut damaged = stored.file.clone();
        damage(&mut damaged);
        ensure!(
            validator.validate(&damaged).is_err(),
            "damage {number} fits the schema"
        );
    }
    Ok(())
}

fn junit() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let mut stored = Stored::usual()?.disturbed(|repeat| repeat == 3)?;
    stored.file["failed"] = json!([
        {"mode": "garp-flood", "igp_profile": "comware-v5", "repeat": 7, "error": "no <adjacency>"}
    ]);
    let file = scratch.path().join("junit.xml");
    fs::write(&file, report(&stored, "--junit")?)?;
    is_junit(&file, 12 * 6 + 1)?;
    let text = fs::read_to_string(&file)?;
    ensure!(text.matches("<skipped").count() == 12, "{text}");
    ensure!(text.contains("no &lt;adjacency&gt;"), "{text}");
    Ok(())
}

/// Whether a file is JUnit with so many tests, as `xmllint` sees it; without one, as it looks.
pub(crate) fn is_junit(file: &Path, tests: usize) -> anyhow::Result<()> {
    let text = fs::read_to_string(file)?;
    let found = text.matches("<testcase ").count();
    ensure!(found == tests, "{found} tests, not {tests}:\n{text}");
    if Requirement::Xmllint.missing().is_some() {
        return Ok(());
    }
    let schema = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("results/junit.xsd");
    let schema = match schema.exists() {
        true => schema,
        // Built elsewhere, and copied here.
        false => {
            let copy = file.with_extension("xsd");
            fs::write(&copy, include_str!("junit.xsd"))?;
            copy
        }
    };
    let mut command = Command::new("xmllint");
    let output = command
        .args(["--noout", "--schema"])
        .arg(&schema)
        .arg(file)
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{said}\n{text}");
    Ok(())
}
