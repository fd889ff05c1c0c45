//! N edge devices on one virtual clock, EVI links as a full mesh, hosts behind site ports.
//!
//! Frames are real bytes. A frame on an EVI link arrives after the delay of its [`Path`], unless it
//! is lost there; in a site there is no delay. Everything follows from the seed.

#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "each test binary uses a part of the bench"
)]

mod accounts;
pub mod device;
pub mod frames;
pub mod links;
mod path;
mod record;
mod site;

use std::collections::BTreeMap;
use std::time::Duration;

use edge::{EdgeDevice, PortId, Verdict};
use edge_api::{Event, PortVlans};
use wire::{FrameRef, SystemId, Timestamp};

pub use device::{Setup, VLAN, VLAN_2, vlan};
pub use path::{Kind, Path};
pub use record::Copy;
pub use site::{Delivery, Host, HostId};

use accounts::Accounts;
use device::Outbox;
use links::Wiring;

/// An edge device, by its position: 0 is ED-A.
pub type Ed = usize;
pub const A: Ed = 0;
pub const B: Ed = 1;
pub const C: Ed = 2;
pub const D: Ed = 3;

/// What an announcement takes unless a test says otherwise.
pub const ONE_WAY: Duration = Duration::from_millis(5);
/// What an LSP waits in the profile that the bench starts with.
pub const PUBLICATION: Duration = Duration::from_secs(2);

pub const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// The bench with a VM at ED-A that everybody knows of.
pub fn published(setup: &Setup) -> (Sim, HostId) {
    let mut sim = Sim::new(setup);
    let vm = sim.host(A, 0);
    sim.announce(vm);
    sim.run(Duration::from_secs(40));
    sim.forget();
    (sim, vm)
}

pub struct Sim {
    pub now: Timestamp,
    pub devices: Vec<EdgeDevice>,
    pub events: Vec<(Ed, Event)>,
    pub copies: Vec<Copy>,
    pub delivered: Vec<Delivery>,
    /// What devices answered of their own, and where.
    pub replies: Vec<(Ed, PortId, Vec<u8>)>,
    pub hosts: Vec<Host>,
    /// Frames that left by site ports.
    pub left: Vec<(Ed, PortId, Vec<u8>)>,
    ports: Vec<PortVlans>,
    paths: BTreeMap<(Ed, Ed), Path>,
    in_flight: BTreeMap<(Timestamp, u64), (Ed, Ed, Vec<u8>)>,
    numbers: u64,
    random: u64,
    accounts: Accounts,
    wiring: Wiring,
}

impl Sim {
    /// Devices as `setup` says, with all adjacencies up and the first LSPs exchanged.
    pub fn new(setup: &Setup) -> Self {
        let now = Timestamp::from_nanos(1_000_000_000);
        let pairs = (0..setup.devices).flat_map(|a| (0..setup.devices).map(move |b| (a, b)));
        let mut sim = Self {
            now,
            devices: (0..setup.devices).map(|ed| setup.device(ed, now)).collect(),
            events: Vec::new(),
            copies: Vec::new(),
            delivered: Vec::new(),
            replies: Vec::new(),
            hosts: Vec::new(),
            left: Vec::new(),
            ports: setup.port_vlans().collect(),
            paths: pairs.map(|pair| (pair, Path::default())).collect(),
            in_flight: BTreeMap::new(),
            numbers: 0,
            random: setup.seed,
            accounts: Accounts::default(),
            wiring: Wiring::mesh(setup.devices),
        };
        for ed in 0..setup.devices {
            sim.drive(ed, EdgeDevice::handle_deadline);
        }
        let up = |sim: &Self| (0..setup.devices).all(|ed| sim.adjacencies_up(ed));
        sim.until(Duration::from_secs(60), up);
        sim.run(Duration::from_secs(60));
        sim.forget();
        sim
    }

    /// Forgets what has been recorded so far.
    pub fn forget(&mut self) {
        self.events.clear();
        self.copies.clear();
        self.delivered.clear();
        self.left.clear();
        self.replies.clear();
    }

    /// The way from one device to another, to be changed.
    pub fn path(&mut self, from: Ed, to: Ed) -> &mut Path {
        self.paths.get_mut(&(from, to)).expect("both devices exist")
    }

    /// Changes the way in both directions.
    pub fn between(&mut self, a: Ed, b: Ed, change: impl Fn(&mut Path)) {
        change(self.path(a, b));
        change(self.path(b, a));
    }

    /// Hands a frame to a device at a site port.
    pub fn site_frame(&mut self, ed: Ed, port: u16, bytes: &[u8]) -> Verdict {
        let frame = FrameRef::parse(bytes).expect("tests send whole frames");
        let verdict = self.drive(ed, |d, now, out| {
            d.handle_site_frame(now, PortId(port), frame, out)
        });
        self.accounts.site(ed, port, verdict);
        verdict
    }

