//! A whole device, settled among its neighbours, with whatever may come from its site and from the
//! public side. `just fuzz` runs it for longer.

#![allow(clippy::unwrap_used)] // The exemption for tests does not reach their helpers.

mod sim;

use std::time::Duration;

use bolero::check;
use bolero::generator::{ValueGenerator, produce};
use edge::{EdgeDevice, LinkId, PortId, Verdict};
use edge_api::{Counters, InterfaceCounters, MacState, Mode};
use noise::{Circuit, Draw, Input};
use sim::device::Outbox;
use sim::{A, B, Setup, Sim, VLAN, VLAN_2, system};
use wire::{FrameRef, Timestamp};

/// Long enough for some dozens of things to happen.
fn story() -> impl ValueGenerator<Output = Vec<u8>> {
    produce::<Vec<u8>>().with().len(500..2000_usize)
}

/// How long each target runs in `cargo test`.
const BRIEFLY: Duration = Duration::from_secs(2);
const MAC_LIMIT: usize = 16;

/// The device under test, and what it was seen to do.
struct Subject {
    device: EdgeDevice,
    now: Timestamp,
    passed: u64,
    dropped: u64,
}

impl Subject {
    fn new(mode: Mode, key: Option<&'static str>) -> Self {
        let setup = Setup {
            ports: vec![VLAN, VLAN, VLAN_2],
            mac_limit: MAC_LIMIT,
            repeats: 2,
            dampening_moves: 3,
            key,
            ..Setup::mode(mode)
        };
        let mut sim = Sim::new(&setup);
        let device = sim.devices.swap_remove(A);
        let received = received(&device.counters());
        let dropped = dropped(&device.counters());
        Self {
            device,
            now: sim.now,
            passed: received - dropped,
            dropped,
        }
    }

    fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Forwarded { .. } | Verdict::Consumed => self.passed += 1,
            Verdict::Dropped(_) => self.dropped += 1,
        }
    }

    /// A frame from the site never goes back to its port.
    fn site_frame(&mut self, draw: &mut Input<'_>) {
        let bytes = noise::frame(draw, None);
        let Ok(frame) = FrameRef::parse(&bytes) else {
            return;
        };
        let port = draw.one_of(&[0, 1, 2].map(PortId));
        let mut out = Outbox::default();
        let verdict = self
            .device
            .handle_site_frame(self.now, port, frame, &mut out);
        self.count(verdict);
        assert!(
            out.ports.iter().all(|(at, _)| *at != port),
            "back to its port"
        );
        let vlan = |port: PortId| if port.0 == 2 { VLAN_2 } else { VLAN };
        assert!(out.ports.iter().all(|(at, _)| vlan(*at) == vlan(port)));
    }

    /// A frame from the public side never goes back there.
    fn public_frame(&mut self, draw: &mut Input<'_>) {
        let circuit = Circuit {
            from: system(B),
            to: system(A),
            number: 1,
        };
        let bytes = match draw.one_in(3) {
            true => noise::control_frame(draw, circuit),
            false => noise::frame(draw, Some(circuit)),
        };
        let Ok(frame) = FrameRef::parse(&bytes) else {
            return;
        };
        let mut out = Outbox::default();
        let verdict = self
            .device
            .handle_public_frame(self.now, LinkId(0), frame, &mut out);
        self.count(verdict);
        let is_control = |kind: &sim::Kind| *kind == sim::Kind::Control;
        assert!(
            out.links.iter().all(|(_, kind, _)| is_control(kind)),
            "split horizon"
        );
    }

    fn pass_time(&mut self, draw: &mut Input<'_>) {
        let nanos = u64::from(draw.word()) * u64::from(draw.one_of(&[1_u8, 1, 1, 1, 64]));
        self.now = self.now + Duration::from_nanos(nanos);
    }

    fn thaw(&mut self, draw: &mut Input<'_>) {
        let (vlan, mac) = (noise::vlan(draw), noise::station(draw));
        self.device.thaw(self.now, vlan, mac);
    }

    fn happen(&mut self, draw: &mut Input<'_>) {
        match draw.below(16) {
            0 | 1 => self.pass_time(draw),
            2 => self.thaw(draw),
            3..9 => self.site_frame(draw),
            _ => self.public_frame(draw),
        }
        let mut out = Outbox::default();
        self.device.handle_deadline(self.now, &mut out);
        let next = self.device.next_deadline();
        assert!(next.is_some_and(|next| next > self.now), "it spins");
        while self.device.poll_event().is_some() {}
    }

    fn check(&self) {
        let counters = self.device.counters();
        assert_eq!(received(&counters), self.passed + self.dropped);
        assert_eq!(dropped(&counters), self.dropped);
        let table = self.device.mac_table();
        assert!(table.entries.len() <= MAC_LIMIT);
        for row in &table.entries {
            assert_eq!(
                row.binding.port.is_none(),
                row.binding.state == MacState::Flood
            );
            assert!(
                row.deadline.is_none_or(|at| at > self.now),
                "it should have ended"
            );
        }
    }
}

fn received(counters: &Counters) -> u64 {
    let count = |row: &InterfaceCounters| row.received_frames;
    counters.interfaces.iter().map(count).sum()
}

/// The test's `Outbox` never fails, so every drop is one on receipt.
fn dropped(counters: &Counters) -> u64 {
    let count = |row: &InterfaceCounters| row.drops.iter().map(|drop| drop.count).sum::<u64>();
    counters.interfaces.iter().map(count).sum()
}

fn fuzz(key: Option<&'static str>) {
    check!()
        .with_test_time(BRIEFLY)
        .with_generator(story())
        .for_each(|bytes| {
            let mut draw = Input::new(bytes);
            let mut subject = Subject::new(draw.one_of(Mode::ALL), key);
            while !draw.is_empty() {
                subject.happen(&mut draw);
            }
            subject.check();
        });
}

/// received = forwarded + consumed + dropped; nothing goes back where it came from; tables within
/// their limits; no deadline in the past.
#[test]
fn fuzz_device() {
    fuzz(None);
}

#[test]
fn fuzz_device_with_key() {
    fuzz(Some("secret"));
}
