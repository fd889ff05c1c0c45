//! Any sequence of moves, losses, restarts and partitions, in every mode: once it is quiet, every table
//! equals the truth (D-2, D-3, D-5), and nothing looped or came twice on the way.
//!
//! Quiet means: the network is whole and every device is on for [`SETTLED`]; then every station says a
//! word, which is a frame of any kind, at its real place; then [`PUBLISHED`] pass.
//! In `igp-only`, where nothing dates a publication, stations go on talking for an ageing time: only
//! then does the entry of a device that the station has left give way.

use crate::sim;

use std::time::Duration;

use edge_api::Mode;
use sim::{Bursts, Ed, Ending, HostId, Path, Setup, Sim, VLAN, Wrong, below, every_seed, ms};

const ROUNDS: usize = 3;
/// Runs of each mode; `SIM_SEEDS` is another number, `SIM_SEED` the one to run.
const SEEDS: u64 = 50;

/// Adjacencies are up (hello and hold time), databases exchanged (CSNP and LSP retransmission).
const SETTLED: Duration = Duration::from_secs(60);
/// LSP generation, loss of the flood entries (hold time), refreshes of what that changed.
const PUBLISHED: Duration = Duration::from_secs(45);
const AGEING: Duration = Duration::from_secs(300);

/// What happens to a VM, a device or the public network.
#[derive(Clone, Debug)]
enum Operation {
    /// A new VM starts there, and announces itself.
    Boot(Ed),
    /// It goes there and announces itself.
    Move(HostId, Ed),
    /// It goes where it was before, and announces itself.
    MoveBack(HostId),
    /// It goes there and says nothing of it, but talks.
    MoveSilently(HostId, Ed),
    /// It goes there and says nothing.
    MoveMute(HostId, Ed),
    Talk(HostId),
    Announce(HostId),
    LoseLsps(Ed, Ed, bool),
    LoseAnnouncements(Ed, Ed, bool),
    /// Jitter, loss, bursts and doubled frames.
    Fault(Ed, Ed),
    Restart(Ed, Ending, Duration),
    Partition(Vec<Ed>),
    Heal,
    Pause(Duration),
}

struct World {
    sim: Sim,
    random: u64,
    /// Where each VM was before its last move.
    before: Vec<Ed>,
}

