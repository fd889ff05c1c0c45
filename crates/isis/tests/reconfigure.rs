//! Systems on a virtual clock that get other timers, or another key, while they run.

use crate::bench;

use bench::keyed::{SECRET, key, keyed_mesh};
use bench::{Bench, circuit_to, mac, millis, secs, system};
use isis::{AdjacencyState, AuthenticationKey, CircuitConfig, Event, TimerProfile, Timers};
use wire::isis::PduType;

const IMMEDIATE: fn() -> Timers = || TimerProfile::Immediate.timers();

fn set_timers(bench: &mut Bench, node: usize, change: impl FnOnce(&mut Timers)) {
    let mut timers = *bench.node(node).timers();
    change(&mut timers);
    bench.tell(node, |i, now| i.set_timers(now, timers));
}

fn set_key(bench: &mut Bench, node: usize, key: Option<AuthenticationKey>) {
    bench.tell(node, |i, now| i.set_authentication(now, key));
}

fn adjacency_changes(bench: &Bench) -> usize {
    let is_change = |event: &Event| matches!(event, Event::AdjacencyChanged { .. });
    bench.events.iter().filter(|(_, _, e)| is_change(e)).count()
}

#[test]
fn another_hello_interval_is_in_force_from_the_next_hello_and_costs_no_adjacency() {
    for (from, to) in [(1, 10), (10, 1)] {
        let timers = Timers {
            hello_interval: secs(from),
            hold_multiplier: 3,
            ..IMMEDIATE()
        };
        let mut bench = Bench::mesh(2, timers);
        bench.until(secs(30), Bench::all_up);
        bench.settle();
        bench.events.clear();
        set_timers(&mut bench, 0, |timers| timers.hello_interval = secs(to));
        bench.run(secs(from));
        bench.sent.clear();
        bench.run(secs(60));
        assert_eq!(adjacency_changes(&bench), 0, "{from} s to {to} s");
        let hellos = bench.count(|s| s.from == 0 && s.kind == PduType::P2pIih);
        let whole = usize::try_from(60 / to).unwrap();
        // Jitter shortens by a quarter at the most.
        assert!(
            (whole - 1..=whole * 4 / 3 + 1).contains(&hellos),
            "{hellos}"
        );
    }
}

#[test]
fn another_generation_rule_counts_for_the_next_change() {
    let mut bench = Bench::mesh(2, TimerProfile::Frr.timers());
    bench.until(secs(60), Bench::all_up);
    bench.run(secs(60));
    set_timers(&mut bench, 0, |t| {
        t.lsp_generation = IMMEDIATE().lsp_generation
    });
    bench.advertise(0, mac(1));
    assert!(bench.until(secs(1), |b| b.knows(1, 0, mac(1))) < millis(100));
    set_timers(&mut bench, 0, |t| {
        t.lsp_generation = TimerProfile::ComwareV5.timers().lsp_generation;
    });
    bench.advertise(0, mac(2));
    let took = bench.until(secs(3), |b| b.knows(1, 0, mac(2)));
    assert!((secs(2)..secs(3)).contains(&took), "{took:?}");
}

/// A rule that never ends a busy time has counted for long; the next rule does not start at its slowest.
#[test]
fn what_was_generated_under_another_rule_counts_once() {
    let mut bench = Bench::mesh(2, TimerProfile::ComwareV5.timers());
    bench.until(secs(60), Bench::all_up);
    bench.settle();
    for number in 0..10 {
        bench.advertise(0, mac(number));
        bench.until(secs(3), |b| b.knows(1, 0, mac(number)));
    }
    set_timers(&mut bench, 0, |t| {
        t.lsp_generation = TimerProfile::ComwareV7.timers().lsp_generation;
    });
    bench.advertise(0, mac(10));
    let took = bench.until(secs(6), |b| b.knows(1, 0, mac(10)));
    assert!(took < millis(500), "{took:?}");
}

