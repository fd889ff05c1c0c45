//! Another configuration while the device runs: each key that may change, and what stays as it is.

use crate::sim;

use std::time::Duration;

use edge_api::{AnnouncementOutcome, Cause, ConfigChange, EdgeConfig, EventKind, Mode};
use edge_api::{TimerProfile, Trigger};
use sim::{A, B, C, Ed, HostId, ONE_WAY, PUBLICATION, Setup, Sim, ms, published};

const MINUTE: Duration = Duration::from_secs(60);

/// Reloads devices with the configuration that they started with, but for a change.
fn change(sim: &mut Sim, setup: &Setup, eds: &[Ed], change: impl Fn(&mut EdgeConfig)) {
    for ed in eds {
        let mut config = setup.config(*ed);
        change(&mut config);
        let changes = sim
            .reload(*ed, &config)
            .expect("a configuration to take over");
        assert!(!changes.is_empty());
    }
}

fn heard(sim: &Sim, ed: Ed) -> AnnouncementOutcome {
    *sim.outcomes(ed).last().expect("an announcement was heard")
}

/// Nothing of this may happen by a reload: entries and adjacencies stay, events are numbered on.
fn expect_undisturbed(sim: &Sim) {
    let disturbs = |event: &EventKind| match event {
        EventKind::MacEntry { .. } | EventKind::Adjacency { .. } => Some(format!("{event:?}")),
        _ => None,
    };
    for ed in 0..sim.devices.len() {
        assert_eq!(sim.picked(ed, disturbs), [""; 0], "ED {ed}");
    }
}

#[test]
fn d_3_a_flood_entry_lives_out_its_hold_time_in_a_mode_that_makes_none() {
    for before in [Mode::GarpFlood, Mode::GarpRedirect] {
        let setup = Setup {
            flood_hold: Duration::from_secs(5),
            repeats: 3,
            ..Setup::mode(before)
        };
        let (mut sim, vm) = published(&setup);
        // Nobody hears of the move by IS-IS.
        sim.path(C, A).control_delay = MINUTE;
        sim.path(C, B).control_delay = MINUTE;
        sim.go(vm, C);
        sim.run(ONE_WAY);
        let provisional = sim.entry(A, vm);
        assert!(["flood", "redirect evi-c"].contains(&&*provisional));
        change(&mut sim, &setup, &[A, B, C], |c| c.mode = Mode::IgpOnly);
        sim.run(Duration::from_secs(4));
        assert_eq!(sim.entry(A, vm), provisional);
        let repeats = |event: &EventKind| match event {
            EventKind::AnnouncementSent { trigger, .. } => Some(*trigger),
            _ => None,
        };
        let sent = sim.picked(C, repeats);
        assert_eq!(sent, [Trigger::StationAnnouncement], "no repeat any more");
        sim.run(Duration::from_secs(1));
        assert_ne!(sim.entry(A, vm), provisional);
        assert_eq!(sim.causes(A).last(), Some(&Cause::HoldExpired));
        sim.announce(vm);
        sim.run(ONE_WAY);
        assert_eq!(heard(&sim, A), AnnouncementOutcome::ModeIgnores);
    }
}

#[test]
fn r_5_r_15_d_8_the_mode_that_is_in_force_decides_about_the_next_announcement() {
    let setup = Setup::mode(Mode::IgpOnly);
    let (mut sim, vm) = published(&setup);
    for (mode, to, outcome) in [
        (Mode::GarpFlood, C, AnnouncementOutcome::FloodInstalled),
        (Mode::GarpRedirect, A, AnnouncementOutcome::Redirected),
        (Mode::GarpFloodVerified, C, AnnouncementOutcome::NotFromHere),
    ] {
        change(&mut sim, &setup, &[A, B, C], |c| c.mode = mode);
        assert_eq!(sim.devices[B].mode(), mode);
        sim.go(vm, to);
        sim.run(ONE_WAY);
        assert_eq!(heard(&sim, B), outcome, "{mode}");
        sim.run(MINUTE);
    }
}

