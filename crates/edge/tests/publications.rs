//! Publications in every order of arrival, and none at all: D-2, D-3, D-5.

use crate::sim;

use std::time::Duration;

use edge_api::{AnnouncementOutcome, Cause};
use sim::{A, B, C, D, ONE_WAY, PUBLICATION, Setup, Sim, frames, ms, published};

/// Longer than any test.
const NEVER: Duration = Duration::from_secs(7200);

/// D-2: ED-A, deaf to the announcement, goes on listing the VM and refreshes its LSP meanwhile.
#[test]
fn d_2_a_refresh_of_the_old_lsp_does_not_override_a_flood_entry() {
    let setup = Setup {
        flood_hold: Duration::from_secs(3600),
        ..Setup::default()
    };
    let (mut sim, vm) = published(&setup);
    sim.path(C, A).loses_announcements = true;
    sim.path(C, A).control_delay = NEVER;
    sim.path(C, B).control_delay = NEVER;
    let keep_alive = sim.host(A, 0);
    sim.go(vm, C);
    sim.run(Duration::from_secs(100));
    let sequence = |sim: &Sim| {
        let rows = sim.devices[B].lsdb();
        let mut own = rows
            .iter()
            .filter(|row| row.lsp_id.system == sim::system(A));
        own.next().map(|row| row.sequence)
    };
    let before = sequence(&sim);
    for _ in 0..5 {
        // The VM's entry in ED-A lives on: some switch of the site still sends its frames there.
        sim.site_frame(
            A,
            0,
            &frames::numbered(sim.at(vm).mac, sim.at(keep_alive).mac, 1),
        );
        sim.run(Duration::from_secs(180));
    }
    assert!(sequence(&sim) > before, "the old LSP was refreshed");
    assert_eq!(sim.listed_by(B, vm), [A]);
    assert_eq!(sim.entry(B, vm), "flood");
}

/// D-2: a device that has announced nothing newly lists the VM: that is news.
#[test]
fn d_2_a_publication_by_another_device_overrides_a_flood_entry() {
    let (mut sim, vm) = published(&Setup::devices(4));
    sim.path(D, B).loses_announcements = true;
    sim.go(vm, C);
    sim.run(ms(50));
    sim.go(vm, D);
    sim.run(ms(50));
    assert_eq!(sim.entry(B, vm), "flood");
    sim.run(PUBLICATION * 2);
    assert_eq!(sim.causes(B), [Cause::Announced, Cause::Published]);
    assert_eq!(sim.entry(B, vm), "remote evi-d");
}

/// D-2, D-5: C publishes a stay that is over. Who heard the later announcement knows better.
#[test]
fn d_2_a_publication_that_an_announcement_has_overtaken_overrides_nothing() {
    let (mut sim, vm) = published(&Setup::devices(4));
    sim.go(vm, C);
    // ED-C hears too late that the VM has moved on, so that its publication does leave.
    sim.path(D, C).announcement_delay = ms(500);
    sim.run(PUBLICATION - ms(20));
    sim.go(vm, D);
    sim.run(ms(100));
    assert_eq!(sim.listed_by(B, vm), [C]);
    assert_eq!(
        sim.entries(vm),
        ["flood", "flood", "local port1", "local port1"]
    );
    sim.run(PUBLICATION * 3);
    let by_d = "remote evi-d";
    assert_eq!(sim.entries(vm), [by_d, by_d, by_d, "local port1"]);
    assert_eq!(
        sim.causes(B),
        [Cause::Announced, Cause::Announced, Cause::Published]
    );
}

/// D-5: A, C and back within the IGP delay; C publishes all the same, and too late.
#[test]
fn d_5_back_within_the_igp_delay_a_late_publication_blinds_nobody() {
    let (mut sim, vm) = published(&Setup::default());
    let client = sim.host(B, 0);
    sim.go(vm, C);
    sim.path(A, C).announcement_delay = ms(500);
    sim.run(PUBLICATION - ms(10));
    sim.go(vm, A);
    sim.run(ms(100));
    assert_eq!(sim.listed_by(B, vm), [A, C], "ED-A's LSP never changed");
    for _ in 0..400 {
        let number = sim.talk(client, vm);
        sim.run(ms(100));
        assert_eq!(sim.received(vm, number), 1, "{:?}", sim.entries(vm));
    }
    assert_eq!(
        sim.entries(vm),
        ["local port1", "remote evi-a", "remote evi-a"]
    );
}

