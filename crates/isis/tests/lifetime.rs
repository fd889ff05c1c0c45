//! Systems on a virtual clock: refresh, expiry, purge, restart, sequence numbers.

use crate::bench;

use bench::{Bench, config, mac, millis, secs, system};
use isis::{AdjacencyState, Event, TimerProfile, Timers};
use wire::isis::{Lsp, LspFlags, PduType};
use wire::{LspId, SystemId};

fn immediate() -> Timers {
    TimerProfile::Immediate.timers()
}

fn fragment(node: usize, fragment: u8) -> LspId {
    LspId {
        system: system(node),
        pseudonode: 0,
        fragment,
    }
}

fn sequence(bench: &Bench, node: usize, id: LspId) -> Option<u32> {
    let mut lsps = bench.node(node).lsdb();
    lsps.find(|l| l.lsp_id == id && l.remaining_lifetime > 0)
        .map(|l| l.sequence)
}

fn removals(bench: &Bench, node: usize) -> usize {
    let removed = |e: &Event| matches!(e, Event::ReachabilityRemoved { .. }).then_some(());
    bench.picked(node, removed).len()
}

#[test]
fn lsps_are_refreshed_before_they_expire_and_that_is_no_change() {
    let mut bench = Bench::mesh(2, immediate());
    bench.advertise(0, mac(1));
    bench.settle();
    let before = sequence(&bench, 1, fragment(0, 0)).unwrap();
    bench.run(secs(4000));
    let after = sequence(&bench, 1, fragment(0, 0)).unwrap();
    assert!((4..=6).contains(&(after - before)), "{before} {after}");
    assert_eq!(removals(&bench, 1), 0);
    assert!(bench.knows(1, 0, mac(1)));
}

#[test]
fn the_lsp_of_a_dead_system_expires() {
    let mut bench = Bench::mesh(3, immediate());
    bench.advertise(2, mac(1));
    bench.settle();
    bench.kill(2);
    let took = bench.until(secs(1300), |b| {
        !b.knows(0, 2, mac(1)) && !b.knows(1, 2, mac(1))
    });
    assert!(took > secs(1000) && took <= secs(1201), "{took:?}");
    let expired = |e: &Event| matches!(e, Event::LspExpired { .. }).then_some(());
    assert!(!bench.picked(0, expired).is_empty() || !bench.picked(1, expired).is_empty());
    assert_eq!(removals(&bench, 0), 1);
    let header = |b: &Bench| b.node(0).lsdb().any(|l| l.lsp_id == fragment(2, 0));
    assert!(header(&bench), "the header is kept for a while");
    bench.run(secs(62));
    assert!(!header(&bench));
}

#[test]
fn a_restarted_system_takes_its_old_lsps_over() {
    for profile in TimerProfile::ALL {
        let mut bench = Bench::mesh(3, profile.timers());
        bench.tell(0, |i, now| (0..400).for_each(|n| i.advertise(now, mac(n))));
        bench.settle();
        let old = sequence(&bench, 1, fragment(0, 0)).unwrap();
        bench.start(0, config(0, profile.timers()));
        bench.advertise(0, mac(9000));
        bench.until(secs(40), |b| {
            b.knows(1, 0, mac(9000)) && !b.knows(1, 0, mac(0))
        });
        bench.until(secs(40), |b| !b.knows(2, 0, mac(399)));
        assert!(
            sequence(&bench, 1, fragment(0, 0)).unwrap() > old,
            "{profile}"
        );
        assert_eq!(
            sequence(&bench, 1, fragment(0, 1)),
            None,
            "purged: {profile}"
        );
        bench.settle();
        assert!(bench.knows(2, 0, mac(9000)));
    }
}

#[test]
fn a_fragment_that_becomes_empty_is_purged() {
    let mut bench = Bench::mesh(2, immediate());
    bench.settle(); // The neighbour has its place in fragment 0.
    bench.tell(0, |i, now| (0..300).for_each(|n| i.advertise(now, mac(n))));
    bench.settle();
    assert!(sequence(&bench, 1, fragment(0, 1)).is_some());
    bench.tell(0, |i, now| (0..300).for_each(|n| i.withdraw(now, mac(n))));
    bench.until(secs(1), |b| sequence(b, 1, fragment(0, 1)).is_none());
    bench.run(secs(1));
    assert_eq!(removals(&bench, 1), 300);
    let purged = |e: &Event| matches!(e, Event::LspPurged { .. }).then_some(());
    assert_eq!(bench.picked(1, purged).len(), 1);
    let withdrawn = bench.picked(0, |e| match e {
        Event::LspOriginated { removed, .. } => Some(removed.len()),
        _ => None,
    });
    assert_eq!(
        withdrawn.iter().sum::<usize>(),
        300,
        "the purge tells what it withdrew"
    );
    // The fragment may come again: with a higher sequence number.
    bench.tell(0, |i, now| (0..300).for_each(|n| i.advertise(now, mac(n))));
    bench.until(secs(1), |b| b.knows(1, 0, mac(299)));
}

