//! The same seed makes the same run, byte for byte: no clock, thread or hash decides anything.

use crate::sim;

use std::time::Duration;

use edge_api::Mode;
use sim::{A, B, Bursts, C, D, Ending, HostId, Path, Setup, Sim, VLAN, ms};

/// Many MACs behind every device, moves, faults of every kind, restarts and adjacencies that go down
/// and come up: whatever has an order is put in one.
fn busy(seed: u64, mode: Mode) -> String {
    let setup = Setup {
        devices: 4,
        ports: vec![VLAN, VLAN],
        mode,
        repeats: 3,
        dampening_moves: 5,
        clock_skew: Duration::from_secs(7),
        seed,
        ..Setup::default()
    };
    let mut sim = Sim::new(&setup);
    let hosts: Vec<HostId> = (0..40).map(|n| sim.host(n % 4, 0)).collect();
    for host in &hosts {
        sim.announce(*host);
    }
    sim.run(Duration::from_secs(10));
    for (a, b) in [(A, B), (B, C), (C, D), (D, A)] {
        sim.between(a, b, |path| *path = faulty());
    }
    for host in &hosts[..20] {
        let home = sim.at(*host).ed;
        sim.go(*host, (home + 1) % 4);
        sim.run(ms(30));
        sim.talk(hosts[30], *host);
    }
    sim.partition(&[A, B]);
    sim.run(Duration::from_secs(40));
    sim.heal();
    sim.restart(C, Ending::Crash, Duration::from_secs(1));
    sim.run(Duration::from_secs(40));
    sim.restart(D, Ending::Orderly, Duration::from_secs(1));
    for host in &hosts {
        sim.talk(*host, hosts[0]);
    }
    sim.run(Duration::from_secs(40));
    sim.trace()
}

fn faulty() -> Path {
    Path {
        jitter: ms(20),
        loss: 100,
        bursts: Some(Bursts {
            enter: 20,
            leave: 300,
            lasts: false,
        }),
        duplication: 100,
        ..Path::default()
    }
}

/// The first line in which two traces differ.
fn difference<'a>(one: &'a str, other: &'a str) -> Option<(&'a str, &'a str)> {
    let mut lines = one.lines().zip(other.lines());
    lines.find(|(one, other)| one != other)
}

#[test]
fn the_same_seed_makes_the_same_trace_byte_for_byte() {
    for (seed, mode) in (1..).zip(Mode::ALL) {
        let (one, other) = (busy(seed, *mode), busy(seed, *mode));
        assert_eq!(difference(&one, &other), None, "{mode}");
        assert_eq!(one.len(), other.len(), "{mode}");
    }
}

#[test]
fn another_seed_makes_another_trace() {
    let (one, other) = (busy(1, Mode::GarpFlood), busy(2, Mode::GarpFlood));
    assert!(difference(&one, &other).is_some());
}
