//! EVI links that come and go while the device runs, and everything else that stays.

use crate::sim;

use std::time::Duration;

use edge::LinkId;
use edge_api::{Cause, EdgeConfig, EventKind, InterfaceCounters, Mode};
use sim::links::LinkAct;
use sim::{A, B, C, D, Ed, ONE_WAY, Setup, Sim, ms, published};

const MINUTE: Duration = Duration::from_secs(60);

fn reload(sim: &mut Sim, ed: Ed, config: &EdgeConfig) {
    sim.reload(ed, config)
        .expect("a configuration to take over");
}

/// Takes a link out at both of its ends.
fn cut(sim: &mut Sim, setup: &Setup, a: Ed, b: Ed) {
    reload(sim, a, &setup.without(a, &[b]));
    reload(sim, b, &setup.without(b, &[a]));
}

fn counters(sim: &Sim, ed: Ed, name: &str) -> Option<InterfaceCounters> {
    let rows = sim.devices[ed].counters().interfaces;
    rows.into_iter().find(|row| &*row.name == name)
}

#[test]
fn a_link_that_is_removed_takes_its_entries_along_and_no_others() {
    let setup = Setup::default();
    let (mut sim, vm) = published(&setup);
    let other = sim.host(C, 0);
    sim.announce(other);
    sim.run(MINUTE);
    sim.forget();
    let before = counters(&sim, B, "evi-c").expect("a row");
    assert_eq!(sim.devices[B].arp_suppression(sim.now).len(), 2);

    reload(&mut sim, B, &setup.without(B, &[A]));
    assert_eq!(
        (sim.entry(B, vm), sim.entry(B, other)),
        ("-".to_owned(), "remote evi-c".to_owned())
    );
    assert_eq!(sim.causes(B), [Cause::LinkRemoved]);
    let suppressed = sim.devices[B].arp_suppression(sim.now);
    assert_eq!(
        suppressed.len(),
        1,
        "what was announced on the link is not known any more"
    );
    assert_eq!(counters(&sim, B, "evi-a"), None);
    let after = counters(&sim, B, "evi-c").expect("a row");
    assert!(
        after.received_frames >= before.received_frames,
        "counted on"
    );
    assert_eq!(sim.devices[B].adjacencies().len(), 1);

    sim.run(ONE_WAY);
    assert!(
        !sim.adjacencies_up(A),
        "the neighbour need not wait for its hold time"
    );
    sim.run(MINUTE * 2);
    assert_eq!(sim.entries(vm), ["local port1", "-", "remote evi-a"]);
    assert!(sim.adjacencies_up(C));
    assert_eq!(sim.causes(C), []);
    sim.expect_numbered();
}

#[test]
fn a_link_that_is_added_comes_up_and_brings_its_entries() {
    let setup = Setup::default();
    let (mut sim, vm) = published(&setup);
    cut(&mut sim, &setup, A, B);
    sim.run(MINUTE);
    let lost = sim.devices[A].lsdb().len();
    assert_eq!(lost, 3, "the database is as it was: C passes everything on");
    for ed in [A, B] {
        reload(&mut sim, ed, &setup.config(ed));
    }
    sim.until(Duration::from_secs(1), |sim| {
        sim.adjacencies_up(A) && sim.adjacencies_up(B)
    });
    sim.run(MINUTE);
    assert_eq!(
        sim.entries(vm),
        ["local port1", "remote evi-a", "remote evi-a"]
    );
    let row = counters(&sim, B, "evi-a").expect("a row");
    assert!(row.received_frames < 30, "counted from nothing: {row:?}");
    let other = sim.host(B, 0);
    let number = sim.talk(other, vm);
    sim.run(ONE_WAY);
    assert_eq!(sim.received(vm, number), 1);
    sim.expect_numbered();
}

/// R-5, D-8: a provisional entry leads to a device that nothing leads to any more.
#[test]
fn d_3_a_flood_entry_whose_announcer_is_no_neighbour_any_more_falls_back() {
    for mode in [Mode::GarpFlood, Mode::GarpRedirect] {
        let setup = Setup::mode(mode);
        let (mut sim, vm) = published(&setup);
        sim.path(C, B).control_delay = MINUTE;
        sim.path(A, B).control_delay = MINUTE;
        sim.go(vm, C);
        sim.run(ONE_WAY);
        assert!(["flood", "redirect evi-c"].contains(&&*sim.entry(B, vm)));
        reload(&mut sim, B, &setup.without(B, &[C]));
        assert_eq!(sim.entry(B, vm), "remote evi-a", "what the database says");
        assert_eq!(sim.causes(B), [Cause::Announced, Cause::LinkRemoved]);
        // The hold time of an entry that is no more ends nothing.
        sim.run(MINUTE * 2);
        assert!(!sim.causes(B).contains(&Cause::HoldExpired));
    }
}

#[test]
fn a_flood_entry_goes_out_on_the_links_that_there_are() {
    let setup = Setup::devices(4);
    let (mut sim, vm) = published(&setup);
    let client = sim.host(B, 0);
    for to in [A, B, D] {
        sim.path(C, to).control_delay = MINUTE;
    }
    sim.go(vm, C);
    sim.run(ONE_WAY);
    reload(&mut sim, B, &setup.without(B, &[A]));
    sim.forget();
    let number = sim.talk(client, vm);
    sim.run(ONE_WAY);
    assert_eq!(sim.received(vm, number), 1);
    let copies = [A, C, D].map(|to| sim.data_copies(B, to).len());
    assert_eq!(copies, [0, 1, 1]);
}

