//! Keys of a topology file that only a lab can show the effect of.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use lab_tests::requirement::{Requirement, needing};
use lab_tests::result::{Entry, ResultFile, Run};
use lab_tests::topology_text::THREE_SITE;
use lab_tests::{dissection, invocation};
use libtest_mimic::Trial;
use tempfile::TempDir;

pub(crate) fn trials() -> Vec<Trial> {
    let with_tshark = [Requirement::Lab, Requirement::Tshark];
    vec![
        needing(
            &with_tshark,
            "every_pdu_is_signed_and_the_key_is_not_kept",
            keyed,
        ),
        needing(
            &[Requirement::Lab],
            "nobody_notices_a_vm_that_only_receives",
            only_receives,
        ),
    ]
}

/// Runs the three sites with changes; the run's directory, and its one run.
fn run(
    scratch: &Path,
    changes: &[(&str, &str)],
    arguments: &str,
) -> anyhow::Result<(PathBuf, Run)> {
    let mut text = THREE_SITE.to_owned();
    for (from, to) in changes {
        ensure!(text.contains(from), "the topology has no `{from}`");
        text = text.replace(from, to);
    }
    let (file, output) = (scratch.join("changed.toml"), scratch.join("runs"));
    fs::write(&file, text)?;
    let ended = invocation::run(&format!(
        "run {} --igp immediate --format json --output {} {arguments}",
        file.display(),
        output.display()
    ))?;
    // Code 3: other labs run beside this one, and no figure is asked for.
    if ended.status.code() != Some(3) {
        ended.expect_code(0)?;
    }
    let mut runs = ResultFile::parse(&ended.stdout)?.runs;
    let run = runs.pop().context("no run")?;
    Ok((output.join("latest"), run))
}

/// All devices have the key, or no adjacency would have come up; nothing that is brought out has it.
fn keyed() -> anyhow::Result<()> {
    const KEY: &str = "swordfish-of-the-area";
    let scratch = TempDir::new()?;
    let line = format!("[igp]\nauthentication = \"{KEY}\"");
    let (directory, run) = run(scratch.path(), &[("[igp]", &line)], "")?;
    let capture = directory.join(&run.capture);
    let lsps = dissection::lsps(&capture)?;
    ensure!(!lsps.is_empty(), "no LSP");
    for lsp in lsps {
        let first = lsp.tlvs.first().map(|tlv| tlv.kind);
        ensure!(
            first == Some(10),
            "frame {}: the first TLV is {first:?}",
            lsp.frame
        );
    }
    let mut kept = 0;
    for file in files(&directory)? {
        let bytes = fs::read(&file)?;
        let has = bytes.windows(KEY.len()).any(|part| part == KEY.as_bytes());
        ensure!(!has, "{} has the key", file.display());
        kept += 1;
    }
    ensure!(kept > 3, "{kept} files were brought out");
    let device = fs::read_to_string(directory.join("nodes/immediate-garp-flood/ed-a/edged.toml"))?;
    ensure!(
        device.contains("authentication is set, and not kept"),
        "{device}"
    );
    Ok(())
}

fn files(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

/// It says nothing and sends nothing: no mechanism has anything to go by, and the report does not make
/// an outage of known length of that.
fn only_receives() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let changes = [(
        "[probes]",
        "[probes]\ndirection = \"to-vm\"\nrecovery_limit = \"1s\"",
    )];
    let (_, run) = run(scratch.path(), &changes, "--announce silent")?;
    let moments: Vec<_> = run
        .moments
        .iter()
        .map(|moment| moment.name.as_str())
        .collect();
    let expected = [
        "before the move",
        "arrived, not noticed",
        "at the end, not published",
    ];
    ensure!(moments == expected, "{moments:?}");
    ensure!(run.flows.len() == 3, "{} flows", run.flows.len());
    for flow in &run.flows {
        let outage = &flow.report.outage.duration;
        ensure!(flow.direction == "to-vm", "a flow {}", flow.direction);
        ensure!(
            outage.upper_ns.is_none() && flow.report.recovery.first_good.is_none(),
            "{} to {}: it recovered: {:?}",
            flow.from,
            flow.to,
            flow.report
        );
    }
    let entries = |moment: usize| run.moments[moment].entries.iter();
    for ((device, before), (_, after)) in entries(0).zip(entries(2)) {
        let told = |e: &Option<Entry>| e.as_ref().map(|e| (e.state.clone(), e.port.clone()));
        ensure!(
            before.is_some() && told(before) == told(after),
            "{device}: {before:?}, then {after:?}"
        );
    }
    Ok(())
}
