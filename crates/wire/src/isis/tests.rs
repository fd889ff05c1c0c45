//! Bytes both ways, refusals by name, and the functions on raw LSPs.

use crate::{DecodeError, EncodeError, MacAddr};

use super::golden::{self, *};
use super::*;

fn decode_tlv(code: u8, value: &[u8]) -> Tlv {
    Tlv::decode(TlvRef { code, value })
}

#[test]
fn every_pdu_goes_both_ways() {
    for (bytes, value) in golden::all() {
        assert_eq!(Pdu::decode(bytes).as_ref(), Ok(&value));
        assert_eq!(value.encode().unwrap(), bytes, "{value}");
        assert_eq!(Pdu::peek(bytes), Ok((value.pdu_type(), bytes)));
    }
}

#[test]
fn typed_decoders_refuse_other_types() {
    for (bytes, value) in golden::all() {
        let others = [
            P2pIih::decode(bytes).map(drop),
            LanIih::decode(bytes).map(drop),
            Lsp::decode(bytes).map(drop),
            Csnp::decode(bytes).map(drop),
            Psnp::decode(bytes).map(drop),
        ];
        let accepted = others.iter().filter(|r| r.is_ok()).count();
        assert_eq!(accepted, 1, "{value}");
        let refused = others.iter().filter_map(|r| r.err());
        assert!(refused.map(|e| e.name()).all(|name| name == "other-pdu"));
    }
}

#[test]
fn padding_makes_no_phantom_tlvs() {
    for (bytes, value) in golden::all() {
        let mut padded = bytes.to_vec();
        padded.resize(bytes.len() + 46, 0);
        assert_eq!(Pdu::decode(&padded), Ok(value));
    }
    let mut padded = EMPTY_LSP.to_vec();
    padded.resize(60, 0);
    let view = LspView::parse(&padded).unwrap();
    assert_eq!(view.bytes(), EMPTY_LSP);
    assert_eq!(view.tlvs().count(), 0);
    assert_eq!(view.checksum(), Checksum::Correct);
}

#[test]
fn truncation_is_refused_at_every_length() {
    for (bytes, value) in golden::all() {
        for len in 0..bytes.len() {
            let name = Pdu::decode(&bytes[..len]).unwrap_err().name();
            let expected = ["truncated", "pdu-length"];
            assert!(expected.contains(&name), "{value} at {len}: {name}");
        }
    }
}

#[test]
fn a_pdu_length_that_cuts_a_tlv_is_refused() {
    let mut iih = P2P_IIH;
    iih[18] = 51;
    let (code, length, got) = (132, 4, 3);
    let overrun = DecodeError::TlvOverrun { code, length, got };
    assert_eq!(Pdu::decode(&iih), Err(overrun));
    iih[18] = 19;
    assert_eq!(Pdu::decode(&iih).unwrap_err().name(), "pdu-length");
}

#[test]
fn any_changed_byte_decodes_or_is_refused_by_name() {
    for (bytes, _) in golden::all() {
        for offset in 0..bytes.len() {
            for value in 0..=255 {
                let mut changed = bytes.to_vec();
                changed[offset] = value;
                match Pdu::decode(&changed) {
                    Ok(pdu) => assert_eq!(pdu.encode().map(|b| b.len() <= 255), Ok(true)),
                    Err(error) => assert!(!error.name().is_empty()),
                }
                if let Ok(view) = LspView::parse(&changed) {
                    assert!(view.reachable_macs().count() <= 41);
                }
            }
        }
    }
}

#[test]
fn headers_that_are_not_ours_are_named() {
    for (offset, value, name) in [
        (0, 0x81, "not-isis"),
        (1, 27, "header-length"),
        (2, 2, "isis-version"),
        (3, 7, "id-length"),
        (4, 16, "pdu-type"),
        (5, 0, "isis-version"),
        (7, 1, "maximum-areas"),
        (8, 0, "circuit-type"),
    ] {
        let mut iih = P2P_IIH;
        iih[offset] = value;
        assert_eq!(Pdu::decode(&iih).unwrap_err().name(), name);
    }
}

#[test]
fn equivalent_header_values_are_accepted() {
    let mut iih = P2P_IIH;
    iih[3] = 6; // ID length in full
    iih[4] |= 0xe0; // reserved bits
    iih[6] = 0xff; // reserved byte
    iih[7] = 3; // maximum area addresses in full
    assert_eq!(P2pIih::decode(&iih), Ok(golden::p2p_iih()));
}

#[test]
fn hellos_answer_for_their_tlvs() {
    let iih = golden::p2p_iih();
    let three_way = iih.three_way().unwrap();
    assert_eq!(three_way.state, ThreeWayState::Initializing);
    assert_eq!(three_way.neighbor.unwrap().system, SYSTEM_2);
    let areas: Vec<_> = iih.area_addresses().map(|a| a.to_string()).collect();
    assert_eq!(areas, ["49.0001"]);
    assert_eq!(golden::lan_iih().area_addresses().count(), 1);
}

