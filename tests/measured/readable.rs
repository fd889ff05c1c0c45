//! Whole captures, read by tshark and tcpdump: nothing in them is damaged or out of place.

use std::path::Path;
use std::sync::Arc;

use anyhow::ensure;
use edge_api::Mode;
use lab_tests::dissection;
use lab_tests::pcapng::Capture;
use lab_tests::requirement::{Requirement, needing};
use libtest_mimic::Trial;

use crate::stage::{Compared, Stage};

pub(crate) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let mut trials = Vec::new();
    for mode in Mode::ALL {
        let (name, stage) = (format!("tshark_takes_every_pdu_of_{mode}"), stage.clone());
        let needed = [Requirement::Lab, Requirement::Tshark];
        let test = move || pdus(&stage.observed(*mode)?.capture);
        trials.push(needing(&needed, name, test));
    }
    type Test = fn(&Compared) -> anyhow::Result<()>;
    let tests: [(&str, Requirement, Test); 2] = [
        (
            "tshark_sees_no_protocol_unreachable",
            Requirement::Tshark,
            unreachable,
        ),
        ("tcpdump_reads_the_captures", Requirement::Tcpdump, tcpdump),
    ];
    for (name, tool, test) in tests {
        let stage = stage.clone();
        let needed = [Requirement::Lab, tool];
        trials.push(needing(&needed, name, move || test(stage.compared()?)));
    }
    trials
}

/// The kernel knows nothing of the tunnels, and must not say so.
fn unreachable(compared: &Compared) -> anyhow::Result<()> {
    for run in &compared.result.runs {
        let count = dissection::count(&compared.capture_of(run), "icmp.type == 3")?;
        ensure!(
            count == 0,
            "{}: {count} ICMP destination unreachable",
            run.mode
        );
    }
    Ok(())
}

/// As soon as the lab is built: hellos, sequence numbers PDUs and LSPs, in tunnels, all whole.
fn pdus(file: &Path) -> anyhow::Result<()> {
    for pdu in ["isis.hello", "isis.csnp", "isis.psnp", "isis.lsp"] {
        let all = dissection::count(file, pdu)?;
        ensure!(all > 0, "no {pdu}");
        let tunnelled = dissection::count(file, &format!("{pdu} && gre.proto == 0x6558"))?;
        ensure!(
            tunnelled == all,
            "{pdu}: {} outside of the tunnels",
            all - tunnelled
        );
    }
    // LSPs are judged by their checksum and bytes: tshark finds fault with correct ones.
    for pdu in ["isis.hello", "isis.csnp", "isis.psnp"] {
        let damaged = dissection::count(file, &format!("{pdu} && _ws.malformed"))?;
        ensure!(damaged == 0, "{damaged} malformed {pdu}");
    }
    let bad: Vec<_> = dissection::lsps(file)?
        .into_iter()
        .filter(|lsp| !lsp.checksum_is_good)
        .collect();
    ensure!(bad.is_empty(), "wrong checksums: {bad:?}");
    let up = dissection::count(file, "isis.hello.adjacency_state == 0")?;
    ensure!(up > 0, "no hello says that an adjacency is up");
    Ok(())
}

fn tcpdump(compared: &Compared) -> anyhow::Result<()> {
    for run in &compared.result.runs {
        let file = compared.capture_of(run);
        let (printed, captured) = (
            dissection::tcpdump(&file)?,
            Capture::read(&file)?.frames.len(),
        );
        ensure!(
            printed == captured,
            "{}: {printed} of {captured} frames",
            run.mode
        );
    }
    Ok(())
}
