//! TLVs with the right layout and any content.

use wire::SystemId;
use wire::isis::{
    AreaAddress, Authentication, IsNeighbor, LspEntry, MacReachability, NodeId, PurgeOriginator,
    RawTlv, ThreeWayAdjacency, ThreeWayNeighbor, ThreeWayState, Tlv,
};

use crate::{Draw, lsp_id, station, vlan};

/// Any TLV that this device knows, or one that it does not.
pub fn tlv(draw: &mut impl Draw) -> Tlv {
    match draw.below(14) {
        0 => Tlv::AreaAddresses((0..draw.below(4)).filter_map(|_| area(draw)).collect()),
        1 => {
            let length = draw.below(256);
            Tlv::Padding(draw.octets(length))
        }
        2 => Tlv::LspEntries((0..draw.below(16)).map(|_| lsp_entry(draw)).collect()),
        3 => authentication(draw),
        4 => Tlv::PurgeOriginator(PurgeOriginator {
            system: SystemId::new(draw.bytes()),
            received_from: draw.one_in(2).then(|| SystemId::new(draw.bytes())),
        }),
        5 => Tlv::ExtendedIsReachability((0..draw.below(6)).map(|_| neighbor(draw)).collect()),
        6 => {
            let length = draw.below(5);
            Tlv::ProtocolsSupported(draw.octets(length))
        }
        7 => {
            let count = draw.below(4);
            Tlv::Ipv4InterfaceAddresses((0..count).map(|_| draw.word().into()).collect())
        }
        8 => Tlv::HostName(host_name(draw)),
        9 => three_way(draw),
        10 => {
            let length = draw.below(30);
            let (code, value) = (draw.byte(), draw.octets(length));
            Tlv::Unknown(RawTlv { code, value })
        }
        _ => Tlv::MacReachability(mac_reachability(draw)),
    }
}

/// An entry for an LSP of [`lsp_id`].
pub(crate) fn lsp_entry(draw: &mut impl Draw) -> LspEntry {
    LspEntry {
        remaining_lifetime: draw.one_of(&[0, 1, 1199, u16::MAX]),
        id: lsp_id(draw),
        sequence: sequence(draw),
        checksum: draw.short(),
    }
}

/// A sequence number: small, so that the same ones meet, or near the end.
pub(crate) fn sequence(draw: &mut impl Draw) -> u32 {
    match draw.below(12) {
        0 => u32::MAX,
        1 => u32::MAX - 1,
        small => small - 2,
    }
}

/// Stations of one VLAN.
pub(crate) fn mac_reachability(draw: &mut impl Draw) -> MacReachability {
    let count = draw.below(20);
    MacReachability {
        topology: 0,
        confidence: draw.byte(),
        reserved: 0,
        vlan: vlan(draw),
        macs: (0..count).map(|_| station(draw)).collect(),
    }
}

fn area(draw: &mut impl Draw) -> Option<AreaAddress> {
    let length = draw.below(13) + 1;
    AreaAddress::from_slice(&draw.octets(length))
}

fn authentication(draw: &mut impl Draw) -> Tlv {
    let kind = draw.one_of(&[1, 3, Authentication::HMAC_MD5]);
    let length = draw.one_of(&[0, 1, 16, 40]);
    let value = draw.octets(length);
    Tlv::Authentication(Authentication { kind, value })
}

fn neighbor(draw: &mut impl Draw) -> IsNeighbor {
    let length = draw.below(10);
    IsNeighbor {
        node: NodeId::from_octets(draw.bytes()),
        metric: draw.below(1 << 24),
        sub_tlvs: draw.octets(length),
    }
}

fn host_name(draw: &mut impl Draw) -> String {
    let length = draw.below(20) + 1;
    let printable = (0..length).map(|_| char::from(b' ' + draw.byte() % 95));
    printable.collect()
}

fn three_way(draw: &mut impl Draw) -> Tlv {
    use ThreeWayState::{Down, Initializing, Up};
    let heard = |draw: &mut _| ThreeWayNeighbor {
        system: SystemId::new(Draw::bytes(draw)),
        circuit: Draw::word(draw),
    };
    Tlv::ThreeWayAdjacency(ThreeWayAdjacency {
        state: draw.one_of(&[Down, Initializing, Up]),
        circuit: draw.word(),
        neighbor: draw.one_in(2).then(|| heard(draw)),
    })
}
