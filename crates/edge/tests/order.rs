//! Announcements and publications in every order of arrival: D-1, D-2, D-3, D-4, D-5.

mod sim;

use std::time::Duration;

use edge_api::{AnnouncementOutcome, Cause, EventKind};
use sim::{A, B, C, HostId, Setup, Sim, frames};
use wire::{AnnouncementStamp, arp};

const D: usize = 3;
const ONE_WAY: Duration = Duration::from_millis(5);
const PUBLICATION: Duration = Duration::from_secs(2);
const NEVER: Duration = Duration::from_secs(7200);

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// The VM at A, everything published.
fn at_a(setup: &Setup) -> (Sim, HostId) {
    let mut sim = Sim::new(setup);
    let vm = sim.host(A, 0);
    sim.announce(vm);
    sim.run(Duration::from_secs(40));
    sim.forget();
    (sim, vm)
}

fn four() -> Setup {
    Setup {
        devices: 4,
        ..Setup::default()
    }
}

fn go(sim: &mut Sim, vm: HostId, ed: usize) {
    sim.move_host(vm, ed);
    sim.announce(vm);
}

fn outcomes(sim: &Sim, ed: usize) -> Vec<AnnouncementOutcome> {
    sim.picked(ed, |event| match event {
        EventKind::AnnouncementHeard { outcome, .. } => Some(*outcome),
        _ => None,
    })
}

fn causes(sim: &Sim, ed: usize) -> Vec<Cause> {
    sim.picked(ed, |event| match event {
        EventKind::MacEntry { cause, .. } => Some(*cause),
        _ => None,
    })
}

#[test]
fn d_1_an_announcement_that_the_igp_outran_installs_nothing() {
    let (mut sim, vm) = at_a(&Setup::default());
    sim.path(C, B).announcement_delay = PUBLICATION * 2;
    go(&mut sim, vm, C);
    sim.run(PUBLICATION * 3);
    assert_eq!(outcomes(&sim, B), [AnnouncementOutcome::AlreadyPublished]);
    assert_eq!(causes(&sim, B), [Cause::Published]);
    assert_eq!(sim.entry(B, vm), "remote evi-c");
}

/// D-1: by the time the announcement comes the VM is back; the local entry is the newer one.
#[test]
fn d_1_an_announcement_older_than_the_local_entry_installs_nothing() {
    let (mut sim, vm) = at_a(&Setup::default());
    sim.path(C, B).announcement_delay = ms(100);
    go(&mut sim, vm, C);
    sim.run(ms(50));
    go(&mut sim, vm, B);
    sim.run(ms(500));
    assert_eq!(outcomes(&sim, B), [AnnouncementOutcome::Stale]);
    assert_eq!(sim.entries(vm), ["flood", "local port1", "flood"]);
    sim.run(PUBLICATION * 3);
    let settled = ["remote evi-b", "local port1", "remote evi-b"];
    assert_eq!(sim.entries(vm), settled);
}

#[test]
fn d_2_a_stale_announcement_installs_nothing_over_a_newer_one() {
    let (mut sim, vm) = at_a(&four());
    sim.path(C, B).announcement_delay = ms(200);
    go(&mut sim, vm, C);
    sim.run(ms(50));
    go(&mut sim, vm, D);
    sim.run(ms(500));
    let expected = [
        AnnouncementOutcome::FloodInstalled,
        AnnouncementOutcome::Stale,
    ];
    assert_eq!(outcomes(&sim, B), expected);
    sim.run(PUBLICATION * 3);
    let by_d = "remote evi-d";
    assert_eq!(sim.entries(vm), [by_d, by_d, by_d, "local port1"]);
}

/// D-4: the same announcement twice is installed once, and a third device that hears it is not misled.
#[test]
fn d_4_an_announcement_heard_twice_changes_nothing_more() {
    let (mut sim, vm) = at_a(&Setup::default());
    go(&mut sim, vm, C);
    sim.run(ONE_WAY);
    let epoch = sim.devices[B].epoch();
    let announcement = sim.data_copies(C, B)[0].bytes.clone();
    sim.from_public(B, C, &announcement);
    assert_eq!(outcomes(&sim, B)[1..], [AnnouncementOutcome::Repeated]);
    assert_eq!(sim.devices[B].epoch(), epoch);
    sim.run(PUBLICATION * 2);
    sim.from_public(B, C, &announcement);
    assert_eq!(
        outcomes(&sim, B)[2..],
        [AnnouncementOutcome::AlreadyPublished]
    );
    assert_eq!(sim.entry(B, vm), "remote evi-c");
}

/// D-2: ED-A, deaf to the announcement, goes on listing the VM and refreshes its LSP meanwhile.
#[test]
fn d_2_a_refresh_of_the_old_lsp_does_not_override_a_flood_entry() {
    let setup = Setup {
        flood_hold: Duration::from_secs(3600),
        ..Setup::default()
    };
    let (mut sim, vm) = at_a(&setup);
    sim.path(C, A).loses_announcements = true;
    sim.path(C, A).control_delay = NEVER;
    sim.path(C, B).control_delay = NEVER;
    let keep_alive = sim.host(A, 0);
    go(&mut sim, vm, C);
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
        sim.from_site(
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
    let (mut sim, vm) = at_a(&four());
    sim.path(D, B).loses_announcements = true;
    go(&mut sim, vm, C);
    sim.run(ms(50));
    go(&mut sim, vm, D);
    sim.run(ms(50));
    assert_eq!(sim.entry(B, vm), "flood");
    sim.run(PUBLICATION * 2);
    assert_eq!(causes(&sim, B), [Cause::Announced, Cause::Published]);
    assert_eq!(sim.entry(B, vm), "remote evi-d");
}

/// D-2, D-5: C publishes a stay that is over. Who heard the later announcement knows better.
#[test]
fn d_2_a_publication_that_an_announcement_has_overtaken_overrides_nothing() {
    let (mut sim, vm) = at_a(&four());
    go(&mut sim, vm, C);
    // ED-C hears too late that the VM has moved on, so that its publication does leave.
    sim.path(D, C).announcement_delay = ms(500);
    sim.run(PUBLICATION - ms(20));
    go(&mut sim, vm, D);
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
        causes(&sim, B),
        [Cause::Announced, Cause::Announced, Cause::Published]
    );
}

