//! Access ports and trunks, and the same MAC in two VLANs.

use crate::sim;

use std::time::Duration;

use edge::{PortId, Verdict};
use edge_api::{DropReason, EventKind, Trigger};
use sim::frames::{self, mac, numbered, tagged};
use sim::{A, B, C, HostId, Setup, Sim, VLAN, VLAN_2, vlan};
use wire::{FrameRef, MacAddr, arp};

/// Priority 5, drop eligible.
const PRIORITY: u16 = 0xb000;

/// The ports of every device: an access port of VLAN 100, a trunk with native VLAN 100, one without.
const ACCESS: u16 = 0;
const NATIVE: u16 = 1;
const TAGGED: u16 = 2;

fn setup() -> Setup {
    Setup {
        trunks: vec![(vec![VLAN, VLAN_2], Some(VLAN)), (vec![VLAN, VLAN_2], None)],
        ..Setup::devices(3)
    }
}

#[test]
fn a_trunk_takes_the_tags_of_its_vlans_and_names_what_it_refuses() {
    let mut sim = Sim::new(&Setup {
        trunks: vec![(vec![VLAN, VLAN_2], Some(VLAN)), (vec![VLAN_2], None)],
        ..Setup::default()
    });
    let plain = numbered(mac(1), MacAddr::BROADCAST, 1);
    let (native, none) = (1, 2);
    let refused = |reason| Err(reason);
    for (port, tag, expected) in [
        (native, None, Ok(VLAN)),
        (native, Some(0xf000), Ok(0xf000 | VLAN)),
        (native, Some(VLAN), Ok(VLAN)),
        (native, Some(PRIORITY | VLAN_2), Ok(PRIORITY | VLAN_2)),
        (native, Some(300), refused(DropReason::VlanNotOnTrunk)),
        (native, Some(0x0fff), refused(DropReason::ReservedVlan)),
        (none, Some(0xffff), refused(DropReason::ReservedVlan)),
        (none, Some(VLAN), refused(DropReason::VlanNotOnTrunk)),
        (none, None, refused(DropReason::UntaggedOnTrunk)),
        (none, Some(0xe000), refused(DropReason::UntaggedOnTrunk)),
        (none, Some(0x7000 | VLAN_2), Ok(0x7000 | VLAN_2)),
    ] {
        sim.forget();
        let bytes = tag.map_or(plain.clone(), |tag| tagged(&plain, tag));
        let verdict = sim.site_frame(A, port, &bytes);
        match expected {
            Ok(tag) => {
                assert_eq!(sim.copies.len(), 2, "{port} {tag:#x}");
                assert_eq!(sim.copies[0].bytes, tagged(&plain, tag), "{port}");
            }
            Err(reason) => {
                assert_eq!(verdict, Verdict::Dropped(reason), "{port} {tag:?}");
                assert!(sim.copies.is_empty() && sim.left.is_empty());
            }
        }
    }
    assert_eq!(sim.drops(A, "port3", DropReason::UntaggedOnTrunk), 2);
}

#[test]
fn priority_and_drop_eligibility_are_kept_from_access_port_to_trunk_and_back() {
    let mut sim = Sim::new(&setup());
    let (access, trunk) = (sim.host(A, ACCESS), sim.host(B, TAGGED));
    sim.talk(trunk, access);
    sim.talk(access, trunk);
    sim.run(Duration::from_secs(10));
    sim.forget();
    let (here, there) = (sim.at(access).mac, sim.at(trunk).mac);
    sim.site_frame(A, ACCESS, &tagged(&numbered(here, there, 1), PRIORITY));
    sim.site_frame(
        B,
        TAGGED,
        &tagged(&numbered(there, here, 2), PRIORITY | VLAN),
    );
    sim.run(Duration::from_secs(1));
    let on_links: Vec<_> = [sim.data_copies(A, B), sim.data_copies(B, A)].concat();
    let tags = on_links
        .iter()
        .map(|copy| FrameRef::parse(&copy.bytes).unwrap().tag());
    let tags: Vec<_> = tags.map(|tag| tag.map(|tag| tag.bits())).collect();
    assert_eq!(tags, [Some(PRIORITY | VLAN); 2]);
    assert_eq!(sim.ways(B), [(TAGGED, Some(PRIORITY | VLAN))]);
    assert_eq!(
        sim.ways(A),
        [(ACCESS, None)],
        "an access port carries no tag"
    );
}

