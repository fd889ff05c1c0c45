//! N edge devices whose IS-IS runs over a router in the middle, on Ethernet circuits, and whose EVI
//! links carry data alone. One virtual clock; a host behind `port1` of each device.

#![allow(unreachable_pub, reason = "a bench is for tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::time::Duration;

use edge::{EdgeDevice, EthernetCircuitId, LinkId, PortId, Verdict};
use edge_api::{Cause, EdgeConfig, Event, EventKind, IsisCircuitConfig, TimerProfile};
use isis::{CircuitConfig, CircuitId, Instance, InstanceConfig};
use wire::{FrameRef, MacAddr, SystemId, Timestamp, arp, llc};

use crate::sim::device::Outbox;
use crate::sim::{Ed, Setup, frames, ms, system};

const DELAY: Duration = ms(5);
pub const ROUTER: SystemId = SystemId::new([2, 0, 0, 0, 0, 0xff]);
/// The shortest Ethernet frame: the router's interface pads.
const LEAST_FRAME: usize = 60;
/// The station of which tests speak.
pub const VM: MacAddr = frames::mac(1);

/// What is on its way.
enum Packet {
    ToRouter(Ed, Vec<u8>),
    FromRouter(Ed, Vec<u8>),
    OnLink(Ed, Ed, Vec<u8>),
}

pub struct RoutedCore {
    pub now: Timestamp,
    pub devices: Vec<Option<EdgeDevice>>,
    configs: Vec<EdgeConfig>,
    router: Option<Instance>,
    in_flight: BTreeMap<(Timestamp, u64), Packet>,
    order: u64,
    pub events: Vec<(Ed, Event)>,
    /// Frames that left a device by its site port.
    pub delivered: Vec<(Ed, Vec<u8>)>,
    /// Frames that left on EVI links: from, to.
    pub copies: Vec<(Ed, Ed)>,
    /// Devices whose cable to the router is cut.
    pub unplugged: BTreeSet<Ed>,
    /// What frames of a device take to the router on top.
    pub slow: BTreeMap<Ed, Duration>,
    /// Devices that hear nothing on their EVI links.
    pub deaf: BTreeSet<Ed>,
}

impl RoutedCore {
    /// All adjacencies up, and all devices found by all others.
    pub fn new(setup: &Setup) -> Self {
        Self::with(setup, |_, _| {})
    }

    /// The same, with the configurations changed before the start.
    pub fn with(setup: &Setup, change: impl Fn(Ed, &mut EdgeConfig)) -> Self {
        let now = Timestamp::from_nanos(1_000_000_000);
        let config = |ed| {
            let mut config = setup.config(ed);
            config
                .evi_links
                .iter_mut()
                .for_each(|link| link.isis = false);
            config.isis_circuits.push(circuit(ed));
            change(ed, &mut config);
            config
        };
        let configs: Vec<_> = (0..setup.devices).map(config).collect();
        let mut core = Self {
            now,
            devices: configs.iter().map(|_| None).collect(),
            configs,
            router: None,
            in_flight: BTreeMap::new(),
            order: 0,
            events: Vec::new(),
            delivered: Vec::new(),
            copies: Vec::new(),
            unplugged: BTreeSet::new(),
            slow: BTreeMap::new(),
            deaf: BTreeSet::new(),
        };
        core.start_router();
        (0..setup.devices).for_each(|ed| core.start(ed));
        core.run(Duration::from_secs(60));
        core.events.clear();
        core.copies.clear();
        core
    }

    /// Starts a device (again), with nothing in its memory.
    pub fn start(&mut self, ed: Ed) {
        let wall = Duration::from_secs(1_700_000_000);
        let device = EdgeDevice::new(&self.configs[ed], self.now, wall);
        self.devices[ed] = Some(device.expect("a good configuration"));
        self.drive(ed, EdgeDevice::handle_deadline);
    }

    fn start_router(&mut self) {
        let area = "49.0001".parse().expect("an area");
        let config = InstanceConfig {
            timers: TimerProfile::Immediate.timers(),
            ..InstanceConfig::new(ROUTER, area, Ipv4Addr::new(198, 51, 100, 254))
        };
        let mut router = Instance::new(config, self.now);
        for ed in 0..self.devices.len() {
            let id = CircuitId(u16::try_from(ed).expect("few devices"));
            let ipv4_address = Ipv4Addr::new(198, 51, 100, 254);
            router.add_circuit(self.now, CircuitConfig { id, ipv4_address });
        }
        self.router = Some(router);
    }

    /// A frame of a host of this device's site.
    pub fn site_frame(&mut self, ed: Ed, bytes: &[u8]) -> Verdict {
        let frame = FrameRef::parse(bytes).expect("a whole frame");
        self.drive(ed, |d, now, out| {
            d.handle_site_frame(now, PortId(0), frame, out)
        })
    }

    /// The VM says that it is here.
    pub fn announce(&mut self, ed: Ed) {
        let bytes = arp::encode_gratuitous_request(VM, Ipv4Addr::new(10, 0, 0, 1));
        self.site_frame(ed, &bytes);
    }