/// D-5: A, C and back within the IGP delay; C publishes all the same, and too late.
#[test]
fn d_5_back_within_the_igp_delay_a_late_publication_blinds_nobody() {
    let (mut sim, vm) = at_a(&Setup::default());
    let client = sim.host(B, 0);
    go(&mut sim, vm, C);
    sim.path(A, C).announcement_delay = ms(500);
    sim.run(PUBLICATION - ms(10));
    go(&mut sim, vm, A);
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

/// D-3: the publication never comes; the hold time ends, and the database has the last word.
#[test]
fn d_3_a_flood_entry_falls_back_to_the_database_or_to_nothing() {
    let hold = Duration::from_secs(30);
    for listed in [true, false] {
        let (mut sim, vm) = at_a(&Setup::default());
        for to in [A, B] {
            sim.path(C, to).control_delay = NEVER;
        }
        // With ED-A deaf, its LSP goes on listing the VM.
        sim.path(C, A).loses_announcements = listed;
        go(&mut sim, vm, C);
        sim.run(hold - ms(1));
        assert_eq!(sim.entry(B, vm), "flood");
        sim.run(ONE_WAY * 2);
        let expected = if listed { "remote evi-a" } else { "-" };
        assert_eq!(sim.entry(B, vm), expected);
        assert_eq!(causes(&sim, B), [Cause::Announced, Cause::HoldExpired]);
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
    go(&mut sim, vm, C);
    sim.until(Duration::from_secs(1), |sim| {
        sim.entry(B, vm) == "remote evi-c"
    });
    go(&mut sim, vm, A);
    sim.run(Duration::from_secs(11));
    assert_eq!(sim.listed_by(B, vm), [A, C]);
    assert_eq!(sim.entry(B, vm), "remote evi-a");
}

/// D-5: there and back, whatever the time between; nothing is ever wrong after all has settled.
#[test]
fn d_5_moves_back_and_forth_end_right() {
    for pause in [1, 4, 6, 50, 995, 1005, 1500, 1990, 1996, 2004, 2500, 5000] {
        let (mut sim, vm) = at_a(&Setup::default());
        for ed in [C, A, C, B, A] {
            go(&mut sim, vm, ed);
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
    let (mut sim, vm) = at_a(&Setup::default());
    sim.path(C, A).loses_announcements = true;
    go(&mut sim, vm, C);
    sim.run(ms(500));
    assert_eq!(sim.entries(vm), ["local port1", "flood", "local port1"]);
    go(&mut sim, vm, A);
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
    let (mut sim, vm) = at_a(&setup);
    for (ed, entries) in [
        (C, ["flood", "flood", "local port1"]),
        (A, ["local port1", "flood", "flood"]),
        (B, ["flood", "local port1", "flood"]),
    ] {
        go(&mut sim, vm, ed);
        sim.run(ONE_WAY);
        assert_eq!(sim.entries(vm), entries);
    }
}

/// A device without the trailer, or with a date from far ahead: by order of arrival.
#[test]
fn an_announcement_without_a_believable_stamp_counts_as_newest() {
    let (mut sim, vm) = at_a(&Setup::default());
    let host = sim.at(vm);
    let plain = arp::encode_gratuitous_request(host.mac, host.ip);
    let mut far_ahead = plain;
    AnnouncementStamp::from_micros(u64::MAX).stamp(&mut far_ahead);
    for bytes in [plain, far_ahead] {
        sim.forget();
        sim.announce(vm);
        let verdict = sim.from_public(A, C, &frames::tagged(&bytes, sim::VLAN));
        assert_eq!(
            outcomes(&sim, A),
            [AnnouncementOutcome::FloodInstalled],
            "{verdict:?}"
        );
        sim.from_public(A, C, &frames::tagged(&bytes, sim::VLAN));
        assert_eq!(outcomes(&sim, A)[1..], [AnnouncementOutcome::Repeated]);
        sim.run(PUBLICATION * 2);
    }
}

/// What is no announcement of the station that sent it installs nothing (R-4, D-6).
#[test]
fn probes_questions_and_other_peoples_addresses_announce_nothing() {
    let (mut sim, vm) = at_a(&Setup::default());
    let host = sim.at(vm);
    let announcement = arp::encode_gratuitous_request(host.mac, host.ip);
    let with = |change: &dyn Fn(&mut [u8; arp::FRAME_LEN])| {
        let mut bytes = announcement;
        change(&mut bytes);
        bytes
    };
    let cases = [
        ("probe", with(&|b| b[28..32].fill(0))),
        ("question", with(&|b| b[41] ^= 1)),
        ("sender is not the source", with(&|b| b[11] ^= 1)),
        (
            "unicast",
            with(&|b| b[..6].copy_from_slice(&frames::mac(9).octets())),
        ),
        ("unknown operation", with(&|b| b[21] = 9)),
    ];
    for (name, bytes) in cases {
        sim.forget();
        sim.from_public(A, C, &frames::tagged(&bytes, sim::VLAN));
        assert_eq!(outcomes(&sim, A), [], "{name}");
        assert_eq!(sim.entry(A, vm), "local port1", "{name}");
    }
}