/// D-2, D-5: the announcements come in the wrong order, and the overtaken stay is published after both.
#[test]
fn d_2_an_announcement_that_came_too_late_still_dates_the_publication_after_it() {
    let (mut sim, vm) = published(&Setup::default());
    sim.path(C, B).announcement_delay = ms(200);
    sim.path(A, C).announcement_delay = PUBLICATION * 2;
    sim.go(vm, C);
    sim.run(ms(50));
    sim.go(vm, A);
    sim.run(PUBLICATION);
    assert_eq!(sim.listed_by(B, vm), [A, C]);
    let heard = [
        AnnouncementOutcome::AlreadyPublished,
        AnnouncementOutcome::Stale,
    ];
    assert_eq!(sim.outcomes(B), heard);
    assert_eq!(sim.entry(B, vm), "remote evi-a");
}

/// D-2, D-3: what has been overtaken is the last that an entry falls back to.
#[test]
fn d_3_an_overtaken_publication_counts_as_the_oldest() {
    let setup = Setup {
        flood_hold: Duration::from_secs(10),
        ..Setup::default()
    };
    let (mut sim, vm) = published(&setup);
    sim.path(A, C).announcement_delay = NEVER;
    sim.go(vm, C);
    sim.run(ms(50));
    sim.go(vm, A);
    sim.run(Duration::from_secs(12));
    assert_eq!(sim.listed_by(B, vm), [A, C]);
    assert_eq!(
        sim.entries(vm),
        ["local port1", "remote evi-a", "local port1"]
    );
}

/// D-2: what a device publishes after it has withdrawn is news, even if its announcement got lost.
#[test]
fn d_2_after_its_withdrawal_a_device_is_believed_again() {
    let (mut sim, vm) = published(&Setup::default());
    sim.path(A, C).announcement_delay = ms(500);
    sim.go(vm, C);
    sim.run(PUBLICATION - ms(10));
    sim.go(vm, A);
    sim.run(PUBLICATION * 2);
    assert_eq!(sim.listed_by(B, vm), [A], "listed and withdrawn by ED-C");
    for to in [A, B] {
        sim.path(C, to).loses_announcements = true;
    }
    sim.go(vm, C);
    sim.run(PUBLICATION + ONE_WAY);
    let by_c = "remote evi-c";
    assert_eq!(sim.entries(vm), [by_c, by_c, "local port1"]);
}

/// D-3: the publication never comes; the hold time ends, and the database has the last word.
#[test]
fn d_3_a_flood_entry_falls_back_to_the_database_or_to_nothing() {
    let hold = Duration::from_secs(30);
    for listed in [true, false] {
        let (mut sim, vm) = published(&Setup::default());
        for to in [A, B] {
            sim.path(C, to).control_delay = NEVER;
        }
        // With ED-A deaf, its LSP goes on listing the VM.
        sim.path(C, A).loses_announcements = listed;
        sim.go(vm, C);
        sim.run(hold - ms(1));
        assert_eq!(sim.entry(B, vm), "flood");
        sim.run(ONE_WAY * 2);
        let expected = if listed { "remote evi-a" } else { "-" };
        assert_eq!(sim.entry(B, vm), expected);
        assert_eq!(sim.causes(B), [Cause::Announced, Cause::HoldExpired]);
    }
}

/// D-3, D-5: the announcing device has listed the VM all the time. Of two that list it, it counts.
#[test]
fn d_3_the_announcer_is_the_newest_of_those_that_list_the_vm() {
    let setup = Setup {
        profile: edge_api::TimerProfile::Frr,
        flood_hold: Duration::from_secs(10),
        ..Setup::default()
    };
    let mut sim = Sim::new(&setup);
    let vm = sim.host(A, 0);
    sim.announce(vm);
    // ED-A's next LSP is 30 s away, ED-C's leaves at once.
    sim.until(Duration::from_secs(40), |sim| {
        sim.entry(B, vm) == "remote evi-a"
    });
    sim.go(vm, C);
    sim.until(Duration::from_secs(1), |sim| {
        sim.entry(B, vm) == "remote evi-c"
    });
    sim.go(vm, A);
    sim.run(Duration::from_secs(11));
    assert_eq!(sim.listed_by(B, vm), [A, C]);
    assert_eq!(sim.entry(B, vm), "remote evi-a");
}
