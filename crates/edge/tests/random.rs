//! Whatever comes in, in whatever order: no panic, no frame lost from the accounts, none twice.

mod sim;

use std::time::Duration;

use edge_api::Mode;
use proptest::collection::vec;
use proptest::prelude::*;
use sim::frames::{self, mac, numbered, tagged};
use sim::{A, B, C, HostId, Path, Setup, Sim, VLAN, VLAN_2};
use wire::{AnnouncementStamp, FrameRef, MacAddr, arp, llc};

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Where a frame enters ED-A.
#[derive(Clone, Copy, Debug)]
enum Entrance {
    Site(u16),
    Public(usize),
}

fn entrance() -> impl Strategy<Value = Entrance> {
    prop_oneof![
        (0..3_u16).prop_map(Entrance::Site),
        prop_oneof![Just(B), Just(C)].prop_map(Entrance::Public),
    ]
}

fn address() -> impl Strategy<Value = MacAddr> {
    prop_oneof![
        4 => (0..6_u8).prop_map(mac),
        1 => Just(MacAddr::BROADCAST),
        1 => Just(MacAddr::ZERO),
        1 => Just(llc::ALL_ISS),
        1 => (0..20_u8).prop_map(|last| MacAddr::new([1, 0x80, 0xc2, 0, 0, last])),
    ]
}

fn tag() -> impl Strategy<Value = Option<u16>> {
    prop_oneof![
        Just(None),
        Just(Some(VLAN)),
        Just(Some(VLAN_2)),
        any::<u16>().prop_map(Some),
    ]
}

fn plausible() -> impl Strategy<Value = Vec<u8>> {
    let stamp = |micros, mut bytes: [u8; arp::FRAME_LEN]| {
        AnnouncementStamp::from_micros(micros).stamp(&mut bytes);
        bytes.to_vec()
    };
    prop_oneof![
        (address(), address(), any::<u64>()).prop_map(|(src, dst, n)| numbered(src, dst, n)),
        (address(), any::<u64>()).prop_map(move |(src, at)| stamp(
            at,
            arp::encode_gratuitous_request(src, [10, 0, 0, 1].into())
        )),
        (address(), any::<u64>()).prop_map(move |(src, at)| stamp(at, arp::encode_rarp(src))),
        (address(), vec(any::<u8>(), 0..80)).prop_map(|(src, mut pdu)| {
            pdu.splice(0..0, [0x83, 27, 1, 0, 18, 1, 0, 3]);
            llc::encode_osi_frame(llc::ALL_ISS, src, &pdu).expect("a short PDU")
        }),
        vec(any::<u8>(), 18..100),
    ]
}

proptest! {
    #![proptest_config(cases(64))]

    /// received = forwarded + consumed + dropped on every interface (the bench compares), nothing
    /// panics, nothing from the public side goes back there, and no device spins.
    #[test]
    fn every_frame_is_accounted_for(
        frames in vec((entrance(), plausible(), tag(), 0..3000_u64), 1..60),
        igp_only in any::<bool>(),
    ) {
        let mode = if igp_only { Mode::IgpOnly } else { Mode::GarpFlood };
        let ports = vec![VLAN, VLAN, VLAN_2];
        let mut sim = Sim::new(&Setup { ports, mac_limit: 5, ..Setup::mode(mode) });
        for (entrance, bytes, tag, pause) in frames {
            let bytes = tag.map_or_else(|| bytes.clone(), |tag| tagged(&bytes, tag));
            let before = sim.data_copies(A, B).len() + sim.data_copies(A, C).len();
            match entrance {
                Entrance::Site(port) => drop(sim.from_site(A, port, &bytes)),
                Entrance::Public(peer) => {
                    sim.from_public(A, peer, &bytes);
                    let after = sim.data_copies(A, B).len() + sim.data_copies(A, C).len();
                    prop_assert_eq!(before, after, "split horizon");
                }
            }
            sim.run(Duration::from_millis(pause));
        }
        sim.run(Duration::from_secs(60));
        prop_assert!(sim.devices[A].mac_table().entries.len() <= 5);
    }

    /// Frames of any bytes at all.
    #[test]
    fn noise_never_panics(noise in vec((entrance(), vec(any::<u8>(), 0..200)), 1..60)) {
        let mut sim = Sim::new(&Setup { ports: vec![VLAN; 3], ..Setup::default() });
        for (entrance, bytes) in noise {
            if FrameRef::parse(&bytes).is_err() {
                continue;
            }
            match entrance {
                Entrance::Site(port) => drop(sim.from_site(A, port, &bytes)),
                Entrance::Public(peer) => drop(sim.from_public(A, peer, &bytes)),
            }
        }
        sim.run(Duration::from_secs(10));
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

fn four(seed: u64) -> (Sim, HostId, [HostId; 4]) {
    let setup = Setup {
        devices: 4,
        ports: vec![VLAN, VLAN],
        seed,
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

/// Does the steps; after each, every client sends the VM a frame. Returns the frames' numbers.
fn walk(sim: &mut Sim, vm: HostId, clients: [HostId; 4], steps: &[Step]) -> Vec<u64> {
    let mut numbers = Vec::new();
    for step in steps {
        match *step {
            Step::Move(ed) => {
                sim.move_host(vm, ed);
                sim.announce(vm);
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
    #![proptest_config(cases(128))]

    /// D-5: any moves, unequal delays in each direction, nothing lost: once the VM has said another
    /// word, all agree; and no frame reached anybody twice on the way.
    #[test]
    fn d_5_any_walk_ends_right_and_nothing_arrives_twice(
        steps in steps(),
        delays in vec((0..50_u64, 0..300_u64, 0..300_u64), 12),
    ) {
        let (mut sim, vm, clients) = four(1);
        let pairs = (0..4).flat_map(|a| (0..4).map(move |b| (a, b))).filter(|(a, b)| a != b);
        for ((from, to), (delay, control, announcement)) in pairs.zip(delays) {
            *sim.path(from, to) = Path {
                delay: Duration::from_millis(delay),
                control_delay: Duration::from_millis(control),
                announcement_delay: Duration::from_millis(announcement),
                ..Path::default()
            };
        }
        let numbers = walk(&mut sim, vm, clients, &steps);
        sim.run(Duration::from_secs(1));
        sim.talk(vm, clients[0]);
        sim.run(Duration::from_secs(60));
        check_end(&mut sim, vm, clients)?;
        check_copies(&sim, vm, &numbers)?;
    }

    /// D-4: with frames lost on the way the end is right too, once the VM has spoken and the IGP has
    /// had its time.
    #[test]
    fn d_4_any_walk_with_loss_ends_right(steps in steps(), loss in 0..300_u64, seed in any::<u64>()) {
        let (mut sim, vm, clients) = four(seed);
        let pairs = (0..4).flat_map(|a| (0..4).map(move |b| (a, b))).filter(|(a, b)| a != b);
        for (from, to) in pairs.clone() {
            sim.path(from, to).loss = loss;
        }
        let numbers = walk(&mut sim, vm, clients, &steps);
        for (from, to) in pairs {
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
