//! Any mix of access ports, trunks, native and local VLANs: no frame leaves its VLAN.

use crate::sim;

use std::collections::BTreeMap;
use std::time::Duration;

use edge_api::PortVlans;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;
use sim::device::Trunk;
use sim::frames::{mac, number, numbered, tagged};
use sim::{A, B, Ed, Kind, Setup, Sim, vlan};
use wire::{FrameRef, MacAddr, TagControl, VlanId, arp};

const VLANS: [u16; 4] = [100, 200, 300, 400];

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn trunk() -> impl Strategy<Value = Trunk> {
    (subsequence(VLANS.to_vec(), 1..=4), 0..8_usize).prop_map(|(vlans, native)| {
        let native = vlans.get(native).copied();
        (vlans, native)
    })
}

/// Two devices with the same ports; each keeps some VLANs to itself.
fn setup() -> impl Strategy<Value = Setup> {
    let access = vec(prop::sample::select(&VLANS[..]), 0..4);
    let local = vec((0..2_usize, prop::sample::select(&VLANS[..])), 0..4);
    (access, vec(trunk(), 1..4), local).prop_map(|(ports, trunks, mut local_vlans)| {
        let setup = Setup {
            ports,
            trunks,
            ..Setup::devices(2)
        };
        // No device takes the name of a VLAN that none of its ports carries.
        local_vlans.retain(|(_, id)| setup.port_vlans().any(|port| port.carries(vlan(*id))));
        Setup {
            local_vlans,
            ..setup
        }
    })
}

/// A frame and where it enters.
#[derive(Clone, Debug)]
struct Entering {
    ed: Ed,
    /// A site port; from the public side when there is none of this number.
    port: usize,
    tag: Option<u16>,
    src: u8,
    dst: u8,
    pause: u64,
}

fn entering() -> impl Strategy<Value = Entering> {
    let id = prop_oneof![
        6 => prop::sample::select(&VLANS[..]),
        1 => Just(0),
        1 => Just(4095),
        1 => 0..4096_u16,
    ];
    let tag = (id, 0..16_u16).prop_map(|(id, top)| Some(top << 12 | id));
    let tag = prop_oneof![1 => Just(None), 4 => tag];
    // Few stations, so that they meet, move, and are in several VLANs at once.
    let at = (0..2_usize, 0..8_usize, 0..4_u8, 0..8_u8, 0..500_u64);
    (at, tag).prop_map(|((ed, port, src, dst, pause), tag)| Entering {
        ed,
        port,
        tag,
        src,
        dst,
        pause,
    })
}

/// What a frame may do: the rules of IEEE 802.1Q, written once more.
#[derive(Clone, Copy, Debug)]
struct Due {
    ed: Ed,
    vlan: VlanId,
    /// Priority and drop eligibility.
    top: u16,
}

fn due(setup: &Setup, entering: &Entering) -> Option<Due> {
    let (id, top) = entering
        .tag
        .map_or((0, 0), |tag| (tag & 0xfff, tag & 0xf000));
    let ports: Vec<_> = setup.port_vlans().collect();
    let vlan = match ports.get(entering.port) {
        Some(port) if id == 0 => port.untagged(),
        Some(PortVlans::Access(_)) => None,
        Some(trunk) => VlanId::new(id).ok().filter(|id| trunk.carries(*id)),
        None => VlanId::new(id)
            .ok()
            .filter(|id| extends(setup, entering.ed, *id)),
    };
    let ed = entering.ed;
    vlan.map(|vlan| Due { ed, vlan, top })
}

fn extends(setup: &Setup, ed: Ed, vlan: VlanId) -> bool {
    let is_local = setup.local_vlans.contains(&(ed, vlan.get()));
    !is_local && setup.port_vlans().any(|port| port.carries(vlan))
}

/// Numbered frames mostly; an announcement where the last address would be.
fn bytes(entering: &Entering, number: u64) -> Vec<u8> {
    let src = mac(entering.src);
    let plain = match entering.dst {
        0..4 => numbered(src, mac(entering.dst), number),
        4..7 => numbered(src, MacAddr::BROADCAST, number),
        _ => arp::encode_gratuitous_request(src, [10, 0, 0, entering.src].into()).to_vec(),
    };
    entering
        .tag
        .map_or(plain.clone(), |tag| tagged(&plain, tag))
}

/// Number of the first frame.
const FIRST: u64 = 1 << 32;

