//! D-6: a configured static MAC is there from the start, never ages and never moves.

use crate::sim;

use std::time::Duration;

use edge::Verdict;
use edge_api::{AnnouncementOutcome, Cause, DropReason, EventKind, StaticMacConfig};
use sim::frames::{mac, numbered, tagged};
use sim::{A, B, C, HostId, PUBLICATION, Setup, Sim, VLAN, ms};
use wire::{VlanId, arp};

const REFUSED: Verdict = Verdict::Dropped(DropReason::StaticMac);

fn setup() -> Setup {
    let fixed = StaticMacConfig {
        vlan: VlanId::new(VLAN).expect("a VLAN ID"),
        mac: mac(1),
        port: "port1".to_owned(),
    };
    Setup {
        ports: vec![VLAN, VLAN],
        static_macs: vec![(A, fixed)],
        ..Setup::default()
    }
}

/// A static station at port1 of ED-A that has not said a word.
fn bench() -> (Sim, HostId) {
    let mut sim = Sim::new(&setup());
    let host = sim.host(A, 0);
    assert_eq!(sim.at(host).mac, mac(1));
    (sim, host)
}

const PLACE: [&str; 3] = ["local port1", "remote evi-a", "remote evi-a"];

#[test]
fn d_6_a_static_mac_is_there_and_published_without_a_frame_and_never_ages() {
    let (mut sim, host) = bench();
    assert_eq!(sim.entries(host), PLACE);
    assert_eq!(sim.listed_by(C, host), [A]);
    let row = sim.row(A, host).unwrap();
    assert_eq!((row.is_static, row.deadline), (true, None));
    assert!(!sim.row(B, host).unwrap().is_static);
    sim.run(Duration::from_secs(2000));
    assert_eq!(sim.entries(host), PLACE);
    assert_eq!(sim.causes(A), [], "nothing has happened to it");
}

#[test]
fn d_6_the_start_says_that_it_is_configured() {
    let mut device = setup().device(A, wire::Timestamp::ZERO);
    let first = device.poll_event().map(|event| event.kind);
    let is_it = |kind: &EventKind| {
        matches!(
            kind,
            EventKind::MacEntry {
                cause: Cause::Configured,
                from: None,
                ..
            }
        )
    };
    assert!(first.as_ref().is_some_and(is_it), "{first:?}");
}

#[test]
fn d_6_frames_from_elsewhere_in_the_site_do_not_move_it() {
    let (mut sim, host) = bench();
    let other = sim.host(A, 1);
    sim.announce(other);
    let stolen = numbered(mac(1), sim.at(other).mac, 1);
    assert_eq!(sim.site_frame(A, 1, &stolen), REFUSED);
    sim.hosts[host.0].port = 1;
    assert_eq!(sim.announce(host), REFUSED);
    sim.hosts[host.0].port = 0;
    assert_eq!(sim.entry(A, host), "local port1");
    let number = sim.talk(other, host);
    assert_eq!(sim.received(host, number), 1);
    assert_eq!(
        sim.announce(host),
        Verdict::Forwarded { site: 1, public: 2 },
        "at its own port it speaks as any station does"
    );
}

#[test]
fn d_6_nobody_in_another_site_can_take_its_place() {
    let (mut sim, host) = bench();
    let (thief, client) = (sim.host(C, 0), sim.host(B, 0));
    sim.hosts[thief.0].mac = mac(1);
    assert_eq!(sim.announce(thief), REFUSED);
    let stolen = numbered(mac(1), sim.at(client).mac, 1);
    assert_eq!(sim.site_frame(C, 0, &stolen), REFUSED);
    assert!(sim.copies.is_empty(), "ED-C says nothing of it");
    sim.run(PUBLICATION * 2);
    assert_eq!(sim.entries(host), PLACE);
    let number = sim.talk(client, host);
    sim.run(ms(100));
    assert_eq!(
        (sim.received(host, number), sim.received(thief, number)),
        (1, 0)
    );
}

/// Of a device that lets the thief speak: one of another make, or of an older version.
#[test]
fn d_6_an_announcement_of_it_by_another_device_counts_nowhere_and_is_seen() {
    let (mut sim, host) = bench();
    let client = sim.host(A, 1);
    sim.announce(client);
    sim.forget();
    let garp = arp::encode_gratuitous_request(mac(1), [10, 0, 0, 66].into());
    for ed in [A, B] {
        assert_eq!(sim.public_frame(ed, C, &tagged(&garp, VLAN)), REFUSED);
        assert_eq!(sim.outcomes(ed), [AnnouncementOutcome::Static], "ED {ed}");
        let rows = sim.devices[ed].arp_suppression(sim.now);
        assert!(rows.iter().all(|row| row.mac != mac(1)), "nor its address");
    }
    assert_eq!(sim.entries(host), PLACE);
    assert!(
        sim.delivered.is_empty(),
        "the sites' switches are not taught"
    );
    let unicast = tagged(&numbered(mac(1), sim.at(client).mac, 7), VLAN);
    assert_eq!(sim.public_frame(A, C, &unicast), REFUSED);
    let passed = Verdict::Forwarded { site: 2, public: 0 };
    assert_eq!(
        sim.public_frame(B, A, &tagged(&garp, VLAN)),
        passed,
        "but its own device may"
    );
}

/// Parted for longer than an LSP lives, ED-C has forgotten that the MAC is static.
#[test]
fn d_6_a_publication_of_it_by_another_device_counts_nowhere_and_is_seen() {
    let (mut sim, host) = bench();
    let thief = sim.host(C, 0);
    sim.hosts[thief.0].mac = mac(1);
    for other in [A, B] {
        sim.between(C, other, |path| path.cut = true);
    }
    sim.run(Duration::from_secs(2600));
    sim.announce(thief);
    sim.run(Duration::from_secs(10));
    assert_eq!(sim.entry(C, host), "local port1");
    sim.forget();
    for other in [A, B] {
        sim.between(C, other, |path| path.cut = false);
    }
    sim.run(Duration::from_secs(120));
    assert!(sim.adjacencies_up(C));
    for ed in [A, B] {
        let claims = sim.picked(ed, |event| match event {
            EventKind::StaticMacClaimed { mac, system, .. } => Some((*mac, *system)),
            _ => None,
        });
        assert_eq!(claims, [(mac(1), sim::system(C))], "ED {ed}");
    }
    assert_eq!(sim.entries(host), PLACE, "ED-C has learnt better");
    assert_eq!(sim.listed_by(B, host), [A]);
}