impl World {
    fn new(seed: u64, mode: Mode) -> Self {
        let mut random = seed;
        let devices = usize::try_from(2 + below(&mut random, 5)).expect("few");
        let setup = Setup {
            devices,
            ports: vec![VLAN, VLAN],
            mode,
            repeats: 3,
            clock_skew: ms(below(&mut random, 2) * below(&mut random, 5_000)),
            seed,
            ..Setup::default()
        };
        let mut world = Self {
            sim: Sim::new(&setup),
            random,
            before: Vec::new(),
        };
        for _ in 0..1 + world.below(4) {
            let ed = world.ed();
            world.perform(&Operation::Boot(ed));
        }
        world
    }

    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("few");
        usize::try_from(below(&mut self.random, end)).expect("few")
    }

    fn ed(&mut self) -> Ed {
        self.below(self.sim.devices.len())
    }

    fn vm(&mut self) -> HostId {
        HostId(self.below(self.sim.hosts.len()))
    }

    fn pair(&mut self) -> (Ed, Ed) {
        let a = self.ed();
        let b = (a + 1 + self.below(self.sim.devices.len() - 1)) % self.sim.devices.len();
        (a, b)
    }

    fn operation(&mut self) -> Operation {
        let (vm, ed, (a, b)) = (self.vm(), self.ed(), self.pair());
        let flag = self.below(2) == 0;
        match self.below(24) {
            0 if self.sim.hosts.len() < 8 => Operation::Boot(ed),
            0..=4 => Operation::Move(vm, ed),
            5..=7 => Operation::MoveBack(vm),
            8 | 9 => Operation::MoveSilently(vm, ed),
            10 => Operation::MoveMute(vm, ed),
            11 | 12 => Operation::Talk(vm),
            13 => Operation::Announce(vm),
            14 => Operation::LoseLsps(a, b, flag),
            15 => Operation::LoseAnnouncements(a, b, flag),
            16 => Operation::Fault(a, b),
            17 => {
                let ending = if flag { Ending::Orderly } else { Ending::Crash };
                Operation::Restart(ed, ending, ms(below(&mut self.random, 40_000)))
            }
            18 => Operation::Partition(if flag { vec![a] } else { vec![a, b] }),
            19 => Operation::Heal,
            20 => Operation::Pause(ms(below(&mut self.random, 40_000))),
            21 => Operation::Pause(ms(below(&mut self.random, 3_000))),
            _ => Operation::Pause(ms(below(&mut self.random, 100))),
        }
    }

    fn perform(&mut self, operation: &Operation) {
        self.sim.note(format!("{operation:?}"));
        let sim = &mut self.sim;
        match *operation {
            Operation::Boot(ed) => {
                let vm = sim.host(ed, 0);
                self.before.push(ed);
                sim.announce(vm);
            }
            Operation::Move(vm, ed) => {
                self.leave(vm, ed);
                self.sim.announce(vm);
            }
            Operation::MoveBack(vm) => {
                self.leave(vm, self.before[vm.0]);
                self.sim.announce(vm);
            }
            Operation::MoveSilently(vm, ed) => {
                self.leave(vm, ed);
                self.word(vm);
            }
            Operation::MoveMute(vm, ed) => self.leave(vm, ed),
            Operation::Talk(vm) => self.word(vm),
            Operation::Announce(vm) => drop(sim.announce(vm)),
            Operation::LoseLsps(a, b, loses) => sim.path(a, b).loses_control = loses,
            Operation::LoseAnnouncements(a, b, loses) => sim.path(a, b).loses_announcements = loses,
            Operation::Fault(a, b) => *sim.path(a, b) = faulty(&mut self.random),
            Operation::Restart(ed, ending, downtime) => sim.restart(ed, ending, downtime),
            Operation::Partition(ref island) => sim.partition(island),
            Operation::Heal => sim.heal(),
            Operation::Pause(time) => sim.run(time),
        }
        self.sim.run(ms(1));
    }

    fn leave(&mut self, vm: HostId, ed: Ed) {
        self.before[vm.0] = self.sim.at(vm).ed;
        self.sim.move_host(vm, ed);
    }

    /// A frame to whom nobody knows, so that it teaches the device where the VM is, and no more.
    fn word(&mut self, vm: HostId) {
        self.sim.talk(vm, vm);
    }

    /// Every VM says a word.
    fn words(&mut self) {
        for vm in 0..self.sim.hosts.len() {
            self.word(HostId(vm));
        }
    }

    fn quiet(&mut self, mode: Mode) {
        self.sim.note("quiet".to_owned());
        self.sim.heal();
        self.sim.run(SETTLED);
        self.words();
        if mode == Mode::IgpOnly {
            for _ in 0..4 {
                self.sim.run(AGEING / 4);
                self.words();
            }
        }
        self.sim.run(PUBLISHED);
    }

    fn round(&mut self, mode: Mode) -> Result<(), String> {
        for _ in 0..1 + self.below(12) {
            let operation = self.operation();
            self.perform(&operation);
            let (from, to) = (self.vm(), self.vm());
            self.sim.talk(from, to);
        }
        self.quiet(mode);
        self.sim.check_way()?;
        self.sim.check_truth()
    }
}

fn faulty(random: &mut u64) -> Path {
    let bursts = Bursts {
        enter: below(random, 100),
        leave: 100 + below(random, 400),
        lasts: false,
    };
    Path {
        delay: ms(below(random, 50)),
        jitter: ms(below(random, 50)),
        loss: below(random, 300),
        bursts: (below(random, 2) == 0).then_some(bursts),
        duplication: below(random, 300),
        ..Path::default()
    }
}

fn ends_right(seed: u64, mode: Mode) -> Result<(), Wrong> {
    let mut world = World::new(seed, mode);
    for _ in 0..ROUNDS {
        let round = world.round(mode);
        world.sim.with_story(round)?;
        world.sim.forget();
    }
    Ok(())
}

#[test]
fn d_5_any_operations_end_right_igp_only() {
    every_seed(SEEDS, |seed| ends_right(seed, Mode::IgpOnly));
}

#[test]
fn d_5_any_operations_end_right_garp_flood() {
    every_seed(SEEDS, |seed| ends_right(seed, Mode::GarpFlood));
}

#[test]
fn d_5_any_operations_end_right_garp_flood_verified() {
    every_seed(SEEDS, |seed| ends_right(seed, Mode::GarpFloodVerified));
}

#[test]
fn d_5_any_operations_end_right_garp_redirect() {
    every_seed(SEEDS, |seed| ends_right(seed, Mode::GarpRedirect));
}
