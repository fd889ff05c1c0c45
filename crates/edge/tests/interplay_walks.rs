//! Everything at once, in any order: access ports and trunks, one MAC in two VLANs, a static MAC and
//! thieves of it, both kinds of announcement, ARP answers, moves within and between sites, losses,
//! restarts and reloads. Once it is quiet, every table equals the truth (D-2, D-3, D-5, D-6), and no
//! answer was ever wrong.
//!
//! What quiet is, `operations` says.

use crate::sim;

use std::time::Duration;

use edge::Verdict;
use edge_api::{AnnouncementMessage, EdgeConfig, Mode, StaticMacConfig};
use sim::frames::{arp_request, mac, numbered};
use sim::{
    A, Ed, Ending, HostId, Path, Setup, Sim, VLAN, VLAN_2, Wrong, below, every_seed, ms, vlan,
};
use wire::{ArpPacket, FrameRef, arp};

/// Runs of each mode; `SIM_SEEDS` is another number, `SIM_SEED` the one to run.
const SEEDS: u64 = 30;
const ROUNDS: usize = 2;
const SETTLED: Duration = Duration::from_secs(60);
const PUBLISHED: Duration = Duration::from_secs(45);
/// The station whose MAC is static at ED-A.
const FIXED: HostId = HostId(0);
/// The access port, and the trunk; this one's native VLAN is the second one.
const PORTS: [u16; 2] = [0, 1];

const ANNOUNCING: [Mode; 3] = [Mode::GarpFlood, Mode::GarpFloodVerified, Mode::GarpRedirect];
const MESSAGES: [AnnouncementMessage; 2] = [AnnouncementMessage::Garp, AnnouncementMessage::Evi];

struct World {
    sim: Sim,
    setup: Setup,
    random: u64,
}

impl World {
    fn new(seed: u64, mode: Mode) -> Self {
        let mut random = seed;
        let fixed = StaticMacConfig {
            vlan: vlan(VLAN),
            mac: mac(1),
            port: "port1".to_owned(),
        };
        let setup = Setup {
            trunks: vec![(vec![VLAN, VLAN_2], Some(VLAN_2))],
            mode,
            message: MESSAGES[pick(&mut random, 2)],
            repeats: 3,
            static_macs: vec![(A, fixed)],
            seed,
            ..Setup::devices(2 + pick(&mut random, 3))
        };
        let mut sim = Sim::new(&setup);
        sim.host(A, PORTS[0]);
        for (port, id) in [(0, VLAN), (1, VLAN), (1, VLAN_2), (1, VLAN_2)] {
            let ed = pick(&mut random, setup.devices);
            sim.host_in(ed, port, id);
        }
        // One MAC, two VLANs, two stations.
        sim.hosts[3].mac = sim.hosts[1].mac;
        for host in 0..sim.hosts.len() {
            sim.announce(HostId(host));
        }
        Self { sim, setup, random }
    }

    fn below(&mut self, end: usize) -> usize {
        pick(&mut self.random, end)
    }

    fn ed(&mut self) -> Ed {
        self.below(self.setup.devices)
    }

    fn host(&mut self) -> HostId {
        HostId(self.below(self.sim.hosts.len()))
    }

    /// A station that may go away.
    fn vm(&mut self) -> HostId {
        HostId(1 + self.below(self.sim.hosts.len() - 1))
    }

    fn operate(&mut self) -> Result<(), String> {
        let (vm, host, ed, other) = (self.vm(), self.host(), self.ed(), self.ed());
        match self.below(20) {
            0..=3 => self.sim.go(vm, ed),
            4 | 5 => {
                self.sim.move_host(vm, ed);
                self.sim.talk(vm, host);
            }
            6 => self.change_port(vm),
            7 | 8 => drop(self.sim.announce(host)),
            9..=11 => self.ask(host, vm)?,
            12 => self.steal(ed),
            13 | 14 => self.reload(ed),
            15 if ed != other => *self.sim.path(ed, other) = faulty(&mut self.random),
            16 => {
                let downtime = ms(below(&mut self.random, 40_000));
                let ending = [Ending::Orderly, Ending::Crash][self.below(2)];
                self.sim.restart(ed, ending, downtime);
            }
            17 => self.sim.partition(&[ed]),
            18 => self.sim.heal(),
            _ => self.sim.run(ms(below(&mut self.random, 10_000))),
        }
        self.sim.run(ms(below(&mut self.random, 300)));
        Ok(())
    }

    /// Between the access port and the trunk, for stations of the VLAN that both carry. Their word tells.
    fn change_port(&mut self, vm: HostId) {
        if self.sim.at(vm).vlan == VLAN {
            self.sim.hosts[vm.0].port ^= 1;
            self.sim.talk(vm, vm);
        }
    }

