//! Systems on one virtual clock, joined by links with delay and seeded loss.

#![allow(dead_code, unreachable_pub)] // Each test program uses a part of it.

pub mod keyed;

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::time::Duration;

use isis::{
    AdjacencyState, CircuitConfig, CircuitId, Event, Instance, InstanceConfig, MacReachability,
    PduDrop, Timers, Transmit,
};
use wire::isis::{Pdu, PduType};
use wire::{MacAddr, SystemId, Timestamp, VlanId};

pub const LINK_DELAY: Duration = Duration::from_millis(5);

pub fn system(node: usize) -> SystemId {
    SystemId::new([2, 0, 0, 0, 0, u8::try_from(node + 1).unwrap()])
}

pub fn mac(number: u32) -> MacReachability {
    let [a, b, c, d] = number.to_be_bytes();
    MacReachability {
        vlan: VlanId::new(100).unwrap(),
        mac: MacAddr::new([2, 0, a, b, c, d]),
    }
}

pub const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

pub const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub fn config(node: usize, timers: Timers) -> InstanceConfig {
    let address = Ipv4Addr::new(10, 0, 0, u8::try_from(node + 1).unwrap());
    InstanceConfig {
        hostname: Some(format!("ed{node}")),
        timers,
        ..InstanceConfig::new(system(node), "49.0001".parse().unwrap(), address)
    }
}

/// A PDU that was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    pub at: Timestamp,
    pub from: usize,
    pub to: usize,
    pub kind: PduType,
    pub lost: bool,
}

type LossRule = Box<dyn FnMut(&Sent, &[u8]) -> bool>;

pub struct Bench {
    pub now: Timestamp,
    pub nodes: Vec<Option<Instance>>,
    links: BTreeSet<(usize, usize)>,
    in_flight: BTreeMap<(Timestamp, u64), (usize, usize, Vec<u8>)>,
    order: u64,
    pub sent: Vec<Sent>,
    pub events: Vec<(Timestamp, usize, Event)>,
    pub drops: Vec<(usize, PduDrop)>,
    pub loses: LossRule,
}

impl Bench {
    /// A full mesh of `count` systems.
    pub fn mesh(count: usize, timers: Timers) -> Self {
        let mut bench = Self {
            now: Timestamp::from_nanos(1_000_000_000),
            nodes: Vec::new(),
            links: BTreeSet::new(),
            in_flight: BTreeMap::new(),
            order: 0,
            sent: Vec::new(),
            events: Vec::new(),
            drops: Vec::new(),
            loses: Box::new(|_, _| false),
        };
        for a in 0..count {
            for b in 0..count {
                if a != b {
                    bench.links.insert((a, b));
                }
            }
        }
        bench.nodes.resize_with(count, || None);
        for node in 0..count {
            bench.start(node, config(node, timers));
        }
        bench
    }

    /// A chain: each system linked to the next.
    pub fn chain(count: usize, timers: Timers) -> Self {
        let mut bench = Self::mesh(count, timers);
        bench.links.retain(|(a, b)| a.abs_diff(*b) == 1);
        for node in 0..count {
            bench.start(node, config(node, timers));
        }
        bench.events.clear();
        bench
    }

    /// Starts (again) a system with nothing in its memory.
    pub fn start(&mut self, node: usize, config: InstanceConfig) {
        let mut instance = Instance::new(config, self.now);
        for (_, peer) in self.links.iter().filter(|(a, _)| *a == node) {
            let circuit = CircuitConfig {
                id: circuit_to(*peer),
                ipv4_address: Ipv4Addr::new(10, 0, 0, u8::try_from(node + 1).unwrap()),
            };
            instance.add_circuit(self.now, circuit);
        }
        self.nodes[node] = Some(instance);
        self.drain(node);
    }

    /// A system dies without a word.
    pub fn kill(&mut self, node: usize) {
        self.nodes[node] = None;
    }

    pub fn node(&self, node: usize) -> &Instance {
        self.nodes[node].as_ref().unwrap()
    }

    /// Does something to a system now.
    pub fn tell<R>(&mut self, node: usize, what: impl FnOnce(&mut Instance, Timestamp) -> R) -> R {
        let now = self.now;
        let result = what(self.nodes[node].as_mut().unwrap(), now);
        self.drain(node);
        result
    }

    pub fn advertise(&mut self, node: usize, entry: MacReachability) {
        self.tell(node, |i, now| i.advertise(now, entry));
    }

    pub fn withdraw(&mut self, node: usize, entry: MacReachability) {
        self.tell(node, |i, now| i.withdraw(now, entry));
    }

    fn drain(&mut self, node: usize) {
        let Some(instance) = &mut self.nodes[node] else {
            return;
        };
        let out: Vec<Transmit> = std::iter::from_fn(|| instance.poll_transmit()).collect();
        while let Some(event) = instance.poll_event() {
            self.events.push((self.now, node, event));
        }
        for transmit in out {
            self.send(node, transmit);
        }
    }

