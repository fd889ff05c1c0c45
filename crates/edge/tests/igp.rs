//! IS-IS and the MAC table: adjacencies, ageing, limits, shutdown.

use crate::sim;

use std::time::Duration;

use edge::EdgeDevice;
use edge_api::{AnnouncementOutcome, Cause, Mode};
use sim::{A, B, C, HostId, Setup, Sim, published};

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn an_adjacency_that_goes_down_takes_its_entries_and_brings_them_back() {
    let (mut sim, vm) = published(&Setup::default());
    sim.between(A, B, |path| path.cut = true);
    sim.run(MINUTE);
    assert_eq!(sim.entries(vm), ["local port1", "-", "remote evi-a"]);
    sim.between(A, B, |path| path.cut = false);
    sim.run(MINUTE);
    assert_eq!(
        sim.entries(vm),
        ["local port1", "remote evi-a", "remote evi-a"]
    );
    assert_eq!(
        sim.causes(B),
        [Cause::AdjacencyChanged, Cause::AdjacencyChanged]
    );
    assert_eq!(sim.causes(C), []);
}

/// The move happens, and is published, while A and C do not hear each other; B tells A.
#[test]
fn what_was_published_behind_a_dead_link_counts_when_the_link_comes_back() {
    for mode in Mode::ALL {
        let (mut sim, vm) = published(&Setup::mode(*mode));
        sim.between(A, C, |path| path.cut = true);
        sim.run(MINUTE);
        sim.go(vm, C);
        sim.run(MINUTE / 6);
        assert_eq!(sim.listed_by(A, vm), [A, C], "ED-B has passed the LSP on");
        assert_eq!(sim.entry(A, vm), "local port1", "no way to ED-C");
        sim.between(A, C, |path| path.cut = false);
        sim.run(MINUTE / 3);
        let settled = ["remote evi-c", "remote evi-c", "local port1"];
        assert_eq!(sim.entries(vm), settled, "{mode}");
    }
}

/// The same, but the station has been heard at A since: it is there.
#[test]
fn a_station_heard_after_the_publication_stays_local_when_the_link_comes_back() {
    let (mut sim, vm) = published(&Setup::default());
    sim.between(A, C, |path| path.cut = true);
    sim.run(MINUTE);
    sim.go(vm, C);
    sim.run(MINUTE / 6);
    sim.move_host(vm, A);
    sim.talk(vm, vm);
    sim.between(A, C, |path| path.cut = false);
    sim.run(MINUTE / 3);
    assert_eq!(sim.entry(A, vm), "local port1");
}

/// D-2: the old device's link goes down and comes up; its old listing is no news.
#[test]
fn d_2_an_adjacency_that_comes_back_does_not_override_a_newer_flood_entry() {
    let hour = MINUTE * 60;
    let setup = Setup {
        flood_hold: hour,
        ..Setup::default()
    };
    let (mut sim, vm) = published(&setup);
    sim.path(C, A).loses_announcements = true;
    for to in [A, B] {
        sim.path(C, to).control_delay = hour;
    }
    sim.go(vm, C);
    sim.between(A, B, |path| path.cut = true);
    sim.run(MINUTE);
    sim.between(A, B, |path| path.cut = false);
    sim.run(MINUTE);
    assert_eq!(
        (sim.listed_by(B, vm), sim.entry(B, vm)),
        (vec![A], "flood".to_owned())
    );
}

/// the publication came while the announcer could not be reached; it counts from then on.
#[test]
fn r_10_a_flood_entry_ends_when_the_announcer_that_has_published_comes_back() {
    let setup = Setup {
        flood_hold: MINUTE * 60,
        ..Setup::default()
    };
    let (mut sim, vm) = published(&setup);
    sim.path(C, B).control_delay = MINUTE * 60;
    sim.run(MINUTE);
    sim.go(vm, C);
    sim.run(MINUTE / 6);
    assert_eq!(sim.entries(vm), ["remote evi-c", "flood", "local port1"]);
    sim.path(C, B).control_delay = Duration::ZERO;
    sim.run(MINUTE);
    assert_eq!(sim.entry(B, vm), "remote evi-c");
}

#[test]
fn a_silent_station_ages_out_and_is_withdrawn_and_one_that_talks_stays() {
    let setup = Setup {
        mac_ageing: MINUTE,
        ..Setup::default()
    };
    let (mut sim, vm) = published(&setup);
    let chatty = sim.host(A, 0);
    for _ in 0..4 {
        sim.talk(chatty, vm);
        sim.run(MINUTE / 2);
    }
    assert_eq!(sim.entries(vm), ["-", "-", "-"]);
    assert_eq!(sim.causes(B).last(), Some(&Cause::Withdrawn));
    assert_eq!(sim.listed_by(C, vm), []);
    assert_eq!(
        sim.entries(chatty),
        ["local port1", "remote evi-a", "remote evi-a"]
    );
}

/// ED-C has heard the station once, ED-A hears it all the time and has not learned of ED-C's claim.
#[test]
fn an_aged_local_entry_falls_back_to_what_the_database_says() {
    let ageing = Duration::from_secs(10);
    let setup = Setup {
        mac_ageing: ageing,
        ..Setup::mode(Mode::IgpOnly)
    };
    let mut sim = Sim::new(&setup);
    let vm = sim.host(A, 0);
    sim.announce(vm);
    sim.run(ageing / 2);
    deafen_a(&mut sim);
    sim.go(vm, C);
    sim.move_host(vm, A);
    for _ in 0..3 {
        sim.talk(vm, vm);
        sim.run(ageing / 3);
    }
    assert_eq!(sim.entry(C, vm), "local port1");
    sim.run(ageing / 3);
    assert_eq!(sim.entry(C, vm), "remote evi-a");
    assert_eq!(sim.causes(C).last(), Some(&Cause::Aged));
}