/// Lets the frames in; what each may do, by its number.
fn drive(sim: &mut Sim, setup: &Setup, frames: &[Entering]) -> BTreeMap<u64, Option<Due>> {
    let mut all = BTreeMap::new();
    let ports = setup.port_vlans().count();
    for (n, entering) in (FIRST..).zip(frames) {
        let bytes = bytes(entering, n);
        all.insert(n, due(setup, entering));
        match u16::try_from(entering.port) {
            Ok(port) if entering.port < ports => drop(sim.site_frame(entering.ed, port, &bytes)),
            _ => drop(sim.public_frame(entering.ed, 1 - entering.ed, &bytes)),
        }
        sim.run(Duration::from_millis(entering.pause));
    }
    sim.run(Duration::from_secs(40));
    all
}

fn tag_of(bytes: &[u8]) -> Option<TagControl> {
    FrameRef::parse(bytes).expect("whole frames").tag()
}

proptest! {
    #![proptest_config(cases(96))]

    /// A frame leaves by ports of its VLAN alone, with its tag or without as the port has it; on a link
    /// only where the VLAN is extended; with its priority wherever it has a tag. And received =
    /// forwarded + consumed + dropped: the bench compares.
    #[test]
    fn no_frame_leaves_its_vlan(setup in setup(), frames in vec(entering(), 1..60)) {
        let mut sim = Sim::new(&setup);
        let all = drive(&mut sim, &setup, &frames);
        for (_, port, bytes) in &sim.left {
            let frame = FrameRef::parse(bytes).expect("whole frames");
            // It fails for a tag that the port does not have.
            let vlan = sim.vlan_of(*port, &frame);
            let Some(due) = number(bytes).and_then(|n| all.get(&n)) else { continue };
            let due = due.expect("a frame that is refused goes nowhere");
            prop_assert_eq!(vlan, due.vlan);
            prop_assert!(frame.tag().is_none_or(|tag| tag.bits() & 0xf000 == due.top));
        }
        for copy in sim.copies.iter().filter(|copy| copy.kind != Kind::Control) {
            let tag = tag_of(&copy.bytes).expect("links carry tags");
            let vlan = tag.vlan().expect("a VLAN");
            prop_assert!(extends(&setup, copy.from, vlan), "{} on a link of {}", vlan, copy.from);
            let Some(due) = number(&copy.bytes).and_then(|n| all.get(&n)) else { continue };
            let due = due.expect("a frame that is refused goes nowhere");
            prop_assert_eq!((tag.bits(), copy.from), (due.top | due.vlan.get(), due.ed));
        }
        check_broadcasts(&sim, &setup, &frames)?;
        check_tables(&sim, &setup)?;
    }
}

/// A broadcast that a port takes leaves by all other ports of its VLAN.
fn check_broadcasts(sim: &Sim, setup: &Setup, frames: &[Entering]) -> Result<(), TestCaseError> {
    let ports: Vec<_> = setup.port_vlans().collect();
    let broadcast = |(_, e): &(u64, &Entering)| e.port < ports.len() && (4..7).contains(&e.dst);
    for (n, entering) in (FIRST..).zip(frames).filter(broadcast) {
        let Some(due) = due(setup, entering) else {
            continue;
        };
        let others = (0..ports.len()).filter(|port| *port != entering.port);
        let expected: Vec<_> = others
            .filter(|port| ports[*port].carries(due.vlan))
            .collect();
        let copies = sim.left.iter();
        let copies = copies.filter(|(ed, _, bytes)| *ed == entering.ed && number(bytes) == Some(n));
        let ways: Vec<_> = copies.map(|(_, port, _)| usize::from(port.0)).collect();
        prop_assert_eq!(ways, expected);
    }
    Ok(())
}

/// What is published or known of other sites is in extended VLANs, and every other entry in a VLAN of
/// its port.
fn check_tables(sim: &Sim, setup: &Setup) -> Result<(), TestCaseError> {
    let ports: Vec<_> = setup.port_vlans().collect();
    for ed in [A, B] {
        for row in sim.devices[ed].mac_table().entries {
            let name = row.binding.port.as_deref().unwrap_or_default();
            let port = name
                .strip_prefix("port")
                .and_then(|n| n.parse::<usize>().ok());
            match port {
                Some(port) => prop_assert!(ports[port - 1].carries(row.vlan)),
                None => prop_assert!(extends(setup, ed, row.vlan)),
            }
        }
        let own = sim.devices[ed].lsdb().into_iter().filter(|lsp| lsp.own);
        for (vlan, _) in own.flat_map(|lsp| lsp.macs) {
            prop_assert!(extends(setup, ed, vlan), "{} is published", vlan);
        }
    }
    Ok(())
}
