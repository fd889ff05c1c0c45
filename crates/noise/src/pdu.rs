//! PDUs with right lengths and checksums and any content.

use std::net::Ipv4Addr;

use wire::isis::{
    CircuitType, Csnp, LanIih, Lsp, LspEntry, LspFlags, NodeId, P2pIih, Pdu, Psnp,
    ThreeWayAdjacency, ThreeWayNeighbor, ThreeWayState, Tlv, nlpid,
};
use wire::{LspId, SystemId};

use crate::tlv::{lsp_entry, mac_reachability, sequence};
use crate::{Draw, tlv};

/// Systems whose LSPs are made up. None of them is a real device of a test.
const SYSTEMS: u32 = 1024;

/// A circuit on which a neighbour talks to the device under test.
#[derive(Clone, Copy, Debug)]
pub struct Circuit {
    /// The neighbour that seems to talk.
    pub from: SystemId,
    /// The device under test.
    pub to: SystemId,
    /// That device's number of the circuit in TLV 240 (RFC 5303 s3.2, extended local circuit ID).
    pub number: u32,
}

/// The ID of an LSP that nobody real has: of one of 1024 systems, seldom of a pseudonode; often one of
/// sixteen, so that the same ones meet.
pub fn lsp_id(draw: &mut impl Draw) -> LspId {
    let (system, fragment) = match draw.byte() {
        few @ ..64 => (u32::from(few) % 4, few / 4 % 4),
        _ => (draw.below(SYSTEMS), draw.byte()),
    };
    let [_, _, high, low] = system.to_be_bytes();
    LspId {
        system: SystemId::new([0xfa, 0x4e, 0xfa, 0x4e, high, low]),
        pseudonode: if draw.one_in(32) { draw.byte() } else { 0 },
        fragment,
    }
}

/// Any PDU with right length and checksum that `circuit.from` may send.
///
/// The adjacency survives the hellos, or nothing would get past them. Hellos that end it are made by
/// damage alone.
pub fn pdu(draw: &mut impl Draw, circuit: Circuit) -> Vec<u8> {
    let pdu = match draw.below(64) {
        0 => hello(draw, circuit),
        1 => lan_hello(draw, circuit),
        2..48 => lsp(draw, circuit),
        48..56 => csnp(draw, circuit),
        _ => psnp(draw, circuit),
    };
    pdu.encode().unwrap_or_default()
}

fn tlvs(draw: &mut impl Draw, most: u32) -> Vec<Tlv> {
    (0..draw.below(most + 1)).map(|_| tlv(draw)).collect()
}

fn hello(draw: &mut impl Draw, circuit: Circuit) -> Pdu {
    let Circuit { from, to, number } = circuit;
    let three_way = ThreeWayAdjacency {
        state: draw.one_of(&[ThreeWayState::Up, ThreeWayState::Initializing]),
        circuit: 1,
        neighbor: Some(ThreeWayNeighbor {
            system: to,
            circuit: number,
        }),
    };
    let area = "49.0001".parse().expect("an area address");
    let mut all = vec![
        Tlv::AreaAddresses(vec![area]),
        Tlv::ProtocolsSupported(vec![nlpid::IPV4]),
        Tlv::Ipv4InterfaceAddresses(vec![Ipv4Addr::new(192, 0, 2, 2)]),
        Tlv::ThreeWayAdjacency(three_way),
    ];
    // A second TLV 240 would speak for the neighbour, too.
    let speaks = |tlv: &Tlv| !matches!(tlv, Tlv::ThreeWayAdjacency(_));
    all.extend(tlvs(draw, 3).into_iter().filter(speaks));
    Pdu::P2pIih(P2pIih {
        circuit_type: draw.one_of(&[CircuitType::Level1, CircuitType::Level1And2]),
        source: from,
        holding_time: draw.one_of(&[300, u16::MAX]),
        local_circuit: draw.byte(),
        tlvs: all,
    })
}

fn lan_hello(draw: &mut impl Draw, circuit: Circuit) -> Pdu {
    Pdu::LanIih(LanIih {
        circuit_type: CircuitType::Level1,
        source: circuit.from,
        holding_time: draw.short(),
        priority: draw.byte() & 0x7f,
        lan: NodeId::from_octets(draw.bytes()),
        tlvs: tlvs(draw, 3),
    })
}

/// An LSP of somebody made up, of the neighbour, or of the device under test itself.
fn lsp(draw: &mut impl Draw, circuit: Circuit) -> Pdu {
    let mut id = lsp_id(draw);
    match draw.below(32) {
        0 => id.system = circuit.from,
        1 => id.system = circuit.to,
        _ => {}
    }
    let lifetime = draw.one_of(&[0, 900, 1199, u16::MAX]);
    let mut all = tlvs(draw, 3);
    all.push(Tlv::MacReachability(mac_reachability(draw)));
    let (sequence, flags) = (sequence(draw), LspFlags::from_bits(draw.byte()));
    Pdu::Lsp(match lifetime {
        0 if draw.one_in(2) => Lsp::purge(id, sequence, flags),
        remaining_lifetime => Lsp {
            remaining_lifetime,
            id,
            sequence,
            flags,
            tlvs: all,
        },
    })
}

fn entries(draw: &mut impl Draw) -> Vec<LspEntry> {
    (0..draw.below(32)).map(|_| lsp_entry(draw)).collect()
}

fn csnp(draw: &mut impl Draw, circuit: Circuit) -> Pdu {
    let start = lsp_id(draw);
    let (start, end) = match draw.below(64) {
        0 => (LspId::MIN, LspId::MAX),
        1 => (start, lsp_id(draw)),
        _ => {
            let fragment = draw.byte();
            (start, LspId { fragment, ..start })
        }
    };
    let source = NodeId::of(circuit.from);
    Pdu::Csnp(Csnp::new(source, start, end, &entries(draw)))
}

fn psnp(draw: &mut impl Draw, circuit: Circuit) -> Pdu {
    Pdu::Psnp(Psnp::new(NodeId::of(circuit.from), &entries(draw)))
}
