//! One device of a mesh of 1000 sites with 100,000 MACs: time and memory.
//!
//! A whole mesh would be 999,000 circuits, each LSP sent 998,001 times, and a thousand times the memory
//! below. But no device knows of another one's circuits: what one does among 999 neighbours is all
//! there is to see. So the device is real, and its neighbours are as many real hellos, LSPs and CSNPs.

use std::alloc::System;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use cap::Cap;
use edge::{EdgeDevice, Egress, EthernetCircuitId, LinkId, PortId, Verdict};
use edge_api::{DropReason, EdgeConfig, EviLinkConfig, MacState};
use wire::isis::{
    CircuitType, Csnp, Lsp, LspEntry, LspFlags, MacReachability, NodeId, P2pIih, Pdu,
    ThreeWayAdjacency, ThreeWayNeighbor, ThreeWayState, Tlv, nlpid,
};
use wire::{FrameRef, LspId, MacAddr, SystemId, Timestamp, VlanId, llc};

/// Counts the bytes in use. This program has one test, so that they are that test's.
#[global_allocator]
static IN_USE: Cap<System> = Cap::new(System, usize::MAX);

const NOW: Timestamp = Timestamp::from_nanos(1_000_000_000);
const OWN: SystemId = SystemId::new([2, 0, 0, 0, 0, 1]);
const PER_SITE: u16 = 100;

/// Counts, and lets everything go.
#[derive(Default)]
struct Sink {
    control: u64,
}

impl Egress for Sink {
    fn send_site(&mut self, _: PortId, _: FrameRef<'_>) -> Result<(), DropReason> {
        Ok(())
    }

    fn reply_site(&mut self, _: PortId, _: FrameRef<'_>) -> Result<(), DropReason> {
        Ok(())
    }

    fn send_circuit(&mut self, _: EthernetCircuitId, _: FrameRef<'_>) -> Result<(), DropReason> {
        unreachable!("the device has no Ethernet circuit")
    }

    fn send_link(&mut self, _: LinkId, _: FrameRef<'_>) -> Result<(), DropReason> {
        Ok(())
    }

    fn send_control(&mut self, _: LinkId, _: FrameRef<'_>) -> Result<(), DropReason> {
        self.control += 1;
        Ok(())
    }
}

fn config(links: u16) -> EdgeConfig {
    let link = |number: u16| EviLinkConfig {
        name: format!("evi-link{number}"),
        peer: Ipv4Addr::from(0x0a00_0000 + u32::from(number) + 1),
        isis: true,
    };
    let text = r#"{
        "name": "ed-a", "system_id": "0200.0000.0001", "mac_limit": 200000,
        "public": { "interface": "uplink", "address": "192.0.2.1" },
        "site_port": [{ "name": "port1", "interface": "port1", "access_vlan": 100 }]
    }"#;
    EdgeConfig {
        evi_links: (0..links).map(link).collect(),
        ..serde_json::from_str(text).expect("a good configuration")
    }
}

fn system(number: u16) -> SystemId {
    let [high, low] = number.to_be_bytes();
    SystemId::new([2, 0, 0, 1, high, low])
}

/// A neighbour's hello on the link of its number; with `heard`, it has heard this device.
fn hello(number: u16, heard: bool) -> Pdu {
    let three_way = ThreeWayAdjacency {
        state: match heard {
            true => ThreeWayState::Initializing,
            false => ThreeWayState::Down,
        },
        circuit: 1,
        neighbor: heard.then_some(ThreeWayNeighbor {
            system: OWN,
            circuit: u32::from(number) + 1,
        }),
    };
    let area = "49.0001".parse().expect("an area address");
    Pdu::P2pIih(P2pIih {
        circuit_type: CircuitType::Level1,
        source: system(number),
        holding_time: 30,
        local_circuit: 1,
        tlvs: vec![
            Tlv::AreaAddresses(vec![area]),
            Tlv::ProtocolsSupported(vec![nlpid::IPV4]),
            Tlv::Ipv4InterfaceAddresses(vec![Ipv4Addr::new(192, 0, 2, 2)]),
            Tlv::ThreeWayAdjacency(three_way),
        ],
    })
}

/// A site's LSP with all its MACs.
fn lsp(number: u16) -> Pdu {
    let [high, low] = number.to_be_bytes();
    let mac = |station: u16| {
        let [a, b] = station.to_be_bytes();
        MacAddr::new([2, 1, high, low, a, b])
    };
    let macs: Vec<MacAddr> = (0..PER_SITE).map(mac).collect();
    let tlv = |macs: &[MacAddr]| {
        Tlv::MacReachability(MacReachability {
            topology: 0,
            confidence: 0,
            reserved: 0,
            vlan: VlanId::new(100).expect("a VLAN ID"),
            macs: macs.to_vec(),
        })
    };
    let id = LspId {
        system: system(number),
        pseudonode: 0,
        fragment: 0,
    };
    Pdu::Lsp(Lsp {
        remaining_lifetime: 1199,
        id,
        sequence: 1,
        flags: LspFlags::LEVEL1,
        tlvs: macs.chunks(MacReachability::MAX_MACS).map(tlv).collect(),
    })
}