#[test]
fn d_3_another_hold_time_is_that_of_the_next_entry() {
    let setup = Setup::default();
    let (mut sim, vm) = published(&setup);
    sim.path(C, B).control_delay = MINUTE * 10;
    sim.path(A, B).control_delay = MINUTE * 10;
    let hold = |sim: &Sim| {
        let row = sim.row(B, vm).expect("an entry");
        row.deadline
            .expect("a hold time")
            .saturating_since(row.since)
    };
    sim.go(vm, C);
    sim.run(ONE_WAY);
    assert_eq!(hold(&sim), Duration::from_secs(30));
    change(&mut sim, &setup, &[B], |c| c.mobility.flood_hold = ms(500));
    assert_eq!(
        hold(&sim),
        Duration::from_secs(30),
        "the old one's end stays"
    );
    sim.go(vm, A);
    sim.run(ONE_WAY);
    assert_eq!(hold(&sim), ms(500));
}

/// D-2: an entry that lives by the old hold time is protected from old publications for as long.
#[test]
fn d_2_a_shorter_hold_time_does_not_let_an_outdated_publication_in() {
    let setup = Setup::devices(4);
    let (mut sim, vm) = published(&setup);
    // C learns the VM, and publishes so late that the VM is in D by then.
    for to in [A, B] {
        sim.path(C, to).control_delay = Duration::from_secs(8);
        sim.path(sim::D, to).control_delay = MINUTE * 10;
    }
    sim.path(sim::D, C).control_delay = MINUTE * 10;
    sim.go(vm, C);
    sim.run(PUBLICATION + ms(500));
    sim.go(vm, sim::D);
    sim.run(ONE_WAY);
    assert_eq!(sim.entry(B, vm), "flood");
    change(&mut sim, &setup, &[B], |c| c.mobility.flood_hold = ms(500));
    sim.run(Duration::from_secs(9));
    assert!(sim.causes(B).iter().all(|cause| *cause == Cause::Announced));
    assert_eq!(sim.entry(B, vm), "flood", "C's publication is outdated");
}

#[test]
fn another_ageing_time_is_that_of_entries_that_are_there_too() {
    let setup = Setup::default();
    let (mut sim, vm) = published(&setup);
    change(&mut sim, &setup, &[A], |c| c.mac_ageing = MINUTE * 20);
    sim.run(MINUTE * 10);
    assert_eq!(sim.entry(A, vm), "local port1", "longer");
    change(&mut sim, &setup, &[A], |c| c.mac_ageing = MINUTE * 11);
    sim.run(MINUTE / 2);
    assert_eq!(sim.entry(A, vm), "-", "shorter, and its time was over");
    assert_eq!(sim.causes(A), [Cause::Aged]);
}

#[test]
fn a_smaller_table_keeps_what_it_has_and_takes_nothing_new_until_there_is_room() {
    let setup = Setup::default();
    let mut sim = Sim::new(&setup);
    let hosts: Vec<HostId> = (0..4).map(|_| sim.host(A, 0)).collect();
    for host in &hosts[..3] {
        sim.announce(*host);
    }
    change(&mut sim, &setup, &[A], |c| {
        c.mac_limit = 2;
        c.mobility.arp_limit = 2;
    });
    sim.announce(hosts[3]);
    let known = |sim: &Sim| sim.devices[A].mac_table().entries.len();
    assert_eq!(known(&sim), 3, "none is taken away");
    assert_eq!(sim.devices[A].arp_snooping(sim.now).len(), 3);
    let counters = sim.devices[A].counters();
    assert_eq!((counters.mac_table_full, counters.arp_tables_full), (1, 0));
    sim.run(setup.mac_ageing);
    sim.announce(hosts[3]);
    assert_eq!(known(&sim), 1, "there is room again");
}

#[test]
fn arp_entries_age_by_the_time_in_force_and_stay_within_the_limit_in_force() {
    let setup = Setup::default();
    let (mut sim, vm) = published(&setup);
    let suppressed = |sim: &Sim| sim.devices[B].arp_suppression(sim.now).len();
    assert_eq!(suppressed(&sim), 1);
    change(&mut sim, &setup, &[B], |c| c.mobility.arp_limit = 1);
    let other = sim.host(A, 0);
    sim.announce(other);
    sim.run(ms(100));
    assert_eq!(
        (suppressed(&sim), sim.devices[B].counters().arp_tables_full),
        (1, 1)
    );
    change(&mut sim, &setup, &[B], |c| {
        c.mobility.arp_ageing = Duration::from_secs(10);
    });
    sim.announce(vm);
    sim.run(Duration::from_secs(9));
    assert_eq!(suppressed(&sim), 1);
    sim.run(Duration::from_secs(1) + ONE_WAY);
    assert_eq!(suppressed(&sim), 0);
}

