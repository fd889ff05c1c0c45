//! Ten million random frames and PDUs into one device: it neither panics nor grows, and a good flow goes
//! on all the time. Seeded, so that it is the same each time.

mod sim;

use std::alloc::System;
use std::time::{Duration, Instant};

use cap::Cap;
use edge::{EdgeDevice, Egress, EthernetCircuitId, LinkId, PortId};
use edge_api::{DropReason, Mode, TimerProfile};
use isis::LspPacing;
use noise::Circuit;
use sim::device::Outbox;
use sim::frames::{mac, number, numbered, tagged};
use sim::{A, B, C, Ed, Kind, Setup, VLAN, VLAN_2};
use wire::{FrameRef, MacAddr, SystemId, Timestamp, arp};

/// Counts the bytes in use. This program has one test, so that they are that test's.
#[global_allocator]
static IN_USE: Cap<System> = Cap::new(System, usize::MAX);

const MILLION: u64 = 1_000_000;
/// After so many frames come three of the good flow.
const EVERY: u64 = 100;
const STEP: Duration = Duration::from_micros(50);
const MAC_LIMIT: usize = 4096;

/// Two stations of the site, on a port each, and one at ED-C.
const HERE: MacAddr = mac(1);
const NEAR: MacAddr = mac(2);
const THERE: MacAddr = mac(3);

const TO_B: LinkId = LinkId(0);
const TO_C: LinkId = LinkId(1);

fn setup() -> Setup {
    Setup {
        ports: vec![VLAN, VLAN, VLAN_2],
        profile: TimerProfile::ComwareV5,
        mac_limit: MAC_LIMIT,
        mac_ageing: Duration::from_secs(20),
        flood_hold: Duration::from_secs(5),
        repeats: 3,
        dampening_moves: 5,
        ..Setup::mode(Mode::GarpFlood)
    }
}

/// Far from each other, or damage makes one of the other: without a key anybody can be ED-C.
fn identity(ed: Ed) -> SystemId {
    match ed {
        A => SystemId::new([0x2a; 6]),
        B => SystemId::new([0x95; 6]),
        _ => SystemId::new([0x7c; 6]),
    }
}

/// Without pacing: what ED-A has taken in, ED-C has too, and its memory is as full.
fn device(ed: Ed, now: Timestamp) -> EdgeDevice {
    let mut config = setup().config(ed);
    config.system_id = identity(ed);
    config.mobility.arp_limit = MAC_LIMIT;
    config.mobility.dampening_window = Duration::from_secs(20);
    config.mobility.freeze_time = Duration::from_secs(20);
    config.igp.timers.lsp_pacing = Some(LspPacing {
        interval: Duration::ZERO,
        burst: 1,
    });
    EdgeDevice::new(&config, now, Duration::from_secs(1_700_000_000)).expect("a good configuration")
}

/// Keeps what is for ED-C's IS-IS, and counts the good flow. All else is let go.
#[derive(Default)]
struct Watch {
    for_c: Vec<Vec<u8>>,
    to_there: Vec<u64>,
    to_here: Vec<u64>,
    to_near: Vec<u64>,
}

impl Egress for Watch {
    fn send_site(&mut self, port: PortId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        let arrived = match (frame.dst(), port) {
            (HERE, PortId(0)) => &mut self.to_here,
            (NEAR, PortId(1)) => &mut self.to_near,
            _ => return Ok(()),
        };
        arrived.extend(number(&frame.to_vec()));
        Ok(())
    }

    fn reply_site(&mut self, _: PortId, _: FrameRef<'_>) -> Result<(), DropReason> {
        Ok(())
    }

    fn send_circuit(&mut self, _: EthernetCircuitId, _: FrameRef<'_>) -> Result<(), DropReason> {
        unreachable!("the device has no Ethernet circuit")
    }

    fn send_link(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        if frame.dst() == THERE {
            assert_eq!(link, TO_C);
            self.to_there.extend(number(&frame.to_vec()));
        }
        Ok(())
    }

    fn send_control(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        if link == TO_C {
            self.for_c.push(frame.to_vec());
        }
        Ok(())
    }
}

/// ED-A among noise, and ED-C, whose IS-IS is real.
struct Storm {
    now: Timestamp,
    a: EdgeDevice,
    c: EdgeDevice,
    watch: Watch,
    draw: fastrand::Rng,
    good: u64,
}

impl Storm {
    fn new() -> Self {
        let now = Timestamp::from_nanos(1_000_000_000);
        let mut storm = Self {
            now,
            a: device(A, now),
            c: device(C, now),
            watch: Watch::default(),
            draw: fastrand::Rng::with_seed(1),
            good: 0,
        };
        storm.settle();
        storm
    }

    /// Adjacencies up, stations known, all published.
    fn settle(&mut self) {
        let announcement = arp::encode_gratuitous_request(THERE, [10, 0, 0, 3].into());
        self.heard_by_c(&announcement);
        self.site(0, &numbered(HERE, NEAR, 0));
        self.site(1, &numbered(NEAR, HERE, 0));
        for _ in 0..200_000 {
            self.now = self.now + STEP;
            self.drive();
        }
        let circuit = self.circuit();
        while self
            .a
            .adjacencies()
            .iter()
            .any(|row| row.state != edge_api::AdjacencyState::Up)
        {
            let hello = noise::control_frame(&mut self.draw, circuit);
            self.public(TO_B, &hello);
        }
        self.watch = Watch::default();
    }