/// A device among its neighbours.
struct Mesh {
    device: EdgeDevice,
    sink: Sink,
    links: u16,
}

impl Mesh {
    fn new(links: u16) -> Self {
        let wall = Duration::from_secs(1_700_000_000);
        let device = EdgeDevice::new(&config(links), NOW, wall).expect("a good configuration");
        let sink = Sink::default();
        Self {
            device,
            sink,
            links,
        }
    }

    fn hand_in(&mut self, number: u16, pdu: &Pdu) {
        let pdu = pdu.encode().expect("short enough");
        let source = MacAddr::new([2, 0, 0, 0, 0, 9]);
        let bytes = llc::encode_osi_frame(llc::ALL_ISS, source, &pdu).expect("short enough");
        let frame = FrameRef::parse(&bytes).expect("a whole frame");
        let link = LinkId(number);
        let verdict = self
            .device
            .handle_public_frame(NOW, link, frame, &mut self.sink);
        assert_eq!(verdict, Verdict::Consumed);
        while self.device.poll_event().is_some() {}
    }

    /// All adjacencies up.
    fn greet(&mut self) {
        self.device.handle_deadline(NOW, &mut self.sink);
        for number in 0..self.links {
            self.hand_in(number, &hello(number, false));
            self.hand_in(number, &hello(number, true));
        }
    }

    /// Every neighbour's LSP, on its own link.
    fn publish(&mut self) {
        for number in 0..self.links {
            self.hand_in(number, &lsp(number));
        }
    }

    /// Every neighbour says that it has all LSPs.
    fn acknowledge(&mut self) {
        let rows = self.device.lsdb();
        let entry = |row: &edge_api::LspRow| LspEntry {
            remaining_lifetime: row.lifetime_seconds,
            id: row.lsp_id,
            sequence: row.sequence,
            checksum: row.checksum,
        };
        let entries: Vec<LspEntry> = rows.iter().map(entry).collect();
        for number in 0..self.links {
            for part in entries.chunks(80) {
                let (first, last) = (part[0].id, part[part.len() - 1].id);
                let source = NodeId::of(system(number));
                self.hand_in(number, &Pdu::Csnp(Csnp::new(source, first, last, part)));
            }
        }
    }
}

/// Bytes in use, from nothing on.
#[derive(Debug)]
struct Grown {
    links: u16,
    greeted: usize,
    published: usize,
    acknowledged: usize,
}

impl Grown {
    fn per_mac(&self) -> usize {
        let macs = usize::from(self.links) * usize::from(PER_SITE);
        (self.acknowledged - self.greeted) / macs
    }

    fn per_circuit(&self) -> usize {
        self.greeted / usize::from(self.links)
    }

    /// What a circuit holds for an LSP that its neighbour has not acknowledged.
    fn per_flag(&self) -> usize {
        (self.published - self.acknowledged) / usize::from(self.links).pow(2)
    }
}

fn grow(links: u16) -> Grown {
    let nothing = IN_USE.allocated();
    let since = || IN_USE.allocated() - nothing;
    let start = Instant::now();
    let mut mesh = Mesh::new(links);
    mesh.greet();
    let greeted = since();
    let greeting = start.elapsed();
    mesh.publish();
    let published = since();
    let publishing = start.elapsed() - greeting;
    mesh.acknowledge();
    let acknowledged = since();
    let all = start.elapsed();
    let table = mesh.device.mac_table().entries;
    assert_eq!(table.len(), usize::from(links) * usize::from(PER_SITE));
    assert!(
        table
            .iter()
            .all(|row| row.binding.state == MacState::Remote)
    );
    let grown = Grown {
        links,
        greeted,
        published,
        acknowledged,
    };
    println!(
        "{links} links: adjacencies {greeting:?}, LSPs {publishing:?}, all {all:?}, {} PDUs sent",
        mesh.sink.control
    );
    println!(
        "{grown:?}: {} bytes a circuit, {} a MAC, {} an LSP and circuit while not acknowledged",
        grown.per_circuit(),
        grown.per_mac(),
        grown.per_flag()
    );
    grown
}

#[test]
fn memory_grows_with_sites_and_macs_and_no_faster() {
    let (some, many) = (grow(250), grow(999));
    // Maps double: up to a factor of two is theirs.
    assert!(many.per_mac() < 2 * some.per_mac());
    assert!(many.per_circuit() < 2 * some.per_circuit());
    assert!(many.per_flag() < 2 * some.per_flag());
}