#[test]
fn d_4_repeats_come_as_often_and_as_soon_as_the_configuration_in_force_says() {
    let setup = Setup::default();
    let (mut sim, vm) = published(&setup);
    change(&mut sim, &setup, &[C], |c| {
        c.mobility.announcement_repeats = 2;
        c.mobility.announcement_interval = ms(10);
    });
    let moved = sim.now;
    sim.go(vm, C);
    sim.run(Duration::from_secs(1));
    let copies = sim.copies.iter();
    let to_b = copies.filter(|c| (c.from, c.to, c.kind) == (C, B, sim::Kind::Announcement));
    let times: Vec<_> = to_b.map(|c| c.at.saturating_since(moved)).collect();
    assert_eq!(times, [ms(0), ms(10), ms(30)]);
}

#[test]
fn d_6_dampening_follows_and_what_is_frozen_stays_frozen() {
    let setup = Setup::default();
    let (mut sim, vm) = published(&setup);
    let frozen = |sim: &Sim| sim.row(B, vm).is_some_and(|row| row.frozen_until.is_some());
    let walk = |sim: &mut Sim, to: &[Ed]| {
        for ed in to {
            sim.go(vm, *ed);
            sim.run(Duration::from_secs(4));
        }
    };
    walk(&mut sim, &[C, A, C, A, C]);
    assert!(!frozen(&sim), "dampening is off");
    change(&mut sim, &setup, &[A, B, C], |c| {
        c.mobility.dampening_moves = 2;
        c.mobility.freeze_time = MINUTE;
    });
    walk(&mut sim, &[A, C]);
    assert!(frozen(&sim));
    change(&mut sim, &setup, &[A, B, C], |c| {
        c.mobility.freeze_time = MINUTE * 2
    });
    assert!(frozen(&sim));
    sim.run(MINUTE);
    assert!(!frozen(&sim), "by the time in force when it was frozen");
}

#[test]
fn r_10_another_timer_profile_publishes_as_fast_as_it_does() {
    let setup = Setup::mode(Mode::IgpOnly);
    let (mut sim, vm) = published(&setup);
    change(&mut sim, &setup, &[A, B, C], |c| {
        c.igp.profile = TimerProfile::Immediate;
    });
    assert_eq!(sim.devices[A].igp_profile(), TimerProfile::Immediate);
    assert_eq!(
        sim.devices[A].lsp_generation(),
        "an LSP is generated at once"
    );
    expect_undisturbed(&sim);
    sim.go(vm, C);
    sim.run(ONE_WAY * 2);
    assert_eq!(sim.entry(B, vm), "remote evi-c");
}

#[test]
fn a_key_that_all_devices_get_in_turn_costs_neither_adjacency_nor_entry() {
    let setup = Setup::default();
    let (mut sim, vm) = published(&setup);
    for ed in [A, B, C] {
        change(&mut sim, &setup, &[ed], |c| {
            c.igp.authentication = "secret".parse().ok()
        });
        sim.run(Duration::from_secs(5));
    }
    sim.run(MINUTE * 2);
    expect_undisturbed(&sim);
    let told = |event: &EventKind| match event {
        EventKind::Reconfigured { changes } => Some(changes.clone()),
        _ => None,
    };
    assert_eq!(sim.picked(A, told), [[ConfigChange::AuthenticationKey]]);
    sim.go(vm, C);
    sim.run(MINUTE);
    assert_eq!(
        sim.entries(vm),
        ["remote evi-c", "remote evi-c", "local port1"]
    );
}

#[test]
fn what_cannot_be_taken_over_changes_nothing_at_all() {
    let setup = Setup::default();
    let (mut sim, vm) = published(&setup);
    let mut config = setup.config(A);
    config.mode = Mode::IgpOnly;
    config.evi_links.clear();
    config.system_id = sim::system(7);
    config.mac_limit = 0;
    let errors = sim.reload(A, &config).expect_err("not in a running device");
    let texts: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[0].starts_with("mac_limit"), "{texts:?}");
    assert!(texts[1].starts_with("system_id cannot change"), "{texts:?}");
    assert_eq!(sim.devices[A].mode(), Mode::GarpFlood);
    assert!(sim.events.is_empty());
    assert!(sim.adjacencies_up(A));
    // What is in force is what it was: nothing differs from it.
    assert_eq!(sim.reload(A, &setup.config(A)), Ok(vec![]));
    assert!(sim.events.is_empty(), "no change, no event");
    assert_eq!(sim.entry(A, vm), "local port1");
}
