//! The public network splits and heals: what happened on either side meets, and one truth is left (D-5).

use crate::sim;

use std::time::Duration;

use edge_api::Mode;
use sim::{A, B, C, D, HostId, Setup, Sim, ms};

const MINUTE: Duration = Duration::from_secs(60);
/// Shorter than the hold time of an adjacency.
const SHORT: Duration = Duration::from_secs(8);

/// Four sites with a VM at A and a client at each, everything published.
fn four(mode: Mode) -> (Sim, HostId) {
    let mut sim = Sim::new(&Setup {
        devices: 4,
        repeats: 3,
        ports: vec![sim::VLAN, sim::VLAN],
        ..Setup::mode(mode)
    });
    let vm = sim.host(A, 0);
    sim.announce(vm);
    for ed in [A, B, C, D] {
        let client = sim.host(ed, 1);
        sim.announce(client);
    }
    sim.run(MINUTE);
    sim.forget();
    (sim, vm)
}

/// The network splits between B and C, and after a while the VM goes from A to C.
fn moved_across(mode: Mode, split: Duration) -> (Sim, HostId) {
    let (mut sim, vm) = four(mode);
    sim.partition(&[A, B]);
    sim.run(split);
    sim.go(vm, C);
    sim.run(split);
    (sim, vm)
}

fn reached(sim: &mut Sim, from: HostId, to: HostId) -> usize {
    let number = sim.talk(from, to);
    sim.run(ms(100));
    sim.received(to, number)
}

/// The VM moves from one side to the other and says one word there, while nothing passes between them.
/// When the network is whole again, time alone makes it right.
#[test]
fn d_5_a_move_across_a_partition_counts_when_it_has_healed() {
    for mode in Mode::ALL {
        for split in [SHORT, MINUTE] {
            let (mut sim, vm) = moved_across(*mode, split);
            assert_eq!(sim.entry(D, vm), "remote evi-c", "{mode} {split:?}");
            assert_eq!(sim.entry(A, vm), "local port1", "{mode}: ED-A cannot know");
            sim.heal();
            sim.run(MINUTE);
            let truth = sim.check_truth().and_then(|()| sim.check_way());
            assert_eq!(truth, Ok(()), "{mode} {split:?}");
        }
    }
}

/// Each side goes on by itself: its own stations reach each other, and those of the other side are
/// forgotten with the adjacencies.
#[test]
fn each_side_of_a_partition_goes_on_by_itself() {
    let (mut sim, vm) = four(Mode::GarpFlood);
    let [_, a, b, c, d] = [0, 1, 2, 3, 4].map(HostId);
    sim.partition(&[A, B]);
    sim.run(MINUTE);
    assert_eq!(sim.entries(vm), ["local port1", "remote evi-a", "-", "-"]);
    assert_eq!(
        [(a, b), (c, d)].map(|(x, y)| reached(&mut sim, x, y)),
        [1, 1]
    );
    assert_eq!(
        [(a, c), (d, b)].map(|(x, y)| reached(&mut sim, x, y)),
        [0, 0]
    );
    sim.go(vm, B);
    sim.run(ms(100));
    assert_eq!(sim.entries(vm), ["flood", "local port1", "-", "-"]);
    sim.heal();
    sim.run(MINUTE);
    assert_eq!(sim.check_truth(), Ok(()));
}

/// There and back while split: ED-C publishes a stay that is over, and ED-A hears of it only now. One
/// word of the VM settles it; where nothing is announced, once ED-C's entry has aged.
#[test]
fn d_5_a_stay_that_ended_behind_a_partition_is_ended_by_one_word() {
    for mode in Mode::ALL {
        for split in [SHORT, MINUTE] {
            let (mut sim, vm) = moved_across(*mode, split);
            sim.move_host(vm, A);
            sim.talk(vm, vm);
            sim.heal();
            sim.run(MINUTE);
            say_a_word(&mut sim, *mode);
            assert_eq!(sim.check_truth(), Ok(()), "{mode} {split:?}");
        }
    }
}

fn say_a_word(sim: &mut Sim, mode: Mode) {
    let words = if mode == Mode::IgpOnly { 6 } else { 1 };
    for _ in 0..words {
        for host in (0..sim.hosts.len()).map(HostId) {
            sim.talk(host, host);
        }
        sim.run(MINUTE);
    }
}
