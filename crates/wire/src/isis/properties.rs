//! Whatever is written is read back; whatever is read, however damaged, does not panic.

use proptest::collection::vec;
use proptest::prelude::*;
use std::net::Ipv4Addr;

use crate::{LspId, MacAddr, SystemId, VlanId};

use super::*;

fn system() -> impl Strategy<Value = SystemId> {
    any::<[u8; 6]>().prop_map(SystemId::new)
}

fn node() -> impl Strategy<Value = NodeId> {
    any::<[u8; 7]>().prop_map(NodeId::from_octets)
}

fn lsp_id() -> impl Strategy<Value = LspId> {
    any::<[u8; 8]>().prop_map(LspId::from_octets)
}

fn entry() -> impl Strategy<Value = LspEntry> {
    (any::<u16>(), lsp_id(), any::<u32>(), any::<u16>()).prop_map(
        |(remaining_lifetime, id, sequence, checksum)| LspEntry {
            remaining_lifetime,
            id,
            sequence,
            checksum,
        },
    )
}

fn neighbor() -> impl Strategy<Value = IsNeighbor> {
    (node(), 0..1_u32 << 24, vec(any::<u8>(), 0..20)).prop_map(|(node, metric, sub_tlvs)| {
        IsNeighbor {
            node,
            metric,
            sub_tlvs,
        }
    })
}

fn reachability() -> impl Strategy<Value = MacReachability> {
    let macs = vec(any::<[u8; 6]>().prop_map(MacAddr::new), 0..=41);
    (any::<u16>(), any::<u8>(), 0..16_u8, 1..4095_u16, macs).prop_map(
        |(topology, confidence, reserved, vlan, macs)| MacReachability {
            topology,
            confidence,
            reserved,
            vlan: VlanId::new(vlan).unwrap(),
            macs,
        },
    )
}

fn three_way() -> impl Strategy<Value = ThreeWayAdjacency> {
    use ThreeWayState::{Down, Initializing, Up};
    let state = prop_oneof![Just(Up), Just(Initializing), Just(Down)];
    let neighbor =
        (system(), any::<u32>()).prop_map(|(system, circuit)| ThreeWayNeighbor { system, circuit });
    (state, any::<u32>(), proptest::option::of(neighbor)).prop_map(|(state, circuit, neighbor)| {
        ThreeWayAdjacency {
            state,
            circuit,
            neighbor,
        }
    })
}

fn tlv() -> impl Strategy<Value = Tlv> {
    let area = vec(any::<u8>(), 1..=13).prop_map(|b| AreaAddress::from_slice(&b).unwrap());
    let bytes = || vec(any::<u8>(), 0..=255);
    let purge_originator = (system(), proptest::option::of(system()));
    let authentication = (any::<u8>(), vec(any::<u8>(), 0..=254));
    prop_oneof![
        vec(area, 0..4).prop_map(Tlv::AreaAddresses),
        bytes().prop_map(Tlv::Padding),
        vec(entry(), 0..=LspEntry::MAX_PER_TLV).prop_map(Tlv::LspEntries),
        authentication
            .prop_map(|(kind, value)| Tlv::Authentication(Authentication { kind, value })),
        purge_originator.prop_map(|(system, received_from)| {
            Tlv::PurgeOriginator(PurgeOriginator {
                system,
                received_from,
            })
        }),
        vec(neighbor(), 0..8).prop_map(Tlv::ExtendedIsReachability),
        bytes().prop_map(Tlv::ProtocolsSupported),
        vec(any::<u32>().prop_map(Ipv4Addr::from), 0..=63).prop_map(Tlv::Ipv4InterfaceAddresses),
        "[ -~]{1,255}".prop_map(Tlv::HostName),
        reachability().prop_map(Tlv::MacReachability),
        three_way().prop_map(Tlv::ThreeWayAdjacency),
        (150..240_u8, bytes()).prop_map(|(code, value)| Tlv::Unknown(RawTlv { code, value })),
    ]
}

fn circuit_type() -> impl Strategy<Value = CircuitType> {
    use CircuitType::{Level1, Level1And2, Level2};
    prop_oneof![Just(Level1), Just(Level2), Just(Level1And2)]
}

fn p2p_iih(tlvs: Vec<Tlv>) -> impl Strategy<Value = Pdu> {
    (circuit_type(), system(), any::<u16>(), any::<u8>()).prop_map(
        move |(circuit_type, source, holding_time, local_circuit)| {
            Pdu::P2pIih(P2pIih {
                circuit_type,
                source,
                holding_time,
                local_circuit,
                tlvs: tlvs.clone(),
            })
        },
    )
}

