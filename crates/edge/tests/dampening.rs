//! D-6: a MAC that moves too often is frozen, visibly, until a time has passed or it is cleared.

use crate::sim;

use std::time::Duration;

use edge_api::{AnnouncementOutcome, EventKind};
use sim::{A, B, C, Ed, HostId, ONE_WAY, Setup, Sim, ms, published};

fn dampening() -> (Sim, HostId) {
    published(&Setup {
        dampening_moves: 5,
        ..Setup::devices(3)
    })
}

/// The VM goes to and fro between C and A, so many times.
fn flap(sim: &mut Sim, vm: HostId, moves: usize) {
    for to in [C, A].into_iter().cycle().take(moves) {
        sim.go(vm, to);
        sim.run(ms(100));
    }
}

fn frozen(sim: &Sim, vm: HostId) -> [bool; 3] {
    [A, B, C].map(|ed: Ed| {
        let row = sim.row(ed, vm).expect("an entry");
        row.frozen_until.is_some()
    })
}

#[test]
fn d_6_the_fifth_move_freezes_the_mac_everywhere_at_the_same_place() {
    let (mut sim, vm) = dampening();
    flap(&mut sim, vm, 4);
    assert_eq!(frozen(&sim, vm), [false; 3]);
    sim.go(vm, C);
    sim.run(ms(100));
    assert_eq!(frozen(&sim, vm), [true; 3]);
    let frozen_here = sim.picked(B, |event| {
        matches!(event, EventKind::MacFrozen { .. }).then_some(())
    });
    assert_eq!(frozen_here.len(), 1);

    let entries = sim.entries(vm);
    assert_eq!(entries, ["flood", "flood", "local port1"]);
    sim.forget();
    sim.go(vm, A);
    sim.run(ms(100));
    assert_eq!(sim.entries(vm), entries, "the sixth move counts nowhere");
    assert!(sim.outcomes(C).contains(&AnnouncementOutcome::Frozen));
}

#[test]
fn d_6_what_was_announced_before_the_freeze_is_still_published() {
    let (mut sim, vm) = dampening();
    flap(&mut sim, vm, 5);
    sim.run(Duration::from_secs(20));
    assert_eq!(
        sim.entries(vm),
        ["remote evi-c", "remote evi-c", "local port1"]
    );
}

#[test]
fn d_6_a_freeze_ends_by_itself_or_when_it_is_cleared() {
    let (mut sim, vm) = dampening();
    flap(&mut sim, vm, 5);
    let row = sim.row(A, vm).expect("an entry");
    assert!(sim.devices[A].thaw(sim.now, row.vlan, row.mac));
    assert!(
        !sim.devices[A].thaw(sim.now, row.vlan, row.mac),
        "only once"
    );
    assert_eq!(frozen(&sim, vm), [false, true, true]);

    sim.run(Duration::from_secs(540));
    sim.forget();
    // Silent for longer than the ageing time: it is learnt anew, and moves again.
    sim.announce(vm);
    sim.run(Duration::from_secs(20));
    sim.go(vm, B);
    sim.run(ONE_WAY);
    assert_eq!(sim.entries(vm), ["flood", "local port1", "flood"]);
    assert_eq!(frozen(&sim, vm), [false; 3]);
}

/// Two stations with one MAC look like one that moves to and fro.
#[test]
fn d_6_two_sites_that_claim_one_mac_end_frozen_visibly_until_thawed() {
    let (mut sim, vm) = dampening();
    let twin = sim.host(C, 0);
    (sim.hosts[twin.0].mac, sim.hosts[twin.0].ip) = (sim.at(vm).mac, sim.at(vm).ip);
    for _ in 0..10 {
        sim.announce(twin);
        sim.run(ms(100));
        sim.announce(vm);
        sim.run(ms(100));
    }
    sim.run(Duration::from_secs(20));
    let place = ["remote evi-c", "remote evi-c", "local port1"];
    assert_eq!(sim.entries(vm), place, "all agree on one of the two");
    assert_eq!(frozen(&sim, vm), [true; 3]);
    for ed in [A, B, C] {
        let events = sim.picked(ed, |event| match event {
            EventKind::MacFrozen { mac, .. } => Some(*mac),
            _ => None,
        });
        assert_eq!(events, [sim.at(vm).mac], "ED {ed}");
    }

    sim.forget();
    let row = sim.row(A, vm).expect("an entry");
    for ed in [A, B, C] {
        sim.drive(ed, |device, now, _| {
            assert!(device.thaw(now, row.vlan, row.mac))
        });
        let thawed = |event: &EventKind| matches!(event, EventKind::MacThawed { .. });
        assert_eq!(sim.picked(ed, |e| thawed(e).then_some(())).len(), 1);
    }
    sim.announce(vm);
    sim.run(ONE_WAY);
    assert_eq!(
        sim.entries(vm),
        ["local port1", "flood", "flood"],
        "it moves"
    );
}

#[test]
fn d_6_moves_far_apart_never_freeze() {
    let (mut sim, vm) = dampening();
    for to in [C, A, C, A, C, A, C] {
        sim.go(vm, to);
        sim.run(Duration::from_secs(50));
    }
    assert_eq!(frozen(&sim, vm), [false; 3]);
}