#[test]
fn numbers_of_links_stay_and_are_free_again_only_with_the_next_reload() {
    let setup = Setup::devices(4);
    let mut sim = Sim::new(&setup);
    let acts = |sim: &mut Sim, config: &EdgeConfig| {
        sim.drive(A, |device, now, out| {
            device
                .reconfigure(now, config, out)
                .map(|_| out.acts.clone())
        })
    };
    let address = |ed: Ed| setup.config(ed).public.address;
    use LinkAct::{Closed, Opened};
    let (link_b, link_c) = (LinkId(0), LinkId(1));
    assert_eq!(
        acts(&mut sim, &setup.without(A, &[B])),
        Ok(vec![Closed(link_b)])
    );
    // B takes the number that is free, not the one that C gives back.
    let swapped = acts(&mut sim, &setup.without(A, &[C]));
    assert_eq!(
        swapped,
        Ok(vec![Opened(link_b, address(B)), Closed(link_c)])
    );
    assert_eq!(sim.devices[A].peer(link_b), address(B));
    let back = acts(&mut sim, &setup.config(A));
    assert_eq!(back, Ok(vec![Opened(link_c, address(C))]));
}

/// D-2: what a device announced on a link is not held against the next one that has its number.
#[test]
fn d_2_nothing_heard_on_a_link_outlives_it() {
    let setup = Setup::devices(4);
    let (mut sim, vm) = published(&setup);
    reload(&mut sim, A, &setup.without(A, &[D]));
    sim.run(MINUTE);
    sim.go(vm, B);
    sim.run(ms(100));
    sim.go(vm, C);
    sim.run(Duration::from_secs(5));
    assert_eq!(sim.entry(A, vm), "remote evi-c");
    reload(&mut sim, A, &setup.without(A, &[B, D]));
    // D gets the number that B had; what it announces does not reach A, what it publishes does.
    reload(&mut sim, A, &setup.without(A, &[B]));
    sim.until(Duration::from_secs(15), |sim| sim.adjacencies_up(A));
    // Nor does C hear of the move: it goes on to list the VM.
    for to in [A, C] {
        sim.path(D, to).loses_announcements = true;
    }
    sim.path(D, C).control_delay = MINUTE;
    sim.path(A, C).control_delay = MINUTE;
    sim.path(B, C).control_delay = MINUTE;
    sim.go(vm, D);
    sim.run(Duration::from_secs(8));
    assert_eq!(sim.entry(A, vm), "remote evi-d");
}

/// C and B list the VM both when A loses its links to both.
#[test]
fn an_entry_does_not_fall_back_to_a_link_that_goes_as_well() {
    let setup = Setup::default();
    let (mut sim, vm) = published(&setup);
    sim.go(vm, C);
    sim.run(Duration::from_secs(5));
    // C does not hear that the VM has left.
    sim.path(B, C).loses_announcements = true;
    for from in [A, B] {
        sim.path(from, C).control_delay = MINUTE;
    }
    sim.go(vm, B);
    sim.run(Duration::from_secs(5));
    assert_eq!(sim.listed_by(A, vm), [B, C]);
    assert_eq!(sim.entry(A, vm), "remote evi-b");
    sim.forget();
    reload(&mut sim, A, &setup.without(A, &[B, C]));
    assert_eq!(sim.causes(A), [Cause::LinkRemoved]);
    assert_eq!(sim.entry(A, vm), "-");
}

#[test]
fn a_link_with_another_name_is_the_same_link() {
    let setup = Setup::default();
    let (mut sim, vm) = published(&setup);
    let before = counters(&sim, B, "evi-a").expect("a row");
    let mut config = setup.config(B);
    config.evi_links[0].name = "to-the-old-site".to_owned();
    reload(&mut sim, B, &config);
    let after = counters(&sim, B, "to-the-old-site").expect("a row");
    assert_eq!(after.received_frames, before.received_frames);
    assert_eq!(sim.entry(B, vm), "remote to-the-old-site");
    assert!(sim.adjacencies_up(B));
    let kinds = sim.picked(B, |event| match event {
        EventKind::Reconfigured { changes } => Some(changes[0].to_string()),
        other => Some(format!("{other:?}")),
    });
    assert_eq!(kinds, ["EVI link to 192.0.2.1: evi-a -> to-the-old-site"]);
}

#[test]
fn a_device_without_links_is_on_its_own_and_gets_some_later() {
    let setup = Setup::devices(2);
    let (mut sim, vm) = published(&setup);
    cut(&mut sim, &setup, A, B);
    let verdict = sim.announce(vm);
    assert!(matches!(verdict, edge::Verdict::Dropped(_)), "{verdict:?}");
    for ed in [A, B] {
        reload(&mut sim, ed, &setup.config(ed));
    }
    sim.run(MINUTE);
    assert_eq!(sim.entries(vm), ["local port1", "remote evi-a"]);
}
