//! D-5, D-6: a VM goes to C and back twenty times within one LSP delay, over a lossy public network.

mod sim;

use std::time::Duration;

use edge_api::Mode;
use sim::{A, B, C, HostId, PUBLICATION, Setup, Sim, Wrong, below, every_seed, ms};

const ROUND_TRIPS: u64 = 20;

fn setup(seed: u64, mode: Mode) -> Setup {
    Setup {
        repeats: 3,
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
            0 => drop(sim.go(vm, to)),
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

/// One word at the right place, and after that nothing but time.
fn settles(seed: u64, mode: Mode) -> Result<(), Wrong> {
    let (mut sim, _) = ping_pong(&setup(seed, mode));
    sim.run(Duration::from_secs(60));
    lossless(&mut sim);
    let end = sim.check_truth().and_then(|()| sim.check_way());
    end.map_err(|what| wrong(&sim, what))
}

#[test]
fn d_5_twenty_round_trips_end_right_garp_flood() {
    every_seed(1000, |seed| settles(seed, Mode::GarpFlood));
}

#[test]
fn d_5_twenty_round_trips_end_right_garp_redirect() {
    every_seed(1000, |seed| settles(seed, Mode::GarpRedirect));
}

#[test]
fn d_5_twenty_round_trips_end_right_garp_flood_verified() {
    every_seed(1000, |seed| settles(seed, Mode::GarpFloodVerified));
}

#[test]
fn d_5_twenty_round_trips_end_right_igp_only() {
    every_seed(1000, |seed| settles(seed, Mode::IgpOnly));
}
