//! The process that is the lab: sends frames, and tells as JSON what arrived where, and how.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use edge_api::{DropReason, EventKind, MacState};
use etherparse::{Icmpv4Slice, Icmpv4Type, PacketBuilder, SlicedPacket, TransportSlice};
use lab_tests::requirement::inside;
use serde::{Deserialize, Serialize};
use wire::{ArpPacket, EtherType, MacAddr, arp};

use crate::port::{Arrived, tagged, word};
use crate::running::{Running, drops};
use crate::scene::{HOST, HOST_IP, Scene};

/// The role of the process that is the lab. Its argument: a directory for its files.
pub(crate) const ROLE: &str = "trunk";
/// Behind the trunk of site A.
const GUEST: MacAddr = MacAddr::new([2, 0, 0, 0, 1, 1]);
const GUEST_IP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
/// Behind the access port of VLAN 300 at site A.
const NEIGHBOUR: MacAddr = MacAddr::new([2, 0, 0, 0, 1, 2]);
/// Behind the trunk of site B.
const STRANGER: MacAddr = MacAddr::new([2, 0, 0, 0, 2, 2]);

/// VLAN 100 with priority 5; with drop eligibility, too.
pub(crate) const TAG: u16 = 0xa064;
pub(crate) const DROP_ELIGIBLE: u16 = 0xb064;
/// VLAN 300 with priority 3.
pub(crate) const LOCAL_TAG: u16 = 0x612c;

/// What the lab's process tells. A tag is the 16 bits of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Told {
    /// Of the kernel's answers, at the trunk.
    pub(crate) arp_reply: Option<u16>,
    pub(crate) echo_reply: Option<u16>,
    /// A priority-tagged frame of the access port at B: at A's trunk, and at B's in its native VLAN.
    pub(crate) access_to_trunk: Option<u16>,
    pub(crate) access_to_native: Option<u16>,
    /// A tagged frame of A's trunk, at B's access port.
    pub(crate) trunk_to_access: Option<u16>,
    /// Bytes without the tag of the largest frame, at the access port and at the trunk.
    pub(crate) largest: (usize, usize),
    /// VLAN 300: from A's trunk to A's access port, and back.
    pub(crate) local_to_access: Option<u16>,
    pub(crate) local_to_trunk: Option<u16>,
    /// Words that A's ports of VLAN 300 heard, and B's ports, while there was nothing to be heard.
    pub(crate) strayed: Vec<String>,
    /// What each device warned of at its start.
    pub(crate) warnings: [Vec<String>; 2],
    /// Drops at ED-A's trunk, and its link; at ED-B's ports.
    pub(crate) refused: Refused,
}

/// Drops, by place.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refused {
    pub(crate) untagged: u64,
    pub(crate) not_on_trunk: u64,
    pub(crate) reserved: u64,
    pub(crate) service_tag: u64,
    pub(crate) not_extended: u64,
    pub(crate) double_tagged: [u64; 2],
}

/// What tshark reads.
pub(crate) fn capture_file(directory: &Path) -> PathBuf {
    directory.join("uplink-a.pcap")
}

/// The lab's process.
pub(crate) fn play() -> ExitCode {
    let directory = std::env::args().nth(1).map(PathBuf::from);
    inside(|| {
        let directory = directory.context("takes a directory")?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let told = runtime.block_on(tell(&directory))?;
        println!("{}", serde_json::to_string(&told)?);
        Ok(())
    })
}

