//! What tshark and tcpdump, who know nothing of this project, make of a capture.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, ensure};

/// An LSP, as tshark takes it apart.
#[derive(Clone, Debug)]
pub struct DissectedLsp {
    /// Number of the frame, from 1.
    pub frame: usize,
    /// Whose it is.
    pub lsp_id: String,
    /// Whether the checksum is right.
    pub checksum_is_good: bool,
    /// Its TLVs.
    pub tlvs: Vec<Tlv>,
}

/// Where a TLV is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tlv {
    /// Its type.
    pub kind: u8,
    /// Where it begins in the frame.
    pub offset: usize,
    /// Length of its value.
    pub length: usize,
}

/// Runs tshark on a capture. Rows of those frames that match the filter, with these fields; of a field
/// that a frame has several times, the first (the outermost) counts where it ends with `^`.
///
/// # Errors
/// tshark does not take it.
pub fn fields(file: &Path, filter: &str, fields: &[&str]) -> anyhow::Result<Vec<Vec<String>>> {
    let mut command = tshark(file, filter);
    command.args(["-T", "fields", "-E", "separator=|", "-E", "aggregator=;"]);
    for field in fields {
        command.args(["-e", field.trim_end_matches('^')]);
    }
    let cut = |(value, field): (&str, &&str)| match field.ends_with('^') {
        true => value.split(';').next().unwrap_or_default().to_owned(),
        false => value.to_owned(),
    };
    let row = |line: &str| line.split('|').zip(fields).map(cut).collect();
    Ok(output(command)?.lines().map(row).collect())
}

/// How many frames match the filter.
///
/// # Errors
/// As [`fields`].
pub fn count(file: &Path, filter: &str) -> anyhow::Result<usize> {
    Ok(fields(file, filter, &["frame.number"])?.len())
}

/// All LSPs. Where the TLVs are is taken from PDML: tshark's own reading of MAC reachability is wrong
/// from the third MAC on.
///
/// # Errors
/// As [`fields`]; or PDML that is not understood.
pub fn lsps(file: &Path) -> anyhow::Result<Vec<DissectedLsp>> {
    let mut command = tshark(file, "isis.lsp");
    command.args(["-T", "pdml"]);
    let mut lsps: Vec<DissectedLsp> = Vec::new();
    for line in output(command)?.lines() {
        let Some(name) = attribute(line, "name") else {
            continue;
        };
        let show = || attribute(line, "show").context("a field that shows nothing");
        if name == "frame.number" {
            lsps.push(DissectedLsp {
                frame: show()?.parse()?,
                lsp_id: String::new(),
                checksum_is_good: false,
                tlvs: Vec::new(),
            });
        }
        let Some(lsp) = lsps.last_mut() else {
            continue;
        };
        match name {
            "isis.lsp.lsp_id" => show()?.clone_into(&mut lsp.lsp_id),
            "isis.lsp.checksum.status" => lsp.checksum_is_good = show()? == "1",
            "isis.lsp.clv.type" => lsp.tlvs.push(Tlv {
                kind: show()?.parse()?,
                offset: attribute(line, "pos")
                    .context("a TLV that is nowhere")?
                    .parse()?,
                length: 0,
            }),
            "isis.lsp.clv.length" => {
                let tlv = lsp.tlvs.last_mut().context("a length without a TLV")?;
                tlv.length = show()?.parse()?;
            }
            _ => {}
        }
    }
    Ok(lsps)
}

/// The stations that the MAC reachability TLVs (RFC 6165 s2) of an LSP list: VLAN and MAC. `bytes` are
/// those of its frame.
///
/// # Errors
/// A TLV does not have the layout of RFC 6165.
pub fn mac_reachability(lsp: &DissectedLsp, bytes: &[u8]) -> anyhow::Result<Vec<(u16, String)>> {
    let mut stations = Vec::new();
    for tlv in lsp.tlvs.iter().filter(|tlv| tlv.kind == 147) {
        let value = bytes.get(tlv.offset + 2..tlv.offset + 2 + tlv.length);
        let value = value.context("a TLV beyond its frame")?;
        ensure!(
            value.len() >= 5 && (value.len() - 5).is_multiple_of(6),
            "a MAC reachability TLV of {} bytes",
            value.len()
        );
        let vlan = u16::from_be_bytes([value[3] & 0x0f, value[4]]);
        for mac in value[5..].chunks(6) {
            let octets: Vec<_> = mac.iter().map(|octet| format!("{octet:02x}")).collect();
            stations.push((vlan, octets.join(":")));
        }
    }
    Ok(stations)
}

/// Lets tcpdump read a capture: how many frames it prints.
///
/// # Errors
/// It does not take the file, or complains.
pub fn tcpdump(file: &Path) -> anyhow::Result<usize> {
    // As root it gives up its rights before it opens a file.
    let input = File::open(file).with_context(|| file.display().to_string())?;
    let mut command = Command::new("tcpdump");
    command.args(["-nn", "-t", "-r", "-"]).stdin(input);
    let ended = run(&mut command)?;
    let complaints = String::from_utf8_lossy(&ended.stderr);
    let is_complaint = |line: &&str| !line.starts_with("reading from file");
    let complaints: Vec<_> = complaints.lines().filter(is_complaint).collect();
    ensure!(complaints.is_empty(), "tcpdump complains: {complaints:?}");
    let text = String::from_utf8_lossy(&ended.stdout);
    // What belongs to the line above is indented.
    Ok(text
        .lines()
        .filter(|line| !line.starts_with([' ', '\t']))
        .count())
}

fn tshark(file: &Path, filter: &str) -> Command {
    let mut command = Command::new("tshark");
    // Names would be looked up, and preferences of whoever runs the tests read.
    command.arg("-n").arg("-r").arg(file).args(["-Y", filter]);
    command.stdin(Stdio::null());
    command
}

fn output(mut command: Command) -> anyhow::Result<String> {
    Ok(String::from_utf8_lossy(&run(&mut command)?.stdout).into_owned())
}

fn run(command: &mut Command) -> anyhow::Result<Output> {
    let ended = command.output().with_context(|| format!("{command:?}"))?;
    let said = String::from_utf8_lossy(&ended.stderr);
    ensure!(
        ended.status.success(),
        "{command:?} ended with {}: {said}",
        ended.status
    );
    Ok(ended)
}

fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let start = line.find(&format!(" {name}=\""))? + name.len() + 3;
    let rest = line.get(start..)?;
    rest.get(..rest.find('"')?)
}
