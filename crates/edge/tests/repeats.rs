//! D-4: an announcement that the public network loses is repeated, at growing intervals.

use crate::sim;

use std::time::Duration;

use edge_api::{AnnouncementOutcome, EventKind, Trigger};
use sim::{A, B, C, HostId, ONE_WAY, Setup, Sim, ms, published};

fn repeating() -> (Sim, HostId) {
    published(&Setup {
        repeats: 3,
        ..Setup::devices(3)
    })
}

fn repeats_sent(sim: &Sim, ed: usize) -> usize {
    let is_repeat = |event: &EventKind| match event {
        EventKind::AnnouncementSent { trigger, .. } if *trigger == Trigger::Repeat => Some(()),
        _ => None,
    };
    sim.picked(ed, is_repeat).len()
}

#[test]
fn d_4_a_lost_announcement_is_made_good_by_the_first_repeat() {
    let (mut sim, vm) = repeating();
    sim.path(C, B).loses_announcements = true;
    sim.go(vm, C);
    sim.run(ms(90));
    assert_eq!(sim.entries(vm), ["flood", "remote evi-a", "local port1"]);
    sim.path(C, B).loses_announcements = false;
    sim.run(ms(20));
    assert_eq!(sim.entries(vm), ["flood", "flood", "local port1"]);
}

#[test]
fn d_4_repeats_come_at_growing_intervals_and_change_nothing() {
    let (mut sim, vm) = repeating();
    let moved = sim.now;
    sim.go(vm, C);
    sim.run(ONE_WAY * 2);
    let epoch = sim.devices[A].epoch();
    for (until, repeats) in [
        (ms(99), 0),
        (ms(110), 1),
        (ms(310), 2),
        (ms(710), 3),
        (ms(1900), 3),
    ] {
        let elapsed = sim.now.saturating_since(moved);
        sim.run(until.saturating_sub(elapsed));
        assert_eq!(repeats_sent(&sim, C), repeats, "{until:?} after the move");
    }
    assert_eq!(sim.devices[A].epoch(), epoch);
    assert_eq!(sim.outcomes(A)[1..], [AnnouncementOutcome::Repeated; 3]);
}

#[test]
fn d_4_a_station_that_has_left_is_not_announced_any_more() {
    let (mut sim, vm) = repeating();
    sim.go(vm, C);
    sim.run(ms(50));
    sim.go(vm, B);
    sim.run(Duration::from_secs(1));
    assert_eq!(repeats_sent(&sim, C), 0);
    assert_eq!(repeats_sent(&sim, B), 3);
    assert_eq!(sim.entries(vm), ["flood", "local port1", "flood"]);
}
