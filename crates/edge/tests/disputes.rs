//! Two devices take one station for their own: the last frame heard decides (D-1, D-5).

use crate::sim;

use std::time::Duration;

use edge_api::{AnnouncementOutcome, EventKind, Mode, Trigger};
use sim::{A, B, C, HostId, ONE_WAY, PUBLICATION, Setup, Sim, ms, published};

const HOLD: Duration = Duration::from_secs(30);
const ANNOUNCING: [Mode; 3] = [Mode::GarpFlood, Mode::GarpFloodVerified, Mode::GarpRedirect];

fn repeating(mode: Mode) -> (Sim, HostId) {
    published(&Setup {
        repeats: 3,
        ..Setup::mode(mode)
    })
}

fn announced(sim: &Sim, ed: usize) -> Vec<Trigger> {
    sim.picked(ed, |event| match event {
        EventKind::AnnouncementSent { trigger, .. } => Some(*trigger),
        _ => None,
    })
}

/// D-1: ED-A missed the departure, so that the return is no change to it. The repeat of the departure
/// comes after the return all the same.
#[test]
fn d_1_a_frame_heard_since_the_announcement_was_made_is_newer() {
    for mode in ANNOUNCING {
        let (mut sim, vm) = repeating(mode);
        sim.path(C, A).loses_announcements = true;
        sim.go(vm, C);
        sim.run(ms(50));
        sim.path(C, A).loses_announcements = false;
        sim.move_host(vm, A);
        sim.talk(vm, vm);
        assert_eq!(announced(&sim, A), [], "{mode}: nothing new to ED-A");
        sim.run(ms(50) + ONE_WAY);
        assert_eq!(sim.outcomes(A), [AnnouncementOutcome::Stale], "{mode}");
        assert_eq!(sim.entry(A, vm), "local port1", "{mode}");
        assert_eq!(
            announced(&sim, A),
            [Trigger::Repeat],
            "{mode}: contradicted"
        );
        sim.run(ONE_WAY);
        assert_ne!(sim.entry(C, vm), "local port1", "{mode}: ED-C gives way");
        sim.run(HOLD * 2);
        assert_eq!(sim.check_truth(), Ok(()), "{mode}");
    }
}

/// D-1: a frame heard long before the announcement can have been made counts for nothing, however far
/// ahead the clock of the device that heard it is.
#[test]
fn d_1_where_frames_are_old_no_clock_is_asked() {
    let setup = Setup {
        repeats: 3,
        clock_skew: Duration::from_secs(20),
        ..Setup::default()
    };
    let (mut sim, vm) = published(&setup);
    sim.go(vm, C);
    sim.run(PUBLICATION * 3);
    sim.talk(vm, vm);
    sim.run(Duration::from_secs(1));
    sim.go(vm, A);
    sim.run(ONE_WAY);
    assert_eq!(sim.entries(vm), ["local port1", "flood", "flood"]);
}

/// The VM is at ED-C again, which has not noticed that it was away and publishes it. But the others
/// take that for the stay before, which ED-A's announcement has ended.
fn contested(mode: Mode) -> (Sim, HostId) {
    let (mut sim, vm) = published(&Setup::mode(mode));
    sim.path(A, C).loses_announcements = true;
    sim.go(vm, C);
    sim.run(ms(50));
    sim.go(vm, A);
    sim.run(ms(50));
    sim.move_host(vm, C);
    sim.talk(vm, vm);
    sim.run(PUBLICATION * 2);
    sim.path(A, C).loses_announcements = false;
    assert_eq!(sim.entry(A, vm), "local port1", "{mode}");
    assert_eq!(sim.entry(C, vm), "local port1", "{mode}");
    assert_eq!(sim.listed_by(B, vm), [A, C], "{mode}");
    (sim, vm)
}

/// D-5: one frame is enough, once publications have had their time.
#[test]
fn d_5_a_frame_that_another_device_contradicts_is_announced() {
    for mode in ANNOUNCING {
        let (mut sim, vm) = contested(mode);
        sim.run(HOLD - PUBLICATION * 2 - ms(200));
        sim.forget();
        sim.talk(vm, vm);
        assert_eq!(
            announced(&sim, C),
            [],
            "{mode}: a hand-over may take that long"
        );
        sim.run(PUBLICATION);
        sim.talk(vm, vm);
        sim.talk(vm, vm);
        assert_eq!(announced(&sim, C), [Trigger::LocalOverride], "{mode}: once");
        sim.run(ONE_WAY);
        assert_ne!(sim.entry(A, vm), "local port1", "{mode}: ED-A gives way");
        sim.run(HOLD * 2);
        assert_eq!(sim.check_truth(), Ok(()), "{mode}");
        sim.forget();
        sim.talk(vm, vm);
        assert_eq!(
            announced(&sim, C),
            [],
            "{mode}: nobody contradicts any more"
        );
    }
}

/// A device that contradicts but cannot be reached is not argued with.
#[test]
fn d_5_who_is_out_of_reach_contests_nothing() {
    let (mut sim, vm) = contested(Mode::GarpFlood);
    sim.between(A, C, |path| path.cut = true);
    sim.run(HOLD * 2);
    sim.forget();
    sim.talk(vm, vm);
    assert_eq!(announced(&sim, C), []);
}

/// D-5, R-15: ED-C has restarted and knows no address, so that its announcement cannot be verified. But
/// it lists the VM.
#[test]
fn d_5_an_announcement_that_cannot_be_verified_renews_a_publication() {
    let (mut sim, vm) = contested(Mode::GarpFloodVerified);
    sim.run(HOLD);
    sim.forget();
    let rarp = wire::arp::encode_rarp(sim.at(vm).mac);
    sim.site_frame(C, 0, &rarp);
    sim.run(ONE_WAY);
    assert_eq!(sim.outcomes(A), [AnnouncementOutcome::AlreadyPublished]);
    assert_eq!(sim.entry(A, vm), "remote evi-c");
    sim.run(PUBLICATION * 2);
    assert_eq!(
        sim.entries(vm),
        ["remote evi-c", "remote evi-c", "local port1"]
    );
}
