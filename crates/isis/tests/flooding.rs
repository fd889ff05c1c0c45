//! Systems on a virtual clock: adjacencies, flooding, and its repair after losses.

use crate::bench;

use bench::{Bench, config, mac, millis, secs, system};
use isis::{AdjacencyReason, AdjacencyState, Event, LspPacing, TimerProfile, Timers, Transmission};
use wire::isis::PduType;

fn immediate() -> Timers {
    TimerProfile::Immediate.timers()
}

#[test]
fn adjacency_forms_in_the_round_trips_of_the_handshake() {
    let mut bench = Bench::mesh(2, immediate());
    let took = bench.until(secs(60), Bench::all_up);
    assert!(took <= bench::LINK_DELAY * 3, "{took:?}");
    let states = bench.picked(0, |e| match e {
        Event::AdjacencyChanged { from, to, .. } => Some((*from, *to)),
        _ => None,
    });
    assert!(
        states
            .last()
            .is_some_and(|(_, to)| *to == AdjacencyState::Up)
    );
    bench.settle();
    assert_eq!(bench.node(0).hostname(system(1)), Some("ed1"));
}

#[test]
fn macs_propagate_and_are_withdrawn_over_several_hops() {
    let mut bench = Bench::chain(4, immediate());
    bench.settle();
    bench.advertise(0, mac(1));
    let took = bench.until(secs(1), |b| b.knows(3, 0, mac(1)));
    assert_eq!(took, bench::LINK_DELAY * 3);
    bench.withdraw(0, mac(1));
    let took = bench.until(secs(1), |b| !b.knows(3, 0, mac(1)));
    assert_eq!(took, bench::LINK_DELAY * 3);
    let changes = bench.picked(3, |e| match e {
        Event::ReachabilityAdded { originator, entry } => Some((true, *originator, *entry)),
        Event::ReachabilityRemoved { originator, entry } => Some((false, *originator, *entry)),
        _ => None,
    });
    assert_eq!(
        changes,
        [(true, system(0), mac(1)), (false, system(0), mac(1))]
    );
}

#[test]
fn a_lost_lsp_is_sent_again_until_acknowledged_and_not_after() {
    let mut timers = immediate();
    timers.csnp_interval = secs(0);
    let mut bench = Bench::mesh(2, timers);
    bench.settle();
    let mut left = 2;
    bench.loses = Box::new(move |sent, _| {
        let lost = sent.kind == PduType::Lsp && left > 0;
        left -= u32::from(lost);
        lost
    });
    bench.advertise(0, mac(1));
    let took = bench.until(secs(10), |b| b.knows(1, 0, mac(1)));
    assert_eq!(took, secs(2) + bench::LINK_DELAY);
    bench.run(secs(60));
    assert_eq!(bench.count(|s| s.kind == PduType::Lsp), 3);
    assert_eq!(bench.count(|s| s.kind == PduType::Psnp), 1);
    let kinds = bench.picked(0, |e| match e {
        Event::LspSent { transmission, .. } => Some(*transmission),
        _ => None,
    });
    use Transmission::{First, Retransmission};
    assert_eq!(kinds, [First, Retransmission, Retransmission]);
}

#[test]
fn a_periodic_csnp_heals_a_lost_lsp() {
    // Retransmission is out of the way: only a CSNP can tell.
    let mut timers = immediate();
    timers.retransmit_interval = secs(1000);
    let mut bench = Bench::mesh(2, timers);
    bench.settle();
    bench.loses = {
        let mut first = true;
        Box::new(move |s, _| s.kind == PduType::Lsp && std::mem::take(&mut first))
    };
    bench.advertise(0, mac(1));
    let took = bench.until(secs(11), |b| b.knows(1, 0, mac(1)));
    assert!(
        took > secs(0) && took <= secs(10) + bench::LINK_DELAY * 3,
        "{took:?}"
    );
}

#[test]
fn heavy_loss_is_survived() {
    for seed in 1..=8_u64 {
        let mut bench = Bench::mesh(3, immediate());
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        bench.loses = Box::new(move |_, _| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % 100 < 20
        });
        for number in 0..600 {
            bench.advertise(usize::try_from(number % 3).unwrap(), mac(number));
        }
        let all_known = |b: &Bench| {
            (0..600).all(|n| {
                let origin = usize::try_from(n % 3).unwrap();
                (0..3).all(|o| o == origin || b.knows(o, origin, mac(n)))
            })
        };
        bench.until(secs(300), all_known);
    }
}

#[test]
fn a_full_mesh_does_not_storm() {
    let mut bench = Bench::mesh(3, immediate());
    bench.settle();
    bench.advertise(0, mac(1));
    bench.run(millis(900));
    // Each of the two others gets it from the originator and offers it to the other.
    assert!(bench.count(|s| s.kind == PduType::Lsp) <= 4);
    assert!(bench.count(|s| s.kind == PduType::Psnp) <= 4);
    bench.sent.clear();
    bench.run(secs(600));
    assert_eq!(
        bench.count(|s| s.kind == PduType::Lsp),
        0,
        "quiet when nothing changes"
    );
    let hellos = bench.count(|s| s.kind == PduType::P2pIih);
    assert!((3600..=4900).contains(&hellos), "{hellos}");
}

