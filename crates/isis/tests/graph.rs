//! Systems that are no neighbours: found through the link-state graph, and lost.

use crate::bench;

use std::net::Ipv4Addr;

use bench::{Bench, config, mac, secs, system};
use isis::{Event, GraphUse, InstanceConfig, TimerProfile, Timers};

fn timers() -> Timers {
    TimerProfile::Immediate.timers()
}

fn address(node: usize) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 0, u8::try_from(node + 1).unwrap())
}

/// A chain of four whose first system follows the graph.
fn chain() -> Bench {
    let mut bench = Bench::chain(4, timers());
    let following = InstanceConfig {
        graph: GraphUse::Followed,
        ..config(0, timers())
    };
    bench.start(0, following);
    bench.until(secs(60), |b| b.node(0).is_reachable(system(3)));
    bench
}

/// The systems that system 0 lost and found, by number.
fn news(bench: &Bench) -> Vec<(char, u8)> {
    bench.picked(0, |event| match event {
        Event::SystemReachable { system } => Some(('+', system.octets()[5] - 1)),
        Event::SystemUnreachable { system } => Some(('-', system.octets()[5] - 1)),
        _ => None,
    })
}

#[test]
fn a_system_behind_others_is_found_by_its_address() {
    let bench = chain();
    for far in 1..4 {
        assert_eq!(bench.node(0).system_at(address(far)), Some(system(far)));
    }
    assert_eq!(bench.node(0).system_at(address(0)), None, "this system");
    assert_eq!(news(&bench), [('+', 1), ('+', 2), ('+', 3)]);
    assert_eq!(bench.node(1).system_at(address(3)), None, "not followed");
}

/// Its LSP is in the database for 20 minutes yet, with all its MACs.
#[test]
fn a_system_that_dies_is_lost_when_its_neighbour_says_so() {
    let mut bench = chain();
    bench.advertise(3, mac(1));
    bench.until(secs(60), |b| b.knows(0, 3, mac(1)));
    bench.events.clear();
    bench.kill(3);
    let hold = timers().hold_time();
    let took = bench.until(secs(120), |b| !b.node(0).is_reachable(system(3)));
    assert!(took <= hold + secs(5), "{took:?}, hold time {hold:?}");
    assert_eq!(news(&bench), [('-', 3)]);
    assert!(bench.knows(0, 3, mac(1)), "the LSP is still there");
}

#[test]
fn what_is_behind_the_own_adjacency_is_lost_with_it() {
    let mut bench = chain();
    bench.events.clear();
    bench.tell(0, |i, now| i.remove_circuit(now, bench::circuit_to(1)));
    assert_eq!(news(&bench), [('-', 1), ('-', 2), ('-', 3)]);
}

/// What a system lists is told after it is found, and taken back before it is lost.
#[test]
fn a_purge_takes_the_macs_back_first() {
    let mut bench = chain();
    bench.advertise(3, mac(1));
    bench.until(secs(60), |b| b.knows(0, 3, mac(1)));
    bench.events.clear();
    bench.tell(3, |i, now| i.shutdown(now));
    bench.until(secs(60), |b| !b.node(0).is_reachable(system(3)));
    let order = bench.picked(0, |event| match event {
        Event::ReachabilityRemoved { .. } => Some("removed"),
        Event::SystemUnreachable { .. } => Some("lost"),
        _ => None,
    });
    assert_eq!(order, ["removed", "lost"]);
}

/// MACs that come and go, and refreshes, are no news of the graph.
#[test]
fn macs_do_not_touch_the_graph() {
    let mut bench = chain();
    bench.events.clear();
    for number in 0..2000 {
        bench.tell(3, |i, now| i.advertise(now, mac(number)));
    }
    bench.until(secs(60), |b| b.knows(0, 3, mac(1999)));
    bench.run(timers().refresh_interval);
    bench.until(secs(60), |b| b.knows(0, 3, mac(1999)));
    assert_eq!(news(&bench), []);
    assert!(bench.node(0).is_reachable(system(3)));
}
