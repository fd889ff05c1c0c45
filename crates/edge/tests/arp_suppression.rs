//! ARP requests for addresses of other sites are answered here, where the tables are sure.

use crate::sim;

use std::time::Duration;

use edge::{PortId, Verdict};
use edge_api::{ArpStatus, DropReason};
use sim::frames::{arp_request, tagged};
use sim::{A, B, C, Ed, HostId, ONE_WAY, PUBLICATION, Setup, Sim, VLAN, ms, published};
use wire::{ArpKind, ArpPacket, FrameRef, arp};

/// A VM at ED-A that has announced itself, everybody knows of it, and a client at ED-B.
fn bench() -> (Sim, HostId, HostId) {
    let (mut sim, vm) = published(&Setup {
        ports: vec![VLAN, VLAN],
        ..Setup::default()
    });
    let client = sim.host(B, 0);
    sim.announce(client);
    sim.run(ms(100));
    sim.forget();
    (sim, vm, client)
}

fn ask(sim: &mut Sim, client: HostId, vm: HostId) -> Verdict {
    let (asker, target) = (sim.at(client), sim.at(vm).ip);
    let request = arp_request(asker.mac, asker.ip, target);
    sim.site_frame(asker.ed, asker.port, &request)
}

fn status(sim: &Sim, ed: Ed, vm: HostId) -> Option<ArpStatus> {
    let (now, device) = (sim.now, &sim.devices[ed]);
    let rows = [device.arp_snooping(now), device.arp_suppression(now)].concat();
    let row = rows.iter().find(|row| row.ip == sim.at(vm).ip);
    row.map(|row| row.status)
}

const fn passed_on(site: usize) -> Verdict {
    Verdict::Forwarded { site, public: 2 }
}

#[test]
fn a_known_address_is_answered_out_of_the_port_and_does_not_cross_the_overlay() {
    let (mut sim, vm, client) = bench();
    assert_eq!(ask(&mut sim, client, vm), Verdict::Consumed);
    assert!(sim.copies.is_empty(), "{:?}", sim.copies);
    let [(ed, port, bytes)] = &sim.replies[..] else {
        panic!("{:?}", sim.replies);
    };
    assert_eq!((*ed, *port), (B, PortId(0)));
    let frame = FrameRef::parse(bytes).unwrap();
    let reply = ArpPacket::from_frame(&frame).unwrap().unwrap();
    let (vm, asker) = (sim.at(vm), sim.at(client));
    assert_eq!(reply.kind, ArpKind::Reply);
    assert_eq!((reply.sender_mac, reply.sender_ip), (vm.mac, vm.ip));
    assert_eq!((reply.target_mac, reply.target_ip), (asker.mac, asker.ip));
    assert_eq!((frame.src(), frame.dst()), (vm.mac, asker.mac));
    assert_eq!(sim.delivered.len(), 1, "nobody else hears anything");
    let counters = sim.devices[B].counters();
    assert_eq!(counters.arp_answered, 1);
    let port = &counters.interfaces[0];
    assert_eq!((&*port.name, port.sent_frames > 0), ("port1", true));
}

#[test]
fn the_answer_has_the_tag_of_the_question() {
    let (mut sim, vm, client) = bench();
    let (asker, target) = (sim.at(client), sim.at(vm).ip);
    let request = tagged(&arp_request(asker.mac, asker.ip, target), 0xa000);
    assert_eq!(sim.site_frame(B, 0, &request), Verdict::Consumed);
    let tag = FrameRef::parse(&sim.replies[0].2).unwrap().tag();
    assert_eq!(tag.map(wire::TagControl::bits), Some(0xa000));
}

/// D-9, RFC 5227, and whatever the tables are not sure of.
#[test]
fn d_9_what_mobility_and_hosts_live_on_is_passed_on() {
    let (mut sim, vm, client) = bench();
    let beside = sim.host(B, 1);
    sim.announce(beside);
    let (asker, owner, near) = (sim.at(client), sim.at(vm), sim.at(beside));
    let plain = arp_request(asker.mac, asker.ip, owner.ip);
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = plain.clone();
        change(&mut bytes);
        bytes
    };
    let cases = [
        ("probe", arp::encode_probe(asker.mac, owner.ip).to_vec()),
        ("RARP", arp::encode_rarp(asker.mac).to_vec()),
        (
            "station of the own site",
            arp_request(asker.mac, asker.ip, near.ip),
        ),
        (
            "nobody's address",
            arp_request(asker.mac, asker.ip, [10, 9, 9, 9].into()),
        ),
        (
            "in another's name",
            arp_request(asker.mac, near.ip, owner.ip),
        ),
        ("sender is not the source", with(&|b| b[27] ^= 1)),
        ("reply", with(&|b| b[21] = 2)),
        (
            "gratuitous",
            arp::encode_gratuitous_request(asker.mac, owner.ip).to_vec(),
        ),
    ];
    for (name, bytes) in cases {
        sim.forget();
        assert_eq!(sim.site_frame(B, 0, &bytes), passed_on(1), "{name}");
        assert!(sim.replies.is_empty(), "{name}");
    }
    sim.run(ms(100));
    let unicast = with(&|b| b[..6].copy_from_slice(&owner.mac.octets()));
    let one_link = Verdict::Forwarded { site: 0, public: 1 };
    assert_eq!(sim.site_frame(B, 0, &unicast), one_link, "unicast");
}

