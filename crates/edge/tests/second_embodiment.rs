//! Second embodiment: ARP snooping and suppression, and a flood entry only where they show that the
//! station has left (R-12 to R-16, D-7).

use crate::sim;

use std::time::Duration;

use edge_api::{AnnouncementOutcome, ArpStatus, EventKind, Mode, Trigger};
use sim::{A, B, C, Ed, HostId, ONE_WAY, PUBLICATION, Setup, Sim, published};

/// `snooping port1` or `suppression evi-a` for the address of `host`, as the device's tables have it.
fn arp(sim: &Sim, ed: Ed, host: HostId) -> String {
    let (now, device) = (sim.now, &sim.devices[ed]);
    let mac = sim.at(host).mac;
    let of_host = |rows: Vec<edge_api::ArpRow>| rows.into_iter().find(|row| row.mac == mac);
    let snooped = of_host(device.arp_snooping(now)).map(|row| format!("snooping {}", row.port));
    let suppressed = of_host(device.arp_suppression(now));
    let suppressed = suppressed.map(|row| format!("suppression {}", row.port));
    snooped.or(suppressed).unwrap_or_else(|| "none".to_owned())
}

fn arps(sim: &Sim, host: HostId) -> [String; 3] {
    [A, B, C].map(|ed| arp(sim, ed, host))
}

fn verified() -> (Sim, HostId) {
    published(&Setup::mode(Mode::GarpFloodVerified))
}

#[test]
fn r_12_to_r_16_the_tables_when_the_vm_starts_and_after_its_move() {
    let (mut sim, vm) = verified();
    let started = ["snooping port1", "suppression evi-a", "suppression evi-a"];
    assert_eq!(arps(&sim, vm), started, "R-12, R-13");

    sim.go(vm, C);
    sim.run(ONE_WAY);
    let moved = ["suppression evi-c", "suppression evi-c", "snooping port1"];
    assert_eq!(arps(&sim, vm), moved, "R-14, R-15");
    assert_eq!(sim.entry(A, vm), "flood", "R-15: the VM has left A");
    assert_eq!(sim.entry(B, vm), "remote evi-a", "R-15: it was never at B");
    assert_eq!(sim.outcomes(A), [AnnouncementOutcome::FloodInstalled]);
    assert_eq!(sim.outcomes(B), [AnnouncementOutcome::NotFromHere]);

    sim.run(PUBLICATION * 2);
    assert_eq!(
        sim.entries(vm),
        ["remote evi-c", "remote evi-c", "local port1"],
        "R-16"
    );
}

#[test]
fn d_7_the_third_site_loses_until_the_publication_and_the_old_one_does_not() {
    let (mut sim, vm) = verified();
    let (old, third) = (sim.host(A, 0), sim.host(B, 0));
    sim.go(vm, C);
    sim.run(ONE_WAY);
    let (from_old, from_third) = (sim.talk(old, vm), sim.talk(third, vm));
    sim.run(ONE_WAY * 2);
    assert_eq!(sim.received(vm, from_old), 1);
    assert_eq!(
        sim.received(vm, from_third),
        0,
        "as written: R-9 drops it at ED-A"
    );
    sim.run(PUBLICATION * 2);
    let from_third = sim.talk(third, vm);
    sim.run(ONE_WAY * 2);
    assert_eq!(sim.received(vm, from_third), 1);
}

/// R-3 with an address: the announcement of a silent VM is made from the suppression table, so that it
/// can be verified.
#[test]
fn r_3_a_silent_vm_is_announced_with_the_address_that_it_once_told() {
    let (mut sim, vm) = verified();
    let client = sim.host(C, 0);
    sim.move_host(vm, C);
    sim.talk(vm, client);
    sim.run(ONE_WAY);
    let sent = sim.picked(C, |event| match event {
        EventKind::AnnouncementSent { trigger, ip, .. } => Some((*trigger, ip.is_some())),
        _ => None,
    });
    assert_eq!(sent, [(Trigger::LocalOverride, true)]);
    assert_eq!(sim.entry(A, vm), "flood");
    assert_eq!(arp(&sim, C, vm), "snooping port1");
}

/// The same where the device that hears it first knows the VM by a flood entry: it was announced
/// elsewhere just before, and moved on.
#[test]
fn r_3_a_silent_vm_that_was_a_flood_entry_is_announced_with_its_address_on_the_wire() {
    let (mut sim, vm) = published(&Setup::default());
    let client = sim.host(C, 0);
    sim.go(vm, B);
    sim.run(ONE_WAY);
    assert_eq!(sim.entry(C, vm), "flood");
    sim.forget();
    sim.move_host(vm, C);
    sim.talk(vm, client);
    let frames: Vec<_> = sim.copies.iter().filter(|c| c.from == C).collect();
    assert_eq!(frames.len(), 2, "on every EVI link");
    for copy in frames {
        let frame = wire::FrameRef::parse(&copy.bytes).unwrap();
        let packet = wire::ArpPacket::from_frame(&frame).unwrap().unwrap();
        let host = sim.at(vm);
        assert_eq!(packet.kind, wire::ArpKind::Announcement);
        assert_eq!((packet.sender_mac, packet.sender_ip), (host.mac, host.ip));
    }
    sim.run(ONE_WAY);
    assert_eq!(sim.entries(vm), ["flood", "flood", "local port1"]);
}

#[test]
fn r_15_another_station_with_the_address_is_a_collision_and_no_departure() {
    let (mut sim, vm) = verified();
    let other = sim.host(C, 0);
    let mac = sim.at(other).mac;
    let frame = wire::arp::encode_gratuitous_request(mac, sim.at(vm).ip);
    sim.site_frame(C, 0, &frame);
    sim.run(ONE_WAY);
    assert_eq!(sim.outcomes(A), [AnnouncementOutcome::NotFromHere]);
    assert_eq!(sim.entry(A, vm), "local port1");
    let rows = sim.devices[A].arp_suppression(sim.now);
    let row = rows.iter().find(|row| row.mac == mac);
    assert_eq!(row.map(|row| row.status), Some(ArpStatus::Collision));
}

#[test]
fn entries_of_the_arp_tables_age() {
    let (mut sim, vm) = verified();
    sim.run(Duration::from_secs(1200));
    assert_eq!(arps(&sim, vm), ["none", "none", "none"]);
}

#[test]
fn first_embodiment_needs_no_earlier_announcement() {
    let mut sim = Sim::new(&Setup::mode(Mode::GarpFlood));
    let (vm, client) = (sim.host(A, 0), sim.host(A, 0));
    sim.talk(vm, client);
    sim.run(Duration::from_secs(40));
    sim.go(vm, C);
    sim.run(ONE_WAY);
    assert_eq!(sim.entries(vm), ["flood", "flood", "local port1"]);
}
