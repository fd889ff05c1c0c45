//! One PDU of each type, bytes written by hand after the layouts, and the values that they stand for.

use std::net::Ipv4Addr;

use crate::{LspId, MacAddr, SystemId, VlanId};

use super::*;

pub(super) const SYSTEM_1: SystemId = SystemId::new([2, 0, 0, 0, 0, 1]);
pub(super) const SYSTEM_2: SystemId = SystemId::new([2, 0, 0, 0, 0, 2]);

#[rustfmt::skip]
pub(super) const P2P_IIH: [u8; 52] = [
    0x83, 20, 1, 0, 17, 1, 0, 0,
    1, 2, 0, 0, 0, 0, 1, 0, 30, 0, 52, 7,
    240, 15, 1, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0, 0, 0, 9,
    1, 4, 3, 0x49, 0, 1,
    129, 1, 0xcc,
    132, 4, 10, 0, 0, 1,
];

#[rustfmt::skip]
pub(super) const LAN_IIH: [u8; 52] = [
    0x83, 27, 1, 0, 15, 1, 0, 0,
    1, 2, 0, 0, 0, 0, 1, 0, 30, 0, 52, 64, 2, 0, 0, 0, 0, 1, 5,
    1, 4, 3, 0x49, 0, 1,
    6, 6, 2, 0, 0, 0, 0, 9,
    8, 3, 0, 0, 0,
    10, 4, 1, b'a', b'b', b'c',
];

/// Its last TLV is the measured one of VLAN 100; checksum found by trying all values.
#[rustfmt::skip]
pub(super) const LSP: [u8; 75] = [
    0x83, 27, 1, 0, 18, 1, 0, 0,
    0, 75, 0x04, 0xb0, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0xf8, 0x22, 1,
    1, 4, 3, 0x49, 0, 1,
    137, 2, b'e', b'd',
    22, 11, 2, 0, 0, 0, 0, 2, 0, 0, 0, 10, 0,
    0x93, 0x17, 0, 0, 0, 0, 0x64,
    0, 0x50, 0x56, 0, 0, 1, 0, 0x50, 0x56, 0, 0, 2, 0, 0x50, 0x56, 0, 0, 3,
];

/// Measured: FRR and tcpdump call this checksum correct.
#[rustfmt::skip]
pub(super) const EMPTY_LSP: [u8; 27] = [
    0x83, 27, 1, 0, 18, 1, 0, 0,
    0, 27, 0x04, 0xb0, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0xdc, 0x1e, 1,
];

#[rustfmt::skip]
pub(super) const CSNP: [u8; 67] = [
    0x83, 33, 1, 0, 24, 1, 0, 0,
    0, 67, 2, 0, 0, 0, 0, 1, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    9, 32,
    0x04, 0xb0, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0xdc, 0x1e,
    0x04, 0xaf, 2, 0, 0, 0, 0, 2, 0, 3, 0, 0, 0, 2, 0xbe, 0xef,
];

#[rustfmt::skip]
pub(super) const PSNP: [u8; 35] = [
    0x83, 17, 1, 0, 26, 1, 0, 0,
    0, 35, 2, 0, 0, 0, 0, 1, 0,
    9, 16,
    0x04, 0xb0, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0xdc, 0x1e,
];

pub(super) fn vlan(id: u16) -> VlanId {
    VlanId::new(id).unwrap()
}

/// 00:50:56:00:00:01 and on.
pub(super) fn mac(last: u8) -> MacAddr {
    MacAddr::new([0, 0x50, 0x56, 0, 0, last])
}

pub(super) fn lsp_id(system: SystemId, fragment: u8) -> LspId {
    LspId {
        system,
        pseudonode: 0,
        fragment,
    }
}

pub(super) fn entries() -> [LspEntry; 2] {
    [
        LspEntry {
            remaining_lifetime: 1200,
            id: lsp_id(SYSTEM_1, 0),
            sequence: 1,
            checksum: 0xdc1e,
        },
        LspEntry {
            remaining_lifetime: 1199,
            id: lsp_id(SYSTEM_2, 3),
            sequence: 2,
            checksum: 0xbeef,
        },
    ]
}

fn area() -> Tlv {
    Tlv::AreaAddresses(vec!["49.0001".parse().unwrap()])
}

pub(super) fn p2p_iih() -> P2pIih {
    P2pIih {
        circuit_type: CircuitType::Level1,
        source: SYSTEM_1,
        holding_time: 30,
        local_circuit: 7,
        tlvs: vec![
            Tlv::ThreeWayAdjacency(ThreeWayAdjacency {
                state: ThreeWayState::Initializing,
                circuit: 1,
                neighbor: Some(ThreeWayNeighbor {
                    system: SYSTEM_2,
                    circuit: 9,
                }),
            }),
            area(),
            Tlv::ProtocolsSupported(vec![nlpid::IPV4]),
            Tlv::Ipv4InterfaceAddresses(vec![Ipv4Addr::new(10, 0, 0, 1)]),
        ],
    }
}

pub(super) fn lan_iih() -> LanIih {
    LanIih {
        circuit_type: CircuitType::Level1,
        source: SYSTEM_1,
        holding_time: 30,
        priority: 64,
        lan: NodeId {
            system: SYSTEM_1,
            pseudonode: 5,
        },
        tlvs: vec![
            area(),
            Tlv::Unknown(RawTlv {
                code: 6,
                value: vec![2, 0, 0, 0, 0, 9],
            }),
            Tlv::Padding(vec![0; 3]),
            Tlv::Authentication(Authentication {
                kind: 1,
                value: b"abc".to_vec(),
            }),
        ],
    }
}

pub(super) fn lsp() -> Lsp {
    Lsp {
        remaining_lifetime: 1200,
        id: lsp_id(SYSTEM_1, 0),
        sequence: 1,
        flags: LspFlags::LEVEL1,
        tlvs: vec![
            area(),
            Tlv::HostName("ed".into()),
            Tlv::ExtendedIsReachability(vec![IsNeighbor {
                node: NodeId::of(SYSTEM_2),
                metric: 10,
                sub_tlvs: vec![],
            }]),
            Tlv::MacReachability(MacReachability {
                topology: 0,
                confidence: 0,
                reserved: 0,
                vlan: vlan(100),
                macs: vec![mac(1), mac(2), mac(3)],
            }),
        ],
    }
}

/// Every PDU type: bytes and value.
pub(super) fn all() -> [(&'static [u8], Pdu); 5] {
    let source = NodeId::of(SYSTEM_1);
    let entries = entries();
    let csnp = Csnp::new(source, LspId::MIN, LspId::MAX, &entries);
    [
        (&P2P_IIH, Pdu::P2pIih(p2p_iih())),
        (&LAN_IIH, Pdu::LanIih(lan_iih())),
        (&LSP, Pdu::Lsp(lsp())),
        (&CSNP, Pdu::Csnp(csnp)),
        (&PSNP, Pdu::Psnp(Psnp::new(source, &entries[..1]))),
    ]
}
