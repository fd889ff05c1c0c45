//! VLANs that are not extended stay in their site.

use crate::sim;

use std::time::Duration;

use edge::Verdict;
use edge_api::DropReason;
use sim::frames::{mac, numbered, tagged};
use sim::{A, B, C, HostId, Setup, Sim, VLAN};
use wire::MacAddr;

const LOCAL_VLAN: u16 = 300;
/// Ports of every device: an access port of the VLAN, and a trunk.
const ACCESS_LOCAL: u16 = 0;
const TAGGED: u16 = 1;

/// ED-A keeps VLAN 300 to itself; ED-B and ED-C extend it.
fn local_bench() -> (Sim, HostId, HostId) {
    let mut sim = Sim::new(&Setup {
        ports: vec![LOCAL_VLAN],
        trunks: vec![(vec![VLAN, LOCAL_VLAN], None)],
        local_vlans: vec![(A, LOCAL_VLAN)],
        ..Setup::default()
    });
    let near = sim.host_in(A, ACCESS_LOCAL, LOCAL_VLAN);
    let beside = sim.host_in(A, TAGGED, LOCAL_VLAN);
    (sim, near, beside)
}

#[test]
fn a_vlan_that_is_not_extended_is_switched_in_its_site_and_nothing_of_it_leaves() {
    let (mut sim, near, beside) = local_bench();
    sim.announce(near);
    sim.announce(beside);
    for (from, to) in [(near, beside), (beside, near)] {
        let number = sim.talk(from, to);
        assert_eq!(sim.received(to, number), 1);
    }
    let unknown = numbered(sim.at(near).mac, mac(99), 7);
    let verdict = sim.say(near, &unknown);
    assert_eq!(verdict, Verdict::Forwarded { site: 1, public: 0 });
    let broadcast = numbered(sim.at(near).mac, MacAddr::BROADCAST, 8);
    assert_eq!(
        sim.say(near, &broadcast),
        Verdict::Forwarded { site: 1, public: 0 }
    );
    sim.run(Duration::from_secs(60));
    for peer in [B, C] {
        assert!(
            sim.data_copies(A, peer).is_empty(),
            "a frame of VLAN 300 left"
        );
    }
    for host in [near, beside] {
        assert!(sim.entry(A, host).starts_with("local"), "learned");
        assert!(sim.listed_by(A, host).is_empty(), "never published");
        assert_eq!(sim.entry(B, host), "-");
    }
    assert!(sim.devices[A].arp_snooping(sim.now).is_empty());
    sim.run(Duration::from_secs(300));
    assert_eq!(sim.entry(A, near), "-", "it ages as any other entry");
}

#[test]
fn nothing_is_taken_for_a_vlan_that_is_not_extended() {
    let (mut sim, near, _) = local_bench();
    sim.announce(near);
    let twin = sim.host_in(B, ACCESS_LOCAL, LOCAL_VLAN);
    sim.hosts[twin.0].mac = sim.at(near).mac;
    let other = sim.host_in(B, TAGGED, LOCAL_VLAN);
    sim.announce(twin);
    sim.announce(other);
    sim.run(Duration::from_secs(40));
    assert_eq!(
        sim.entry(C, twin),
        "remote evi-b",
        "extended between B and C"
    );
    assert_eq!(
        sim.entry(A, twin),
        "local port1",
        "the station in its own VLAN 300"
    );
    assert_eq!(sim.entry(A, other), "-");
    assert_eq!(sim.devices[A].counters().publications_not_extended, 2);
    let refused = sim.drops(A, "evi-b", DropReason::VlanNotExtended);
    assert_eq!(refused, 2, "the two announcements");
    let frame = tagged(&numbered(mac(9), sim.at(near).mac, 1), LOCAL_VLAN);
    let verdict = sim.public_frame(A, B, &frame);
    assert_eq!(verdict, Verdict::Dropped(DropReason::VlanNotExtended));
    // A link that comes back tells nothing new.
    sim.between(A, B, |path| path.cut = true);
    sim.until(Duration::from_secs(60), |sim| !sim.adjacencies_up(A));
    sim.between(A, B, |path| path.cut = false);
    sim.until(Duration::from_secs(60), |sim| sim.adjacencies_up(A));
    sim.run(Duration::from_secs(40));
    assert_eq!(sim.entry(A, other), "-");
}

#[test]
fn broadcast_in_a_local_vlan_with_one_port_is_dropped_by_name() {
    let mut sim = Sim::new(&Setup {
        ports: vec![LOCAL_VLAN],
        local_vlans: vec![(A, LOCAL_VLAN)],
        ..Setup::default()
    });
    let bytes = numbered(mac(1), MacAddr::BROADCAST, 1);
    let refused = Verdict::Dropped(DropReason::NoOtherPort);
    assert_eq!(sim.site_frame(A, 0, &bytes), refused);
}