    /// Hands a frame to a device as if it came from `peer` on their EVI link.
    pub fn public_frame(&mut self, ed: Ed, peer: Ed, bytes: &[u8]) -> Verdict {
        let Some(link) = self.wiring.link_to(ed, peer) else {
            return self.refuse_stranger(ed);
        };
        let frame = FrameRef::parse(bytes).expect("devices send whole frames");
        let verdict = self.drive(ed, |d, now, out| {
            d.handle_public_frame(now, link, frame, out)
        });
        self.accounts.public(ed, peer, verdict);
        verdict
    }

    /// Does something to a device now; records its events and sends its frames on.
    pub fn drive<R>(
        &mut self,
        ed: Ed,
        what: impl FnOnce(&mut EdgeDevice, Timestamp, &mut Outbox) -> R,
    ) -> R {
        let mut out = Outbox::default();
        let result = what(&mut self.devices[ed], self.now, &mut out);
        while let Some(event) = self.devices[ed].poll_event() {
            self.events.push((ed, event));
        }
        self.rewire(ed, &out.acts);
        for (link, kind, bytes) in out.links {
            self.send(ed, self.wiring.peer_on(ed, link), kind, bytes);
        }
        for (port, bytes) in out.replies {
            self.deliver(ed, port, &frames::without_priority_tag(&bytes));
            self.replies.push((ed, port, bytes));
        }
        for (port, bytes) in out.ports {
            self.deliver(ed, port, &bytes);
            self.left.push((ed, port, bytes));
        }
        result
    }

    fn send(&mut self, from: Ed, to: Ed, kind: Kind, bytes: Vec<u8>) {
        let path = &self.paths[&(from, to)];
        let lost = path.loses(kind, &mut self.random);
        if !lost {
            self.numbers += 1;
            let key = (self.now + path.delay(kind), self.numbers);
            self.in_flight.insert(key, (from, to, bytes.clone()));
        }
        let at = self.now;
        self.copies.push(Copy {
            at,
            from,
            to,
            kind,
            lost,
            bytes,
        });
    }

    fn next(&self) -> Option<Timestamp> {
        let arrival = self.in_flight.keys().next().map(|(at, _)| *at);
        let deadlines = self.devices.iter().filter_map(EdgeDevice::next_deadline);
        deadlines.chain(arrival).min()
    }

    /// Lets a time pass.
    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(next) = self.next().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.step();
        }
        self.now = end;
        self.accounts.check(&self.devices);
    }

    /// Runs until a condition holds; the time that took.
    ///
    /// # Panics
    /// The condition does not hold within `limit`.
    pub fn until(&mut self, limit: Duration, holds: impl Fn(&Self) -> bool) -> Duration {
        let start = self.now;
        while !holds(self) {
            let next = self.next().expect("nothing left to happen");
            self.now = self.now.max(next);
            assert!(self.now <= start + limit, "not within {limit:?}");
            self.step();
        }
        self.now.saturating_since(start)
    }

    fn step(&mut self) {
        while let Some(entry) = self.in_flight.first_entry() {
            if entry.key().0 > self.now {
                break;
            }
            let (from, to, bytes) = entry.remove();
            self.public_frame(to, from, &bytes);
        }
        for ed in 0..self.devices.len() {
            self.meet_deadlines(ed);
        }
    }

    /// One call does what is due; what that sets off (an LSP generated at once) may need a second one.
    fn meet_deadlines(&mut self, ed: Ed) {
        for _ in 0..2 {
            if self.devices[ed]
                .next_deadline()
                .is_none_or(|at| at > self.now)
            {
                return;
            }
            self.drive(ed, EdgeDevice::handle_deadline);
            let next = self.devices[ed].next_deadline();
            assert!(
                next.is_none_or(|at| at >= self.now),
                "ED {ed}: deadline in the past"
            );
        }
        let next = self.devices[ed].next_deadline();
        assert!(next.is_none_or(|at| at > self.now), "ED {ed} spins");
    }

    pub fn adjacencies_up(&self, ed: Ed) -> bool {
        let rows = self.devices[ed].adjacencies();
        rows.iter()
            .all(|row| row.state == edge_api::AdjacencyState::Up)
    }
}

/// Name of the EVI link to a device, as in `remote evi-c`.
pub fn link_name(peer: Ed) -> String {
    format!(
        "evi-{}",
        char::from(b'a' + u8::try_from(peer).expect("few devices"))
    )
}

pub fn system(ed: Ed) -> SystemId {
    SystemId::new([2, 0, 0, 0, 0, u8::try_from(ed + 1).expect("few devices")])
}
