//! What becomes of each kind of frame.

use crate::sim;

use edge::Verdict;
use edge_api::{DropCount, DropReason};
use sim::frames::{mac, numbered, tagged};
use sim::{A, B, C, HostId, Setup, Sim, VLAN, VLAN_2};
use wire::{FrameRef, MacAddr, arp};

const BROADCAST: MacAddr = MacAddr::BROADCAST;
const MULTICAST: MacAddr = MacAddr::new([1, 0, 0x5e, 0, 0, 1]);
const BPDU: MacAddr = MacAddr::new([1, 0x80, 0xc2, 0, 0, 0]);
const PAUSE: MacAddr = MacAddr::new([1, 0x80, 0xc2, 0, 0, 1]);
const LLDP: MacAddr = MacAddr::new([1, 0x80, 0xc2, 0, 0, 0x0e]);
const BEYOND_RESERVED: MacAddr = MacAddr::new([1, 0x80, 0xc2, 0, 0, 0x10]);

const fn forwarded(site: usize, public: usize) -> Verdict {
    Verdict::Forwarded { site, public }
}

/// ED-A: `near` is local at port1, `beside` at port2 (both VLAN 100), `far` is remote at C, `moved` is flood.
struct Bench {
    sim: Sim,
    near: HostId,
    beside: HostId,
    far: HostId,
    moved: HostId,
}

fn bench() -> Bench {
    let ports = vec![VLAN, VLAN, VLAN_2];
    let mut sim = Sim::new(&Setup {
        ports,
        ..Setup::default()
    });
    let (near, beside) = (sim.host(A, 0), sim.host(A, 1));
    let (far, moved) = (sim.host(C, 0), sim.host(B, 0));
    for host in [near, beside, far, moved] {
        sim.talk(host, near);
    }
    sim.run(std::time::Duration::from_secs(10));
    sim.move_host(moved, C);
    sim.talk(moved, near);
    sim.run(std::time::Duration::from_millis(100));
    let bench = Bench {
        sim,
        near,
        beside,
        far,
        moved,
    };
    let states = [near, beside, far, moved].map(|host| bench.sim.entry(A, host));
    assert_eq!(
        states,
        ["local port1", "local port2", "remote evi-c", "flood"]
    );
    bench
}

#[test]
fn r_6_r_7_site_frames_by_destination() {
    let Bench {
        mut sim,
        near,
        beside,
        far,
        moved,
    } = bench();
    let source = sim.at(near).mac;
    let cases = [
        ("local, other port", sim.at(beside).mac, forwarded(1, 0)),
        (
            "local, same port",
            source,
            Verdict::Dropped(DropReason::LocalSamePort),
        ),
        ("remote", sim.at(far).mac, forwarded(0, 1)),
        (
            "flood, on every EVI link",
            sim.at(moved).mac,
            forwarded(0, 2),
        ),
        (
            "unknown unicast stays in the site",
            mac(99),
            forwarded(1, 0),
        ),
        ("broadcast, everywhere", BROADCAST, forwarded(1, 2)),
        ("multicast, everywhere", MULTICAST, forwarded(1, 2)),
        (
            "spanning tree",
            BPDU,
            Verdict::Dropped(DropReason::ReservedMulticast),
        ),
        (
            "pause",
            PAUSE,
            Verdict::Dropped(DropReason::ReservedMulticast),
        ),
        (
            "LLDP",
            LLDP,
            Verdict::Dropped(DropReason::ReservedMulticast),
        ),
        ("not reserved", BEYOND_RESERVED, forwarded(1, 2)),
    ];
    for (name, destination, expected) in cases {
        sim.forget();
        let verdict = sim.site_frame(A, 0, &numbered(source, destination, 1));
        assert_eq!(verdict, expected, "{name}");
        let Verdict::Forwarded { public, .. } = expected else {
            continue;
        };
        assert_eq!(sim.copies.len(), public, "{name}");
    }
}

#[test]
fn unknown_unicast_without_another_port_is_dropped_and_never_sent_to_the_public_side() {
    let mut sim = Sim::new(&Setup::default());
    let host = sim.host(A, 0);
    let verdict = sim.site_frame(A, 0, &numbered(sim.at(host).mac, mac(99), 1));
    assert_eq!(verdict, Verdict::Dropped(DropReason::UnknownUnicast));
    assert!(sim.copies.is_empty());
}

#[test]
fn r_8_r_9_public_frames_by_destination_and_split_horizon_for_all_kinds() {
    let Bench {
        mut sim,
        near,
        far,
        moved,
        ..
    } = bench();
    let source = sim.at(far).mac;
    let gratuitous = arp::encode_gratuitous_request(mac(77), [10, 0, 0, 77].into()).to_vec();
    let to = |destination| numbered(source, destination, 1);
    let cases = [
        ("local", to(sim.at(near).mac), forwarded(1, 0)),
        (
            "flood",
            to(sim.at(moved).mac),
            Verdict::Dropped(DropReason::FloodFromPublic),
        ),
        (
            "remote",
            to(source),
            Verdict::Dropped(DropReason::SplitHorizon),
        ),
        (
            "no entry",
            to(mac(99)),
            Verdict::Dropped(DropReason::NoEntryFromPublic),
        ),
        (
            "broadcast, into the site alone",
            to(BROADCAST),
            forwarded(2, 0),
        ),
        (
            "multicast, into the site alone",
            to(MULTICAST),
            forwarded(2, 0),
        ),
        (
            "announcement, into the site alone",
            gratuitous,
            forwarded(2, 0),
        ),
        (
            "spanning tree",
            to(BPDU),
            Verdict::Dropped(DropReason::ReservedMulticast),
        ),
    ];
    for peer in [B, C] {
        for (name, bytes, expected) in &cases {
            sim.forget();
            let verdict = sim.public_frame(A, peer, &tagged(bytes, VLAN));
            assert_eq!(verdict, *expected, "{name}");
            assert!(sim.copies.is_empty(), "{name} went back to the public side");
        }
    }
}

