//! Another implementation reads what is written here and finds the same fields.

use packet_dissector_core::dissector::Dissector;
use packet_dissector_core::field::FieldValue;
use packet_dissector_core::packet::DissectBuffer;
use packet_dissector_isis::IsisDissector;

use super::golden::{self, *};
use super::*;

/// What the other decoder found: all fields, nested ones included, in the order of the wire.
struct Opinion {
    numbers: Vec<(String, u32)>,
    octets: Vec<(String, Vec<u8>)>,
}

impl Opinion {
    fn of(pdu: &[u8]) -> Self {
        let mut buffer = DissectBuffer::new();
        let result = IsisDissector.dissect(pdu, &mut buffer, 0);
        assert_eq!(result.unwrap().bytes_consumed, pdu.len());
        let mut opinion = Self {
            numbers: vec![],
            octets: vec![],
        };
        for field in buffer.fields() {
            let name = field.name().to_owned();
            match &field.value {
                FieldValue::U8(value) => opinion.numbers.push((name, u32::from(*value))),
                FieldValue::U16(value) => opinion.numbers.push((name, u32::from(*value))),
                FieldValue::U32(value) => opinion.numbers.push((name, *value)),
                FieldValue::Bytes(value) => opinion.octets.push((name, value.to_vec())),
                FieldValue::Ipv4Addr(value) => opinion.octets.push((name, value.to_vec())),
                _ => {}
            }
        }
        opinion
    }

    fn numbers(&self, name: &str) -> Vec<u32> {
        let named = self.numbers.iter().filter(|(n, _)| n == name);
        named.map(|(_, value)| *value).collect()
    }

    fn octets(&self, name: &str) -> Vec<&[u8]> {
        let named = self.octets.iter().filter(|(n, _)| n == name);
        named.map(|(_, value)| &value[..]).collect()
    }
}

#[test]
fn every_pdu_has_the_same_type_length_and_tlvs() {
    for (_, pdu) in golden::all() {
        let bytes = pdu.encode().unwrap();
        let opinion = Opinion::of(&bytes);
        let code = u32::from(pdu.pdu_type().code());
        assert_eq!(opinion.numbers("pdu_type"), [code]);
        let length = u32::try_from(bytes.len()).unwrap();
        assert_eq!(opinion.numbers("pdu_length"), [length]);
        let (Pdu::P2pIih(P2pIih { tlvs, .. })
        | Pdu::LanIih(LanIih { tlvs, .. })
        | Pdu::Lsp(Lsp { tlvs, .. })
        | Pdu::Csnp(Csnp { tlvs, .. })
        | Pdu::Psnp(Psnp { tlvs, .. })) = pdu;
        let codes: Vec<_> = tlvs.iter().map(|t| u32::from(t.code())).collect();
        assert_eq!(opinion.numbers("type"), codes);
    }
}

#[test]
fn p2p_hello() {
    let opinion = Opinion::of(&golden::p2p_iih().encode().unwrap());
    assert_eq!(opinion.octets("source_id"), [SYSTEM_1.octets()]);
    assert_eq!(opinion.numbers("circuit_type"), [1]);
    assert_eq!(opinion.numbers("holding_time"), [30]);
    assert_eq!(opinion.numbers("local_circuit_id"), [7]);
    assert_eq!(opinion.numbers("state"), [1]);
    assert_eq!(opinion.numbers("extended_local_circuit_id"), [1]);
    assert_eq!(opinion.octets("neighbor_system_id"), [SYSTEM_2.octets()]);
    assert_eq!(opinion.numbers("neighbor_extended_circuit_id"), [9]);
    assert_eq!(opinion.numbers("nlpid"), [0x83, 0xcc]);
}

#[test]
fn lan_hello() {
    let iih = golden::lan_iih();
    let opinion = Opinion::of(&iih.encode().unwrap());
    assert_eq!(opinion.octets("source_id"), [SYSTEM_1.octets()]);
    assert_eq!(opinion.octets("lan_id"), [iih.lan.octets()]);
    assert_eq!(opinion.numbers("priority"), [64]);
    assert_eq!(opinion.numbers("holding_time"), [30]);
    assert_eq!(opinion.octets("password"), [b"abc"]);
}

