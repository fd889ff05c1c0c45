//! ARP across two sites, with the kernel's own ARP at both ends and an edge device process at each.

mod bench;

use std::net::{Ipv4Addr, UdpSocket};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use edge_api::ArpStatus;
use lab_tests::cast::{self, Role, role};
use lab_tests::requirement::{self, Requirement, needing};
use lab_tests::{PATIENCE, eventually};
use libtest_mimic::{Arguments, Trial};
use wire::{ArpKind, ArpPacket, EviAnnouncement, FrameRef};

use bench::{A, B, Bench};

const ANSWERED: Role = ("arp-answered", || play(answered));
const PASSED_ON: Role = ("arp-passed-on", || play(passed_on));
const OWN_MESSAGE: Role = ("own-message", || play(own_message));

/// What the datagrams of these tests say.
const TEXT: &[u8] = b"across the overlay";
const PORT: u16 = 7007;
/// The kernel takes a repeated announcement for an answer when it has just asked.
const NO_REPEATS: &str = "announcement_repeats = 0";

fn main() -> ExitCode {
    let mut roles = requirement::ROLES.to_vec();
    roles.extend([ANSWERED, PASSED_ON, OWN_MESSAGE]);
    cast::play(&roles, tests)
}

fn tests(arguments: Arguments) -> ExitCode {
    let trials = vec![
        trial("a_known_remote_address_is_answered_at_home", ANSWERED),
        trial("without_suppression_the_owner_answers", PASSED_ON),
        trial(
            "r_2_d_9_the_own_message_is_a_gratuitous_arp_to_hosts",
            OWN_MESSAGE,
        ),
    ];
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A test that plays a role in a process of its own: a lab is entered before any thread exists.
fn trial(name: &str, (played, _): Role) -> Trial {
    needing(&[Requirement::Lab], name, move || {
        let output = role(played).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{said}");
        Ok(())
    })
}

fn play(test: fn() -> anyhow::Result<()>) -> ExitCode {
    requirement::inside(test)
}

/// Sends a datagram from the host of site B to that of site A, which lets the kernel ask for its MAC,
/// and waits until it has arrived. Then the kernel's ARP table, as text.
fn talk(bench: &Bench) -> anyhow::Result<String> {
    let bind = |site: usize, port| {
        let address = (Bench::host_address(site), port);
        bench.at_host(site, move || UdpSocket::bind(address))
    };
    let (receiver, sender) = (bind(A, PORT)??, bind(B, 0)??);
    sender.send_to(TEXT, (Bench::host_address(A), PORT))?;
    receiver.set_read_timeout(Some(PATIENCE))?;
    let mut buffer = [0; 64];
    let received = receiver.recv_from(&mut buffer);
    let (length, from) = received.context("the datagram does not arrive")?;
    ensure!(&buffer[..length] == TEXT, "another datagram");
    ensure!(from.ip() == Bench::host_address(B), "from {from}");
    Ok(bench.at_host(B, || std::fs::read_to_string("/proc/thread-self/net/arp"))??)
}

/// Requests for the address of host A that crossed the public network before the datagram did.
fn requests_that_crossed(bench: &mut Bench) -> anyhow::Result<usize> {
    let mut requests = 0;
    eventually("the datagram on the uplink", || {
        let mut arrived = false;
        bench.captured(B, |frame| {
            requests += usize::from(is_request_for(frame, Bench::host_address(A)));
            arrived |= frame.data().ends_with(TEXT);
        });
        Ok((!arrived).then(|| "not seen".to_owned()))
    })?;
    Ok(requests)
}

fn is_request_for(frame: &FrameRef<'_>, address: Ipv4Addr) -> bool {
    matches!(
        ArpPacket::from_frame(frame),
        Some(Ok(packet)) if packet.kind == ArpKind::Request && packet.target_ip == address
    )
}

/// The bench once host A has announced itself and ED-B is sure of it.
fn announced(mobility: &str) -> anyhow::Result<Bench> {
    let bench = Bench::build(mobility)?;
    announce(&bench, A, B)?;
    Ok(bench)
}

/// The host of a site announces itself, and the device of the other site is sure of it.
fn announce(bench: &Bench, site: usize, other: usize) -> anyhow::Result<()> {
    bench.announce(site)?;
    eventually("the suppression entry", || {
        let rows = bench.arp_suppression(other)?;
        let is_it = |row: &edge_api::ArpRow| {
            row.ip == Bench::host_address(site) && row.status == ArpStatus::Valid
        };
        Ok((!rows.iter().any(is_it)).then(|| format!("{rows:?}")))
    })
}

fn answered() -> anyhow::Result<()> {
    let mut bench = announced(NO_REPEATS)?;
    // The first frame of a station is kept from nobody (D-9).
    announce(&bench, B, A)?;
    let table = talk(&bench)?;
    ensure!(table.contains(&Bench::host_mac(A).to_string()), "{table}");
    let requests = requests_that_crossed(&mut bench)?;
    ensure!(requests == 0, "{requests} requests crossed");
    ensure!(bench.counters(B)?.arp_answered >= 1, "not counted");
    bench.end()
}

fn passed_on() -> anyhow::Result<()> {
    let mut bench = announced(&format!("{NO_REPEATS}\narp_suppression = false"))?;
    let table = talk(&bench)?;
    ensure!(table.contains(&Bench::host_mac(A).to_string()), "{table}");
    let requests = requests_that_crossed(&mut bench)?;
    ensure!(requests >= 1, "the capture does not show the request");
    ensure!(bench.counters(B)?.arp_answered == 0, "answered");
    bench.end()
}

fn own_message() -> anyhow::Result<()> {
    let mut bench = announced("announcement_message = \"evi\"")?;
    let (mut messages, mut gratuitous) = (0, 0);
    eventually("the message on the uplink", || {
        bench.captured(A, |frame| {
            messages += usize::from(EviAnnouncement::from_frame(frame).is_some());
            gratuitous += usize::from(ArpPacket::from_frame(frame).is_some());
        });
        Ok((messages == 0).then(|| "none".to_owned()))
    })?;
    ensure!(gratuitous == 0, "an ARP crossed beside the message");
    let heard = bench.wait_for_arp_at_host(B)?;
    ensure!(heard.kind == ArpKind::Announcement, "{heard}");
    ensure!(heard.sender_mac == Bench::host_mac(A), "{heard}");
    ensure!(heard.sender_ip == Bench::host_address(A), "{heard}");
    bench.end()
}