fn lan_iih(tlvs: Vec<Tlv>) -> impl Strategy<Value = Pdu> {
    (circuit_type(), system(), any::<u16>(), 0..128_u8, node()).prop_map(
        move |(circuit_type, source, holding_time, priority, lan)| {
            Pdu::LanIih(LanIih {
                circuit_type,
                source,
                holding_time,
                priority,
                lan,
                tlvs: tlvs.clone(),
            })
        },
    )
}

fn lsp(tlvs: Vec<Tlv>) -> impl Strategy<Value = Pdu> {
    (any::<u16>(), lsp_id(), any::<u32>(), any::<u8>()).prop_map(
        move |(remaining_lifetime, id, sequence, flags)| {
            Pdu::Lsp(Lsp {
                remaining_lifetime,
                id,
                sequence,
                flags: LspFlags::from_bits(flags),
                tlvs: tlvs.clone(),
            })
        },
    )
}

fn snp(tlvs: Vec<Tlv>) -> impl Strategy<Value = Pdu> {
    let range = proptest::option::of((lsp_id(), lsp_id()));
    (node(), range).prop_map(move |(source, range)| {
        let tlvs = tlvs.clone();
        match range {
            None => Pdu::Psnp(Psnp { source, tlvs }),
            Some((start, end)) => Pdu::Csnp(Csnp {
                source,
                start,
                end,
                tlvs,
            }),
        }
    })
}

fn pdu() -> impl Strategy<Value = Pdu> {
    vec(tlv(), 0..12).prop_flat_map(|tlvs| {
        prop_oneof![
            p2p_iih(tlvs.clone()),
            lan_iih(tlvs.clone()),
            lsp(tlvs.clone()),
            snp(tlvs),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(pdu in pdu(), padding in 0..60_usize) {
        let mut bytes = pdu.encode().unwrap();
        let len = bytes.len();
        bytes.resize(len + padding, 0xff);
        prop_assert_eq!(Pdu::decode(&bytes), Ok(pdu));
        prop_assert_eq!(Pdu::peek(&bytes).unwrap().1, &bytes[..len]);
    }

    #[test]
    fn every_lsp_is_sealed(pdu in vec(tlv(), 0..8).prop_flat_map(lsp), life in any::<u16>()) {
        let mut bytes = pdu.encode().unwrap();
        set_remaining_lifetime(&mut bytes, life).unwrap();
        let view = LspView::parse(&bytes).unwrap();
        prop_assert_eq!(view.checksum(), Checksum::Correct);
        prop_assert_eq!(view.header().remaining_lifetime, life);
    }

    #[test]
    fn every_tlv_is_kept_verbatim(codes in vec((any::<u8>(), vec(any::<u8>(), 0..40)), 0..8)) {
        let known = [1, 8, 9, 10, 13, 22, 129, 132, 137, 147, 240];
        for (i, (code, value)) in codes.iter().enumerate() {
            for code in [*code, known[i % known.len()]] {
                let mut out = Vec::new();
                Tlv::decode(TlvRef { code, value }).encode_into(&mut out).unwrap();
                prop_assert_eq!(out[0], code);
                prop_assert_eq!(usize::from(out[1]), value.len());
                prop_assert_eq!(&out[2..], value);
            }
        }
    }

    #[test]
    fn damage_never_panics(
        pdu in pdu(),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        keep in any::<prop::sample::Index>(),
    ) {
        let mut bytes = pdu.encode().unwrap();
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(keep.index(bytes.len()) + 1);
        if let Ok(decoded) = Pdu::decode(&bytes) {
            prop_assert_eq!(Pdu::decode(&decoded.encode().unwrap()), Ok(decoded));
        }
        if let Ok(view) = LspView::parse(&bytes) {
            prop_assert!(view.reachable_macs().count() <= view.bytes().len());
        }
    }

    #[test]
    fn noise_never_panics(mut bytes in vec(any::<u8>(), 0..300), kind in 0..5_usize) {
        let _ = Pdu::decode(&bytes);
        let types = [(27, 15), (20, 17), (27, 18), (33, 24), (17, 26)];
        if let Some(header) = bytes.first_chunk_mut::<8>() {
            *header = [0x83, types[kind].0, 1, 0, types[kind].1, 1, 0, 0];
        }
        let _ = Pdu::decode(&bytes);
    }
}