#[test]
fn lsp() {
    let lsp = golden::lsp();
    let bytes = lsp.encode().unwrap();
    let opinion = Opinion::of(&bytes);
    assert_eq!(opinion.octets("lsp_id"), [lsp.id.octets()]);
    assert_eq!(opinion.numbers("sequence_number"), [1]);
    assert_eq!(opinion.numbers("remaining_lifetime"), [1200]);
    assert_eq!(opinion.numbers("type_block"), [1]);
    let checksum = LspView::parse(&bytes).unwrap().header().checksum;
    assert_eq!(opinion.numbers("checksum"), [u32::from(checksum)]);
    assert_eq!(opinion.octets("hostname"), [b"ed"]);
    let neighbor = NodeId::of(SYSTEM_2).octets();
    assert_eq!(opinion.octets("neighbor_id"), [neighbor]);
    assert_eq!(opinion.numbers("metric"), [10]);
    // It does not know TLV 147 and hands its value out raw.
    assert_eq!(opinion.octets("raw"), [&LSP[52..]]);
}

#[test]
fn every_signed_pdu_has_its_digest() {
    for (_, mut pdu) in golden::all() {
        let blank = Tlv::Authentication(Authentication::blank());
        pdu.tlvs_mut().insert(0, blank);
        let mut bytes = pdu.encode().unwrap();
        authentication::sign(&mut bytes, &"key".parse().unwrap()).unwrap();
        let opinion = Opinion::of(&bytes);
        assert_eq!(opinion.numbers("auth_type")[0], 54, "{pdu}");
        let start = usize::from(bytes[1]) + 3;
        assert_eq!(opinion.octets("digest"), [&bytes[start..start + 16]]);
    }
}

#[test]
fn a_signed_purge_with_its_originator() {
    let mut purge = Lsp::purge(lsp_id(SYSTEM_2, 3), 9, LspFlags::LEVEL1);
    let originator = PurgeOriginator {
        system: SYSTEM_1,
        received_from: Some(SYSTEM_2),
    };
    purge.tlvs = vec![
        Tlv::Authentication(Authentication::blank()),
        Tlv::PurgeOriginator(originator),
    ];
    let mut bytes = purge.encode().unwrap();
    authentication::sign(&mut bytes, &"key".parse().unwrap()).unwrap();
    let opinion = Opinion::of(&bytes);
    assert_eq!(opinion.numbers("remaining_lifetime"), [0]);
    assert_eq!(opinion.numbers("type"), [10, 13]);
    assert_eq!(opinion.numbers("auth_type"), [54]);
    assert_eq!(opinion.octets("digest"), [&bytes[30..46]]);
    // It knows the name of TLV 13 alone and hands its value out raw.
    assert_eq!(opinion.octets("raw"), [&bytes[48..]]);
}

#[test]
fn sequence_numbers() {
    for (_, pdu) in &golden::all()[3..] {
        let opinion = Opinion::of(&pdu.encode().unwrap());
        let expected: Vec<_> = match pdu {
            Pdu::Csnp(csnp) => {
                assert_eq!(opinion.octets("start_lsp_id"), [csnp.start.octets()]);
                assert_eq!(opinion.octets("end_lsp_id"), [csnp.end.octets()]);
                csnp.entries().collect()
            }
            Pdu::Psnp(psnp) => psnp.entries().collect(),
            other => panic!("{other} lists no LSPs"),
        };
        let source = NodeId::of(SYSTEM_1).octets();
        assert_eq!(opinion.octets("source_id"), [source]);
        let ids: Vec<_> = expected.iter().map(|e| e.id.octets()).collect();
        assert_eq!(opinion.octets("lsp_id"), ids);
        let all = |field: fn(&LspEntry) -> u32| expected.iter().map(field).collect::<Vec<_>>();
        assert_eq!(opinion.numbers("sequence_number"), all(|e| e.sequence));
        assert_eq!(opinion.numbers("checksum"), all(|e| e.checksum.into()));
        let lifetimes = all(|e| e.remaining_lifetime.into());
        assert_eq!(opinion.numbers("remaining_lifetime"), lifetimes);
    }
}
