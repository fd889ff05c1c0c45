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
use wire::{FrameRef, MacAddr, llc};

use crate::Scenario;
use crate::device::system;
use crate::scene::{FRR, Scene};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("both_ends_say_up", both_ends_say_up),
    ("hellos_are_sent_as_rfc_5309_says", hellos),
];

/// The shortest Ethernet frame, without its checksum.
const LEAST_FRAME: usize = 60;

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

/// Both say Up in three-way state and name each other; both send to AllISs; ours are padded and come
/// from the interface's own address.
fn hellos() -> anyhow::Result<()> {
    let mut scene = Scene::set(1, None)?;
    scene.start(1)?;
    scene.wait_for_neighbor(1, true)?;
    let from_device = scene.within("frr", || hello_at("eth1"))??;
    let from_frr = scene.within("ed1", || hello_at("core1"))??;
    ensure!(from_device.source == MacAddr::new([2, 0, 0, 0, 1, 1]));
    ensure!(from_device.length >= LEAST_FRAME, "{from_device:?}");
    ensure!(from_frr.source == MacAddr::new([2, 0, 0, 0, 2, 1]));
    for (hello, neighbor) in [(from_device, FRR), (from_frr, system(1))] {
        ensure!(hello.destination == llc::ALL_ISS, "{hello:?}");
        ensure!(hello.names == neighbor, "{hello:?}");
    }
    Ok(())
}

#[derive(Clone, Copy, Debug)]
struct Hello {
    source: MacAddr,
    destination: MacAddr,
    length: usize,
    names: wire::SystemId,
}

/// The next hello that arrives at an interface and says Up.
fn hello_at(name: &str) -> anyhow::Result<Hello> {
    let interface = interface::lookup(name)?;
    let mut ring = PacketRing::open(&interface, RingConfig::for_mtu(interface.mtu))?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        ensure!(!left.is_zero(), "no hello at {name} says Up");
        poll(
            &mut [PollFd::new(&ring.as_fd(), PollFlags::IN)],
            Some(&Timespec::try_from(left).context("a short time")?),
        )?;
        while let Some(packet) = ring.receive() {
            if let Some(hello) = up_hello(packet.data()) {
                return Ok(hello);
            }
        }
    }
}

fn up_hello(bytes: &[u8]) -> Option<Hello> {
    let frame = FrameRef::parse(bytes).ok()?;
    let Pdu::P2pIih(iih) = Pdu::decode(llc::decode_osi_frame(&frame).ok()?).ok()? else {
        return None;
    };
    let three_way = iih.three_way()?;
    (three_way.state == ThreeWayState::Up).then_some(Hello {
        source: frame.src(),
        destination: frame.dst(),
        length: bytes.len(),
        names: three_way.neighbor?.system,
    })
}