    pub fn drive<R>(
        &mut self,
        ed: Ed,
        what: impl FnOnce(&mut EdgeDevice, Timestamp, &mut Outbox) -> R,
    ) -> R {
        let mut out = Outbox::default();
        let now = self.now;
        let device = self.devices[ed].as_mut().expect("it runs");
        let result = what(device, now, &mut out);
        while let Some(event) = device.poll_event() {
            self.events.push((ed, event));
        }
        for (circuit, bytes) in out.circuits {
            assert_eq!(circuit, EthernetCircuitId(0));
            let late = self.slow.get(&ed).copied().unwrap_or_default();
            self.send(late, Packet::ToRouter(ed, bytes));
        }
        for (link, _, bytes) in out.links {
            let to = usize::from(link.0) + usize::from(usize::from(link.0) >= ed);
            self.copies.push((ed, to));
            self.send(Duration::ZERO, Packet::OnLink(ed, to, bytes));
        }
        let delivered = out.ports.into_iter().map(|(_, bytes)| (ed, bytes));
        self.delivered.extend(delivered);
        result
    }

    fn send(&mut self, late: Duration, packet: Packet) {
        self.order += 1;
        let key = (self.now + DELAY + late, self.order);
        self.in_flight.insert(key, packet);
    }

    fn next(&self) -> Option<Timestamp> {
        let arrival = self.in_flight.keys().next().map(|(at, _)| *at);
        let devices = self.devices.iter().flatten();
        let deadlines = devices.filter_map(EdgeDevice::next_deadline);
        let router = self.router.as_ref().and_then(Instance::next_deadline);
        deadlines.chain(arrival).chain(router).min()
    }

    /// Lets a time pass.
    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
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
            let packet = entry.remove();
            self.arrive(packet);
        }
        for ed in 0..self.devices.len() {
            let due = self.devices[ed]
                .as_ref()
                .and_then(EdgeDevice::next_deadline);
            if due.is_some_and(|at| at <= self.now) {
                self.drive(ed, EdgeDevice::handle_deadline);
            }
        }
        self.with_router(Instance::handle_deadline);
    }

    fn arrive(&mut self, packet: Packet) {
        match packet {
            Packet::ToRouter(ed, _) | Packet::FromRouter(ed, _) if self.unplugged.contains(&ed) => {
            }
            Packet::ToRouter(ed, bytes) => {
                let frame = FrameRef::parse(&bytes).expect("a whole frame");
                // The one thing that a circuit carries.
                let pdu = llc::decode_osi_frame(&frame).expect("IS-IS").to_vec();
                let id = CircuitId(u16::try_from(ed).expect("few devices"));
                self.with_router(|router, now| {
                    let _counted_by_others = router.handle_pdu(now, id, &pdu);
                });
            }
            Packet::FromRouter(ed, bytes) if self.devices[ed].is_some() => {
                let frame = FrameRef::parse(&bytes).expect("a whole frame");
                self.drive(ed, |d, now, out| {
                    d.handle_circuit_frame(now, EthernetCircuitId(0), frame, out)
                });
            }
            Packet::OnLink(from, to, bytes)
                if self.devices[to].is_some() && !self.deaf.contains(&to) =>
            {
                let link = LinkId(u16::try_from(from - usize::from(from > to)).expect("few"));
                let frame = FrameRef::parse(&bytes).expect("a whole frame");
                self.drive(to, |d, now, out| {
                    d.handle_public_frame(now, link, frame, out)
                });
            }
            Packet::FromRouter(..) | Packet::OnLink(..) => {}
        }
    }

    fn with_router(&mut self, what: impl FnOnce(&mut Instance, Timestamp)) {
        let Some(mut router) = self.router.take() else {
            return;
        };
        what(&mut router, self.now);
        while let Some(transmit) = router.poll_transmit() {
            let source = MacAddr::new([2, 0, 0, 0, 0, 0xff]);
            let bytes = llc::encode_osi_frame(llc::ALL_ISS, source, &transmit.pdu);
            let mut bytes = bytes.expect("PDUs fit a frame");
            bytes.resize(bytes.len().max(LEAST_FRAME), 0);
            let to = usize::from(transmit.circuit.0);
            self.send(Duration::ZERO, Packet::FromRouter(to, bytes));
        }
        while router.poll_event().is_some() {}
        self.router = Some(router);
    }

    /// The VM's entry in a device, as in `remote evi-c`; `-` when there is none.
    pub fn entry(&self, ed: Ed) -> String {
        let device = self.devices[ed].as_ref().expect("it runs");
        let mut rows = device.mac_table().entries.into_iter();
        let row = rows.find(|row| row.mac == VM);
        row.map_or("-".to_owned(), |row| row.binding.to_string())
    }

    /// Why the VM's entry in a device changed.
    pub fn causes(&self, ed: Ed) -> Vec<Cause> {
        let own = self.events.iter().filter(|(at, _)| *at == ed);
        let causes = own.filter_map(|(_, event)| match &event.kind {
            EventKind::MacEntry { cause, mac, .. } if *mac == VM => Some(*cause),
            _ => None,
        });
        causes.collect()
    }
}

fn circuit(ed: Ed) -> IsisCircuitConfig {
    let last = u8::try_from(ed + 1).expect("few devices");
    assert_ne!(system(ed), ROUTER);
    IsisCircuitConfig {
        name: "core1".to_owned(),
        interface: "core1".to_owned(),
        address: Ipv4Addr::new(198, 51, 100, last),
    }
}
