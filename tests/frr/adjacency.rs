//! An edge device and FRR on a cable: two ends of a point-to-point circuit over Ethernet (RFC 5309).

use std::os::fd::AsFd;
use std::time::Instant;

use anyhow::{Context, ensure};
use edge_api::AdjacencyState;
use lab_tests::PATIENCE;
use linux_net::interface;
use linux_net::packet_socket::{PacketRing, RingConfig};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use wire::isis::{Pdu, ThreeWayState};
use wire::{FrameRef, MacAddr, SystemId, llc};

use crate::Scenario;
use crate::device::system;
use crate::scene::{FRR, Scene};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("both_ends_say_up", both_ends_say_up),
    ("hellos_are_sent_as_rfc_5309_says", hellos),
];

/// The shortest Ethernet frame, without its checksum.
const LEAST_FRAME: usize = 60;
/// Ethernet and LLC headers.
const LLC_FRAME: usize = 17;

fn both_ends_say_up() -> anyhow::Result<()> {
    let mut scene = Scene::set(1, None)?;
    scene.start(1)?;
    scene
        .device(1)
        .wait_for_state("core1", AdjacencyState::Up)?;
    scene.wait_for_neighbor(1, true)?;
    let said = scene.router.show("show isis neighbor detail")?;
    for wanted in [
        "ed1",
        "Interface: eth1",
        "State: Up",
        "Circuit type: L1",
        "10.0.1.1",
    ] {
        ensure!(said.contains(wanted), "no `{wanted}` in\n{said}");
    }
    Ok(())
}

/// Both say Up in three-way state and name each other; both send to AllISs; ours come from the
/// interface's own address and are padded: the first is shorter than any Ethernet frame.
fn hellos() -> anyhow::Result<()> {
    let mut scene = Scene::set(1, None)?;
    let mut at_frr = scene.within("frr", || listen("eth1"))??;
    let mut at_device = scene.within("ed1", || listen("core1"))??;
    scene.start(1)?;
    let first = next(&mut at_frr, |frame| {
        llc::decode_osi_frame(frame).ok().map(<[u8]>::len)
    })?;
    ensure!(first.length == LEAST_FRAME, "{first:?}");
    ensure!(
        LLC_FRAME + first.found < LEAST_FRAME,
        "nothing to pad: {first:?}"
    );
    let from_device = next(&mut at_frr, neighbor_told)?;
    let from_frr = next(&mut at_device, neighbor_told)?;
    ensure!(from_device.source == MacAddr::new([2, 0, 0, 0, 1, 1]));
    ensure!(from_frr.source == MacAddr::new([2, 0, 0, 0, 2, 1]));
    for (hello, neighbor) in [(from_device, FRR), (from_frr, system(1))] {
        ensure!(hello.destination == llc::ALL_ISS, "{hello:?}");
        ensure!(hello.found == neighbor, "{hello:?}");
    }
    Ok(())
}

/// A frame in which something was found.
#[derive(Clone, Copy, Debug)]
struct Seen<T> {
    source: MacAddr,
    destination: MacAddr,
    length: usize,
    found: T,
}

fn listen(name: &str) -> anyhow::Result<PacketRing> {
    let interface = interface::lookup(name)?;
    Ok(PacketRing::open(
        &interface,
        RingConfig::for_mtu(interface.mtu),
    )?)
}

/// The next frame that arrives and in which `find` finds something.
fn next<T>(
    ring: &mut PacketRing,
    find: impl Fn(&FrameRef<'_>) -> Option<T>,
) -> anyhow::Result<Seen<T>> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        ensure!(!left.is_zero(), "no such frame within {PATIENCE:?}");
        poll(
            &mut [PollFd::new(&ring.as_fd(), PollFlags::IN)],
            Some(&Timespec::try_from(left).context("a short time")?),
        )?;
        while let Some(packet) = ring.receive() {
            let frame = FrameRef::parse(packet.data())?;
            if let Some(found) = find(&frame) {
                return Ok(Seen {
                    source: frame.src(),
                    destination: frame.dst(),
                    length: packet.data().len(),
                    found,
                });
            }
        }
    }
}

/// The neighbour that a hello says is Up.
fn neighbor_told(frame: &FrameRef<'_>) -> Option<SystemId> {
    let Pdu::P2pIih(iih) = Pdu::decode(llc::decode_osi_frame(frame).ok()?).ok()? else {
        return None;
    };
    let three_way = iih.three_way()?;
    let up = three_way.state == ThreeWayState::Up;
    up.then_some(three_way.neighbor?.system)
}
