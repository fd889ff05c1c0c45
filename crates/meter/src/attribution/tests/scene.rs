//! A client sends to a VM that moves from site A to site C at 1000 ms and is attached at
//! 1030 ms. Probe `k` is sent at `k` ms and is lost if a test says so.

use core::time::Duration;

use edge_api::{Binding, Cause, Epoch, Event, EventKind, MacState};
use wire::{MacAddr, VlanId};

use crate::attribution::*;
use crate::capture::{Direction, Role};
use crate::log::SentProbe;
use crate::schedule::Rate;
use crate::sighting::Tunnel;
use crate::{Limits, Probe, ReceivedLog, Window};

pub(super) const FLOW: FlowId = FlowId(1);
pub(super) const CLIENT: u16 = 0;
pub(super) const PORT_A: u16 = 1;
pub(super) const UPLINK_A: u16 = 2;
pub(super) const PORT_C: u16 = 3;
pub(super) const UPLINK_C: u16 = 4;
pub(super) const VM: u16 = 5;
pub(super) const UPLINK_B: u16 = 6;

pub(super) fn ms(ms: u64) -> Timestamp {
    Timestamp::from_nanos(ms * 1_000_000)
}

pub(super) fn vm() -> (VlanId, MacAddr) {
    (
        VlanId::new(100).unwrap(),
        MacAddr::new([2, 0, 0, 0, 0, 0xa]),
    )
}

pub(super) fn point(id: u16, node: &str, role: Role, beyond: &str) -> CapturePoint {
    let interface = "if".into();
    CapturePoint {
        id: PointId(id),
        node: node.into(),
        interface,
        role,
        beyond: beyond.into(),
        missed: 0,
    }
}

pub(super) fn points() -> Vec<CapturePoint> {
    let port = || Role::SitePort {
        port: "port1".into(),
    };
    vec![
        point(CLIENT, "client", Role::HostLink, "site-a"),
        point(PORT_A, "ed-a", port(), "site-a"),
        point(UPLINK_A, "ed-a", Role::Uplink, "wan"),
        point(PORT_C, "ed-c", port(), "site-c"),
        point(UPLINK_C, "ed-c", Role::Uplink, "wan"),
        point(VM, "vm1", Role::HostLink, "site-c"),
        point(UPLINK_B, "ed-b", Role::Uplink, "wan"),
    ]
}

pub(super) const fn address(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 0, last)
}

pub(super) fn devices() -> Vec<Device> {
    [("ed-a", 1), ("ed-b", 2), ("ed-c", 3)]
        .map(|(name, last)| Device {
            name: name.into(),
            address: address(last),
        })
        .into()
}

pub(super) fn binding(state: MacState, port: &str) -> Option<Binding> {
    Some(Binding {
        state,
        port: Some(port.into()).filter(|_| state != MacState::Flood),
    })
}

/// Entries that change at the given milliseconds.
pub(super) fn history(
    initial: Option<Binding>,
    changes: &[(u64, Option<Binding>)],
) -> EntryHistory {
    let (vlan, mac) = vm();
    let mut from = initial.clone();
    let mut events = Vec::new();
    for (at, to) in changes {
        let kind = EventKind::MacEntry {
            vlan,
            mac,
            from: from.clone(),
            to: to.clone(),
            cause: Cause::Learned,
            epoch: Epoch(1),
        };
        from.clone_from(to);
        events.push(Event {
            number: 1,
            at: ms(*at),
            kind,
        });
    }
    EntryHistory::new(initial, vlan, mac, &events)
}

pub(super) fn path() -> FlowPath {
    let local = || binding(MacState::Local, "port1");
    let remote = |link| binding(MacState::Remote, link);
    let at_a = history(
        local(),
        &[
            (1040, binding(MacState::Flood, "")),
            (1200, remote("evi-link2")),
        ],
    );
    let at_b = history(remote("evi-link1"), &[(1041, binding(MacState::Flood, ""))]);
    let at_c = history(remote("evi-link1"), &[(1035, local())]);
    let entries = [("ed-a", at_a), ("ed-b", at_b), ("ed-c", at_c)];
    FlowPath {
        flow: FLOW,
        sender: "client".into(),
        receiver: "vm1".into(),
        sender_away: None,
        receiver_away: Some(Away {
            from: ms(1000),
            until: ms(1030),
        }),
        holders: vec![
            Holder {
                since: ms(0),
                device: "ed-a".into(),
            },
            Holder {
                since: ms(1000),
                device: "ed-c".into(),
            },
        ],
        entries: entries.map(|(name, history)| (name.into(), history)).into(),
    }
}

pub(super) fn logs(
    lost: impl Fn(u32) -> bool,
    refused: impl Fn(u32) -> bool,
) -> (FlowReport, SentLog) {
    let mut sent = SentLog::with_capacity(FLOW, 1500);
    let mut received = ReceivedLog::with_capacity(FLOW, 1500);
    for k in 0..1500 {
        let at = ms(k.into());
        let outcome = match refused(k) {
            true => SendOutcome::Refused { errno: 101 },
            false => SendOutcome::Sent,
        };
        sent.record(SentProbe {
            due: at,
            sent_at: at,
            outcome,
        })
        .unwrap();
        if !lost(k) {
            let probe = Probe {
                flow: FLOW,
                sequence: Sequence(k),
                sent_at: at,
            };
            received.record(&probe, at + Duration::from_micros(100));
        }
    }
    let window = Window {
        trigger: ms(1000),
        settled_until: ms(1499),
    };
    let rate = Rate::per_second(1000).unwrap();
    (
        FlowReport::new(&sent, &received, rate, window, &Limits::default()),
        sent,
    )
}

/// Probe `k` at a point, `step` tens of microseconds after it was sent.
pub(super) fn seen(
    k: u32,
    step: u64,
    point: u16,
    direction: Direction,
    tunnel: Option<(u8, u8)>,
) -> Seen {
    let at = ms(k.into()) + Duration::from_micros(10 * step);
    let tunnel = tunnel.map(|(source, destination)| Tunnel {
        source: address(source),
        destination: address(destination),
    });
    Seen {
        flow: FLOW,
        sequence: Sequence(k),
        point: PointId(point),
        direction,
        at,
        tunnel,
        length: 100,
    }
}
