//! What goes over the EVI links, and when, judged by tshark.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, ensure};
use lab_tests::dissection::{self, DissectedLsp};
use lab_tests::pcapng::Capture;
use lab_tests::requirement::{Requirement, needing};
use lab_tests::result::Run;
use libtest_mimic::Trial;

use crate::stage::{Compared, Stage};

/// Of a probe's payload, the digits of magic, version, flow and sequence.
const PROBE_DIGITS: usize = 32;

pub(crate) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    type Test = fn(&Compared) -> anyhow::Result<()>;
    let tests: [(&str, Test); 4] = [
        ("tshark_sees_the_announcement_before_the_lsp", announcement),
        ("tshark_sees_lsps_with_mac_reachability", lsps),
        ("tshark_sees_copies_until_the_lsp_and_none_after", copies),
        (
            "tshark_sees_tunnel_packets_that_must_not_be_fragmented",
            do_not_fragment,
        ),
    ];
    let trial = |(name, test): (&str, Test)| {
        let stage = stage.clone();
        let needed = [Requirement::Lab, Requirement::Tshark];
        needing(&needed, name, move || test(stage.compared()?))
    };
    tests.into_iter().map(trial).collect()
}

/// What the VM itself says on arrival, and the announcement that it sets off.
const GRATUITOUS_ARP: &str = "arp.isgratuitous == 1";
/// The device that noticed the arrival by itself may know no IP address: it announces by RARP.
const ANY_ANNOUNCEMENT: &str = "(arp.isgratuitous == 1 || arp.opcode == 3)";

/// Announcements of the VM inside the tunnel, captured at a place: number of the frame, and where it
/// goes.
fn announcements(
    file: &Path,
    run: &Run,
    kind: &str,
    at: &str,
) -> anyhow::Result<Vec<(usize, String)>> {
    let mac = &run.migration.mac;
    let filter = format!("gre && {kind} && arp.src.hw_mac == {mac} && {at}");
    let rows = dissection::fields(file, &filter, &["frame.number", "ip.dst^"])?;
    let place = |row: Vec<String>| Ok((row[0].parse()?, row[1].clone()));
    rows.into_iter().map(place).collect()
}

fn outbound(device: &str) -> String {
    at(device, 2)
}

fn inbound(device: &str) -> String {
    at(device, 1)
}

fn at(device: &str, direction: u8) -> String {
    format!(
        "frame.interface_name == \"{device}:uplink\" && frame.packet_flags_direction == {direction}"
    )
}

/// LSPs of ED-C that list the VM, by TLV 147's own bytes.
fn publications(file: &Path, run: &Run) -> anyhow::Result<Vec<DissectedLsp>> {
    let capture = Capture::read(file)?;
    let vm = (run.migration.vlan, run.migration.mac.clone());
    let of_new = format!("{}.", run.device("ed-c")?.system_id);
    let mut found = Vec::new();
    for lsp in dissection::lsps(file)? {
        let frame = capture.frames.get(lsp.frame - 1).context("no such frame")?;
        let lists_vm = dissection::mac_reachability(&lsp, &frame.bytes)?.contains(&vm);
        if lists_vm && lsp.lsp_id.starts_with(&of_new) {
            found.push(lsp);
        }
    }
    Ok(found)
}

/// on every EVI link of the new site's device, before the IGP.
fn announcement(compared: &Compared) -> anyhow::Result<()> {
    let run = compared.mechanism()?;
    let file = compared.capture_of(run);
    let sent = announcements(&file, run, GRATUITOUS_ARP, &outbound("ed-c"))?;
    let published = publications(&file, run)?;
    let published = published
        .first()
        .context("no LSP of ed-c lists the VM")?
        .frame;
    for peer in ["ed-a", "ed-b"] {
        let address = &run.device(peer)?.address;
        let first = sent.iter().find(|(_, to)| to == address);
        let (number, _) = first.with_context(|| format!("no announcement to {peer}: {sent:?}"))?;
        ensure!(
            *number < published,
            "frame {number} to {peer}, the LSP in {published}"
        );
        let heard = announcements(&file, run, GRATUITOUS_ARP, &inbound(peer))?;
        let (number, _) = heard
            .first()
            .with_context(|| format!("{peer} got no announcement"))?;
        ensure!(
            *number < published,
            "{peer} in frame {number}, the LSP in {published}"
        );
    }
    Ok(())
}

/// R-10, RFC 6165: VLAN and MAC of the VM, in an LSP whose checksum is right.
fn lsps(compared: &Compared) -> anyhow::Result<()> {
    for run in [compared.baseline()?, compared.mechanism()?] {
        let file = compared.capture_of(run);
        let all = dissection::lsps(&file)?;
        let bad: Vec<_> = all.iter().filter(|lsp| !lsp.checksum_is_good).collect();
        ensure!(bad.is_empty(), "{}: wrong checksums: {bad:?}", run.mode);
        let published = publications(&file, run)?;
        ensure!(
            !published.is_empty(),
            "{}: no LSP of ed-c lists the VM",
            run.mode
        );
        // As tshark reads the TLV's head, which it reads rightly.
        let frame = published[0].frame;
        let filter = format!("frame.number == {frame}");
        let vlans = dissection::fields(&file, &filter, &["isis.lsp.mac_reachability.vlan"])?;
        let vlan = run.migration.vlan.to_string();
        ensure!(
            vlans == [[vlan.as_str()]],
            "{}: VLAN {vlans:?} in frame {frame}",
            run.mode
        );
    }
    Ok(())
}

