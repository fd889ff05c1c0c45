use edge_api::{AnnouncementOutcome, Binding, Cause, Epoch, EventKind, MacState, Trigger};
use wire::{LspId, SystemId};

use super::*;

fn at(micros: u64) -> Timestamp {
    Timestamp::from_nanos(micros * 1000)
}

fn vlan() -> VlanId {
    VlanId::new(100).unwrap()
}

fn vm() -> MacAddr {
    MacAddr::new([2, 0, 0, 0, 0, 0xa])
}

fn lsp() -> LspId {
    LspId {
        system: SystemId::new([2, 0, 0, 0, 0, 3]),
        pseudonode: 0,
        fragment: 0,
    }
}

fn name(text: &str) -> Arc<str> {
    text.into()
}

fn events(kinds: impl IntoIterator<Item = (u64, EventKind)>) -> Vec<Event> {
    let numbered = (1..).zip(kinds);
    numbered
        .map(|(number, (micros, kind))| Event {
            number,
            at: at(micros),
            kind,
        })
        .collect()
}

fn binding(state: MacState, port: Option<&str>) -> Option<Binding> {
    Some(Binding {
        state,
        port: port.map(name),
    })
}

fn entry(from: Option<Binding>, to: Option<Binding>, cause: Cause) -> EventKind {
    EventKind::MacEntry {
        vlan: vlan(),
        mac: vm(),
        from,
        to,
        cause,
        epoch: Epoch(1),
    }
}

fn heard(mac: MacAddr, outcome: AnnouncementOutcome) -> EventKind {
    let link = name("evi-link2");
    EventKind::AnnouncementHeard {
        vlan: vlan(),
        mac,
        ip: None,
        link,
        outcome,
    }
}

fn received(sequence: u32) -> EventKind {
    EventKind::LspReceived {
        link: name("evi-link2"),
        lsp_id: lsp(),
        sequence,
    }
}

fn sent(link: &str, sequence: u32, retransmission: bool) -> EventKind {
    EventKind::LspSent {
        link: name(link),
        lsp_id: lsp(),
        sequence,
        retransmission,
    }
}

fn originated(sequence: u32, added: Vec<(VlanId, MacAddr)>) -> EventKind {
    EventKind::LspOriginated {
        lsp_id: lsp(),
        sequence,
        added,
        removed: vec![],
    }
}

/// What ED-C, the VM's new device, says.
fn new_device() -> Vec<Event> {
    let remote = || binding(MacState::Remote, Some("evi-link1"));
    let local = || binding(MacState::Local, Some("port1"));
    let announced = EventKind::AnnouncementSent {
        vlan: vlan(),
        mac: vm(),
        ip: None,
        trigger: Trigger::LocalOverride,
        links: 2,
    };
    events([
        (500, entry(None, remote(), Cause::Published)), // before the trigger
        (31_000, entry(remote(), local(), Cause::Learned)),
        (31_000, announced.clone()),
        (31_500, announced),
        (
            35_000,
            originated(4, vec![(vlan(), MacAddr::new([2, 0, 0, 0, 0, 0xb]))]),
        ),
        (36_000, sent("evi-link1", 4, false)),
        (2_031_000, originated(5, vec![(vlan(), vm())])),
        (2_032_000, sent("evi-link1", 5, false)),
        (2_033_000, sent("evi-link2", 6, false)),
        (7_032_000, sent("evi-link1", 5, true)),
    ])
}

/// What ED-A, the VM's old device, says.
fn old_device() -> Vec<Event> {
    let local = binding(MacState::Local, Some("port1"));
    let flood = || binding(MacState::Flood, None);
    let remote = binding(MacState::Remote, Some("evi-link2"));
    let withdrawn = EventKind::LspOriginated {
        lsp_id: LspId::MIN,
        sequence: 9,
        added: vec![],
        removed: vec![(vlan(), vm())],
    };
    events([
        (
            31_100,
            heard(
                MacAddr::new([2, 0, 0, 0, 0, 0xc]),
                AnnouncementOutcome::FloodInstalled,
            ),
        ),
        (31_200, entry(local, flood(), Cause::Announced)),
        (31_200, heard(vm(), AnnouncementOutcome::FloodInstalled)),
        (31_700, heard(vm(), AnnouncementOutcome::Repeated)),
        (36_100, received(4)),
        (40_000, withdrawn),
        (2_032_100, received(5)),
        (2_032_200, entry(flood(), remote, Cause::Published)),
        (2_032_900, received(6)),
    ])
}

fn migration() -> Migration {
    Migration {
        vlan: vlan(),
        mac: vm(),
        trigger: at(1000),
    }
}

fn mark(micros: u64, kind: MarkKind) -> Mark {
    Mark {
        at: at(micros),
        node: name("vm1"),
        kind,
    }
}

#[test]
fn a_migration_reads_in_order_from_detachment_to_remote_entry() {
    let (a, c) = (name("ed-a"), name("ed-c"));
    let (from_a, from_c) = (old_device(), new_device());
    let devices = [
        DeviceEvents {
            node: &a,
            events: &from_a,
        },
        DeviceEvents {
            node: &c,
            events: &from_c,
        },
    ];
    let marks = [
        mark(30_100, MarkKind::Attached),
        mark(1_010, MarkKind::Detached),
        mark(30_000, MarkKind::Moved),
        mark(30_900, MarkKind::Announced),
    ];
    let good = FirstGood {
        at: at(31_300),
        receiver: name("vm1"),
        sender: name("client-a"),
    };
    let phases = timeline(&migration(), &marks, &devices, &[good]);
    let lines: Vec<_> = phases
        .iter()
        .map(|phase| (phase.at.as_nanos() / 1000, &*phase.node, phase.kind.name()))
        .collect();
    let expected = [
        (1_010, "vm1", "detached"),
        (30_000, "vm1", "moved"),
        (30_100, "vm1", "attached"),
        (30_900, "vm1", "announced"),
        (31_000, "ed-c", "local-entry"),
        (31_000, "ed-c", "announcement-sent"),
        (31_200, "ed-a", "announcement-heard"),
        (31_200, "ed-a", "flood-entry"),
        (31_300, "vm1", "first-good-probe"),
        (40_000, "ed-a", "lsp-withdrawn"),
        (2_031_000, "ed-c", "lsp-originated"),
        (2_032_000, "ed-c", "lsp-sent"),
        (2_032_100, "ed-a", "lsp-received"),
        (2_032_200, "ed-a", "remote-entry"),
        (2_033_000, "ed-c", "lsp-sent"),
    ];
    assert_eq!(lines, expected);
    assert_eq!(
        phases[7].text,
        "local port1 -> flood, announced by another device"
    );
    assert_eq!(phases[7].since_trigger, Duration::from_micros(30_200));
}

#[test]
fn the_control_plane_share_is_what_exceeds_the_floor() {
    let marks = [
        mark(2_000, MarkKind::Detached),
        mark(31_000, MarkKind::Attached),
    ];
    let phases = timeline(&migration(), &marks, &[], &[]);
    let ms = Duration::from_millis;
    let floor = Floor::of(&phases, ms(11)).unwrap();
    assert_eq!((floor.kernel_move, floor.total()), (ms(29), ms(40)));
    let share = floor.control_plane_share(&Measured::between(ms(99), ms(101)));
    assert_eq!(share, Measured::between(ms(59), ms(61)));
    let none = floor.control_plane_share(&Measured::between(ms(29), ms(31)));
    assert_eq!((none.value, none.lower), (ms(0), ms(0)));
    assert_eq!(Floor::of(&phases[..1], ms(0)), None);
}
