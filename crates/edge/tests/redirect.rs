//! Extension D-8: a provisional entry by the link of the announcement, in place of a flood entry.

use crate::sim;

use std::time::Duration;

use edge_api::{AnnouncementOutcome, Mode};
use sim::{A, B, C, HostId, ONE_WAY, PUBLICATION, Setup, Sim, published};

fn redirecting() -> (Sim, HostId) {
    published(&Setup::mode(Mode::GarpRedirect))
}

#[test]
fn d_8_nothing_is_copied_and_everyone_is_reached_at_once() {
    let (mut sim, vm) = redirecting();
    let clients = [A, B].map(|ed| sim.host(ed, 0));
    sim.go(vm, C);
    sim.run(ONE_WAY);
    assert_eq!(
        sim.entries(vm),
        ["redirect evi-c", "redirect evi-c", "local port1"]
    );
    assert_eq!(sim.outcomes(B), [AnnouncementOutcome::Redirected]);
    sim.forget();
    let numbers = clients.map(|client| sim.talk(client, vm));
    sim.run(ONE_WAY * 2);
    assert_eq!(numbers.map(|number| sim.received(vm, number)), [1, 1]);
    assert_eq!(sim.data_copies(A, B).len() + sim.data_copies(B, A).len(), 0);

    sim.run(PUBLICATION * 2);
    assert_eq!(
        sim.entries(vm),
        ["remote evi-c", "remote evi-c", "local port1"]
    );
}

#[test]
fn d_3_a_provisional_entry_ends_by_itself_as_a_flood_entry_does() {
    let setup = Setup {
        flood_hold: Duration::from_secs(1),
        ..Setup::mode(Mode::GarpRedirect)
    };
    let (mut sim, vm) = published(&setup);
    sim.go(vm, C);
    sim.run(ONE_WAY);
    assert_eq!(sim.entry(B, vm), "redirect evi-c");
    sim.run(Duration::from_millis(1200));
    assert_eq!(sim.entry(B, vm), "remote evi-a", "what the database says");
}

#[test]
fn d_8_a_second_move_moves_the_provisional_entry() {
    let (mut sim, vm) = redirecting();
    sim.go(vm, C);
    sim.run(ONE_WAY);
    sim.go(vm, B);
    sim.run(ONE_WAY);
    assert_eq!(
        sim.entries(vm),
        ["redirect evi-b", "local port1", "redirect evi-b"]
    );
}