#[test]
fn a_broadcast_leaves_by_the_ports_of_its_vlan_each_in_its_own_way() {
    let mut sim = Sim::new(&setup());
    let trunk = sim.host(A, TAGGED);
    let broadcast = numbered(sim.at(trunk).mac, MacAddr::BROADCAST, 1);
    sim.site_frame(A, TAGGED, &tagged(&broadcast, PRIORITY | VLAN));
    sim.run(Duration::from_secs(1));
    assert_eq!(sim.ways(A), [(ACCESS, None), (NATIVE, None)]);
    let tag = Some(PRIORITY | VLAN);
    assert_eq!(sim.ways(B), [(ACCESS, None), (NATIVE, None), (TAGGED, tag)]);
    sim.forget();
    sim.site_frame(A, TAGGED, &tagged(&broadcast, VLAN_2));
    sim.run(Duration::from_secs(1));
    assert_eq!(sim.ways(A), [(NATIVE, Some(VLAN_2))]);
    assert_eq!(
        sim.ways(C),
        [(NATIVE, Some(VLAN_2)), (TAGGED, Some(VLAN_2))]
    );
}

/// What is inside the first tag is payload, as long as there is a first tag: a host cannot send into
/// another VLAN by writing its tag second.
#[test]
fn a_second_tag_is_payload_and_never_becomes_the_first() {
    let mut sim = Sim::new(&setup());
    let inner = tagged(&numbered(mac(1), MacAddr::BROADCAST, 1), VLAN_2);
    let inner = FrameRef::parse_untagged(&inner).unwrap();
    let double = |bits| {
        inner
            .with_tag(Some(wire::TagControl::from_bits(bits)))
            .to_vec()
    };
    // Into the native VLAN, by a tag of it or by a priority tag, and out where it has no tag.
    for (port, outer) in [(TAGGED, VLAN), (ACCESS, PRIORITY)] {
        sim.forget();
        let bytes = double(outer);
        sim.site_frame(A, port, &bytes);
        sim.run(Duration::from_secs(1));
        let ways = sim.ways(B);
        assert_eq!(
            ways,
            [(TAGGED, Some((outer & 0xf000) | VLAN))],
            "the tagged way alone"
        );
        assert!(
            sim.left
                .iter()
                .all(|(.., bytes)| bytes.ends_with(inner.payload()))
        );
    }
    assert_eq!(sim.drops(B, "port1", DropReason::DoubleTagged), 2);
    assert_eq!(sim.drops(B, "port2", DropReason::DoubleTagged), 2);
    assert_eq!(sim.drops(A, "port2", DropReason::DoubleTagged), 2);
}

/// the station's own announcement, tagged on a trunk, is passed on in its VLAN.
#[test]
fn r_4_an_announcement_on_a_trunk_moves_the_station_of_that_vlan() {
    let mut sim = Sim::new(&setup());
    let vm = sim.host_in(A, TAGGED, VLAN_2);
    sim.announce(vm);
    sim.run(Duration::from_secs(40));
    assert_eq!(
        sim.entries(vm),
        ["local port3", "remote evi-a", "remote evi-a"]
    );
    sim.forget();
    sim.go(vm, C);
    sim.run(Duration::from_millis(100));
    assert_eq!(sim.entries(vm), ["flood", "flood", "local port3"]);
    // D-9: into the other sites, as the broadcast that it is.
    assert_eq!(
        sim.ways(B),
        [(NATIVE, Some(VLAN_2)), (TAGGED, Some(VLAN_2))]
    );
    sim.run(Duration::from_secs(40));
    assert_eq!(
        sim.entries(vm),
        ["remote evi-c", "remote evi-c", "local port3"]
    );
}