/// DF in the outer header of everything that the devices send to each other, IS-IS included.
fn do_not_fragment(compared: &Compared) -> anyhow::Result<()> {
    for run in [compared.baseline()?, compared.mechanism()?] {
        let flags = dissection::fields(&compared.capture_of(run), "gre", &["ip.flags.df^"])?;
        let is_set = |row: &Vec<String>| row[0] == "1" || row[0] == "True";
        ensure!(!flags.is_empty(), "{}: no tunnel packets", run.mode);
        ensure!(
            flags.iter().all(is_set),
            "{}: some may be fragmented",
            run.mode
        );
    }
    Ok(())
}

/// each probe on both EVI links, from the announcement until the LSP; then on one.
fn copies(compared: &Compared) -> anyhow::Result<()> {
    let run = compared.mechanism()?;
    let file = compared.capture_of(run);
    let published = publications(&file, run)?;
    for (device, other, observer) in [("ed-a", "ed-b", "client-a"), ("ed-b", "ed-a", "client-b")] {
        let both = [other, "ed-c"].map(|peer| run.device(peer).map(|d| d.address.clone()));
        let [other, new] = both;
        let both = BTreeSet::from([other?, new?]);
        let new = &run.device("ed-c")?.address;
        let probes = tunnelled(&file, run, device, observer)?;
        let doubled: Vec<usize> = (0..)
            .zip(&probes)
            .filter(|(_, probe)| probe.to == both)
            .map(|(place, _)| place)
            .collect();
        let (first, last) = doubled.first().zip(doubled.last()).context("no copies")?;
        ensure!(
            last - first + 1 == doubled.len(),
            "{device}: some probes in between went once"
        );
        let heard = announcements(&file, run, ANY_ANNOUNCEMENT, &inbound(device))?;
        let (heard, _) = heard
            .first()
            .with_context(|| format!("{device} heard nothing"))?;
        ensure!(
            probes[*first].frame > *heard,
            "{device}: copies before the announcement"
        );
        let rest = &probes[last + 1..];
        let alone = rest.first().context("no probe after the last copy")?;
        ensure!(
            rest.iter()
                .all(|probe| probe.to == BTreeSet::from([new.clone()])),
            "{device}: elsewhere"
        );
        let lsp = arrival(&file, device, &published)?;
        ensure!(
            alone.frame > lsp,
            "{device}: copies ended before the LSP came in frame {lsp}"
        );
    }
    Ok(())
}

/// A probe that a device sent into the tunnel.
struct Tunnelled {
    /// Number of the frame that carried it first.
    frame: usize,
    to: BTreeSet<String>,
}

/// The probes of an observer at the VM that a device sent, in order.
fn tunnelled(
    file: &Path,
    run: &Run,
    device: &str,
    observer: &str,
) -> anyhow::Result<Vec<Tunnelled>> {
    let vm = &run.migration.vm;
    let flow = run
        .flows
        .iter()
        .find(|flow| flow.from == observer && flow.to == *vm);
    let flow = flow.context("no such flow")?.report.flow;
    let filter = format!("gre && udp && {}", outbound(device));
    let fields = ["frame.number", "ip.dst^", "udp.payload"];
    // Magic, version, reserved, flow.
    let begin = format!("44434950524f42450100{flow:04x}");
    let mut probes: BTreeMap<String, Tunnelled> = BTreeMap::new();
    for row in dissection::fields(file, &filter, &fields)? {
        if let Some(probe) = row[2]
            .get(..PROBE_DIGITS)
            .filter(|probe| probe.starts_with(&begin))
        {
            let number = row[0].parse()?;
            let first = || Tunnelled {
                frame: number,
                to: BTreeSet::new(),
            };
            let is_new = probes
                .entry(probe.to_owned())
                .or_insert_with(first)
                .to
                .insert(row[1].clone());
            ensure!(is_new, "{device} sent a probe twice to {}", row[1]);
        }
    }
    Ok(probes.into_values().collect())
}

/// The frame in which a device got the first publication.
fn arrival(file: &Path, device: &str, published: &[DissectedLsp]) -> anyhow::Result<usize> {
    let rows = dissection::fields(
        file,
        &format!("isis.lsp && {}", inbound(device)),
        &["frame.number"],
    )?;
    let frames: BTreeSet<usize> = rows
        .iter()
        .map(|row| row[0].parse())
        .collect::<Result<_, _>>()?;
    let first = published.iter().find(|lsp| frames.contains(&lsp.frame));
    Ok(first
        .with_context(|| format!("{device} got no publication"))?
        .frame)
}
