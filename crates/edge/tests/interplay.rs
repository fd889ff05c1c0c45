//! Where two parts of the mechanism meet: static MACs and circuits that come up, local VLANs and what
//! other sites have configured, ARP suppression and stations that come, messages and trunks.

use crate::sim;

use std::time::Duration;

use edge::Verdict;
use edge_api::{AnnouncementMessage, AnnouncementOutcome, Mode, StaticMacConfig};
use sim::frames::{arp_request, mac, numbered, tagged};
use sim::{
    A, B, C, Ed, Ending, ONE_WAY, PUBLICATION, Setup, Sim, VLAN, VLAN_2, ms, published, vlan,
};
use wire::arp;

const PLACE: [&str; 3] = ["local port1", "remote evi-a", "remote evi-a"];

/// A MAC that is static at port1 of ED-A, in a VLAN.
fn fixed(id: u16) -> Vec<(Ed, StaticMacConfig)> {
    let fixed = StaticMacConfig {
        vlan: vlan(id),
        mac: mac(1),
        port: "port1".to_owned(),
    };
    vec![(A, fixed)]
}

/// The thief was there first and never falls silent, and the owner's LSP came by way of ED-C.
#[test]
fn d_6_a_static_mac_is_at_its_device_as_soon_as_that_one_can_be_reached() {
    let mut sim = Sim::new(&Setup {
        static_macs: fixed(VLAN),
        ..Setup::default()
    });
    let (host, thief) = (sim.host(A, 0), sim.host(B, 0));
    sim.hosts[thief.0].mac = mac(1);
    sim.power_off(A, Ending::Orderly);
    sim.run(PUBLICATION);
    sim.announce(thief);
    sim.run(PUBLICATION * 2);
    assert_eq!(sim.entry(B, host), "local port1");
    sim.between(A, B, |path| path.cut = true);
    sim.power_on(A);
    sim.run(Duration::from_secs(60));
    assert_eq!(sim.entry(C, host), "remote evi-a");
    assert_eq!(sim.listed_by(B, host), [A, B], "ED-B knows, by ED-C");
    sim.talk(thief, thief);
    sim.between(A, B, |path| path.cut = false);
    sim.until(Duration::from_secs(60), |sim| sim.adjacencies_up(B));
    assert_eq!(sim.entries(host), PLACE);
    sim.talk(thief, thief);
    sim.run(PUBLICATION * 2);
    assert_eq!(sim.entries(host), PLACE);
    assert_eq!(sim.listed_by(C, host), [A]);
}

/// The one that could not be told apart from the owner, because no adjacency says who it is.
#[test]
fn d_6_a_device_without_an_adjacency_does_not_move_a_static_mac() {
    let mut sim = Sim::new(&Setup {
        static_macs: fixed(VLAN),
        ..Setup::default()
    });
    let host = sim.host(A, 0);
    sim.between(B, C, |path| path.loses_control = true);
    sim.run(Duration::from_secs(60));
    assert!(!sim.adjacencies_up(B));
    sim.forget();
    let garp = arp::encode_gratuitous_request(mac(1), [10, 0, 0, 66].into());
    sim.public_frame(B, C, &tagged(&garp, VLAN));
    assert_eq!(sim.outcomes(B), [AnnouncementOutcome::Static]);
    assert_eq!(sim.entries(host), PLACE);
    let rows = sim.devices[B].arp_suppression(sim.now);
    assert!(rows.iter().all(|row| row.mac != mac(1)), "nor its address");
}

/// ED-B has a VLAN of the same number, which is its own affair.
#[test]
fn d_6_a_static_mac_elsewhere_is_no_station_of_a_local_vlan() {
    let mut sim = Sim::new(&Setup {
        ports: vec![VLAN, VLAN],
        static_macs: fixed(VLAN),
        local_vlans: vec![(B, VLAN)],
        ..Setup::default()
    });
    let (host, other) = (sim.host(B, 0), sim.host(B, 1));
    assert_eq!(sim.at(host).mac, mac(1));
    let passed = Verdict::Forwarded { site: 1, public: 0 };
    assert_eq!(sim.announce(host), passed);
    assert_eq!(sim.entry(B, host), "local port1");
    let number = sim.talk(other, host);
    assert_eq!(sim.received(host, number), 1);
    sim.run(PUBLICATION * 2);
    assert_eq!(sim.listed_by(C, host), [A], "and it is not told elsewhere");
}

