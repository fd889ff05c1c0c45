//! Ethernet frames.

use wire::{AnnouncementStamp, FrameRef, MacAddr, TagControl, VlanId, arp, llc};

use crate::{Circuit, Draw, damage, pdu};

/// EtherType for local experiments (IEEE 802).
const EXPERIMENT: [u8; 2] = [0x88, 0xb5];

/// One of 65,536 stations that nobody real is; often one of the first eight, so that the same ones meet.
pub fn station(draw: &mut impl Draw) -> MacAddr {
    let number = match draw.byte() {
        few @ ..128 => u16::from(few % 8),
        _ => draw.short(),
    };
    let [high, low] = number.to_be_bytes();
    MacAddr::new([0x02, 0xfa, 0x4e, 0, high, low])
}

/// A VLAN: 100 and 200 more often than the others.
pub fn vlan(draw: &mut impl Draw) -> VlanId {
    let number = match draw.below(4) {
        0 => draw.below(4094) + 1,
        1 => 200,
        _ => 100,
    };
    let number = u16::try_from(number).unwrap_or(1);
    VlanId::new(number).expect("1 to 4094 are VLAN IDs")
}

/// A frame of any kind: noise, data, announcements, what seems to be a PDU; tagged and not; whole and
/// damaged. With a `circuit` it comes from the public side, and there are PDUs with right checksums.
pub fn frame(draw: &mut impl Draw, circuit: Option<Circuit>) -> Vec<u8> {
    let mut bytes = match (draw.below(16), circuit) {
        (0, _) => {
            let length = draw.below(200);
            return draw.octets(length);
        }
        (1..4, _) => announcement(draw),
        (4, Some(circuit)) => return control_frame(draw, circuit),
        (4, None) => {
            let length = draw.below(100);
            around(&draw.octets(length))
        }
        _ => data(draw),
    };
    if draw.one_in(8) {
        damage(draw, &mut bytes);
    }
    with_some_tag(draw, bytes, circuit.is_some())
}

/// A frame with a PDU of [`pdu`], whole or damaged.
pub fn control_frame(draw: &mut impl Draw, circuit: Circuit) -> Vec<u8> {
    let mut pdu = pdu(draw, circuit);
    if draw.one_in(8) {
        damage(draw, &mut pdu);
    }
    around(&pdu)
}

fn around(pdu: &[u8]) -> Vec<u8> {
    let source = MacAddr::new([0x02, 0xfa, 0x4e, 0xff, 0, 1]);
    llc::encode_osi_frame(llc::ALL_ISS, source, pdu).unwrap_or_default()
}

/// A gratuitous ARP, a RARP or a probe, with or without a stamp, from whom it says or from another.
fn announcement(draw: &mut impl Draw) -> Vec<u8> {
    let (mac, ip) = (
        station(draw),
        [10, draw.byte(), draw.byte(), draw.byte()].into(),
    );
    let mut bytes = match draw.below(4) {
        0 => arp::encode_rarp(mac),
        1 => arp::encode_probe(mac, ip),
        _ => arp::encode_gratuitous_request(mac, ip),
    };
    if draw.one_in(2) {
        let stamp = u64::from(draw.word()) << draw.below(32);
        AnnouncementStamp::from_micros(stamp).stamp(&mut bytes);
    }
    if draw.one_in(8) {
        bytes[6..12].copy_from_slice(&station(draw).octets());
    }
    bytes.to_vec()
}

fn data(draw: &mut impl Draw) -> Vec<u8> {
    let destination = match draw.below(16) {
        0 => MacAddr::BROADCAST,
        1 => MacAddr::new([0x01, 0x80, 0xc2, 0, 0, draw.byte()]),
        2 => MacAddr::new([0x01, 0x00, 0x5e, 0, 0, draw.byte()]),
        3 => MacAddr::new(draw.bytes()),
        _ => station(draw),
    };
    let source = match draw.below(16) {
        0 => MacAddr::new(draw.bytes()),
        _ => station(draw),
    };
    let mut bytes = [destination.octets(), source.octets()].concat();
    bytes.extend(EXPERIMENT);
    bytes.resize(46 + draw.below(80) as usize, 0);
    bytes
}

/// On the public side most frames carry a tag, in a site few do.
fn with_some_tag(draw: &mut impl Draw, bytes: Vec<u8>, is_public: bool) -> Vec<u8> {
    let tag = match (draw.below(8), is_public) {
        (0, true) | (2.., false) => return bytes,
        (0, false) => draw.short(),
        (1, _) => draw.one_of(&[0, 0xe000, 0x0fff, 0x0064]),
        _ => TagControl::new(vlan(draw), draw.byte() & 7).bits(),
    };
    let tag = TagControl::from_bits(tag);
    FrameRef::parse_untagged(&bytes)
        .map_or_else(|_| bytes.clone(), |f| f.with_tag(Some(tag)).to_vec())
}