/// Frames are waited for without giving way to other tasks: once the scene is built there are none.
async fn tell(directory: &Path) -> anyhow::Result<Told> {
    let mut scene = Scene::build(directory).await?;
    let (arp_reply, echo_reply) = ping(&mut scene)?;
    let broadcast = |src, text| word(src, MacAddr::BROADCAST, text, 60);
    let up = broadcast(HOST, "upwards");
    scene.host_b.send_tagged(&up, DROP_ELIGIBLE & 0xf000)?;
    let access_to_trunk = scene.trunk_a.hear("upwards")?.tag;
    let access_to_native = scene.trunk_b.hear("upwards")?.tag;
    let down = word(GUEST, HOST, "downwards", 60);
    scene.trunk_a.send_tagged(&down, DROP_ELIGIBLE)?;
    let trunk_to_access = scene.host_b.hear("downwards")?.tag;
    let largest = largest(&mut scene)?;
    let (local_to_access, local_to_trunk) = local(&mut scene)?;
    let strayed = refuse(&mut scene)?;
    let refused = count(&scene)?;
    let warnings = [scene.ed_a.warnings()?, scene.ed_b.warnings()?];
    scene.end(&capture_file(directory)).await?;
    Ok(Told {
        arp_reply,
        echo_reply,
        access_to_trunk,
        access_to_native,
        trunk_to_access,
        largest,
        local_to_access,
        local_to_trunk,
        strayed,
        warnings,
        refused,
    })
}

/// Waits until a device knows by the IGP where a station of VLAN 100 is: unknown unicast would not get
/// there.
fn published(device: &Running, station: MacAddr) -> anyhow::Result<()> {
    device.until(&format!("publication of {station}"), |event| {
        matches!(event, EventKind::MacEntry { vlan, mac, to: Some(to), .. }
            if (vlan.get(), *mac) == (100, station) && to.state == MacState::Remote)
    })
}

/// The guest asks for the kernel host's MAC, and pings it; the tags of the answers.
fn ping(scene: &mut Scene) -> anyhow::Result<(Option<u16>, Option<u16>)> {
    let trunk = &mut scene.trunk_a;
    trunk.send_tagged(&arp::encode_gratuitous_request(GUEST, GUEST_IP), TAG)?;
    published(&scene.ed_b, GUEST)?;
    let mut request = arp::encode_probe(GUEST, HOST_IP);
    // A request of somebody who has an address: where a probe has zeros.
    request[28..32].copy_from_slice(&GUEST_IP.octets());
    trunk.send_tagged(&request, TAG)?;
    let is_reply = |arrived: &Arrived| {
        let packet = arrived.frame().ok().and_then(|f| ArpPacket::from_frame(&f));
        packet.is_some_and(|p| {
            p.is_ok_and(|p| p.sender_mac == HOST && p.claimed_ip() != Some(GUEST_IP))
        })
    };
    let (arp_reply, _) = trunk.until("ARP reply", is_reply)?;
    published(&scene.ed_a, HOST)?;
    let echo = PacketBuilder::ethernet2(GUEST.octets(), HOST.octets())
        .ipv4(GUEST_IP.octets(), HOST_IP.octets(), 64)
        .icmpv4_echo_request(1, 7);
    let mut bytes = Vec::new();
    echo.write(&mut bytes, b"ping over a trunk")?;
    trunk.send_tagged(&bytes, TAG)?;
    let (echo_reply, _) = trunk.until("echo reply", is_echo_reply)?;
    Ok((arp_reply.tag, echo_reply.tag))
}

fn is_echo_reply(arrived: &Arrived) -> bool {
    let sliced = SlicedPacket::from_ethernet(&arrived.bytes).ok();
    let transport = sliced.and_then(|sliced| sliced.transport);
    let Some(TransportSlice::Icmpv4(icmp)) = transport else {
        return false;
    };
    let icmp: Icmpv4Slice<'_> = icmp;
    matches!(icmp.icmp_type(), Icmpv4Type::EchoReply(header) if header.seq == 7)
        && icmp.payload() == b"ping over a trunk"
}

/// Frames of 1500 bytes of data, to the access port and to the trunk.
fn largest(scene: &mut Scene) -> anyhow::Result<(usize, usize)> {
    scene
        .trunk_a
        .send_tagged(&word(GUEST, HOST, "large down", 1514), TAG)?;
    let down = scene.host_b.hear("large down")?.bytes.len();
    scene.host_b.send(&word(HOST, GUEST, "large up", 1514))?;
    let up = scene.trunk_a.hear("large up")?;
    Ok((down, up.bytes.len()))
}