/// Here the owner counts as elsewhere although it asks: it has moved too often, and is frozen.
#[test]
fn the_owner_itself_is_not_answered() {
    let (mut sim, vm) = published(&Setup {
        dampening_moves: 1,
        ..Setup::default()
    });
    let (owner, second) = (sim.at(vm), [10, 0, 1, 1].into());
    sim.go(vm, C);
    sim.site_frame(C, 0, &arp::encode_gratuitous_request(owner.mac, second));
    sim.run(ONE_WAY);
    let asker = sim.host(B, 0);
    sim.announce(asker);
    let request = arp_request(sim.at(asker).mac, sim.at(asker).ip, second);
    assert_eq!(sim.site_frame(B, 0, &request), Verdict::Consumed, "others");
    let request = arp_request(owner.mac, owner.ip, second);
    assert_eq!(sim.site_frame(B, 0, &request), passed_on(0));
    assert_eq!(sim.entry(B, vm), "flood", "frozen");
}

#[test]
fn without_suppression_every_request_is_passed_on() {
    let (mut sim, vm) = published(&Setup {
        arp_suppression: false,
        ..Setup::default()
    });
    let client = sim.host(B, 0);
    assert_eq!(ask(&mut sim, client, vm), passed_on(0));
    assert_eq!(sim.devices[B].counters().arp_answered, 0);
}

#[test]
fn an_entry_is_valid_while_the_mac_table_agrees() {
    let (mut sim, vm, client) = bench();
    assert_eq!(
        status(&sim, A, vm),
        Some(ArpStatus::Valid),
        "snooping, local"
    );
    assert_eq!(status(&sim, B, vm), Some(ArpStatus::Valid), "remote");

    sim.go(vm, C);
    sim.run(ONE_WAY);
    assert_eq!(sim.entry(B, vm), "flood");
    assert_eq!(status(&sim, B, vm), Some(ArpStatus::Valid), "flood");
    assert_eq!(ask(&mut sim, client, vm), Verdict::Consumed);

    // Back to A, and a RARP tells: the address is not asserted anew, the MAC is.
    sim.run(PUBLICATION * 2);
    sim.move_host(vm, A);
    let rarp = arp::encode_rarp(sim.at(vm).mac);
    sim.site_frame(A, 0, &rarp);
    sim.run(PUBLICATION * 2);
    assert_eq!(sim.entry(B, vm), "remote evi-a");
    assert_eq!(status(&sim, B, vm), Some(ArpStatus::Invalid), "elsewhere");
    assert_eq!(ask(&mut sim, client, vm), passed_on(1));

    sim.run(Duration::from_secs(300));
    assert_eq!(sim.entry(B, vm), "-");
    assert_eq!(status(&sim, B, vm), Some(ArpStatus::Invalid), "no entry");
    assert_eq!(ask(&mut sim, client, vm), passed_on(1));
}

#[test]
fn a_contested_address_is_not_answered_until_the_contest_is_over() {
    let (mut sim, vm, client) = bench();
    let other = sim.host(C, 0);
    let claim = arp::encode_gratuitous_request(sim.at(other).mac, sim.at(vm).ip);
    for _ in 0..2 {
        sim.site_frame(C, 0, &claim);
        sim.run(ms(100));
        assert_eq!(status(&sim, B, vm), Some(ArpStatus::Collision));
        assert_eq!(ask(&mut sim, client, vm), passed_on(1));
    }
    sim.run(Duration::from_secs(30));
    assert_eq!(status(&sim, B, vm), Some(ArpStatus::Valid));
    assert_eq!(ask(&mut sim, client, vm), Verdict::Consumed);
}

#[test]
fn an_aged_entry_answers_nothing_and_an_announcement_brings_it_back() {
    let (mut sim, vm, client) = bench();
    for _ in 0..13 {
        sim.talk(vm, client);
        sim.run(Duration::from_secs(100));
    }
    assert_eq!(sim.entry(B, vm), "remote evi-a", "the MAC entry lives");
    assert_eq!(status(&sim, B, vm), None);
    assert_eq!(ask(&mut sim, client, vm), passed_on(1));
    sim.announce(vm);
    sim.run(ms(100));
    assert_eq!(ask(&mut sim, client, vm), Verdict::Consumed);
}

/// The request is not lost where the answer cannot leave.
#[test]
fn an_answer_that_cannot_leave_is_counted_and_the_request_goes_on() {
    let (mut sim, vm, client) = bench();
    let (asker, target) = (sim.at(client), sim.at(vm).ip);
    let request = arp_request(asker.mac, asker.ip, target);
    let full = DropReason::TransmitRingFull;
    let verdict = sim.drive(B, |device, now, out| {
        out.refuse_replies = Some(full);
        device.handle_site_frame(now, PortId(0), FrameRef::parse(&request).unwrap(), out)
    });
    assert_eq!(verdict, passed_on(1));
    let counters = sim.devices[B].counters();
    let drops = &counters.interfaces[0].drops;
    assert_eq!((drops[0].reason, drops[0].count), (full, 1));
    assert_eq!(counters.arp_answered, 0);
}

/// A VM that arrives silently and asks first is announced, although its question stays here.
#[test]
fn r_3_a_silent_vm_that_asks_first_is_announced_all_the_same() {
    let (mut sim, vm, client) = bench();
    sim.move_host(vm, C);
    assert_eq!(ask(&mut sim, vm, client), Verdict::Consumed);
    sim.run(ONE_WAY);
    assert_eq!(
        sim.entries(vm),
        ["flood", "flood", "local port1"],
        "announced"
    );
}
