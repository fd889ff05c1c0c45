//! What counts as an announcement, and what leaves as one.

use crate::sim;

use std::time::Duration;

use edge_api::AnnouncementOutcome;
use sim::frames::{self, tagged};
use sim::{A, C, PUBLICATION, Setup, Sim, VLAN, VLAN_2, published};
use wire::{AnnouncementStamp, ArpPacket, FrameRef, arp};

/// an announcement keeps its priority too.
#[test]
fn an_announcement_with_a_priority_tag_keeps_it_on_every_link() {
    let ports = vec![VLAN, VLAN];
    let mut sim = Sim::new(&Setup {
        ports,
        ..Setup::default()
    });
    let bytes = arp::encode_gratuitous_request(frames::mac(50), [10, 0, 0, 50].into());
    sim.forget();
    assert_eq!(
        sim.site_frame(A, 0, &tagged(&bytes, 0xe000)),
        edge::Verdict::Forwarded { site: 1, public: 2 }
    );
    for copy in &sim.copies {
        let frame = FrameRef::parse(&copy.bytes).unwrap();
        assert_eq!(frame.tag().map(|t| t.bits()), Some(0xe000 | VLAN));
    }
}

/// A station may use one MAC in two VLANs: two entries, two reachabilities.
#[test]
fn a_mac_in_two_vlans_is_two_stations() {
    let ports = vec![VLAN, VLAN_2];
    let mut sim = Sim::new(&Setup {
        ports,
        ..Setup::default()
    });
    let (one, two) = (sim.host(A, 0), sim.host(A, 1));
    sim.hosts[two.0].mac = sim.at(one).mac;
    sim.hosts[two.0].vlan = VLAN_2;
    sim.announce(one);
    sim.announce(two);
    sim.run(Duration::from_secs(10));
    assert_eq!(
        sim.entries(one),
        ["local port1", "remote evi-a", "remote evi-a"]
    );
    assert_eq!(
        sim.entries(two),
        ["local port2", "remote evi-a", "remote evi-a"]
    );
    sim.move_host(one, C);
    sim.announce(one);
    sim.run(Duration::from_secs(1));
    assert_eq!(sim.entries(one), ["flood", "flood", "local port1"]);
    assert_eq!(
        sim.entries(two),
        ["local port2", "remote evi-a", "remote evi-a"]
    );
}

/// D-6: what a site writes into the padding is neither believed nor passed on, in any mode.
#[test]
fn d_6_a_trailer_from_a_site_is_never_passed_on() {
    for mode in edge_api::Mode::ALL {
        let mut sim = Sim::new(&Setup::mode(*mode));
        let host = sim.host(A, 0);
        let forged = AnnouncementStamp::from_micros(u64::MAX / 2);
        for bytes in [
            arp::encode_gratuitous_request(sim.at(host).mac, sim.at(host).ip),
            arp::encode_rarp(sim.at(host).mac),
        ] {
            let mut bytes = bytes;
            forged.stamp(&mut bytes);
            sim.forget();
            sim.site_frame(A, 0, &bytes);
            assert_eq!(sim.copies.len(), 2);
            for copy in &sim.copies {
                let frame = FrameRef::parse(&copy.bytes).unwrap();
                assert_ne!(
                    AnnouncementStamp::from_frame(&frame),
                    Some(forged),
                    "{mode}"
                );
                let arp = |f| ArpPacket::from_frame(&f).unwrap().unwrap();
                assert_eq!(arp(frame), arp(FrameRef::parse(&bytes).unwrap()));
            }
        }
    }
}

/// A device without the trailer, or with a date from far ahead: by order of arrival.
#[test]
fn an_announcement_without_a_believable_stamp_counts_as_newest() {
    let (mut sim, vm) = published(&Setup::default());
    let host = sim.at(vm);
    let plain = arp::encode_gratuitous_request(host.mac, host.ip);
    let mut far_ahead = plain;
    AnnouncementStamp::from_micros(u64::MAX).stamp(&mut far_ahead);
    for bytes in [plain, far_ahead] {
        sim.forget();
        sim.announce(vm);
        let verdict = sim.public_frame(A, C, &frames::tagged(&bytes, sim::VLAN));
        assert_eq!(
            sim.outcomes(A),
            [AnnouncementOutcome::FloodInstalled],
            "{verdict:?}"
        );
        sim.public_frame(A, C, &frames::tagged(&bytes, sim::VLAN));
        assert_eq!(sim.outcomes(A)[1..], [AnnouncementOutcome::Repeated]);
        sim.run(PUBLICATION * 2);
    }
}

/// What is no announcement of the station that sent it installs nothing (R-4, D-6).
#[test]
fn probes_questions_and_other_peoples_addresses_announce_nothing() {
    let (mut sim, vm) = published(&Setup::default());
    let host = sim.at(vm);
    let announcement = arp::encode_gratuitous_request(host.mac, host.ip);
    let with = |change: &dyn Fn(&mut [u8; arp::FRAME_LEN])| {
        let mut bytes = announcement;
        change(&mut bytes);
        bytes
    };
    let cases = [
        ("probe", with(&|b| b[28..32].fill(0))),
        ("question", with(&|b| b[41] ^= 1)),
        ("sender is not the source", with(&|b| b[11] ^= 1)),
        (
            "unicast",
            with(&|b| b[..6].copy_from_slice(&frames::mac(9).octets())),
        ),
        ("unknown operation", with(&|b| b[21] = 9)),
    ];
    for (name, bytes) in cases {
        sim.forget();
        sim.public_frame(A, C, &frames::tagged(&bytes, sim::VLAN));
        assert_eq!(sim.outcomes(A), [], "{name}");
        assert_eq!(sim.entry(A, vm), "local port1", "{name}");
    }
}