    fn send(&mut self, from: usize, transmit: Transmit) {
        let to = usize::from(transmit.circuit.0);
        let (kind, pdu) = Pdu::peek(&transmit.pdu).expect("instances send valid PDUs");
        assert_eq!(pdu.len(), transmit.pdu.len());
        assert!(pdu.len() <= 1492, "{kind:?} of {} bytes", pdu.len());
        let mut sent = Sent {
            at: self.now,
            from,
            to,
            kind,
            lost: false,
        };
        sent.lost = (self.loses)(&sent, &transmit.pdu);
        if !sent.lost && self.links.contains(&(from, to)) {
            let key = (self.now + LINK_DELAY, self.order);
            self.order += 1;
            self.in_flight.insert(key, (from, to, transmit.pdu));
        }
        self.sent.push(sent);
    }

    /// When something happens next.
    fn next(&self) -> Option<Timestamp> {
        let arrival = self.in_flight.keys().next().map(|(at, _)| *at);
        let deadlines = self
            .nodes
            .iter()
            .flatten()
            .filter_map(Instance::next_deadline);
        deadlines.chain(arrival).min()
    }

    /// Runs for a time.
    pub fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(next) = self.next().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.step();
        }
        self.now = end;
    }

    fn step(&mut self) {
        while let Some(entry) = self.in_flight.first_entry() {
            if entry.key().0 > self.now {
                break;
            }
            let (from, to, pdu) = entry.remove();
            let now = self.now;
            if let Some(instance) = &mut self.nodes[to] {
                let result = instance.handle_pdu(now, circuit_to(from), &pdu);
                self.drops.extend(result.err().map(|drop| (to, drop)));
                self.drain(to);
            }
        }
        for node in 0..self.nodes.len() {
            let Some(instance) = &mut self.nodes[node] else {
                continue;
            };
            if instance.next_deadline().is_some_and(|due| due <= self.now) {
                instance.handle_deadline(self.now);
                let next = instance.next_deadline();
                assert!(next.is_none_or(|n| n > self.now), "node {node} spins");
                self.drain(node);
            }
        }
    }

    /// Runs until a condition holds; the time that took.
    ///
    /// # Panics
    /// The condition does not hold within `limit`.
    pub fn until(&mut self, limit: Duration, what: impl Fn(&Self) -> bool) -> Duration {
        let start = self.now;
        while !what(self) {
            let next = self.next().expect("nothing left to happen");
            self.now = self.now.max(next);
            assert!(self.now <= start + limit, "not within {limit:?}");
            self.step();
        }
        self.now.saturating_since(start)
    }

    pub fn all_up(&self) -> bool {
        let up = |a: usize, b: usize| {
            let neighbour = self.node(a).neighbour(circuit_to(b));
            neighbour == Some(system(b))
        };
        self.links.iter().all(|(a, b)| up(*a, *b))
    }

    /// Runs until all adjacencies are up and all databases equal, and nothing is pending.
    pub fn settle(&mut self) {
        self.until(secs(60), Self::all_up);
        self.run(secs(120));
        let databases: BTreeSet<Vec<_>> = (0..self.nodes.len()).map(|n| self.database(n)).collect();
        assert_eq!(databases.len(), 1, "{databases:#?}");
        self.sent.clear();
        self.events.clear();
        self.drops.clear();
    }

    /// The valid LSPs of a system's database.
    pub fn database(&self, node: usize) -> Vec<(String, u32, u16)> {
        let lsps = self.node(node).lsdb().filter(|l| l.remaining_lifetime > 0);
        lsps.map(|l| (l.lsp_id.to_string(), l.sequence, l.checksum))
            .collect()
    }

    /// Whether `observer` knows that `entry` is behind `origin`.
    pub fn knows(&self, observer: usize, origin: usize, entry: MacReachability) -> bool {
        let mut macs = self.node(observer).reachable_macs(system(origin));
        macs.any(|m| m == entry)
    }

    pub fn count(&self, wanted: impl Fn(&Sent) -> bool) -> usize {
        self.sent.iter().filter(|s| wanted(s)).count()
    }

    /// Events of one system that `pick` takes, with the time since `start`.
    pub fn picked<T>(&self, node: usize, pick: impl Fn(&Event) -> Option<T>) -> Vec<T> {
        let own = self.events.iter().filter(|(_, n, _)| *n == node);
        own.filter_map(|(_, _, event)| pick(event)).collect()
    }

    pub fn state(&self, node: usize, peer: usize) -> AdjacencyState {
        let mut adjacencies = self.node(node).adjacencies();
        let found = adjacencies.find(|a| a.circuit == circuit_to(peer));
        found.map_or(AdjacencyState::Down, |a| a.state)
    }
}

/// Circuits are numbered by the peer.
pub fn circuit_to(peer: usize) -> CircuitId {
    CircuitId(u16::try_from(peer).unwrap())
}
