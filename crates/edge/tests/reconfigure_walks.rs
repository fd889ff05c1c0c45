//! Reloads of every kind among moves of every kind: all agree in the end.

use crate::sim;

use std::time::Duration;

use edge_api::{EdgeConfig, Mode};
use proptest::collection::vec;
use proptest::prelude::*;
use sim::{A, B, C, D, Ed, HostId, Setup, Sim, link_name, ms};

const MINUTE: Duration = Duration::from_secs(60);

fn reload(sim: &mut Sim, ed: Ed, config: &EdgeConfig) {
    sim.reload(ed, config)
        .expect("a configuration to take over");
}

/// What happens to a VM and to the devices.
#[derive(Clone, Debug)]
enum Step {
    Move(Ed),
    MoveSilently(Ed),
    Pause(u64),
    Reload(Ed, Settings),
}

#[derive(Clone, Debug)]
struct Settings {
    /// Peers that the device has no link to.
    missing: Vec<Ed>,
    mode: Mode,
    flood_hold: u64,
    mac_ageing: u64,
    repeats: u32,
}

fn settings() -> impl Strategy<Value = Settings> {
    let mode = (0..Mode::ALL.len()).prop_map(|n| Mode::ALL[n]);
    let missing = vec(0..4_usize, 0..3);
    (missing, mode, 100..5000_u64, 5..300_u64, 0..3_u32).prop_map(
        |(missing, mode, flood_hold, mac_ageing, repeats)| Settings {
            missing,
            mode,
            flood_hold,
            mac_ageing,
            repeats,
        },
    )
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => (0..4_usize).prop_map(Step::Move),
        1 => (0..4_usize).prop_map(Step::MoveSilently),
        2 => (0..6000_u64).prop_map(Step::Pause),
        3 => (0..4_usize, settings()).prop_map(|(ed, settings)| Step::Reload(ed, settings)),
    ];
    vec(step, 1..16)
}

fn step(sim: &mut Sim, setup: &Setup, vm: HostId, clients: [HostId; 4], step: &Step) {
    match step {
        Step::Move(ed) => sim.go(vm, *ed),
        Step::MoveSilently(ed) => {
            sim.move_host(vm, *ed);
            sim.talk(vm, clients[*ed]);
        }
        Step::Pause(time) => sim.run(ms(*time)),
        Step::Reload(ed, settings) => {
            let mut config = setup.without(*ed, &settings.missing);
            config.mode = settings.mode;
            config.mac_ageing = Duration::from_secs(settings.mac_ageing);
            config.mobility.flood_hold = ms(settings.flood_hold);
            config.mobility.announcement_repeats = settings.repeats;
            reload(sim, *ed, &config);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// D-3, D-5: reloads of every kind among moves of every kind. Once all devices have their links
    /// again and the VM has spoken, all agree; no frame was lost from the accounts, none arrived twice
    /// in one place, and no event has gone missing.
    #[test]
    fn d_5_reloads_among_moves_end_right(steps in steps()) {
        let setup = Setup { ports: vec![sim::VLAN, sim::VLAN], ..Setup::devices(4) };
        let mut sim = Sim::new(&setup);
        let vm = sim.host(A, 0);
        let clients = [A, B, C, D].map(|ed| sim.host(ed, 1));
        sim.announce(vm);
        sim.run(Duration::from_secs(10));
        let mut numbers = Vec::new();
        for what in &steps {
            step(&mut sim, &setup, vm, clients, what);
            numbers.extend(clients.map(|client| sim.talk(client, vm)));
            sim.run(ms(1));
        }
        for ed in [A, B, C, D] {
            reload(&mut sim, ed, &setup.config(ed));
        }
        // What was never acknowledged has died out by then, hold times among it.
        sim.run(MINUTE * 2);
        sim.announce(vm);
        sim.run(MINUTE);
        let home = sim.at(vm).ed;
        for ed in [A, B, C, D] {
            let expected = match ed == home {
                true => "local port1".to_owned(),
                false => format!("remote {}", link_name(home)),
            };
            prop_assert_eq!(sim.entry(ed, vm), expected, "{:?}", sim.entries(vm));
        }
        for number in numbers {
            let at = sim.delivered.iter().filter(|d| d.host == vm);
            let at = at.filter(|d| sim::frames::number(&d.bytes) == Some(number));
            let mut at: Vec<Ed> = at.map(|d| d.ed).collect();
            let copies = at.len();
            at.sort_unstable();
            at.dedup();
            prop_assert_eq!(at.len(), copies, "frame {} twice in one place", number);
        }
        sim.expect_numbered();
    }
}
