//! N edge devices on one virtual clock, EVI links as a full mesh, hosts behind site ports.
//!
//! Frames are real bytes. A frame on an EVI link arrives after the delay of its [`Path`], unless it
//! is lost there, and perhaps twice; in a site there is no delay. Everything follows from the seed.

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
mod names;
mod path;
mod power;
mod record;
mod seeds;
mod site;
mod trace;
mod truth;
mod underlay;

use std::collections::BTreeSet;
use std::time::Duration;

use edge::{EdgeDevice, PortId, Verdict};
use edge_api::{DropReason, Event, PortVlans};
use wire::{FrameRef, Timestamp};

pub use device::{Setup, VLAN, VLAN_2, vlan};
pub use names::{link_name, system};
pub use path::{Bursts, Kind, Path, below};
pub use power::Ending;
pub use record::Copy;
pub use seeds::{Wrong, every_seed};
pub use site::{Delivery, Host, HostId};

use accounts::Accounts;
use device::Outbox;
use links::Wiring;
use underlay::{Flight, Underlay};

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
    setup: Setup,
    underlay: Underlay,
    off: BTreeSet<Ed>,
    /// Hops of the frame that a device handles now, and whether the public network doubled it.
    handled: (u32, bool),
    /// What each device said last.
    deadlines: Vec<Option<Timestamp>>,
    numbers: u64,
    accounts: Accounts,
    wiring: Wiring,
    notes: Vec<(Timestamp, String)>,
}

impl Sim {
    /// Devices as `setup` says, with all adjacencies up and the first LSPs exchanged.
    pub fn new(setup: &Setup) -> Self {
        let now = Timestamp::from_nanos(1_000_000_000);
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
            setup: setup.clone(),
            underlay: Underlay::new(setup),
            off: BTreeSet::new(),
            handled: (0, false),
            deadlines: vec![None; setup.devices],
            numbers: 0,
            accounts: Accounts::default(),
            wiring: Wiring::mesh(setup.devices),
            notes: Vec::new(),
        };
        for ed in 0..setup.devices {
            sim.drive(ed, EdgeDevice::handle_deadline);
        }
        let up = |sim: &Self| (0..setup.devices).all(|ed| sim.adjacencies_up(ed));
        sim.until(Duration::from_secs(60), up);
        sim.run(setup.warm_up);
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
        self.notes.clear();
    }

    /// The way from one device to another, to be changed.
    pub fn path(&mut self, from: Ed, to: Ed) -> &mut Path {
        self.underlay.path(from, to)
    }

    /// Changes the way in both directions.
    pub fn between(&mut self, a: Ed, b: Ed, change: impl Fn(&mut Path)) {
        change(self.path(a, b));
        change(self.path(b, a));
    }

    /// Hands a frame to a device at a site port.
    pub fn site_frame(&mut self, ed: Ed, port: u16, bytes: &[u8]) -> Verdict {
        if self.is_off(ed) {
            return Verdict::Dropped(DropReason::TransmitFailed);
        }
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

    fn arrive(&mut self, flight: &Flight) {
        if !self.is_off(flight.to) {
            self.handled = (flight.hops, flight.duplicate);
            self.public_frame(flight.to, flight.from, &flight.bytes);
            self.handled = (0, false);
        }
    }

    /// Does something to a device now; records its events and sends its frames on.
    pub fn drive<R>(
        &mut self,
        ed: Ed,
        what: impl FnOnce(&mut EdgeDevice, Timestamp, &mut Outbox) -> R,
    ) -> R {
        let mut out = Outbox::default();
        let device = &mut self.devices[ed];
        let result = what(device, self.now, &mut out);
        while let Some(event) = device.poll_event() {
            self.events.push((ed, event));
        }
        self.deadlines[ed] = device.next_deadline();
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
        // IS-IS is answered, never passed on.
        let (hops, duplicate) = match kind {
            Kind::Control => (0, false),
            Kind::Announcement | Kind::Data => self.handled,
        };
        let hops = hops + 1;
        let flight = Flight {
            from,
            to,
            kind,
            hops,
            duplicate,
            bytes: bytes.clone(),
        };
        // A loop is recorded, and goes no further.
        let lost = hops > 1 || self.underlay.send(self.now, flight);
        let at = self.now;
        self.copies.push(Copy {
            at,
            from,
            to,
            kind,
            hops,
            lost,
            bytes,
        });
    }

    fn next(&self) -> Option<Timestamp> {
        let deadlines = self.deadlines.iter().enumerate();
        let deadlines = deadlines.filter_map(|(ed, at)| at.filter(|_| !self.is_off(ed)));
        deadlines.chain(self.underlay.next_arrival()).min()
    }

    /// Asks every device for its deadline: a test may have done something to it by itself.
    fn ask_deadlines(&mut self) {
        let deadlines = self.devices.iter().map(EdgeDevice::next_deadline);
        self.deadlines = deadlines.collect();
    }

    /// Lets a time pass.
    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
        self.ask_deadlines();
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
        self.ask_deadlines();
        while !holds(self) {
            let next = self.next().expect("nothing left to happen");
            self.now = self.now.max(next);
            assert!(self.now <= start + limit, "not within {limit:?}");
            self.step();
        }
        self.now.saturating_since(start)
    }

    fn step(&mut self) {
        while let Some(flight) = self.underlay.arrived(self.now) {
            self.arrive(&flight);
        }
        for ed in 0..self.devices.len() {
            if !self.is_off(ed) {
                self.meet_deadlines(ed);
            }
        }
    }

    /// One call does what is due; what that sets off (an LSP generated at once) may need a second one.
    fn meet_deadlines(&mut self, ed: Ed) {
        for _ in 0..2 {
            if self.deadlines[ed].is_none_or(|at| at > self.now) {
                return;
            }
            self.drive(ed, EdgeDevice::handle_deadline);
            let next = self.deadlines[ed];
            assert!(
                next.is_none_or(|at| at >= self.now),
                "ED {ed}: deadline in the past"
            );
        }
        let next = self.deadlines[ed];
        assert!(next.is_none_or(|at| at > self.now), "ED {ed} spins");
    }

    pub fn adjacencies_up(&self, ed: Ed) -> bool {
        let rows = self.devices[ed].adjacencies();
        rows.iter()
            .all(|row| row.state == edge_api::AdjacencyState::Up)
    }
}
