//! D-6: announcements from the site and from the public side are rate limited.

#![allow(clippy::unwrap_used)] // The exemption for tests does not reach their helpers.

use crate::sim;

use std::time::Duration;

use edge::Verdict;
use edge_api::{AnnouncementOutcome, DropReason, EventKind, RateLimit};
use sim::frames::tagged;
use sim::{A, B, C, Ed, ONE_WAY, PUBLICATION, Setup, Sim, VLAN, ms, published};
use wire::{MacAddr, arp};

const WIDE: RateLimit = RateLimit {
    per_second: 1000,
    burst: 1000,
};
const OVER: Verdict = Verdict::Dropped(DropReason::AnnouncementRate);

const fn narrow(burst: u32) -> RateLimit {
    RateLimit {
        per_second: 1,
        burst,
    }
}

fn limited(rates: [RateLimit; 3]) -> Setup {
    Setup {
        rates,
        ..Setup::default()
    }
}

fn drops(sim: &Sim, ed: Ed, interface: &str) -> u64 {
    let rows = sim.devices[ed].counters().interfaces;
    let row = rows.iter().find(|row| *row.name == *interface).unwrap();
    let over = |d: &&edge_api::DropCount| d.reason == DropReason::AnnouncementRate;
    row.drops.iter().find(over).map_or(0, |drop| drop.count)
}

fn announced(sim: &Sim, ed: Ed) -> usize {
    let sent = |event: &EventKind| matches!(event, EventKind::AnnouncementSent { .. });
    sim.picked(ed, |event| sent(event).then_some(())).len()
}

#[test]
fn d_6_a_station_over_its_limit_is_published_and_not_announced() {
    let mut sim = Sim::new(&limited([narrow(2), WIDE, WIDE]));
    let (noisy, quiet) = (sim.host(A, 0), sim.host(A, 0));
    let verdicts: Vec<_> = (0..5).map(|_| sim.announce(noisy)).collect();
    let passed = Verdict::Forwarded { site: 0, public: 2 };
    assert_eq!(verdicts, [passed, passed, OVER, OVER, OVER]);
    assert_eq!(drops(&sim, A, "port1"), 3);
    assert_eq!(announced(&sim, A), 2);
    assert_eq!(sim.announce(quiet), passed, "the others are not limited");
    sim.run(PUBLICATION * 2);
    let everywhere = ["local port1", "remote evi-a", "remote evi-a"];
    assert_eq!(sim.entries(noisy), everywhere);
    assert_eq!(sim.announce(noisy), passed, "a token has come back");
}

/// R-3 under the limit: the frame that showed the station goes on, IS-IS alone tells.
#[test]
fn d_6_an_arrival_over_the_port_s_limit_is_left_to_the_igp() {
    let (mut sim, first) = published(&limited([WIDE, narrow(1), WIDE]));
    let (second, client) = (sim.host(A, 0), sim.host(C, 0));
    sim.talk(second, client);
    sim.run(Duration::from_secs(40));
    sim.forget();
    for vm in [first, second] {
        sim.move_host(vm, C);
        sim.talk(vm, client);
    }
    assert_eq!(announced(&sim, C), 1);
    let counters = sim.devices[C].counters();
    assert_eq!(counters.arrivals_not_announced, 1);
    sim.run(ONE_WAY);
    assert_eq!(sim.entries(first), ["flood", "flood", "local port1"]);
    let unannounced = ["local port1", "remote evi-a", "local port1"];
    assert_eq!(sim.entries(second), unannounced);
    sim.run(PUBLICATION * 2);
    for vm in [first, second] {
        let published = ["remote evi-c", "remote evi-c", "local port1"];
        assert_eq!(sim.entries(vm), published);
    }
}

/// The same where the station announces itself.
#[test]
fn d_6_an_arrival_whose_own_announcement_is_over_the_limit_is_counted() {
    let (mut sim, vm) = published(&limited([narrow(1), WIDE, WIDE]));
    sim.go(vm, C);
    sim.run(ms(10));
    sim.go(vm, A);
    sim.run(ms(10));
    assert_eq!(sim.entries(vm), ["local port1", "flood", "flood"]);
    sim.move_host(vm, C);
    assert_eq!(sim.announce(vm), OVER);
    assert_eq!(sim.entry(C, vm), "local port1");
    assert_eq!(sim.devices[C].counters().arrivals_not_announced, 1);
}

#[test]
fn d_6_a_link_over_its_limit_is_not_heard_and_the_others_are() {
    let mut sim = Sim::new(&limited([WIDE, WIDE, narrow(2)]));
    let hear = |sim: &mut Sim, peer, last| {
        let bytes = arp::encode_rarp(MacAddr::new([2, 0, 0, 9, 0, last]));
        sim.public_frame(A, peer, &tagged(&bytes, VLAN))
    };
    let verdicts: Vec<_> = (0..6).map(|last| hear(&mut sim, B, last)).collect();
    let heard = Verdict::Forwarded { site: 1, public: 0 };
    assert_eq!(verdicts, [heard, heard, OVER, OVER, OVER, OVER]);
    assert_eq!(drops(&sim, A, "evi-b"), 4);
    let (flood, over) = (
        AnnouncementOutcome::FloodInstalled,
        AnnouncementOutcome::RateLimited,
    );
    assert_eq!(sim.outcomes(A), [flood, flood, over], "told once");
    assert_eq!(hear(&mut sim, C, 7), heard);
    sim.run(Duration::from_secs(1));
    sim.forget();
    let verdicts: Vec<_> = (0..3).map(|last| hear(&mut sim, B, last)).collect();
    assert_eq!(verdicts, [heard, OVER, OVER]);
    let repeated = AnnouncementOutcome::Repeated;
    assert_eq!(sim.outcomes(A), [repeated, over], "told again");
}

/// The defaults let an evacuated site in: a thousand VMs, each with the five RARPs of QEMU.
#[test]
fn d_6_a_thousand_vms_that_arrive_at_once_are_all_announced() {
    let mut sim = Sim::new(&Setup {
        mac_limit: 2000,
        repeats: 3,
        ..Setup::default()
    });
    let start = sim.now;
    for after in [0, 50, 200, 450, 800] {
        sim.run((start + ms(after)).saturating_since(sim.now));
        for number in 0..1000_u16 {
            let [high, low] = number.to_be_bytes();
            let rarp = arp::encode_rarp(MacAddr::new([0x52, 0x54, 0, 9, high, low]));
            let verdict = sim.site_frame(A, 0, &rarp);
            assert_eq!(verdict, Verdict::Forwarded { site: 0, public: 2 });
        }
    }
    sim.run(Duration::from_secs(3));
    for (ed, interface) in [(A, "port1"), (B, "evi-a"), (C, "evi-a")] {
        assert_eq!(drops(&sim, ed, interface), 0, "{interface}");
    }
    assert!(announced(&sim, A) > 5000, "with repeats");
}
