//! Whatever comes in: no panic, and no frame lost from the accounts.

use crate::sim;

use std::time::Duration;

use edge_api::Mode;
use proptest::collection::vec;
use proptest::prelude::*;
use sim::frames::{mac, numbered, tagged};
use sim::{A, B, C, Setup, Sim, VLAN, VLAN_2};
use wire::{AnnouncementStamp, FrameRef, MacAddr, arp, llc};

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Where a frame enters ED-A.
#[derive(Clone, Copy, Debug)]
enum Entrance {
    Site(u16),
    Public(usize),
}

fn entrance() -> impl Strategy<Value = Entrance> {
    prop_oneof![
        (0..3_u16).prop_map(Entrance::Site),
        prop_oneof![Just(B), Just(C)].prop_map(Entrance::Public),
    ]
}

fn address() -> impl Strategy<Value = MacAddr> {
    prop_oneof![
        4 => (0..6_u8).prop_map(mac),
        1 => Just(MacAddr::BROADCAST),
        1 => Just(MacAddr::ZERO),
        1 => Just(llc::ALL_ISS),
        1 => (0..20_u8).prop_map(|last| MacAddr::new([1, 0x80, 0xc2, 0, 0, last])),
    ]
}

fn tag() -> impl Strategy<Value = Option<u16>> {
    prop_oneof![
        Just(None),
        Just(Some(VLAN)),
        Just(Some(VLAN_2)),
        any::<u16>().prop_map(Some),
    ]
}

fn plausible() -> impl Strategy<Value = Vec<u8>> {
    let stamp = |micros, mut bytes: [u8; arp::FRAME_LEN]| {
        AnnouncementStamp::from_micros(micros).stamp(&mut bytes);
        bytes.to_vec()
    };
    prop_oneof![
        (address(), address(), any::<u64>()).prop_map(|(src, dst, n)| numbered(src, dst, n)),
        (address(), any::<u64>()).prop_map(move |(src, at)| stamp(
            at,
            arp::encode_gratuitous_request(src, [10, 0, 0, 1].into())
        )),
        (address(), any::<u64>()).prop_map(move |(src, at)| stamp(at, arp::encode_rarp(src))),
        (address(), vec(any::<u8>(), 0..80)).prop_map(|(src, mut pdu)| {
            pdu.splice(0..0, [0x83, 27, 1, 0, 18, 1, 0, 3]);
            llc::encode_osi_frame(llc::ALL_ISS, src, &pdu).expect("a short PDU")
        }),
        vec(any::<u8>(), 18..100),
    ]
}

proptest! {
    #![proptest_config(cases(64))]

    /// received = forwarded + consumed + dropped on every interface (the bench compares), nothing
    /// panics, nothing from the public side goes back there, and no device spins.
    #[test]
    fn every_frame_is_accounted_for(
        frames in vec((entrance(), plausible(), tag(), 0..3000_u64), 1..60),
        igp_only in any::<bool>(),
    ) {
        let mode = if igp_only { Mode::IgpOnly } else { Mode::GarpFlood };
        let ports = vec![VLAN, VLAN, VLAN_2];
        let mut sim = Sim::new(&Setup { ports, mac_limit: 5, ..Setup::mode(mode) });
        for (entrance, bytes, tag, pause) in frames {
            let bytes = tag.map_or_else(|| bytes.clone(), |tag| tagged(&bytes, tag));
            let before = sim.data_copies(A, B).len() + sim.data_copies(A, C).len();
            match entrance {
                Entrance::Site(port) => drop(sim.site_frame(A, port, &bytes)),
                Entrance::Public(peer) => {
                    sim.public_frame(A, peer, &bytes);
                    let after = sim.data_copies(A, B).len() + sim.data_copies(A, C).len();
                    prop_assert_eq!(before, after, "split horizon");
                }
            }
            sim.run(Duration::from_millis(pause));
        }
        sim.run(Duration::from_secs(60));
        prop_assert!(sim.devices[A].mac_table().entries.len() <= 5);
    }

    /// Frames of any bytes at all.
    #[test]
    fn noise_never_panics(noise in vec((entrance(), vec(any::<u8>(), 0..200)), 1..60)) {
        let mut sim = Sim::new(&Setup { ports: vec![VLAN; 3], ..Setup::default() });
        for (entrance, bytes) in noise {
            if FrameRef::parse(&bytes).is_err() {
                continue;
            }
            match entrance {
                Entrance::Site(port) => drop(sim.site_frame(A, port, &bytes)),
                Entrance::Public(peer) => drop(sim.public_frame(A, peer, &bytes)),
            }
        }
        sim.run(Duration::from_secs(10));
    }
}