/// Two stations of VLAN 300 at site A talk, and announce themselves; the tags at both.
fn local(scene: &mut Scene) -> anyhow::Result<(Option<u16>, Option<u16>)> {
    let announcement = arp::encode_gratuitous_request(GUEST, GUEST_IP);
    scene.trunk_a.send_tagged(&announcement, LOCAL_TAG)?;
    let broadcast = word(GUEST, MacAddr::BROADCAST, "local", 60);
    scene.trunk_a.send_tagged(&broadcast, LOCAL_TAG)?;
    let to_access = scene.local_a.hear("local")?.tag;
    let unknown = word(NEIGHBOUR, STRANGER, "local unknown", 60);
    scene.local_a.send(&unknown)?;
    scene
        .local_a
        .send(&word(NEIGHBOUR, GUEST, "local back", 60))?;
    let to_trunk = scene.trunk_a.hear("local back")?.tag;
    Ok((to_access, to_trunk))
}

/// Sends what is refused, or stays where it is; words of it that somebody heard all the same. What
/// comes after it on the same way shows that it is over.
fn refuse(scene: &mut Scene) -> anyhow::Result<Vec<String>> {
    let stray = |src, text| word(src, MacAddr::BROADCAST, text, 60);
    let (trunk_a, trunk_b) = (&mut scene.trunk_a, &mut scene.trunk_b);
    trunk_a.send(&stray(GUEST, "stray: untagged"))?;
    trunk_a.send_tagged(&stray(GUEST, "stray: not carried"), 999)?;
    trunk_a.send_tagged(&stray(GUEST, "stray: reserved"), 0x0fff)?;
    let service = EtherType::PROVIDER_BRIDGING.0;
    trunk_a.send(&tagged(&stray(GUEST, "stray: service"), service, 100))?;
    let inner = tagged(
        &stray(GUEST, "stray: inner"),
        EtherType::VLAN_TAGGED_FRAME.0,
        200,
    );
    trunk_a.send_tagged(&inner, TAG)?;
    trunk_a.send_tagged(&stray(GUEST, "stray: local"), LOCAL_TAG)?;
    trunk_b.send_tagged(&stray(STRANGER, "stray: foreign"), LOCAL_TAG)?;
    trunk_a.send_tagged(&stray(GUEST, "over at a"), TAG)?;
    trunk_b.send(&stray(STRANGER, "over at b"))?;
    let is = |text: &'static str| move |arrived: &Arrived| arrived.word() == Some(text);
    let mut heard = Vec::new();
    for (port, last) in [
        (&mut scene.host_b, "over at a"),
        (&mut scene.trunk_b, "over at a"),
        (&mut scene.trunk_a, "over at b"),
    ] {
        heard.extend(port.until(last, is(last))?.1);
    }
    let (local, before) = scene.local_a.until("local", is("stray: local"))?;
    anyhow::ensure!(local.tag.is_none(), "an access port with tags");
    heard.extend(before);
    let text = |arrived: &Arrived| String::from_utf8_lossy(&arrived.bytes).into_owned();
    let texts = heard.iter().map(text);
    Ok(texts.filter(|text| text.contains("stray")).collect())
}

fn count(scene: &Scene) -> anyhow::Result<Refused> {
    let (a, b) = (scene.ed_a.counters()?, scene.ed_b.counters()?);
    Ok(Refused {
        untagged: drops(&a, "port1", DropReason::UntaggedOnTrunk),
        not_on_trunk: drops(&a, "port1", DropReason::VlanNotOnTrunk),
        reserved: drops(&a, "port1", DropReason::ReservedVlan),
        service_tag: drops(&a, "port1", DropReason::ServiceTag),
        not_extended: drops(&a, "evi-link1", DropReason::VlanNotExtended),
        double_tagged: ["port1", "port2"].map(|port| drops(&b, port, DropReason::DoubleTagged)),
    })
}
