//! Announcements in every order of arrival: D-1, D-4, D-5.

use crate::sim;

use std::time::Duration;

use edge_api::{AnnouncementOutcome, Cause};
use sim::{A, B, C, D, ONE_WAY, PUBLICATION, Setup, ms, published};

#[test]
fn d_1_an_announcement_that_the_igp_outran_installs_nothing() {
    let (mut sim, vm) = published(&Setup::default());
    sim.path(C, B).announcement_delay = PUBLICATION * 2;
    sim.go(vm, C);
    sim.run(PUBLICATION * 3);
    assert_eq!(sim.outcomes(B), [AnnouncementOutcome::AlreadyPublished]);
    assert_eq!(sim.causes(B), [Cause::Published]);
    assert_eq!(sim.entry(B, vm), "remote evi-c");
}

/// D-1: by the time the announcement comes the VM is back; the local entry is the newer one.
#[test]
fn d_1_an_announcement_older_than_the_local_entry_installs_nothing() {
    let (mut sim, vm) = published(&Setup::default());
    sim.path(C, B).announcement_delay = ms(100);
    sim.go(vm, C);
    sim.run(ms(50));
    sim.go(vm, B);
    sim.run(ms(500));
    assert_eq!(sim.outcomes(B), [AnnouncementOutcome::Stale]);
    assert_eq!(sim.entries(vm), ["flood", "local port1", "flood"]);
    sim.run(PUBLICATION * 3);
    let settled = ["remote evi-b", "local port1", "remote evi-b"];
    assert_eq!(sim.entries(vm), settled);
}

#[test]
fn d_2_a_stale_announcement_installs_nothing_over_a_newer_one() {
    let (mut sim, vm) = published(&Setup::devices(4));
    sim.path(C, B).announcement_delay = ms(200);
    sim.go(vm, C);
    sim.run(ms(50));
    sim.go(vm, D);
    sim.run(ms(500));
    let expected = [
        AnnouncementOutcome::FloodInstalled,
        AnnouncementOutcome::Stale,
    ];
    assert_eq!(sim.outcomes(B), expected);
    sim.run(PUBLICATION * 3);
    let by_d = "remote evi-d";
    assert_eq!(sim.entries(vm), [by_d, by_d, by_d, "local port1"]);
}

/// D-4: the same announcement twice is installed once, and a third device that hears it is not misled.
#[test]
fn d_4_an_announcement_heard_twice_changes_nothing_more() {
    let (mut sim, vm) = published(&Setup::default());
    sim.go(vm, C);
    sim.run(ONE_WAY);
    let epoch = sim.devices[B].epoch();
    let announcement = sim.data_copies(C, B)[0].bytes.clone();
    sim.public_frame(B, C, &announcement);
    assert_eq!(sim.outcomes(B)[1..], [AnnouncementOutcome::Repeated]);
    assert_eq!(sim.devices[B].epoch(), epoch);
    sim.run(PUBLICATION * 2);
    sim.public_frame(B, C, &announcement);
    assert_eq!(
        sim.outcomes(B)[2..],
        [AnnouncementOutcome::AlreadyPublished]
    );
    assert_eq!(sim.entry(B, vm), "remote evi-c");
}

/// D-5: there and back, whatever the time between; nothing is ever wrong after all has settled.
#[test]
fn d_5_moves_back_and_forth_end_right() {
    for pause in [1, 4, 6, 50, 995, 1005, 1500, 1990, 1996, 2004, 2500, 5000] {
        let (mut sim, vm) = published(&Setup::default());
        for ed in [C, A, C, B, A] {
            sim.go(vm, ed);
            sim.run(ms(pause));
        }
        sim.run(Duration::from_secs(40));
        let settled = ["local port1", "remote evi-a", "remote evi-a"];
        assert_eq!(sim.entries(vm), settled, "pause {pause} ms");
    }
}

/// D-4, D-5: ED-A never heard that the VM had left. On its return it says so anew, and that counts.
#[test]
fn d_5_a_return_to_a_device_that_missed_the_departure_is_an_assertion_of_its_own() {
    let (mut sim, vm) = published(&Setup::default());
    sim.path(C, A).loses_announcements = true;
    sim.go(vm, C);
    sim.run(ms(500));
    assert_eq!(sim.entries(vm), ["local port1", "flood", "local port1"]);
    sim.go(vm, A);
    sim.run(ONE_WAY);
    assert_eq!(sim.entries(vm), ["local port1", "flood", "flood"]);
    sim.run(Duration::from_secs(40));
    assert_eq!(
        sim.entries(vm),
        ["local port1", "remote evi-a", "remote evi-a"]
    );
}

/// Stamps follow cause and effect where clocks differ by up to the minute that is believed.
#[test]
fn clocks_that_differ_do_not_make_a_later_move_the_older_one() {
    let setup = Setup {
        clock_skew: Duration::from_secs(20),
        ..Setup::default()
    };
    let (mut sim, vm) = published(&setup);
    for (ed, entries) in [
        (C, ["flood", "flood", "local port1"]),
        (A, ["local port1", "flood", "flood"]),
        (B, ["flood", "local port1", "flood"]),
    ] {
        sim.go(vm, ed);
        sim.run(ONE_WAY);
        assert_eq!(sim.entries(vm), entries);
    }
}
