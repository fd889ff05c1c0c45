//! The two races that announcement and publication can run, forced by the moment of each arrival: the
//! late announcement (D-1) and the stale publication (D-2), in every mode.

use crate::sim;

use std::time::Duration;

use edge_api::{AnnouncementOutcome, Cause, Mode};
use sim::{A, B, C, ONE_WAY, PUBLICATION, Setup, Sim, ms, published};

/// D-1: the publication is there before the announcement, at the old site and at a third one.
#[test]
fn d_1_a_late_announcement_installs_nothing_in_any_mode() {
    for mode in Mode::ALL {
        let (mut sim, vm) = published(&Setup::mode(*mode));
        for to in [A, B] {
            sim.path(C, to).announcement_delay = PUBLICATION + ms(1);
        }
        sim.go(vm, C);
        sim.run(PUBLICATION + ONE_WAY);
        let settled = ["remote evi-c", "remote evi-c", "local port1"];
        assert_eq!(sim.entries(vm), settled, "{mode}: published");
        assert!(sim.outcomes(A).is_empty() && sim.outcomes(B).is_empty());
        sim.run(ms(1));
        let ignored = match mode {
            Mode::IgpOnly => AnnouncementOutcome::ModeIgnores,
            _ => AnnouncementOutcome::AlreadyPublished,
        };
        for ed in [A, B] {
            assert_eq!(sim.outcomes(ed), [ignored], "{mode}: announced too late");
            assert_eq!(sim.causes(ed), [Cause::Published], "{mode}");
        }
        sim.run(Duration::from_secs(60));
        assert_eq!(sim.check_truth(), Ok(()), "{mode}");
    }
}

/// D-2: ED-A first publishes the VM when it has left, for ED-A does not hear that. At ED-B this stale
/// publication comes between the announcement of ED-C and its publication.
#[test]
fn d_2_a_stale_publication_ends_right_in_every_mode() {
    for mode in Mode::ALL {
        let mut sim = Sim::new(&Setup::mode(*mode));
        let vm = sim.host(A, 0);
        sim.announce(vm);
        sim.run(PUBLICATION / 2);
        sim.path(C, A).loses_announcements = true;
        sim.go(vm, C);
        sim.run(PUBLICATION / 2);
        assert_eq!(sim.listed_by(B, vm), []);
        let before = sim.entry(B, vm);
        sim.run(ONE_WAY);
        assert_eq!(sim.listed_by(B, vm), [A], "{mode}: stale");
        let entry = match mode {
            // Nothing bridges the time here, so that the only publication counts.
            Mode::IgpOnly | Mode::GarpFloodVerified => "remote evi-a",
            Mode::GarpFlood => "flood",
            Mode::GarpRedirect => "redirect evi-c",
        };
        assert_eq!(sim.entry(B, vm), entry, "{mode}, before it: {before}");
        if matches!(mode, Mode::IgpOnly | Mode::GarpFloodVerified) {
            // An announcement that makes no entry is not remembered, so that nothing dates the
            // publication: ED-C, too, takes it for newer than the VM's word, until there is another one.
            assert_eq!(sim.entry(C, vm), "remote evi-a");
            sim.talk(vm, vm);
            sim.run(PUBLICATION / 2);
        }
        sim.run(PUBLICATION / 2 + ONE_WAY);
        let settled = ["remote evi-c", "remote evi-c", "local port1"];
        assert_eq!(sim.entries(vm), settled, "{mode}: published by ED-C");
        sim.run(Duration::from_secs(60));
        assert_eq!(sim.check_truth(), Ok(()), "{mode}");
    }
}