/// ED-A hears no IS-IS for the rest of the test, which is over before its adjacencies go down.
fn deafen_a(sim: &mut Sim) {
    for from in [B, C] {
        sim.path(from, A).control_delay = Duration::from_secs(3600);
    }
}

#[test]
fn shutdown_purges_the_own_lsps_and_the_others_fall_back_at_once() {
    let (mut sim, vm) = published(&Setup::default());
    let other = sim.host(C, 0);
    sim.talk(other, vm);
    sim.run(MINUTE / 6);
    assert_eq!(sim.entry(A, other), "remote evi-c");
    sim.forget();
    sim.drive(C, EdgeDevice::shutdown);
    sim.run(Duration::from_millis(10));
    assert_eq!(sim.entries(other), ["-", "-", "local port1"]);
    assert_eq!(
        (sim.listed_by(A, other), sim.listed_by(B, other)),
        (vec![], vec![])
    );
    assert_eq!(sim.entries(vm), ["local port1", "remote evi-a", "-"]);
    assert!(!sim.adjacencies_up(A));
}

/// A move that ends in a shutdown: who falls back, falls back to the one left that lists the VM.
#[test]
fn after_a_shutdown_the_others_fall_back_to_whoever_still_lists_the_vm() {
    let (mut sim, vm) = published(&Setup::mode(Mode::IgpOnly));
    deafen_a(&mut sim);
    sim.go(vm, C);
    sim.run(MINUTE / 6);
    assert_eq!(sim.entry(B, vm), "remote evi-c");
    sim.drive(C, EdgeDevice::shutdown);
    sim.run(Duration::from_millis(10));
    assert_eq!(sim.entry(B, vm), "remote evi-a");
}

#[test]
fn a_full_table_refuses_by_name_and_counts() {
    let setup = Setup {
        mac_limit: 2,
        ..Setup::default()
    };
    let mut sim = Sim::new(&setup);
    let hosts = [A, B, C].map(|ed| sim.host(ed, 0));
    for host in hosts {
        sim.announce(host);
        sim.run(Duration::from_millis(10));
    }
    use AnnouncementOutcome::{FloodInstalled, TableFull};
    assert_eq!(sim.outcomes(A), [FloodInstalled, TableFull]);
    assert_eq!(sim.devices[A].counters().mac_table_full, 1);
    assert_eq!(sim.devices[A].mac_table().entries.len(), 2);
    // what it holds still moves.
    sim.move_host(hosts[1], A);
    sim.announce(hosts[1]);
    assert_eq!(sim.entry(A, hosts[1]), "local port1");
    // A frame of a station that does not fit is forwarded like any other.
    sim.move_host(hosts[2], A);
    let verdict = sim.announce(hosts[2]);
    assert_eq!(verdict, edge::Verdict::Forwarded { site: 0, public: 2 });
}

/// a whole site moves at once; every MAC ends where it should.
#[test]
fn many_stations_that_move_at_once_all_end_right() {
    let mut sim = Sim::new(&Setup::default());
    let hosts: Vec<HostId> = (0..200).map(|_| sim.host(A, 0)).collect();
    for host in &hosts {
        sim.announce(*host);
    }
    sim.run(MINUTE / 6);
    for host in &hosts {
        sim.move_host(*host, C);
        sim.announce(*host);
    }
    sim.run(MINUTE / 6);
    for host in &hosts {
        assert_eq!(
            sim.entries(*host),
            ["remote evi-c", "remote evi-c", "local port1"]
        );
    }
    let lists = |ed: usize| {
        sim.devices[ed]
            .lsdb()
            .iter()
            .map(|row| row.macs.len())
            .sum::<usize>()
    };
    assert_eq!([A, B, C].map(lists), [200; 3]);
}

/// A key in the configuration is in force: devices with another one, or none, have no adjacency.
#[test]
fn devices_are_neighbours_only_with_the_same_key() {
    let signed = Setup {
        key: Some("a secret"),
        ..Setup::devices(2)
    };
    let (sim, vm) = published(&signed);
    assert_eq!(sim.entries(vm), ["local port1", "remote evi-a"]);

    let hellos = |setup: &Setup| {
        let mut out = sim::device::Outbox::default();
        setup.device(B, sim.now).handle_deadline(sim.now, &mut out);
        out.links.into_iter().map(|(_, _, bytes)| bytes)
    };
    let other = Setup {
        key: Some("another"),
        ..Setup::devices(2)
    };
    for (setup, dropped) in [
        (Setup::devices(2), "authentication-missing"),
        (other, "authentication-failed"),
    ] {
        let mut device = signed.device(A, sim.now);
        for bytes in hellos(&setup) {
            let frame = wire::FrameRef::parse(&bytes).expect("a whole frame");
            let mut out = sim::device::Outbox::default();
            device.handle_public_frame(sim.now, edge::LinkId(0), frame, &mut out);
        }
        let counted = device.counters().isis_drops;
        assert_eq!(counted, [(dropped.to_owned(), 1)]);
    }
}