#[test]
fn csnps_can_be_switched_off_and_on() {
    let mut bench = Bench::mesh(2, IMMEDIATE());
    bench.until(secs(30), Bench::all_up);
    bench.settle();
    let csnps = |bench: &mut Bench| {
        bench.sent.clear();
        bench.run(secs(60));
        bench.count(|s| s.from == 0 && s.kind == PduType::Csnp)
    };
    assert!(csnps(&mut bench) > 0);
    set_timers(&mut bench, 0, |timers| timers.csnp_interval = secs(0));
    assert_eq!(csnps(&mut bench), 0);
    set_timers(&mut bench, 0, |timers| timers.csnp_interval = secs(5));
    assert!(csnps(&mut bench) >= 12);
}

/// Who joins with the new key gets everything under it, at once.
#[test]
fn own_lsps_are_signed_anew_with_another_key() {
    let (mut bench, _tape) = keyed_mesh(3);
    bench.settle();
    bench.tell(0, |i, now| (0..600).for_each(|n| i.advertise(now, mac(n))));
    bench.settle();
    for node in 0..2 {
        set_key(&mut bench, node, Some("another secret".parse().unwrap()));
    }
    bench.run(secs(1));
    bench.start(2, bench::keyed::keyed(2, "another secret"));
    bench.until(secs(5), |b| (0..600).all(|n| b.knows(2, 0, mac(n))));
}

/// All get the new key one after the other, within the hold time.
#[test]
fn a_key_that_all_get_within_the_hold_time_costs_no_adjacency_and_no_lsp() {
    let other: AuthenticationKey = "another secret".parse().unwrap();
    for to in [Some(other), None] {
        let (mut bench, _tape) = keyed_mesh(3);
        bench.settle();
        bench.tell(0, |i, now| (0..600).for_each(|n| i.advertise(now, mac(n))));
        bench.settle();
        bench.events.clear();
        for node in 0..3 {
            set_key(&mut bench, node, to.clone());
            bench.run(millis(500));
        }
        bench.run(secs(60));
        assert_eq!(adjacency_changes(&bench), 0);
        let lost = |event: &Event| matches!(event, Event::ReachabilityRemoved { .. });
        assert!(!bench.events.iter().any(|(_, _, e)| lost(e)));
        bench.drops.clear();
        bench.advertise(0, mac(600));
        bench.until(secs(1), |b| b.knows(2, 0, mac(600)));
        bench.run(secs(30));
        assert!(bench.drops.is_empty(), "{:?}", bench.drops);
    }
}

#[test]
fn a_key_that_a_neighbour_does_not_get_ends_its_adjacency_with_the_hold_time() {
    let (mut bench, _tape) = keyed_mesh(2);
    bench.settle();
    set_key(&mut bench, 0, Some("another secret".parse().unwrap()));
    assert_eq!(bench.state(0, 1), AdjacencyState::Up, "not at once");
    let hold = bench.node(0).timers().hold_time();
    bench.run(hold + secs(1));
    assert_eq!(bench.state(0, 1), AdjacencyState::Down);
    assert_eq!(bench.state(1, 0), AdjacencyState::Down);
    set_key(&mut bench, 0, Some(SECRET.parse().unwrap()));
    assert_eq!(bench.node(0).config().authentication, Some(key()));
    bench.until(secs(30), Bench::all_up);
}

/// The neighbour does not have to wait for its hold time.
#[test]
fn a_removed_circuit_says_goodbye_and_comes_back() {
    let mut bench = Bench::mesh(2, IMMEDIATE());
    bench.until(secs(30), Bench::all_up);
    bench.settle();
    let hold = bench.node(1).timers().hold_time();
    bench.tell(0, |i, now| i.remove_circuit(now, circuit_to(1)));
    let took = bench.until(hold, |b| b.state(1, 0) != AdjacencyState::Up);
    assert_eq!(took, bench::LINK_DELAY);
    bench.tell(0, |i, now| {
        let ipv4_address = [10, 0, 0, 1].into();
        let id = circuit_to(1);
        i.add_circuit(now, CircuitConfig { id, ipv4_address });
    });
    bench.until(secs(5), Bench::all_up);
    assert_eq!(bench.node(0).circuit_to(system(1)), Some(circuit_to(1)));
}