#[test]
fn malformed_values_are_kept_and_named() {
    let mut group_vlan = vec![0, 0, 0, 0x0f, 0xff];
    group_vlan.extend(mac(1).octets());
    for (code, value, name) in [
        (1, &[2, 0x49][..], "tlv-format"),
        (1, &[0], "tlv-format"),
        (9, &[0; 15], "tlv-format"),
        (10, &[], "tlv-format"),
        (13, &[], "tlv-format"),
        (13, &[0], "tlv-format"),
        (13, &[2, 2, 0, 0, 0, 0, 1], "tlv-format"),
        (13, &[3; 19], "tlv-format"),
        (22, &[0; 10], "tlv-format"),
        (132, &[10, 0, 0], "tlv-format"),
        (137, &[], "tlv-format"),
        (137, b"e\0d", "tlv-format"),
        (147, &[0; 4], "tlv-format"),
        (147, &[0, 0, 0, 0, 100, 1], "tlv-format"),
        (147, &[0; 5], "reserved-vlan"),
        (147, &group_vlan, "reserved-vlan"),
        (240, &[], "tlv-format"),
        (240, &[3, 0, 0, 0, 1], "tlv-format"),
        (240, &[0; 11], "tlv-format"),
    ] {
        let tlv = decode_tlv(code, value);
        let Tlv::Malformed { raw, error } = &tlv else {
            panic!("{code} {value:02x?} was accepted as {tlv:?}");
        };
        assert_eq!((raw.code, &raw.value[..]), (code, value));
        assert_eq!(error.name(), name, "{code} {value:02x?}");
    }
}

#[test]
fn mac_reachability_of_vlan_100_is_the_measured_one() {
    let Tlv::MacReachability(value) = golden::lsp().tlvs.remove(3) else {
        panic!("the last TLV is 147");
    };
    let reachable = [1, 2, 3].map(|last| (vlan(100), mac(last)));
    assert_eq!(MacReachability::pack(0, reachable), Ok(vec![value.clone()]));
    let mut out = Vec::new();
    Tlv::from(value).encode_into(&mut out).unwrap();
    assert_eq!(out, LSP[50..]);
    assert_eq!(out[..7], [0x93, 0x17, 0, 0, 0, 0, 0x64]);
}

#[test]
fn packing_splits_at_41_and_at_the_vlan() {
    let in_100 = (0..83).map(|last| (vlan(100), mac(last)));
    let all = in_100.chain([(vlan(200), mac(1))]);
    let tlvs = MacReachability::pack(9, all).unwrap();
    let shape: Vec<_> = tlvs.iter().map(|t| (t.vlan.get(), t.macs.len())).collect();
    assert_eq!(shape, [(100, 41), (100, 41), (100, 1), (200, 1)]);
    assert!(tlvs.iter().all(|t| t.confidence == 9));
    let greatest = Tlv::from(tlvs[0].clone());
    assert_eq!(greatest.encoded_len(), 2 + 5 + 41 * 6);
    assert!(greatest.encode_into(&mut Vec::new()).is_ok());
}

#[test]
fn only_stations_are_packed() {
    for bad in [MacAddr::BROADCAST, MacAddr::ZERO] {
        let error = MacReachability::pack(0, [(vlan(1), bad)]);
        assert_eq!(error, Err(EncodeError::NotStation(bad)));
    }
}

#[test]
fn group_addresses_are_skipped_by_name_and_kept_in_the_bytes() {
    let mut lsp = golden::lsp();
    let mut value = MacReachability::pack(7, [(vlan(5), mac(1))])
        .unwrap()
        .remove(0);
    value.topology = 0xabcd;
    value.reserved = 0xa;
    value.macs.insert(0, MacAddr::BROADCAST);
    assert_eq!(value.stations().collect::<Vec<_>>(), [mac(1)]);
    lsp.tlvs = vec![
        Tlv::Malformed {
            raw: RawTlv {
                code: 147,
                value: vec![1],
            },
            error: DecodeError::TlvFormat {
                code: 147,
                length: 1,
            },
        },
        value.into(),
    ];
    let bytes = lsp.encode().unwrap();
    assert_eq!(Lsp::decode(&bytes), Ok(lsp));
    let view = LspView::parse(&bytes).unwrap();
    let found: Vec<_> = view
        .reachable_macs()
        .map(|r| r.map_err(|e| e.name()))
        .collect();
    let reachable = ReachableMac {
        vlan: vlan(5),
        mac: mac(1),
        topology: 0xabcd,
        confidence: 7,
    };
    let expected = [Err("tlv-format"), Err("not-station"), Ok(reachable)];
    assert_eq!(found, expected);
}

#[test]
fn a_raw_lsp_is_read_where_it_lies() {
    let view = LspView::parse(&LSP).unwrap();
    let header = view.header();
    assert_eq!(header.id, lsp_id(SYSTEM_1, 0));
    assert_eq!((header.sequence, header.remaining_lifetime), (1, 1200));
    assert_eq!(header.flags, LspFlags::LEVEL1);
    assert!(!header.is_purge());
    assert_eq!(view.checksum(), Checksum::Correct);
    let codes: Vec<_> = view.tlvs().map(|t| t.unwrap().code).collect();
    assert_eq!(codes, [1, 137, 22, 147]);
    let macs: Vec<_> = view.reachable_macs().map(|r| r.unwrap().mac).collect();
    assert_eq!(macs, [mac(1), mac(2), mac(3)]);
    let entry = LspView::parse(&EMPTY_LSP).unwrap().header().entry();
    assert_eq!(entry, entries()[0]);
}

