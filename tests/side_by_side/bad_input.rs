//! Input that cannot be: refused before anything is made, with everything that is wrong, and where.

use std::fs;

use anyhow::{Context, ensure};
use lab_tests::cast::trial;
use lab_tests::invocation;
use lab_tests::requirement::{Requirement, needing};
use lab_tests::topology_text::{self, THREE_SITE};
use libtest_mimic::Trial;
use tempfile::TempDir;

/// What is replaced in the topology, by what, and the code that the mistake is told by. The text that
/// replaces ends with the line that is shown.
const MISTAKES: [(&str, &str, &str); 6] = [
    (
        "[mechanism]",
        "[mechanism]\nmoode = \"garp-flood\"",
        "unknown-key",
    ),
    (
        "[igp]\n",
        "[underlay]\nmtu = 1500\n\n[igp]\n",
        "underlay-mtu",
    ),
    (
        "[[vlan]]",
        "[[vlan]]\nid = 0\nprefix = \"10.98.0.0/24\"\n\n[[vlan]]",
        "out-of-range",
    ),
    (
        "[[site]]",
        "[[vlan]]\nid = 4095\nprefix = \"10.99.0.0/24\"\n\n[[site]]",
        "out-of-range",
    ),
    ("site = \"b\"", "site = \"berlin\"", "unknown-site"),
    ("\"10.100.0.3\"", "\"10.100.0.1\"", "duplicate-address"),
];

/// What of each mistake is shown: the line of the file that the caret is below.
const SHOWN: [&str; 6] = [
    "moode = \"garp-flood\"",
    "mtu = 1500",
    "id = 0",
    "id = 4095",
    "site = \"berlin\"",
    "address = \"10.100.0.1\"",
];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("every_mistake_of_a_file_is_told_at_once", || {
            mistakes("validate")
        }),
        trial("a_run_tells_the_same_mistakes", || mistakes("run")),
        trial("a_command_line_that_cannot_be", command_lines),
        trial("a_file_that_is_not_there", missing_file),
        trial("what_is_no_capture_is_told_so", captures),
        needing(
            &[Requirement::Lab],
            "an_output_that_cannot_be_written",
            output,
        ),
    ]
}

fn captures() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let place = scratch.path().display();
    let cases: [(&str, &[u8], &str); 3] = [
        ("empty.pcap", b"", "empty"),
        ("some.json", b"{\"runs\": []}", "neither pcapng nor pcap"),
        ("cut.pcapng", &[0x0a, 0x0d, 0x0d, 0x0a, 28], "cut off"),
    ];
    for (name, bytes, says) in cases {
        fs::write(scratch.path().join(name), bytes)?;
        let ended = invocation::run(&format!("analyze {place}/{name}"))?;
        ended.expect_code(2)?;
        ended.expect_said(&[name, says])?;
        ensure!(ended.stdout.is_empty(), "{}", ended.stdout);
    }
    // A directory, but of no run; then one whose result is damaged.
    let ended = invocation::run(&format!("analyze {place}"))?;
    ended.expect_code(2)?;
    ended.expect_said(&["result.json", "give the directory of a run"])?;
    fs::write(scratch.path().join("result.json"), "{\"runs\": [{}]}")?;
    let ended = invocation::run(&format!("analyze {place}"))?;
    ended.expect_code(2)?;
    ended.expect_said(&["missing field `"])
}

fn mistakes(verb: &str) -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let mut text = THREE_SITE.to_owned();
    for (right, wrong, _) in MISTAKES {
        ensure!(
            text.contains(right),
            "the topology has no `{right}` any more"
        );
        text = text.replacen(right, wrong, 1);
    }
    let file = scratch.path().join("wrong.toml");
    fs::write(&file, &text)?;
    let ended = invocation::run(&format!("{verb} {}", file.display()))?;
    ended.expect_code(2)?;
    ensure!(ended.stdout.is_empty(), "standard output: {}", ended.stdout);
    let paragraphs: Vec<_> = ended.stderr.split("\n\n").collect();
    for ((_, _, code), shown) in MISTAKES.into_iter().zip(SHOWN) {
        // The last such line: the duplicate is the second that has the address.
        let lines = (1..).zip(text.lines()).filter(|(_, line)| *line == shown);
        let (line, _): (usize, _) = lines.last().with_context(|| format!("no line `{shown}`"))?;
        let place = format!("{}:{line}:", file.display());
        let is_it = |p: &&&str| p.contains(&format!("error[{code}]")) && p.contains(&place);
        let told = paragraphs.iter().find(is_it);
        let told =
            told.with_context(|| format!("{code} in {place} is missing:\n{}", ended.stderr))?;
        for part in [shown, "^", "= help:"] {
            ensure!(told.contains(part), "`{part}` is missing:\n{told}");
        }
    }
    Ok(())
}

fn command_lines() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let file = topology_text::write(scratch.path(), None)?;
    let file = file.display();
    let wrong = [
        String::new(),
        "frobnicate".to_owned(),
        "run".to_owned(),
        "validate".to_owned(),
        "demo --format yaml".to_owned(),
        "demo too-much".to_owned(),
        "demo --output".to_owned(),
        format!("run {file} --modes igp-only,bogus"),
        format!("run {file} --igp ospf"),
        format!("validate {file} --no-such-flag"),
    ];
    for arguments in wrong {
        let ended = invocation::run(&arguments)?;
        ended
            .expect_code(2)
            .with_context(|| format!("`dcilab {arguments}`"))?;
        ensure!(
            !ended.stderr.is_empty(),
            "`dcilab {arguments}` says nothing"
        );
        ensure!(
            ended.stdout.is_empty(),
            "`dcilab {arguments}`: {}",
            ended.stdout
        );
    }
    Ok(())
}

fn missing_file() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let file = scratch.path().join("nothing.toml");
    for verb in ["validate", "run"] {
        let ended = invocation::run(&format!("{verb} {}", file.display()))?;
        ended.expect_code(2)?;
        ended.expect_said(&[&file.display().to_string(), "No such file"])?;
    }
    Ok(())
}

/// Below a file there can be no directory, not even root's. Told before a lab is made, not after.
fn output() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let topology = topology_text::write(scratch.path(), None)?;
    let output = topology.join("runs");
    let (topology, output) = (topology.display(), output.display().to_string());
    let command = format!("run {topology} --igp immediate --output {output}");
    let ended = invocation::run(&command)?;
    ensure!(!ended.status.success(), "ended with {}", ended.status);
    ended.expect_said(&["error: ", &output, "not a directory", "--output"])?;
    let has_begun = ended.stderr.contains(": namespaces");
    ensure!(!has_begun, "told when the run was over:\n{}", ended.stderr);
    Ok(())
}
