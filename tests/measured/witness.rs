//! The second witness: a capture alone says what the meter says, and shows when one of them is wrong.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, ensure};
use lab_tests::invocation;
use lab_tests::requirement::{Requirement, needing};
use libtest_mimic::Trial;
use pcap_file::pcapng::{Block, PcapNgReader, PcapNgWriter};
use serde_json::Value;
use tempfile::TempDir;

use crate::stage::{Compared, Stage};

/// Arrivals that are taken out of a capture.
const TAKEN: usize = 5;

pub(crate) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let trial = |needed: &[Requirement], name, test: fn(&Compared) -> anyhow::Result<()>| {
        let stage = stage.clone();
        needing(needed, name, move || test(stage.compared()?))
    };
    let lab = [Requirement::Lab];
    vec![
        trial(&lab, "capture_and_meter_agree_to_the_probe", agree),
        trial(
            &lab,
            "a_capture_that_lacks_arrivals_is_contradicted",
            disagree,
        ),
        trial(
            &[Requirement::Lab, Requirement::Tshark],
            "what_other_tools_write_is_read_as_well",
            foreign,
        ),
    ]
}

fn agree(compared: &Compared) -> anyhow::Result<()> {
    for run in &compared.result.runs {
        for flow in &run.flows {
            let said = flow.capture.as_ref().context("no second witness")?;
            let (meter, capture) = (flow.report.lost, said.lost);
            ensure!(
                meter.abs_diff(capture) <= 1 && said.disagreements.is_empty(),
                "{}, {} to {}: {meter} lost by the meter, {capture} by the capture",
                run.mode,
                flow.from,
                flow.to
            );
        }
    }
    let directory = compared.directory().display().to_string();
    let ended = invocation::run(&format!("analyze {directory}"))?;
    ended.expect_code(0)?;
    let flows = compared.result.runs[0].flows.len();
    let said = format!("Capture and meter agree, on all {flows} flows, to the probe.");
    ensure!(
        ended.stdout.matches(&said).count() == compared.result.runs.len(),
        "{}",
        ended.stdout
    );
    Ok(())
}

/// Some probes that had arrived at the VM are taken out of a copy of the run's capture.
fn disagree(compared: &Compared) -> anyhow::Result<()> {
    let run = compared.mechanism()?;
    let scratch = TempDir::new()?;
    let copy = scratch.path().join(&run.capture);
    fs::create_dir_all(copy.parent().context("no directory")?)?;
    take_out(&compared.capture_of(run), &copy)?;
    let text = fs::read_to_string(compared.directory().join("result.json"))?;
    let mut result: Value = serde_json::from_str(&text)?;
    let runs = result["runs"].as_array_mut().context("no runs")?;
    runs.retain(|told| told["capture"] == run.capture.as_str());
    fs::write(scratch.path().join("result.json"), result.to_string())?;
    let ended = invocation::run(&format!("analyze {} -f json", scratch.path().display()))?;
    ended.expect_code(1)?;
    let told: Value = serde_json::from_str(&ended.stdout)?;
    let flows = told[0]["compared"].as_array().context("nothing compared")?;
    let differ: Vec<_> = flows
        .iter()
        .filter(|f| f["disagreements"] != serde_json::json!([]))
        .collect();
    ensure!(differ.len() == 1 && differ[0]["to"] == "vm1", "{differ:?}");
    let lost = &differ[0]["disagreements"][0];
    let more = lost["capture"].as_u64().zip(lost["meter"].as_u64());
    ensure!(
        lost["figure"] == "lost" && more.is_some_and(|(c, m)| c == m + TAKEN as u64),
        "{lost}"
    );
    Ok(())
}

/// Copies a capture without some of the first flow's arrivals at the VM, early in the run.
fn take_out(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut reader = PcapNgReader::new(BufReader::new(File::open(from)?))?;
    let mut writer =
        PcapNgWriter::with_section_header(File::create(to)?, reader.section().clone())?;
    let (mut names, mut taken, mut flow) = (Vec::new(), 0, None);
    while let Some(block) = reader.next_block() {
        let block = block?.into_owned();
        if let Block::InterfaceDescription(described) = &block {
            names.push(format!("{:?}", described.options));
        }
        if let Block::EnhancedPacket(packet) = &block {
            let at_vm = names[usize::try_from(packet.interface_id)?].contains("vm1:eth0");
            let inbound = format!("{:?}", packet.options).contains("Flags(1)");
            let probe = meter::Sighting::in_frame(&packet.data);
            if let (true, true, true, Some(probe)) = (at_vm, inbound, taken < TAKEN, probe)
                // The first probes are there to be seen: what is before them is not known to be missing.
                && probe.sequence.0 > 100
                && *flow.get_or_insert(probe.flow) == probe.flow
            {
                taken += 1;
                continue;
            }
        }
        writer.write_block(&block)?;
    }
    ensure!(taken == TAKEN, "only {taken} could be taken out");
    Ok(())
}

/// The VM's link alone, in the old format, with microseconds and without directions.
fn foreign(compared: &Compared) -> anyhow::Result<()> {
    let run = compared.mechanism()?;
    let scratch = TempDir::new()?;
    let file = scratch.path().join("vm1.pcap");
    let status = Command::new("tshark")
        .arg("-r")
        .arg(compared.capture_of(run))
        .args([
            "-Y",
            "frame.interface_name == \"vm1:eth0\"",
            "-F",
            "pcap",
            "-w",
        ])
        .arg(&file)
        .status()?;
    ensure!(status.success(), "tshark: {status}");
    let ended = invocation::run(&format!("analyze {} -f json", file.display()))?;
    ended.expect_code(0)?;
    let told: Value = serde_json::from_str(&ended.stdout)?;
    let accounts = told[0]["flows"].as_array().context("no flows")?;
    for flow in run.flows.iter().filter(|flow| flow.to == "vm1") {
        let account = accounts.iter().find(|a| a["flow"] == flow.report.flow);
        let account = account.with_context(|| format!("{} to vm1 is not told", flow.from))?;
        ensure!(
            account["points"].as_array().is_some_and(|p| p.len() == 1),
            "{account}"
        );
        let missing = account["points"][0]["missing"]
            .as_u64()
            .context("no figure")?;
        let (lost, name) = (flow.report.lost, &flow.from);
        ensure!(
            missing.abs_diff(lost) <= 1,
            "{name}: {missing} missing, {lost} lost"
        );
    }
    Ok(())
}
