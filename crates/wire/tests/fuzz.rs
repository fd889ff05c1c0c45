//! Every decoder with whatever a fuzzer comes up with. `just fuzz` runs them for longer.

#![allow(clippy::unwrap_used)] // The exemption for tests does not reach their helpers.

use std::time::Duration;

use bolero::check;
use noise::{Circuit, Draw, Input, damage};
use wire::isis::authentication::{self, Verification};
use wire::isis::{
    Authentication, AuthenticationKey, Checksum, LspView, Pdu, PduType, Tlv, set_remaining_lifetime,
};
use wire::{AnnouncementStamp, ArpPacket, FrameRef, GreHeader, MacAddr, SystemId, arp, llc};

/// How long each target runs in `cargo test`.
const BRIEFLY: Duration = Duration::from_millis(500);

const CIRCUIT: Circuit = Circuit {
    from: SystemId::new([2, 0, 0, 0, 0, 2]),
    to: SystemId::new([2, 0, 0, 0, 0, 1]),
    number: 0,
};

/// What is read is written again as it was, with its tag and without.
#[test]
fn fuzz_frame() {
    check!().with_test_time(BRIEFLY).for_each(|bytes: &[u8]| {
        let Ok(frame) = FrameRef::parse(bytes) else {
            // A tag says that more follows.
            let is_tagged = bytes.get(12..14) == Some(&[0x81, 0]);
            assert!(bytes.len() < if is_tagged { 18 } else { 14 });
            return;
        };
        assert_eq!(frame.to_vec(), bytes);
        assert_eq!(frame.encoded_len(), bytes.len());
        if let Some(tag) = frame.tag() {
            let is_vlan = (1..=4094).contains(&(tag.bits() & 0xfff));
            assert_eq!(tag.vlan().is_some(), is_vlan);
            let untagged = frame.with_tag(None).to_vec();
            let outer = FrameRef::parse_untagged(&untagged).unwrap();
            assert_eq!(outer.with_tag(Some(tag)).to_vec(), bytes);
        }
        assert_eq!(FrameRef::parse_untagged(bytes).unwrap().to_vec(), bytes);
    });
}

/// A PDU found in a frame makes, in a frame of its own, that frame without its padding.
#[test]
fn fuzz_llc() {
    check!().with_test_time(BRIEFLY).for_each(|bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        // The right header half of the time, or little gets past it.
        if bytes.len() > 17 && bytes[0] & 1 == 0 {
            bytes[12] = 0;
            bytes[14..17].copy_from_slice(&[0xfe, 0xfe, 3]);
        }
        let Ok(frame) = FrameRef::parse_untagged(&bytes) else {
            return;
        };
        if let Ok(pdu) = llc::decode_osi_frame(&frame) {
            let again = llc::encode_osi_frame(frame.dst(), frame.src(), pdu).unwrap();
            assert_eq!(again, bytes[..again.len()]);
        }
    });
}

/// A header that is read and written has its options and its frame again.
#[test]
fn fuzz_gre() {
    check!().with_test_time(BRIEFLY).for_each(|bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        if bytes.len() > 4 && bytes[0] & 1 == 0 {
            bytes[0] &= 0xb0;
            bytes[1..4].copy_from_slice(&[0, 0x65, 0x58]);
        }
        let Ok((header, frame)) = GreHeader::decode(&bytes) else {
            return;
        };
        let mut again = vec![0; header.encoded_len()];
        header.write_to(&mut again).unwrap();
        again.extend_from_slice(frame);
        assert_eq!(GreHeader::decode(&again), Ok((header, frame)));
        assert!(again.len() <= bytes.len());
    });
}

/// ARP, RARP and the trailer with the stamp.
#[test]
fn fuzz_arp() {
    check!().with_test_time(BRIEFLY).for_each(|bytes: &[u8]| {
        let mut draw = Input::new(bytes);
        let (mac, ip) = (MacAddr::new(draw.bytes()), draw.bytes::<4>().into());
        let mut frame = arp::encode_gratuitous_request(mac, ip);
        if draw.one_in(2) {
            let stamp = u64::from(draw.word()) << draw.below(32);
            AnnouncementStamp::from_micros(stamp).stamp(&mut frame);
        }
        let mut frame = frame.to_vec();
        if draw.one_in(2) {
            damage(&mut draw, &mut frame);
        }
        let Ok(frame) = FrameRef::parse(&frame) else {
            return;
        };
        let Some(Ok(packet)) = ArpPacket::from_frame(&frame) else {
            return;
        };
        assert!(packet.sender_mac.is_station());
        assert!(packet.claimed_ip().is_none_or(|ip| ip == packet.sender_ip));
        if let Some(heard) = AnnouncementStamp::from_frame(&frame) {
            let mut again = arp::encode_rarp(packet.sender_mac);
            heard.stamp(&mut again);
            let again = FrameRef::parse(&again).unwrap();
            assert_eq!(AnnouncementStamp::from_frame(&again), Some(heard));
        }
    });
}