    /// A question; an answer of the device itself must name the station that has the address.
    fn ask(&mut self, host: HostId, of: HostId) -> Result<(), String> {
        let (asker, owner) = (self.sim.at(host), self.sim.at(of));
        let before = self.sim.replies.len();
        let request = arp_request(asker.mac, asker.ip, owner.ip);
        let verdict = self.sim.say(host, &request);
        let replies = &self.sim.replies[before..];
        let answers = replies.iter().filter_map(|(_, port, bytes)| {
            let frame = FrameRef::parse(bytes).ok()?;
            let packet = ArpPacket::from_frame(&frame)?.ok()?;
            Some((port.0, packet.sender_mac, packet.sender_ip))
        });
        let answers: Vec<_> = answers.collect();
        let right = (asker.port, owner.mac, owner.ip);
        let is_right = match &answers[..] {
            [] => verdict != Verdict::Consumed,
            [answer] => {
                let is_known = asker.vlan == owner.vlan;
                verdict == Verdict::Consumed && is_known && *answer == right
            }
            _ => false,
        };
        is_right
            .then_some(())
            .ok_or_else(|| format!("{host:?} asked for {of:?}: {answers:?}, {verdict:?}"))
    }

    /// Somebody in another site, or at another port, takes the static MAC for his.
    fn steal(&mut self, ed: Ed) {
        let ip = self.sim.at(FIXED).ip;
        let port = if ed == A { PORTS[1] } else { PORTS[0] };
        let garp = arp::encode_gratuitous_request(mac(1), ip);
        let frame = numbered(mac(1), mac(200), 0);
        for bytes in [&garp[..], &frame[..]] {
            match port {
                0 => self.sim.site_frame(ed, port, bytes),
                _ => self
                    .sim
                    .site_frame(ed, port, &sim::frames::tagged(bytes, VLAN)),
            };
        }
    }

    /// Another way to announce, other repeats, another mode, perhaps a link less.
    fn reload(&mut self, ed: Ed) {
        let missing: Vec<Ed> = (0..self.below(2)).map(|_| self.ed()).collect();
        let mut config = self.setup.without(ed, &missing);
        config.mode = ANNOUNCING[self.below(3)];
        let mobility = &mut config.mobility;
        mobility.announcement_message = MESSAGES[pick(&mut self.random, 2)];
        mobility.announcement_repeats = 1 + u32::from(pick(&mut self.random, 2) == 0);
        mobility.announcement_interval = ms(20 + below(&mut self.random, 200));
        mobility.arp_suppression = pick(&mut self.random, 3) > 0;
        mobility.flood_hold = ms(5_000 + below(&mut self.random, 25_000));
        self.take_over(ed, &config);
    }

    fn take_over(&mut self, ed: Ed, config: &EdgeConfig) {
        let changes = self.sim.reload(ed, config).map(drop);
        changes.expect("a configuration to take over");
    }

    fn quiet(&mut self) {
        self.sim.note("quiet".to_owned());
        self.sim.heal();
        for ed in 0..self.setup.devices {
            let config = self.setup.config(ed);
            self.take_over(ed, &config);
        }
        self.sim.run(SETTLED);
        for host in 0..self.sim.hosts.len() {
            self.sim.talk(HostId(host), HostId(host));
        }
        self.sim.run(PUBLISHED);
    }

    fn round(&mut self) -> Result<(), String> {
        for _ in 0..4 + self.below(12) {
            self.operate()?;
            let (from, to) = (self.host(), self.host());
            self.sim.talk(from, to);
        }
        self.quiet();
        self.sim.check_way()?;
        self.sim.check_truth()
    }
}

fn pick(random: &mut u64, end: usize) -> usize {
    let end = u64::try_from(end).expect("few");
    usize::try_from(below(random, end)).expect("few")
}

fn faulty(random: &mut u64) -> Path {
    Path {
        delay: ms(below(random, 50)),
        jitter: ms(below(random, 50)),
        loss: below(random, 300),
        duplication: below(random, 300),
        loses_announcements: below(random, 4) == 0,
        loses_control: below(random, 4) == 0,
        ..Path::default()
    }
}

fn ends_right(seed: u64, mode: Mode) -> Result<(), Wrong> {
    let mut world = World::new(seed, mode);
    for _ in 0..ROUNDS {
        let round = world.round();
        world.sim.with_story(round)?;
        world.sim.forget();
    }
    Ok(())
}

#[test]
fn d_5_d_6_everything_at_once_ends_right_garp_flood() {
    every_seed(SEEDS, |seed| ends_right(seed, Mode::GarpFlood));
}

#[test]
fn d_5_d_6_everything_at_once_ends_right_garp_flood_verified() {
    every_seed(SEEDS, |seed| ends_right(seed, Mode::GarpFloodVerified));
}

#[test]
fn d_5_d_6_everything_at_once_ends_right_garp_redirect() {
    every_seed(SEEDS, |seed| ends_right(seed, Mode::GarpRedirect));
}
