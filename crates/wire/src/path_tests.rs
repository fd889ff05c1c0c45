//! A control PDU all the way out and back in, and noise at the outermost layer.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::isis::{NodeId, Pdu, Psnp};
use crate::{
    AnnouncementStamp, ArpPacket, EviAnnouncement, FrameRef, GreHeader, MacAddr, SystemId,
    TagControl, llc,
};

const SRC: MacAddr = MacAddr::new([2, 0, 0, 0, 0, 1]);

/// All that reads a packet of the public network, layer by layer.
fn read_everything(packet: &[u8]) -> Option<Pdu> {
    let (_, frame) = GreHeader::decode(packet).ok()?;
    let frame = FrameRef::parse(frame).ok()?;
    let _ = ArpPacket::from_frame(&frame);
    let _ = AnnouncementStamp::from_frame(&frame);
    let _ = EviAnnouncement::from_frame(&frame);
    let pdu = llc::decode_osi_frame(&frame).ok()?;
    Pdu::decode(pdu).ok()
}

fn packet(pdu: &Pdu, tag: Option<TagControl>) -> Vec<u8> {
    let mut frame = llc::encode_osi_frame(llc::ALL_ISS, SRC, &pdu.encode().unwrap()).unwrap();
    frame.resize(frame.len().max(60), 0);
    let frame = FrameRef::parse(&frame).unwrap().with_tag(tag);
    let mut out = vec![0; 4 + frame.encoded_len()];
    let header = GreHeader::PLAIN.write_to(&mut out).unwrap();
    frame.write_to(&mut out[header..]).unwrap();
    out
}

#[test]
fn a_padded_pdu_crosses_the_tunnel() {
    let psnp = Psnp::new(NodeId::of(SystemId::new([2, 0, 0, 0, 0, 1])), &[]);
    let pdu = Pdu::Psnp(psnp);
    for tag in [None, Some(TagControl::from_bits(100))] {
        assert_eq!(read_everything(&packet(&pdu, tag)).as_ref(), Some(&pdu));
    }
}

proptest! {
    #[test]
    fn frames_go_both_ways(bytes in vec(any::<u8>(), 18..200), tag in any::<Option<u16>>()) {
        let frame = FrameRef::parse(&bytes).unwrap();
        prop_assert_eq!(frame.to_vec(), &bytes[..]);
        let tagged = FrameRef::parse_untagged(&bytes).unwrap();
        let tagged = tagged.with_tag(tag.map(TagControl::from_bits));
        prop_assert_eq!(tagged.encoded_len(), tagged.to_vec().len());
        if tag.is_some() {
            let again = tagged.to_vec();
            prop_assert_eq!(FrameRef::parse(&again), Ok(tagged));
        }
    }

    #[test]
    fn gre_headers_go_both_ways(
        key in any::<Option<u32>>(),
        sequence in any::<Option<u32>>(),
        payload in vec(any::<u8>(), 0..64),
    ) {
        let header = GreHeader { key, sequence };
        let mut bytes = vec![0; header.encoded_len()];
        header.write_to(&mut bytes).unwrap();
        bytes.extend(&payload);
        prop_assert_eq!(GreHeader::decode(&bytes), Ok((header, &payload[..])));
    }

    #[test]
    fn noise_never_panics(bytes in vec(any::<u8>(), 0..200), ether_type in 0..4_usize) {
        let _ = read_everything(&bytes);
        let mut packet = vec![0, 0, 0x65, 0x58];
        packet.extend(&bytes);
        let kinds = [[0x08, 0x06], [0x80, 0x35], [0x81, 0x00], [0x00, 0x20]];
        if let Some(slot) = packet.get_mut(16..18) {
            slot.copy_from_slice(&kinds[ether_type]);
        }
        let _ = read_everything(&packet);
    }
}
