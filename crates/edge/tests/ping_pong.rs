//! D-5, D-6: a VM goes to C and back twenty times within one LSP delay, over a lossy public network.
//! Another number of runs is had by `SIM_SEEDS`, a single one by `SIM_SEED`.

use crate::sim;

use std::time::Duration;

use edge_api::Mode;
use sim::{A, B, C, HostId, PUBLICATION, Setup, Sim, Wrong, below, every_seed, ms};

const ROUND_TRIPS: u64 = 20;
/// Publications are out and repeated where they were lost, hold times are over.
const PUBLISHED: Duration = Duration::from_secs(40);

fn setup(seed: u64, mode: Mode) -> Setup {
    Setup {
        repeats: 3,
        warm_up: PUBLICATION * 2,
        seed,
        ..Setup::mode(mode)
    }
}

/// Twenty times to C and back to A, each time with a word, all before the first LSP is generated.
fn ping_pong(setup: &Setup) -> (Sim, HostId) {
    let mut sim = Sim::new(setup);
    let vm = sim.host(A, 0);
    let client = sim.host(B, 0);
    for host in [vm, client] {
        sim.announce(host);
    }
    sim.run(PUBLICATION * 3);
    sim.forget();
    for (a, b) in [(A, B), (B, C), (C, A)] {
        sim.between(a, b, |path| {
            path.loss = 50;
            path.jitter = ms(10);
        });
    }
    let mut random = setup.seed;
    let moved = sim.now;
    for to in (0..ROUND_TRIPS).flat_map(|_| [C, A]) {
        match below(&mut random, 2) {
            0 => sim.go(vm, to),
            _ => {
                sim.move_host(vm, to);
                sim.talk(vm, client);
            }
        }
        sim.talk(client, vm);
        sim.run(ms(5 + below(&mut random, 40)));
    }
    assert!(sim.now.saturating_since(moved) < PUBLICATION);
    (sim, vm)
}

fn lossless(sim: &mut Sim) {
    for (a, b) in [(A, B), (B, C), (C, A)] {
        sim.between(a, b, |path| path.loss = 0);
    }
}

fn wrong(sim: &Sim, what: String) -> Wrong {
    let trace = sim.story();
    Wrong { what, trace }
}

/// One word at the right place, and after that nothing but time: publication and hold time.
fn settles(seed: u64, mode: Mode) -> Result<(), Wrong> {
    let (mut sim, _) = ping_pong(&setup(seed, mode));
    after_publication(&mut sim);
    sim.run(PUBLISHED);
    end(sim)
}

/// Announcements, repeats and publications have suffered from the loss; adjacencies are not to.
fn after_publication(sim: &mut Sim) {
    sim.run(PUBLICATION * 3);
    lossless(sim);
}

fn end(mut sim: Sim) -> Result<(), Wrong> {
    let end = sim.check_truth().and_then(|()| sim.check_way());
    end.map_err(|what| wrong(&sim, what))
}

#[test]
fn d_5_twenty_round_trips_end_right_garp_flood() {
    every_seed(1000, |seed| settles(seed, Mode::GarpFlood));
}

#[test]
fn d_5_twenty_round_trips_end_right_garp_redirect() {
    every_seed(300, |seed| settles(seed, Mode::GarpRedirect));
}

#[test]
fn d_5_twenty_round_trips_end_right_garp_flood_verified() {
    every_seed(300, |seed| settles(seed, Mode::GarpFloodVerified));
}

/// The baseline has no dates: what ED-C publishes too late counts, until the VM speaks again and ED-C's
/// entry has aged.
#[test]
fn d_5_twenty_round_trips_end_right_igp_only_when_old_entries_have_aged() {
    every_seed(200, |seed| {
        let mac_ageing = PUBLISHED / 2;
        let setup = Setup {
            mac_ageing,
            ..setup(seed, Mode::IgpOnly)
        };
        let (mut sim, _) = ping_pong(&setup);
        after_publication(&mut sim);
        for _ in 0..5 {
            sim.run(mac_ageing / 2);
            for host in (0..sim.hosts.len()).map(HostId) {
                sim.talk(host, host);
            }
        }
        sim.run(PUBLICATION * 2);
        end(sim)
    });
}

/// D-6: so many moves freeze the VM, at both its places and visibly. When that is over, one word is
/// enough again.
#[test]
fn d_6_twenty_round_trips_freeze_the_vm_and_end_right_after_the_thaw() {
    every_seed(1000, |seed| {
        let modes = [Mode::GarpFlood, Mode::GarpRedirect, Mode::GarpFloodVerified];
        let mode = modes
            .into_iter()
            .cycle()
            .nth(usize::try_from(seed % 3).expect("small"));
        let setup = Setup {
            dampening_moves: 5,
            freeze_time: PUBLISHED / 2,
            ..setup(seed, mode.expect("a cycle never ends"))
        };
        let (mut sim, vm) = ping_pong(&setup);
        for ed in [A, C] {
            let is_frozen = sim
                .row(ed, vm)
                .is_some_and(|row| row.frozen_until.is_some());
            if !is_frozen {
                return Err(wrong(&sim, format!("not frozen at ED {ed}")));
            }
        }
        after_publication(&mut sim);
        sim.run(PUBLISHED / 2);
        sim.talk(vm, vm);
        sim.run(PUBLISHED);
        if sim.row(A, vm).is_some_and(|row| row.frozen_until.is_some()) {
            return Err(wrong(&sim, "frozen still".to_owned()));
        }
        end(sim)
    });
}