#[test]
fn pacing_spreads_lsps_and_keeps_fragment_0_first() {
    let mut timers = immediate();
    timers.lsp_pacing = LspPacing {
        interval: millis(100),
        burst: 2,
    };
    let mut bench = Bench::mesh(2, timers);
    bench.settle();
    let start = bench.now;
    bench.tell(0, |i, now| (0..1500).for_each(|n| i.advertise(now, mac(n))));
    bench.run(millis(950));
    let sent = bench.events.iter().filter_map(|(at, _, e)| match e {
        Event::LspSent { lsp_id, .. } => Some((at.saturating_since(start), lsp_id.fragment)),
        _ => None,
    });
    let expected = (0..7).map(|f| (millis(u64::from(f / 2) * 100), f));
    assert_eq!(sent.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    assert!(bench.knows(1, 0, mac(1499)));
}

#[test]
fn one_mac_of_many_changes_one_fragment() {
    let mut bench = Bench::mesh(2, immediate());
    bench.tell(0, |i, now| (0..1500).for_each(|n| i.advertise(now, mac(n))));
    bench.settle();
    bench.withdraw(0, mac(700));
    bench.run(secs(5));
    assert_eq!(bench.count(|s| s.kind == PduType::Lsp), 1);
    assert!(bench.knows(1, 0, mac(699)) && !bench.knows(1, 0, mac(700)));
    let removed = bench.picked(1, |e| match e {
        Event::ReachabilityRemoved { entry, .. } => Some(*entry),
        _ => None,
    });
    assert_eq!(removed, [mac(700)]);
}

#[test]
fn a_silent_neighbour_goes_down_after_its_holding_time() {
    let mut bench = Bench::mesh(2, immediate());
    bench.settle();
    bench.kill(1);
    let took = bench.until(secs(4), |b| b.state(0, 1) == AdjacencyState::Down);
    assert!(
        took > secs(1) && took <= secs(3) + bench::LINK_DELAY,
        "{took:?}"
    );
    let reasons = bench.picked(0, |e| match e {
        Event::AdjacencyChanged { reason, .. } => Some(*reason),
        _ => None,
    });
    assert_eq!(reasons, [AdjacencyReason::HoldTimeExpired]);
}

/// The changes of node 0's adjacency: state and reason.
fn changes(bench: &Bench) -> Vec<(AdjacencyState, AdjacencyReason)> {
    bench.picked(0, |e| match e {
        Event::AdjacencyChanged { to, reason, .. } => Some((*to, *reason)),
        _ => None,
    })
}

#[test]
fn a_neighbour_that_restarts_is_up_again_in_round_trips() {
    let mut bench = Bench::mesh(2, TimerProfile::Cisco.timers());
    bench.settle();
    bench.start(1, config(1, TimerProfile::Cisco.timers()));
    bench.until(secs(1), |b| b.state(0, 1) == AdjacencyState::Initializing);
    let took = bench.until(secs(1), Bench::all_up);
    assert!(took <= bench::LINK_DELAY * 3, "{took:?}");
    use AdjacencyState::{Initializing, Up};
    let expected = [
        (Initializing, AdjacencyReason::NeighborForgot),
        (Up, AdjacencyReason::Hello),
    ];
    assert_eq!(changes(&bench), expected);
}

#[test]
fn a_lost_first_hello_after_a_restart_costs_no_holding_time() {
    let mut bench = Bench::mesh(2, TimerProfile::Cisco.timers());
    bench.settle();
    let mut first = true;
    bench.loses = Box::new(move |s, _| s.from == 1 && std::mem::replace(&mut first, false));
    bench.start(1, config(1, TimerProfile::Cisco.timers()));
    assert_eq!(bench.state(1, 0), AdjacencyState::Down);
    bench.until(secs(11), |b| b.state(1, 0) == AdjacencyState::Up);
    bench.until(secs(1), Bench::all_up);
}

#[test]
fn a_removed_circuit_takes_its_adjacency_along() {
    let mut bench = Bench::mesh(3, immediate());
    bench.settle();
    bench.tell(0, |i, now| i.remove_circuit(now, bench::circuit_to(1)));
    let expected = [(AdjacencyState::Down, AdjacencyReason::CircuitRemoved)];
    assert_eq!(changes(&bench), expected);
    bench.advertise(0, mac(1));
    // Round the other way.
    let took = bench.until(secs(1), |b| b.knows(1, 0, mac(1)));
    assert_eq!(took, bench::LINK_DELAY * 2);
    assert_eq!(bench.node(0).circuit_to(system(1)), None);
    assert!(bench.node(0).circuit_to(system(2)).is_some());
}

#[test]
fn nothing_is_accepted_without_an_adjacency_or_from_a_foreign_area() {
    let mut bench = Bench::mesh(2, immediate());
    let mut foreign = config(1, immediate());
    foreign.areas = vec!["49.0002".parse().unwrap()];
    bench.start(1, foreign);
    bench.run(secs(30));
    assert_eq!(bench.state(0, 1), AdjacencyState::Down);
    assert!(
        bench
            .drops
            .iter()
            .any(|(_, drop)| drop.name() == "wrong-area")
    );
    assert_eq!(bench.count(|s| s.kind != PduType::P2pIih), 0);
}

#[test]
fn a_full_database_drops_by_name() {
    let mut bench = Bench::mesh(2, immediate());
    let mut small = config(1, immediate());
    small.lsdb_limit = 3;
    bench.start(1, small);
    bench.tell(0, |i, now| (0..1500).for_each(|n| i.advertise(now, mac(n))));
    bench.run(secs(30));
    assert!(bench.drops.contains(&(1, isis::PduDrop::LsdbFull)));
    assert!(bench.node(1).lsdb().count() <= 3);
    assert!(bench.knows(1, 0, mac(0)), "what fits is used");
}