#[test]
fn shutdown_purges_and_ends_the_adjacency_at_once() {
    let mut bench = Bench::mesh(2, immediate());
    bench.advertise(0, mac(1));
    bench.settle();
    bench.tell(0, |i, now| i.shutdown(now));
    let took = bench.until(secs(1), |b| {
        !b.knows(1, 0, mac(1)) && b.node(1).neighbour(bench::circuit_to(0)).is_none()
    });
    assert_eq!(took, bench::LINK_DELAY);
    bench.until(secs(2), |b| b.state(1, 0) == AdjacencyState::Down);
    assert_eq!(bench.node(0).next_deadline(), None);
    bench.run(secs(30));
    assert_eq!(bench.count(|s| s.from == 0 && s.kind == PduType::P2pIih), 1);
}

/// An LSP as if it came from node 1, about `originator`.
fn forged(originator: SystemId, fragment: u8, sequence: u32) -> Vec<u8> {
    let lsp = Lsp {
        remaining_lifetime: 1200,
        id: LspId {
            system: originator,
            pseudonode: 0,
            fragment,
        },
        sequence,
        flags: LspFlags::LEVEL1,
        tlvs: Vec::new(),
    };
    lsp.encode().unwrap()
}

fn receive(bench: &mut Bench, node: usize, from: usize, pdu: &[u8]) {
    bench
        .tell(node, |i, now| {
            i.handle_pdu(now, bench::circuit_to(from), pdu)
        })
        .unwrap();
}

#[test]
fn an_own_lsp_heard_with_a_higher_sequence_is_overtaken() {
    let mut bench = Bench::mesh(2, immediate());
    bench.settle();
    receive(&mut bench, 0, 1, &forged(system(0), 0, 500));
    bench.run(millis(10));
    assert_eq!(sequence(&bench, 1, fragment(0, 0)), Some(501));
}

#[test]
fn an_unknown_own_fragment_is_purged() {
    let mut bench = Bench::mesh(3, immediate());
    bench.settle();
    let alien = forged(system(0), 7, 3);
    receive(&mut bench, 1, 2, &alien);
    bench.run(millis(50));
    for node in 0..3 {
        assert_eq!(sequence(&bench, node, fragment(0, 7)), None);
    }
}

#[test]
fn confusion_is_purged_and_the_originator_recovers() {
    let mut bench = Bench::mesh(3, immediate());
    bench.advertise(2, mac(1));
    bench.settle();
    let now = sequence(&bench, 0, fragment(2, 0)).unwrap();
    receive(&mut bench, 0, 1, &forged(system(2), 0, now));
    assert_eq!(removals(&bench, 0), 1);
    bench.until(secs(5), |b| b.knows(0, 2, mac(1)) && b.knows(1, 2, mac(1)));
    assert_eq!(sequence(&bench, 0, fragment(2, 0)), Some(now + 1));
}

#[test]
fn an_exhausted_sequence_rests_until_the_last_lsp_has_died_out() {
    let mut bench = Bench::mesh(2, immediate());
    bench.advertise(0, mac(1));
    bench.settle();
    receive(&mut bench, 0, 1, &forged(system(0), 0, u32::MAX));
    bench.run(secs(1000));
    assert_eq!(sequence(&bench, 1, fragment(0, 0)), None);
    bench.until(secs(300), |b| b.knows(1, 0, mac(1)));
    assert_eq!(sequence(&bench, 1, fragment(0, 0)), Some(1));
}

#[test]
fn fragments_wait_for_fragment_0() {
    let mut bench = Bench::mesh(2, immediate());
    bench.tell(0, |i, now| (0..300).for_each(|n| i.advertise(now, mac(n))));
    let mut first = true;
    bench.loses = Box::new(move |sent, pdu| {
        let zero = sent.kind == PduType::Lsp && sent.from == 0 && pdu[19] == 0;
        zero && std::mem::replace(&mut first, false)
    });
    bench.until(secs(5), |b| sequence(b, 1, fragment(0, 1)).is_some());
    assert!(!bench.knows(1, 0, mac(299)), "stored, not used");
    bench.until(secs(5), |b| {
        b.knows(1, 0, mac(299)) && b.knows(1, 0, mac(0))
    });
    bench.settle();
}
