//! Frames to send, as bytes.

use std::net::Ipv4Addr;

use wire::{FrameRef, MacAddr, TagControl, arp};

/// EtherType for local experiments (IEEE 802).
const EXPERIMENT: [u8; 2] = [0x88, 0xb5];

pub const fn mac(last: u8) -> MacAddr {
    MacAddr::new([2, 0, 0, 0, 1, last])
}

/// A frame that carries a number.
pub fn numbered(src: MacAddr, dst: MacAddr, number: u64) -> Vec<u8> {
    let mut bytes = [dst.octets(), src.octets()].concat();
    bytes.extend(EXPERIMENT);
    bytes.extend(number.to_be_bytes());
    bytes.resize(60, 0);
    bytes
}

/// The number of such a frame, tagged or not.
pub fn number(bytes: &[u8]) -> Option<u64> {
    let frame = FrameRef::parse(bytes).ok()?;
    let payload = frame.payload().strip_prefix(&EXPERIMENT)?;
    Some(u64::from_be_bytes(*payload.first_chunk()?))
}

/// The frame with this tag inline.
pub fn tagged(bytes: &[u8], tag: u16) -> Vec<u8> {
    let frame = FrameRef::parse(bytes).expect("a whole frame");
    frame.with_tag(Some(TagControl::from_bits(tag))).to_vec()
}

/// An ARP request of a station, broadcast.
pub fn arp_request(mac: MacAddr, ip: Ipv4Addr, target: Ipv4Addr) -> Vec<u8> {
    let mut bytes = arp::encode_gratuitous_request(mac, ip);
    bytes[38..42].copy_from_slice(&target.octets());
    bytes.to_vec()
}

/// The frame as it is, but for a priority tag: an answer may have one, as its question did; no other
/// frame of a device does.
pub fn without_priority_tag(bytes: &[u8]) -> Vec<u8> {
    let frame = FrameRef::parse(bytes).expect("a whole frame");
    let tag = frame.tag().filter(|tag| !tag.is_priority_tag());
    frame.with_tag(tag).to_vec()
}
