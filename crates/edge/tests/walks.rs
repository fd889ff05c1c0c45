//! A VM that goes anywhere in any order, over any delays: all agree in the end, and nobody is blinded.

use crate::sim;

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use sim::{A, B, HostId, Path, Setup, Sim, VLAN, frames};

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// What happens to a VM and its clients.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// It goes there and announces itself.
    Move(usize),
    /// It goes there and says nothing of it, but talks.
    MoveSilently(usize),
    Pause(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0..4_usize).prop_map(Step::Move),
        (0..4_usize).prop_map(Step::MoveSilently),
        (0..4000_u64).prop_map(Step::Pause),
    ];
    vec(step, 1..12)
}

fn four(seed: u64, flood_hold: Duration) -> (Sim, HostId, [HostId; 4]) {
    let setup = Setup {
        devices: 4,
        ports: vec![VLAN, VLAN],
        seed,
        flood_hold,
        ..Setup::default()
    };
    let mut sim = Sim::new(&setup);
    let vm = sim.host(A, 0);
    let clients = [0, 1, 2, 3].map(|ed| sim.host(ed, 1));
    sim.announce(vm);
    for client in clients {
        sim.talk(client, vm);
    }
    sim.run(Duration::from_secs(10));
    sim.forget();
    (sim, vm, clients)
}

/// When an announcement has arrived everywhere, and the frames sent before it.
const ARRIVED: u64 = 400;
const HOLD: Duration = Duration::from_secs(30);

fn pairs() -> impl Iterator<Item = (usize, usize)> {
    (0..4)
        .flat_map(|a| (0..4).map(move |b| (a, b)))
        .filter(|(a, b)| a != b)
}

/// For each way: the delay, and what IS-IS and announcements take on top of it, in ms.
fn delays() -> impl Strategy<Value = Vec<(u64, u64, u64)>> {
    vec((0..50_u64, 0..300_u64, 0..300_u64), 12)
}

fn set_delays(sim: &mut Sim, delays: &[(u64, u64, u64)]) {
    for ((from, to), &(delay, control, announcement)) in pairs().zip(delays) {
        *sim.path(from, to) = Path {
            delay: Duration::from_millis(delay),
            control_delay: Duration::from_millis(control),
            announcement_delay: Duration::from_millis(announcement),
            ..Path::default()
        };
    }
}

/// Does the steps; after each, every client sends the VM a frame. Returns the frames' numbers.
fn walk(sim: &mut Sim, vm: HostId, clients: [HostId; 4], steps: &[Step]) -> Vec<u64> {
    let mut numbers = Vec::new();
    for step in steps {
        match *step {
            Step::Move(ed) => {
                sim.go(vm, ed);
            }
            Step::MoveSilently(ed) => {
                sim.move_host(vm, ed);
                sim.talk(vm, clients[ed]);
            }
            Step::Pause(ms) => sim.run(Duration::from_millis(ms)),
        }
        numbers.extend(clients.map(|client| sim.talk(client, vm)));
        sim.run(Duration::from_millis(1));
    }
    numbers
}

proptest! {
    #![proptest_config(cases(48))]

    /// D-5: any moves, unequal delays in each direction, nothing lost: once the VM has said another
    /// word, all agree; and no frame reached anybody twice on the way.
    #[test]
    fn d_5_any_walk_ends_right_and_nothing_arrives_twice(
        steps in steps(),
        delays in delays(),
    ) {
        let (mut sim, vm, clients) = four(1, HOLD);
        set_delays(&mut sim, &delays);
        let numbers = walk(&mut sim, vm, clients, &steps);
        sim.run(Duration::from_secs(1));
        sim.talk(vm, clients[0]);
        sim.run(Duration::from_secs(60));
        check_end(&mut sim, vm, clients)?;
        check_copies(&sim, vm, &numbers)?;
    }

    /// D-2, D-5: once an announcement has arrived everywhere, no publication, withdrawal or end of a
    /// hold time takes the VM away from anybody, in whatever order they come.
    #[test]
    fn d_2_after_the_announcement_nothing_blinds_a_client(
        moves in vec((0..4_usize, ARRIVED..3500_u64), 1..6),
        delays in delays(),
        flood_hold in 4..30_u64,
    ) {
        let (mut sim, vm, clients) = four(1, Duration::from_secs(flood_hold));
        set_delays(&mut sim, &delays);
        for (ed, stay) in moves.into_iter().chain([(B, 40_000)]) {
            sim.go(vm, ed);
            sim.run(Duration::from_millis(ARRIVED));
            for _ in 0..(stay - ARRIVED) / 100 {
                let numbers = clients.map(|client| sim.talk(client, vm));
                sim.run(Duration::from_millis(100));
                let got = numbers.map(|number| sim.received(vm, number));
                prop_assert_eq!(got, [1; 4], "{:?}", sim.entries(vm));
                sim.forget();
            }
        }
    }

    /// D-4: with frames lost on the way the end is right too, once the VM has spoken and the IGP has
    /// had its time.
    #[test]
    fn d_4_any_walk_with_loss_ends_right(steps in steps(), loss in 0..300_u64, seed in any::<u64>()) {
        let (mut sim, vm, clients) = four(seed, HOLD);
        for (from, to) in pairs() {
            sim.path(from, to).loss = loss;
        }
        let numbers = walk(&mut sim, vm, clients, &steps);
        for (from, to) in pairs() {
            sim.path(from, to).loss = 0;
        }
        sim.run(Duration::from_secs(60));
        sim.announce(vm);
        sim.run(Duration::from_secs(60));
        check_end(&mut sim, vm, clients)?;
        check_copies(&sim, vm, &numbers)?;
    }
}

fn check_end(sim: &mut Sim, vm: HostId, clients: [HostId; 4]) -> Result<(), TestCaseError> {
    let home = sim.at(vm).ed;
    for ed in 0..4 {
        let expected = match ed == home {
            true => "local port1".to_owned(),
            false => format!("remote {}", sim::link_name(home)),
        };
        prop_assert_eq!(sim.entry(ed, vm), expected, "{:?}", sim.entries(vm));
    }
    for client in clients {
        let number = sim.talk(client, vm);
        sim.run(Duration::from_secs(1));
        prop_assert_eq!(sim.received(vm, number), 1);
    }
    Ok(())
}

/// In one place, no frame reaches the VM twice. (Who moves faster than the copies of a flooded frame
/// differ in delay may meet one at each place.)
fn check_copies(sim: &Sim, vm: HostId, numbers: &[u64]) -> Result<(), TestCaseError> {
    let mut got = std::collections::BTreeSet::new();
    for delivery in sim.delivered.iter().filter(|d| d.host == vm) {
        let Some(number) = frames::number(&delivery.bytes) else {
            continue;
        };
        prop_assert!(got.insert((number, delivery.ed)), "frame {} twice", number);
    }
    prop_assert!(
        numbers
            .iter()
            .any(|n| got.iter().any(|(number, _)| number == n))
    );
    Ok(())
}
