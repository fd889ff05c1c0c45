//! the announcement as a message of the edge devices' own, beside the gratuitous ARP.

#![allow(clippy::unwrap_used)] // The exemption for tests does not reach their helpers.

use crate::sim;

use edge::Verdict;
use edge_api::{AnnouncementMessage, AnnouncementOutcome, DropReason, Mode};
use sim::frames::{mac, tagged};
use sim::{A, B, C, Kind, ONE_WAY, PUBLICATION, Setup, Sim, VLAN, published};
use wire::{AnnouncementStamp, ArpPacket, EviAnnouncement, FrameRef, VlanId, arp};

fn messages() -> Setup {
    Setup {
        message: AnnouncementMessage::Evi,
        ..Setup::default()
    }
}

/// The messages that ED-C has sent, and nothing else that is an announcement.
fn sent(sim: &Sim) -> Vec<EviAnnouncement> {
    let of_c = sim.copies.iter().filter(|c| c.from == C);
    let announcements = of_c.filter(|c| c.kind == Kind::Announcement);
    let read = |bytes: &Vec<u8>| {
        let frame = FrameRef::parse(bytes).unwrap();
        assert_eq!(
            frame
                .tag()
                .and_then(wire::TagControl::vlan)
                .map(VlanId::get),
            Some(VLAN)
        );
        EviAnnouncement::from_frame(&frame)
            .expect("no ARP")
            .unwrap()
    };
    announcements.map(|copy| read(&copy.bytes)).collect()
}

/// What hosts at ED-A heard of the VM.
fn heard_in_site_a(sim: &Sim) -> Vec<ArpPacket> {
    let at_a = sim.delivered.iter().filter(|d| d.ed == A);
    let read = |bytes: &Vec<u8>| {
        let frame = FrameRef::parse(bytes).unwrap();
        assert_eq!(AnnouncementStamp::from_frame(&frame), None);
        Some(ArpPacket::from_frame(&frame)?.unwrap())
    };
    at_a.filter_map(|d| read(&d.bytes)).collect()
}

fn message(stamp: u64) -> EviAnnouncement {
    EviAnnouncement {
        vlan: VlanId::new(VLAN).unwrap(),
        mac: mac(1),
        ip: None,
        stamp: AnnouncementStamp::from_micros(stamp),
    }
}

#[test]
fn r_2_one_message_a_link_does_what_a_gratuitous_arp_does() {
    let (mut sim, vm) = published(&messages());
    let _client = sim.host(A, 0);
    sim.go(vm, C);
    let messages = sent(&sim);
    assert_eq!(messages.len(), 2, "one announcement a link");
    let host = sim.at(vm);
    let told = (messages[0].vlan.get(), messages[0].mac, messages[0].ip);
    assert_eq!(told, (VLAN, host.mac, Some(host.ip)));
    sim.run(ONE_WAY);
    assert_eq!(sim.entries(vm), ["flood", "flood", "local port1"], "R-5");
    let [heard] = heard_in_site_a(&sim)[..] else {
        panic!("D-9: hosts hear one announcement");
    };
    assert!(heard.kind.announces());
    assert_eq!((heard.sender_mac, heard.sender_ip), (host.mac, host.ip));
    sim.run(PUBLICATION * 2);
    let published = ["remote evi-c", "remote evi-c", "local port1"];
    assert_eq!(sim.entries(vm), published, "R-10");
}

#[test]
fn r_2_r_15_the_second_embodiment_verifies_by_the_message_too() {
    let (mut sim, vm) = published(&Setup {
        mode: Mode::GarpFloodVerified,
        ..messages()
    });
    // A hypervisor's RARP has no address; the message has the one that the station once told.
    sim.move_host(vm, C);
    sim.site_frame(C, 0, &arp::encode_rarp(sim.at(vm).mac));
    assert_eq!(sent(&sim)[0].ip, Some(sim.at(vm).ip));
    sim.run(ONE_WAY);
    assert_eq!(sim.outcomes(A), [AnnouncementOutcome::FloodInstalled]);
    assert_eq!(sim.outcomes(B), [AnnouncementOutcome::NotFromHere]);
}

#[test]
fn r_3_a_silent_vm_without_a_known_address_is_a_rarp_to_the_sites() {
    let mut sim = Sim::new(&messages());
    let (vm, client) = (sim.host(A, 0), sim.host(A, 0));
    sim.talk(vm, client);
    sim.run(PUBLICATION * 2);
    sim.forget();
    sim.move_host(vm, C);
    sim.talk(vm, client);
    assert_eq!(sent(&sim)[0].ip, None);
    sim.run(ONE_WAY);
    let kinds: Vec<_> = heard_in_site_a(&sim).iter().map(|p| p.kind).collect();
    assert_eq!(kinds, [wire::ArpKind::Rarp]);
}

#[test]
fn d_4_repeats_are_messages_of_the_same_stamp() {
    let (mut sim, vm) = published(&Setup {
        repeats: 2,
        ..messages()
    });
    sim.go(vm, C);
    sim.run(PUBLICATION / 2);
    let stamps: Vec<_> = sent(&sim).iter().map(|m| m.stamp).collect();
    assert_eq!(stamps, [stamps[0]; 6]);
    let repeated = AnnouncementOutcome::Repeated;
    assert_eq!(sim.outcomes(A)[1..], [repeated; 2]);
}

/// All devices understand both, whatever they send: these send gratuitous ARPs.
#[test]
fn r_2_d_1_a_message_is_understood_by_all_and_its_stamp_counts() {
    let (mut sim, vm) = published(&Setup::default());
    assert_eq!(sim.at(vm).mac, mac(1));
    let hear = |sim: &mut Sim, stamp| {
        sim.forget();
        let verdict = sim.public_frame(A, C, &tagged(&message(stamp).encode(), VLAN));
        assert_eq!(verdict, Verdict::Forwarded { site: 1, public: 0 });
        sim.outcomes(A)
    };
    assert_eq!(hear(&mut sim, 1), [AnnouncementOutcome::Stale]);
    assert_eq!(sim.entry(A, vm), "local port1");
    let far_ahead = u64::MAX;
    let installed = AnnouncementOutcome::FloodInstalled;
    assert_eq!(
        hear(&mut sim, far_ahead),
        [installed],
        "by order of arrival"
    );
    assert_eq!(sim.entry(A, vm), "flood");
}

#[test]
fn d_6_a_message_that_contradicts_itself_is_dropped() {
    let (mut sim, vm) = published(&Setup::default());
    let good = message(u64::MAX).encode();
    for (name, at) in [("version", 18), ("VLAN", 21), ("MAC is not the source", 27)] {
        let mut bytes = good;
        bytes[at] ^= 2;
        let verdict = sim.public_frame(A, C, &tagged(&bytes, VLAN));
        assert_eq!(verdict, Verdict::Dropped(DropReason::Malformed), "{name}");
    }
    assert_eq!(sim.outcomes(A), []);
    assert_eq!(sim.entry(A, vm), "local port1");
}

/// Anyone in a site can write one; no device must come to trust it.
#[test]
fn d_6_a_message_from_a_site_is_neither_believed_nor_passed_on() {
    for setup in [messages(), Setup::default()] {
        let (mut sim, vm) = published(&setup);
        let verdict = sim.site_frame(C, 0, &message(u64::MAX).encode());
        let refused = DropReason::EdgeMessageFromSite;
        assert_eq!(verdict, Verdict::Dropped(refused));
        sim.run(PUBLICATION * 2);
        assert_eq!(
            sim.entries(vm),
            ["local port1", "remote evi-a", "remote evi-a"]
        );
    }
}