/// Whatever was read, written and read again is the same, and what was written is canonical.
fn read(bytes: &[u8]) {
    let peeked = Pdu::peek(bytes);
    let Ok(pdu) = Pdu::decode(bytes) else {
        return;
    };
    let (pdu_type, whole) = peeked.unwrap();
    assert_eq!(pdu_type, pdu.pdu_type());
    let again = pdu.encode().unwrap();
    assert_eq!(again.len(), whole.len());
    let reread = Pdu::decode(&again).unwrap();
    assert_eq!(reread, pdu);
    assert_eq!(reread.encode().unwrap(), again);
    if pdu_type == PduType::Lsp {
        read_in_place(bytes);
        let mut sealed = again;
        set_remaining_lifetime(&mut sealed, 7).unwrap();
        let view = LspView::parse(&sealed).unwrap();
        assert_eq!(view.checksum(), Checksum::Correct);
    }
}

fn read_in_place(lsp: &[u8]) {
    let view = LspView::parse(lsp).unwrap();
    let macs = view.reachable_macs().filter_map(Result::ok).count();
    assert!(macs * 6 <= view.bytes().len());
    assert!(view.tlvs().all(|tlv| tlv.is_ok()));
}

/// Any bytes after a plausible start.
#[test]
fn fuzz_isis_bytes() {
    check!().with_test_time(BRIEFLY).for_each(|bytes: &[u8]| {
        read(bytes);
        let mut bytes = bytes.to_vec();
        let types = [(27, 15), (20, 17), (27, 18), (33, 24), (17, 26)];
        let Some((head, rest)) = bytes.split_first_chunk_mut::<8>() else {
            return;
        };
        let (header_len, pdu_type) = types[usize::from(head[0]) % types.len()];
        *head = [0x83, header_len, 1, 0, pdu_type, 1, 0, 0];
        // The right length, as chance does not find it. Hellos have it elsewhere.
        let at = if pdu_type < 18 { 9 } else { 0 };
        let length = u16::try_from(rest.len() + 8).unwrap();
        if let Some(field) = rest.get_mut(at..at + 2) {
            field.copy_from_slice(&length.to_be_bytes());
        }
        read(&bytes);
    });
}

/// Every PDU and every TLV with any content, whole and damaged, padded as Ethernet pads.
#[test]
fn fuzz_isis_pdus() {
    check!().with_test_time(BRIEFLY).for_each(|bytes: &[u8]| {
        let mut draw = Input::new(bytes);
        let mut pdu = noise::pdu(&mut draw, CIRCUIT);
        if pdu.is_empty() {
            return; // Too much for one PDU.
        }
        let decoded = Pdu::decode(&pdu).unwrap();
        assert_eq!(decoded.encode().as_ref(), Ok(&pdu));
        let padding = draw.below(60);
        pdu.extend(draw.octets(padding));
        assert_eq!(Pdu::decode(&pdu), Ok(decoded), "padding counts");
        damage(&mut draw, &mut pdu);
        read(&pdu);
    });
}

/// What is signed is verified, until a bit of it changes.
#[test]
fn fuzz_authentication() {
    let key: AuthenticationKey = "fuzz".parse().unwrap();
    check!().with_test_time(BRIEFLY).for_each(|bytes: &[u8]| {
        let _any_answer_will_do = authentication::verify(bytes, &key);
        let mut draw = Input::new(bytes);
        let Ok(mut pdu) = Pdu::decode(&noise::pdu(&mut draw, CIRCUIT)) else {
            return;
        };
        let blank = Tlv::Authentication(Authentication::blank());
        pdu.tlvs_mut().insert(0, blank);
        let Ok(mut signed) = pdu.encode() else {
            return;
        };
        authentication::sign(&mut signed, &key).unwrap();
        let verify = |pdu: &[u8]| authentication::verify(pdu, &key) == Ok(Verification::Correct);
        assert!(verify(&signed));
        let length = u32::try_from(signed.len()).unwrap();
        let at = draw.below(length) as usize;
        signed[at] ^= 1 << draw.below(8);
        // An LSP's lifetime and checksum change on the way.
        let is_covered = pdu.pdu_type() != PduType::Lsp || !matches!(at, 10 | 11 | 24 | 25);
        assert_eq!(verify(&signed), !is_covered, "byte {at}");
    });
}