#[test]
fn public_frames_outside_the_extended_vlans_are_dropped() {
    let Bench {
        mut sim, near, far, ..
    } = bench();
    let plain = numbered(sim.at(far).mac, sim.at(near).mac, 1);
    let refused = Verdict::Dropped(DropReason::VlanNotExtended);
    assert_eq!(sim.public_frame(A, C, &plain), refused, "untagged");
    for tag in [300, 0, 0xe000, 0x0fff] {
        assert_eq!(
            sim.public_frame(A, C, &tagged(&plain, tag)),
            refused,
            "{tag:#x}"
        );
    }
    let other = Verdict::Dropped(DropReason::NoEntryFromPublic);
    assert_eq!(
        sim.public_frame(A, C, &tagged(&plain, VLAN_2)),
        other,
        "`near` is in VLAN 100"
    );
    assert_eq!(
        sim.public_frame(A, C, &tagged(&plain, VLAN | 0xe000)),
        forwarded(1, 0)
    );
}

#[test]
fn sources_that_no_station_has_are_dropped_and_not_learned() {
    let Bench { mut sim, near, .. } = bench();
    let before = sim.devices[A].epoch();
    for source in [MacAddr::ZERO, BROADCAST, MULTICAST] {
        let bytes = numbered(source, sim.at(near).mac, 1);
        let refused = Verdict::Dropped(DropReason::InvalidSource);
        assert_eq!(sim.site_frame(A, 0, &bytes), refused);
        assert_eq!(sim.public_frame(A, B, &tagged(&bytes, VLAN)), refused);
    }
    assert_eq!(sim.devices[A].epoch(), before);
}

#[test]
fn an_access_port_takes_priority_tags_and_no_others() {
    let Bench {
        mut sim, near, far, ..
    } = bench();
    let bytes = numbered(sim.at(near).mac, sim.at(far).mac, 1);
    let refused = Verdict::Dropped(DropReason::TaggedOnAccessPort);
    for tag in [VLAN, VLAN_2, 0x0fff, VLAN | 0xa000] {
        assert_eq!(
            sim.site_frame(A, 0, &tagged(&bytes, tag)),
            refused,
            "{tag:#x}"
        );
    }
    sim.forget();
    assert_eq!(
        sim.site_frame(A, 0, &tagged(&bytes, 0xa000)),
        forwarded(0, 1)
    );
    assert_eq!(
        sim.copies[0].bytes,
        tagged(&bytes, 0xa000 | VLAN),
        "priority 5 is kept"
    );
    assert_eq!(sim.site_frame(A, 0, &bytes), forwarded(0, 1));
    assert_eq!(sim.copies[1].bytes, tagged(&bytes, VLAN));
}

#[test]
fn broadcast_without_anywhere_to_go_is_dropped_by_name() {
    let mut sim = Sim::new(&Setup {
        devices: 1,
        ..Setup::default()
    });
    let host = sim.host(A, 0);
    let refused = Verdict::Dropped(DropReason::NoOtherPort);
    assert_eq!(
        sim.site_frame(A, 0, &numbered(sim.at(host).mac, BROADCAST, 1)),
        refused
    );
    assert_eq!(sim.announce(host), refused);
}

/// A failure to send counts where the frame should have gone out, and nowhere else.
#[test]
fn a_failure_to_send_is_counted_once_at_the_way_out() {
    let Bench {
        mut sim,
        near,
        beside,
        far,
        ..
    } = bench();
    let source = sim.at(near).mac;
    for destination in [sim.at(beside).mac, sim.at(far).mac, mac(99), BROADCAST] {
        let bytes = numbered(source, destination, 1);
        let verdict = sim.drive(A, |device, now, out| {
            out.refuse = Some(DropReason::TransmitRingFull);
            device.handle_site_frame(now, edge::PortId(0), FrameRef::parse(&bytes).unwrap(), out)
        });
        assert_eq!(verdict, forwarded(0, 0), "{destination}");
    }
    let rows = sim.devices[A].counters().interfaces;
    let drops = |name: &str| {
        let row = rows.iter().find(|row| *row.name == *name).unwrap();
        let full = |d: &&DropCount| d.reason == DropReason::TransmitRingFull;
        row.drops.iter().find(full).map_or(0, |drop| drop.count)
    };
    let counted = ["port1", "port2", "port3", "evi-b", "evi-c"].map(drops);
    assert_eq!(counted, [0, 3, 0, 1, 2]);
}