/// ED-A announced the VM, which then came to ED-C. ED-A's publication reaches ED-C while the two have
/// no adjacency, and is no newer when they have.
#[test]
fn d_2_a_publication_that_came_without_an_adjacency_is_dated_when_there_is_one() {
    let (mut sim, vm) = published(&Setup::default());
    sim.go(vm, B);
    sim.run(Duration::from_secs(40));
    sim.between(A, C, |path| path.loses_control = true);
    sim.run(Duration::from_secs(40));
    sim.go(vm, A);
    sim.run(ONE_WAY * 2);
    assert_eq!(sim.entry(C, vm), "flood");
    for other in [A, B] {
        sim.path(C, other).loses_announcements = true;
    }
    sim.go(vm, C);
    sim.run(PUBLICATION * 2);
    assert_eq!(
        sim.listed_by(C, vm),
        [A, C],
        "the loser's came after the frame"
    );
    sim.between(A, C, |path| path.loses_control = false);
    sim.until(Duration::from_secs(15), |sim| sim.adjacencies_up(C));
    assert_eq!(sim.entry(C, vm), "local port1");
    sim.run(PUBLICATION * 3);
    let place = ["remote evi-c", "remote evi-c", "local port1"];
    assert_eq!(sim.entries(vm), place);
    assert_eq!(sim.listed_by(B, vm), [C]);
}

/// The first that anybody hears of a station at another port is its question. Switches behind the
/// port where it was must hear it, or they go on sending to where it is not.
#[test]
fn d_9_the_question_of_a_station_at_another_port_is_heard_by_the_switches() {
    for mode in [Mode::GarpFlood, Mode::IgpOnly] {
        let (mut sim, vm) = published(&Setup {
            ports: vec![VLAN, VLAN],
            ..Setup::mode(mode)
        });
        let client = sim.host(B, 0);
        sim.announce(client);
        sim.run(ms(100));
        let (asker, target) = (sim.at(client), sim.at(vm).ip);
        let request = arp_request(asker.mac, asker.ip, target);
        assert_eq!(sim.say(client, &request), Verdict::Consumed, "{mode}");
        let everywhere = Verdict::Forwarded { site: 1, public: 2 };
        sim.hosts[client.0].port = 1;
        assert_eq!(sim.say(client, &request), everywhere, "{mode}: a port");
        assert_eq!(sim.say(client, &request), Verdict::Consumed, "{mode}");
        sim.run(PUBLICATION * 2);
        sim.move_host(client, C);
        // Where its device announces it, that is what the switches hear.
        let announced = match mode {
            Mode::IgpOnly => everywhere,
            _ => Verdict::Consumed,
        };
        assert_eq!(sim.say(client, &request), announced, "{mode}: a site");
    }
}

/// Behind a trunk the announcement keeps the priority of the frame that set it off, whatever carries it
/// (IEEE 802.1Q), and has no tag in the native VLAN.
#[test]
fn r_2_d_9_both_kinds_of_announcement_leave_trunks_alike() {
    const PRIORITY: u16 = 5 << 13;
    for message in [AnnouncementMessage::Garp, AnnouncementMessage::Evi] {
        let mut sim = Sim::new(&Setup {
            ports: Vec::new(),
            trunks: vec![(vec![VLAN, VLAN_2], Some(VLAN_2)), (vec![VLAN], None)],
            message,
            ..Setup::default()
        });
        let vm = sim.host_in(A, 0, VLAN);
        let garp = arp::encode_gratuitous_request(sim.at(vm).mac, sim.at(vm).ip);
        sim.site_frame(A, 0, &tagged(&garp, PRIORITY | VLAN));
        sim.run(ONE_WAY);
        let tag = Some(PRIORITY | VLAN);
        assert_eq!(sim.ways(B), [(0, tag), (1, tag)], "{message:?}");
        sim.forget();
        let native = sim.host_in(A, 0, VLAN_2);
        sim.announce(native);
        sim.run(ONE_WAY);
        assert_eq!(sim.ways(B), [(0, None)], "{message:?}");
        // A silent one: its device makes the announcement, for its own site, too.
        sim.run(PUBLICATION * 2);
        sim.forget();
        let frame = numbered(sim.at(vm).mac, mac(99), 1);
        sim.site_frame(C, 0, &tagged(&frame, PRIORITY | VLAN));
        assert_eq!(sim.ways(C).first(), Some(&(1, tag)), "{message:?}");
        sim.run(ONE_WAY);
        assert_eq!(sim.ways(B), [(0, tag), (1, tag)], "{message:?}");
    }
}