#[test]
fn lifetime_changes_in_place_and_the_checksum_still_fits() {
    let mut bytes = LSP.to_vec();
    bytes.extend([0; 3]); // padding
    set_remaining_lifetime(&mut bytes, 0x1234).unwrap();
    let view = LspView::parse(&bytes).unwrap();
    assert_eq!(view.header().remaining_lifetime, 0x1234);
    assert_eq!(view.checksum(), Checksum::Correct);
    let changed = (0..LSP.len()).filter(|&i| bytes[i] != LSP[i]);
    assert_eq!(changed.collect::<Vec<_>>(), [10, 11]);
    let error = set_remaining_lifetime(&mut P2P_IIH.to_vec(), 1).unwrap_err();
    assert_eq!(error.name(), "other-pdu");
}

#[test]
fn checksum_tells_damage_from_absence() {
    let mut bytes = LSP;
    bytes[74] ^= 1;
    let view = LspView::parse(&bytes).unwrap();
    assert_eq!(view.checksum(), Checksum::Wrong);
    bytes[24..26].fill(0);
    let view = LspView::parse(&bytes).unwrap();
    assert_eq!(view.checksum(), Checksum::Absent);
}

#[test]
fn the_walk_stops_at_an_overrun() {
    let mut bytes = LSP;
    bytes[51] = 0x18; // one byte more than there is
    let view = LspView::parse(&bytes).unwrap();
    let found: Vec<_> = view.tlvs().map(|t| t.map(|t| t.code)).collect();
    assert_eq!(found[..3], [Ok(1), Ok(137), Ok(22)]);
    assert_eq!(found[3].unwrap_err().name(), "tlv-overrun");
    assert_eq!(found.len(), 4);
    let macs: Vec<_> = view.reachable_macs().collect();
    assert_eq!(macs, [Err(found[3].unwrap_err())]);
}

#[test]
fn a_purge_is_a_header_with_a_checksum() {
    let purge = Lsp::purge(lsp_id(SYSTEM_1, 0), 9, LspFlags::LEVEL1);
    let bytes = purge.encode().unwrap();
    assert_eq!(bytes.len(), Lsp::HEADER_LEN);
    let view = LspView::parse(&bytes).unwrap();
    assert!(view.header().is_purge());
    assert_eq!(view.checksum(), Checksum::Correct);
}

#[test]
fn overload_is_one_bit() {
    let flags = LspFlags::LEVEL1.with_overload();
    assert_eq!(flags.bits(), 0x05);
    assert!(flags.is_overloaded() && !LspFlags::from_bits(0xfb).is_overloaded());
}

#[test]
fn entries_are_spread_over_tlvs_of_15() {
    let many = vec![entries()[0]; 31];
    let psnp = Psnp::new(NodeId::of(SYSTEM_1), &many);
    let lens: Vec<_> = psnp.tlvs.iter().map(Tlv::encoded_len).collect();
    assert_eq!(lens, [242, 242, 18]);
    let decoded = Psnp::decode(&psnp.encode().unwrap()).unwrap();
    assert_eq!(decoded.entries().collect::<Vec<_>>(), many);
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let mut iih = golden::p2p_iih();
    iih.tlvs = vec![Tlv::Padding(vec![0; 256])];
    let (code, length) = (8, 256);
    let error = EncodeError::TlvLength { code, length };
    assert_eq!(iih.encode(), Err(error));
    iih.tlvs = vec![Tlv::Padding(vec![0; 255]); 256];
    let (length, limit) = (20 + 256 * 257, 65535);
    let error = EncodeError::PduLength { length, limit };
    assert_eq!(iih.encode(), Err(error));
    let metric = 1 << 24;
    let neighbor = IsNeighbor {
        node: NodeId::of(SYSTEM_2),
        metric,
        sub_tlvs: vec![],
    };
    iih.tlvs = vec![Tlv::ExtendedIsReachability(vec![neighbor])];
    assert_eq!(iih.encode(), Err(EncodeError::Metric(metric)));
}

#[test]
fn display_names_what_matters() {
    let text = golden::all().map(|(_, pdu)| pdu.to_string());
    assert_eq!(
        text,
        [
            "P2P IIH 0200.0000.0001 hold 30 s, three-way Initializing circuit 1 \
             of 0200.0000.0002 circuit 9",
            "LAN IIH 0200.0000.0001 hold 30 s, LAN 0200.0000.0001.05",
            "LSP 0200.0000.0001.00-00 sequence 0x00000001 lifetime 1200 s",
            "CSNP 0200.0000.0001.00 0000.0000.0000.00-00 to ffff.ffff.ffff.ff-ff: 2 LSPs",
            "PSNP 0200.0000.0001.00: 1 LSPs",
        ]
    );
}
