//! How long a change takes with each vendor's timers.

use crate::bench;

use std::time::Duration;

use bench::{Bench, mac, millis, secs};
use isis::TimerProfile;

/// From the change at one system to its knowledge at the other, without the link.
fn delay(bench: &mut Bench, number: u32) -> Duration {
    bench.advertise(0, mac(number));
    let took = bench.until(secs(60), |b| b.knows(1, 0, mac(number)));
    took - bench::LINK_DELAY
}

/// The delays of an isolated change and of a second one right after it.
fn delays(profile: TimerProfile) -> (Duration, Duration) {
    let mut bench = Bench::mesh(2, profile.timers());
    bench.settle();
    (delay(&mut bench, 1), delay(&mut bench, 2))
}

#[test]
fn an_isolated_change_and_a_second_right_after() {
    let d = bench::LINK_DELAY;
    let second = |profile, isolated: Duration, second: Duration| {
        assert_eq!(delays(profile), (isolated, second), "{profile}");
    };
    second(TimerProfile::ComwareV5, secs(2), secs(2));
    // These count from the generation before, which lies a link's delay back.
    second(TimerProfile::ComwareV7, millis(20), millis(220) - d);
    second(TimerProfile::Cisco, millis(50), secs(5) - d);
    second(TimerProfile::Frr, millis(100), secs(30) - d);
    second(TimerProfile::Immediate, secs(0), secs(0));
}

#[test]
fn the_pending_generation_is_shown() {
    let mut bench = Bench::mesh(2, TimerProfile::ComwareV5.timers());
    bench.settle();
    assert_eq!(bench.node(0).lsp_generation_pending(), None);
    bench.advertise(0, mac(1));
    let due = bench.node(0).lsp_generation_pending();
    assert_eq!(due, Some(bench.now + secs(2)));
}

#[test]
fn runs_are_repeatable() {
    let run = || {
        let mut bench = Bench::mesh(3, TimerProfile::Cisco.timers());
        bench.advertise(1, mac(1));
        bench.run(secs(500));
        let sent = bench.sent.iter().map(|s| (s.at, s.from, s.to, s.kind));
        sent.collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}