/// R-3, D-9: what the device itself announces goes into its own site on all ports of the VLAN but the
/// station's, tagged on trunks, with the priority of the frame that told of the station.
#[test]
fn r_3_d_9_the_devices_own_announcement_is_tagged_on_trunks() {
    let mut sim = Sim::new(&setup());
    let vm = sim.host(A, ACCESS);
    sim.announce(vm);
    sim.run(Duration::from_secs(40));
    sim.forget();
    let silent = numbered(sim.at(vm).mac, mac(99), 1);
    sim.site_frame(C, ACCESS, &tagged(&silent, PRIORITY));
    let announced =
        |bytes: &[u8]| arp::encode_gratuitous_request(sim.at(vm).mac, sim.at(vm).ip) == *bytes;
    let own: Vec<_> = sim
        .left
        .iter()
        .map(|(_, port, bytes)| (port.0, FrameRef::parse(bytes).unwrap()))
        .filter(|(_, frame)| announced(&frame.with_tag(None).to_vec()))
        .map(|(port, frame)| (port, frame.tag().map(|tag| tag.bits())))
        .collect();
    assert_eq!(own, [(NATIVE, None), (TAGGED, Some(PRIORITY | VLAN))]);
    let triggers = sim.picked(C, |event| match event {
        EventKind::AnnouncementSent { trigger, vlan, .. } => Some((*trigger, vlan.get())),
        _ => None,
    });
    assert_eq!(triggers, [(Trigger::LocalOverride, VLAN)]);
}

/// Two stations of ED-A with the same MAC, in VLAN 100 and in VLAN 200; and a client of the first at
/// ED-B. Everybody knows all of them.
fn twins() -> (Sim, HostId, HostId, HostId) {
    let mut sim = Sim::new(&setup());
    let (stays, moves) = (sim.host(A, NATIVE), sim.host_in(A, TAGGED, VLAN_2));
    sim.hosts[moves.0].mac = sim.at(stays).mac;
    let client = sim.host(B, ACCESS);
    for host in [stays, moves, client] {
        sim.announce(host);
    }
    sim.run(Duration::from_secs(40));
    assert_eq!(sim.entries(stays), HOME);
    sim.forget();
    (sim, stays, moves, client)
}

const HOME: [&str; 3] = ["local port2", "remote evi-a", "remote evi-a"];

/// entries are of VLAN and MAC. One of two stations with the same MAC moves, and the
/// other stays where it is, in every table.
#[test]
fn r_1_r_5_r_10_the_same_mac_in_two_vlans_is_two_stations() {
    let (mut sim, stays, moves, _) = twins();
    sim.go(moves, C);
    sim.run(Duration::from_millis(100));
    assert_eq!(sim.entries(moves), ["flood", "flood", "local port3"]);
    assert_eq!(sim.entries(stays), HOME);
    sim.run(Duration::from_secs(40));
    let moved = ["remote evi-c", "remote evi-c", "local port3"];
    assert_eq!(sim.entries(moves), moved);
    assert_eq!(sim.entries(stays), HOME);
    let listed = [stays, moves].map(|host| sim.listed_by(B, host));
    assert_eq!(listed, [[A], [C]]);
    let announced = sim.picked(C, |event| match event {
        EventKind::AnnouncementSent { vlan, .. } => Some(*vlan),
        _ => None,
    });
    assert_eq!(announced, [vlan(VLAN_2)], "announced in its own VLAN");
    let addresses = sim.devices[A].arp_suppression(sim.now).len();
    assert_eq!(addresses, 2, "the client's, and the moved station's");
}

/// While one of them is flooded, a frame for the other goes to it alone.
#[test]
fn r_7_a_flood_entry_is_of_its_vlan_alone() {
    let (mut sim, stays, moves, client) = twins();
    sim.go(moves, C);
    sim.run(Duration::from_millis(100));
    let number = sim.talk(client, stays);
    sim.run(Duration::from_secs(1));
    assert_eq!(sim.received(stays, number), 1);
    let is_it = |bytes: &[u8]| frames::number(bytes) == Some(number);
    let ways = sim.left.iter().filter(|(.., bytes)| is_it(bytes));
    let ways: Vec<_> = ways.map(|(ed, port, _)| (*ed, *port)).collect();
    assert_eq!(ways, [(A, PortId(NATIVE))]);
    let copies = sim.copies.iter().filter(|copy| is_it(&copy.bytes));
    assert_eq!(copies.count(), 1);
}
