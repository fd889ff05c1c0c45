//! MACs that a system lists for good (D-6).

use crate::bench;

use bench::{Bench, config, mac, secs, system};
use isis::{Event, TimerProfile};

#[test]
fn d_6_a_static_mac_is_listed_as_such_and_the_others_are_not() {
    let timers = TimerProfile::Immediate.timers();
    let mut bench = Bench::mesh(2, timers);
    for node in 0..2 {
        bench.start(node, config(node, timers));
    }
    bench.settle();
    bench.tell(0, |instance, now| {
        instance.advertise_static(now, mac(1));
        instance.advertise(now, mac(2));
    });
    bench.until(secs(1), |b| b.knows(1, 0, mac(1)) && b.knows(1, 0, mac(2)));
    let fixed = |b: &Bench, node, number| {
        let systems = b.node(node).static_originators(mac(number));
        systems.collect::<Vec<_>>()
    };
    assert_eq!(fixed(&bench, 1, 1), [system(0)]);
    assert_eq!(fixed(&bench, 0, 1), [system(0)], "its own");
    assert!(fixed(&bench, 1, 2).is_empty() && fixed(&bench, 1, 3).is_empty());

    bench.tell(0, |instance, now| instance.shutdown(now));
    bench.until(secs(1), |b| !b.knows(1, 0, mac(1)));
    assert!(fixed(&bench, 1, 1).is_empty(), "purged");
}

/// A device comes back with a configuration that makes a MAC static which it listed before.
#[test]
fn d_6_a_mac_that_becomes_static_is_told_of_again() {
    let timers = TimerProfile::Immediate.timers();
    let mut bench = Bench::mesh(2, timers);
    for node in 0..2 {
        bench.start(node, config(node, timers));
    }
    bench.settle();
    bench.advertise(0, mac(1));
    bench.until(secs(1), |b| b.knows(1, 0, mac(1)));
    let told = |b: &Bench| {
        b.picked(1, |event| match event {
            Event::ReachabilityAdded { entry, .. } => Some((true, *entry)),
            Event::ReachabilityRemoved { entry, .. } => Some((false, *entry)),
            _ => None,
        })
    };
    assert_eq!(told(&bench), [(true, mac(1))]);
    bench.kill(0);
    bench.run(secs(1));
    bench.start(0, config(0, timers));
    bench.tell(0, |instance, now| instance.advertise_static(now, mac(1)));
    let is_fixed = |b: &Bench| b.node(1).static_originators(mac(1)).count() == 1;
    bench.until(secs(60), is_fixed);
    assert_eq!(told(&bench), [(true, mac(1)), (true, mac(1))]);
    bench.run(secs(2000));
    assert!(is_fixed(&bench), "refreshed");
    assert_eq!(told(&bench).len(), 2, "a refresh tells nothing");
}