    /// ED-C hears its station. What it sends on is left out: whether it knows ED-A's stations depends on
    /// what the noise has made of ED-A's LSPs.
    fn heard_by_c(&mut self, bytes: &[u8]) {
        let frame = FrameRef::parse(bytes).expect("a whole frame");
        self.c
            .handle_site_frame(self.now, PortId(0), frame, &mut Outbox::default());
    }

    fn circuit(&self) -> Circuit {
        Circuit {
            from: identity(B),
            to: identity(A),
            number: u32::from(TO_B.0) + 1,
        }
    }

    fn site(&mut self, port: u16, bytes: &[u8]) {
        if let Ok(frame) = FrameRef::parse(bytes) {
            let port = PortId(port);
            self.a
                .handle_site_frame(self.now, port, frame, &mut self.watch);
        }
    }

    fn public(&mut self, link: LinkId, bytes: &[u8]) {
        if let Ok(frame) = FrameRef::parse(bytes) {
            self.a
                .handle_public_frame(self.now, link, frame, &mut self.watch);
        }
    }

    fn noise(&mut self) {
        match self.draw.u8(..4) {
            0 => {
                let bytes = noise::frame(&mut self.draw, None);
                let port = self.draw.u16(..3);
                self.site(port, &bytes);
            }
            _ => {
                let circuit = self.circuit();
                let bytes = noise::frame(&mut self.draw, Some(circuit));
                self.public(TO_B, &bytes);
            }
        }
    }

    /// Site to public, public to site, port to port: each arrives, once, at once.
    fn good(&mut self) {
        self.good += 1;
        let number = self.good;
        self.site(0, &numbered(HERE, THERE, number));
        let from_there = numbered(THERE, HERE, number);
        self.heard_by_c(&from_there);
        self.public(TO_C, &tagged(&from_there, VLAN));
        self.site(0, &numbered(HERE, NEAR, number));
        self.site(1, &numbered(NEAR, HERE, number));
        let Watch {
            to_there,
            to_here,
            to_near,
            ..
        } = &mut self.watch;
        let arrived = [&to_there[..], to_here, to_near];
        assert_eq!(arrived, [&[number][..], &[number; 2], &[number]]);
        to_there.clear();
        to_here.clear();
        to_near.clear();
    }

    /// What is due, events read, and IS-IS between the two devices.
    fn drive(&mut self) {
        let due = |device: &EdgeDevice, now| device.next_deadline().is_some_and(|at| at <= now);
        if due(&self.a, self.now) {
            self.a.handle_deadline(self.now, &mut self.watch);
            assert!(!due(&self.a, self.now), "it spins");
        }
        let mut out = Outbox::default();
        for bytes in self.watch.for_c.drain(..) {
            let frame = FrameRef::parse(&bytes).expect("devices send whole frames");
            // ED-C's first link leads to ED-A.
            self.c
                .handle_public_frame(self.now, LinkId(0), frame, &mut out);
        }
        if due(&self.c, self.now) {
            self.c.handle_deadline(self.now, &mut out);
        }
        while self.a.poll_event().is_some() || self.c.poll_event().is_some() {}
        for (link, kind, bytes) in out.links {
            if (link, kind) == (LinkId(0), Kind::Control) {
                self.public(TO_C, &bytes);
            }
        }
    }

    fn million(&mut self) {
        for frame in 0..MILLION {
            self.now = self.now + STEP;
            self.noise();
            if frame % EVERY == 0 {
                self.good();
            }
            self.drive();
        }
    }
}

#[test]
fn ten_million_random_frames_leave_a_good_flow_alone_and_the_memory_flat() {
    let mut storm = Storm::new();
    let start = Instant::now();
    // So many fill every table.
    storm.million();
    storm.million();
    let full = IN_USE.allocated();
    for million in 3..=10 {
        storm.million();
        let in_use = IN_USE.allocated();
        println!(
            "{million} million: {} KB in use, {:?}",
            in_use / 1024,
            start.elapsed()
        );
        assert!(in_use < full + full / 20, "{full} bytes after two million");
    }
    assert_eq!(storm.good, 10 * MILLION / EVERY);

    // Every limit was reached, and says so.
    let counters = storm.a.counters();
    let isis = |name: &str| counters.isis_drops.iter().any(|(known, _)| known == name);
    // Less what has aged since the last new one.
    let entries = storm.a.mac_table().entries.len();
    assert!((MAC_LIMIT - 50..=MAC_LIMIT).contains(&entries), "{entries}");
    assert!(counters.mac_table_full > 0 && counters.mac_table_evicted > 0);
    assert!(counters.arp_tables_full > 0);
    assert!(
        isis("lsdb-full") && isis("bad-checksum"),
        "{:?}",
        counters.isis_drops
    );
    assert_eq!(counters.events_lost, 0);
}
