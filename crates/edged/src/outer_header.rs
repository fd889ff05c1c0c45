//! The headers around a tunnelled frame: Ethernet, IPv4, GRE.

use std::net::Ipv4Addr;

use edge_api::DropReason;
use wire::{GreHeader, MacAddr, gre};

const ETHERNET: usize = 14;
const IPV4: usize = 20;
const GRE: usize = 4;
const ETHER_TYPE_IPV4: [u8; 2] = [0x08, 0x00];
const TIME_TO_LIVE: u8 = 64;
/// Do not fragment: the receiver does not reassemble (RFC 791).
const DONT_FRAGMENT: u16 = 0x4000;

/// All headers of one EVI link, ready but for the length and the checksum.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OuterHeader {
    bytes: [u8; OuterHeader::LENGTH],
    /// One's complement sum of the IPv4 header with length and checksum zero.
    partial_sum: u32,
}

impl OuterHeader {
    pub(crate) const LENGTH: usize = ETHERNET + IPV4 + GRE;
    /// What the tunnel adds to a frame inside the public interface's MTU.
    pub(crate) const IN_MTU: usize = IPV4 + GRE;

    pub(crate) fn new(from: (MacAddr, Ipv4Addr), next_hop: MacAddr, peer: Ipv4Addr) -> Self {
        let mut bytes = [0; Self::LENGTH];
        bytes[..6].copy_from_slice(&next_hop.octets());
        bytes[6..12].copy_from_slice(&from.0.octets());
        bytes[12..14].copy_from_slice(&ETHER_TYPE_IPV4);
        let header = &mut bytes[ETHERNET..ETHERNET + IPV4];
        header[0] = 0x45;
        header[6..8].copy_from_slice(&DONT_FRAGMENT.to_be_bytes());
        header[8] = TIME_TO_LIVE;
        header[9] = gre::IP_PROTOCOL;
        header[12..16].copy_from_slice(&from.1.octets());
        header[16..20].copy_from_slice(&peer.octets());
        let partial_sum = sum(header);
        GreHeader::PLAIN
            .write_to(&mut bytes[ETHERNET + IPV4..])
            .expect("the array has room for a plain GRE header");
        Self { bytes, partial_sum }
    }

    /// Writes the headers for a frame of `inner` bytes to the start of `slot`.
    pub(crate) fn write_to(&self, slot: &mut [u8], inner: usize) {
        slot[..Self::LENGTH].copy_from_slice(&self.bytes);
        let length = u16::try_from(IPV4 + GRE + inner).unwrap_or(u16::MAX);
        slot[16..18].copy_from_slice(&length.to_be_bytes());
        let checksum = !fold(self.partial_sum + u32::from(length));
        slot[24..26].copy_from_slice(&checksum.to_be_bytes());
    }
}

/// Takes a packet of the uplink apart: the peer's address and the frame inside.
pub(crate) fn decapsulate(packet: &[u8], own: Ipv4Addr) -> Result<(Ipv4Addr, &[u8]), DropReason> {
    let (ethernet, rest) = packet
        .split_at_checked(ETHERNET)
        .ok_or(DropReason::Malformed)?;
    if ethernet[12..14] != ETHER_TYPE_IPV4 {
        return Err(DropReason::NotTunnel);
    }
    let header_length = usize::from(rest.first().ok_or(DropReason::Malformed)? & 0x0f) * 4;
    let total = rest
        .get(2..4)
        .map_or(0, |b| usize::from(u16::from_be_bytes([b[0], b[1]])));
    if rest[0] >> 4 != 4 || header_length < IPV4 || total < header_length {
        return Err(DropReason::Malformed);
    }
    let header = rest.get(..header_length).ok_or(DropReason::Malformed)?;
    if header[9] != gre::IP_PROTOCOL || header[16..20] != own.octets() {
        return Err(DropReason::NotTunnel);
    }
    if fold(sum(header)) != 0xffff {
        return Err(DropReason::Malformed);
    }
    if u16::from_be_bytes([header[6], header[7]]) & !DONT_FRAGMENT != 0 {
        return Err(DropReason::Fragment);
    }
    let inside = rest
        .get(header_length..total)
        .ok_or(DropReason::Malformed)?;
    let (_, frame) = GreHeader::decode(inside).map_err(|_| DropReason::UnsupportedGre)?;
    let peer = Ipv4Addr::new(header[12], header[13], header[14], header[15]);
    Ok((peer, frame))
}

/// Sum of 16-bit words (RFC 1071), not folded. `bytes` has an even length.
fn sum(bytes: &[u8]) -> u32 {
    bytes
        .chunks_exact(2)
        .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])))
        .sum()
}

#[allow(clippy::cast_possible_truncation, reason = "folded to 16 bits")]
const fn fold(mut sum: u32) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 1);
    const PEER: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 5);

    fn packet(frame: &[u8]) -> Vec<u8> {
        let mac = MacAddr::new([2, 0, 0, 0, 0, 1]);
        let header = OuterHeader::new((mac, PEER), MacAddr::new([2, 0, 0, 0, 0, 2]), OWN);
        let mut packet = vec![0; OuterHeader::LENGTH];
        header.write_to(&mut packet, frame.len());
        packet.extend_from_slice(frame);
        packet
    }

    #[test]
    fn what_is_put_in_comes_out() {
        let frame = [7; 60];
        assert_eq!(decapsulate(&packet(&frame), OWN), Ok((PEER, &frame[..])));
    }

    #[test]
    fn link_padding_is_not_part_of_the_frame() {
        let mut padded = packet(&[7; 14]);
        padded.extend_from_slice(&[0; 8]);
        assert_eq!(
            decapsulate(&padded, OWN).map(|(_, frame)| frame.len()),
            Ok(14)
        );
    }

    #[test]
    fn every_refusal_has_its_name() {
        let good = packet(&[7; 60]);
        let change = |at: usize, to: u8| {
            let mut bad = good.clone();
            bad[at] = to;
            decapsulate(&bad, OWN).map(|_| ())
        };
        assert_eq!(change(13, 0x06), Err(DropReason::NotTunnel), "not IPv4");
        assert_eq!(change(23, 17), Err(DropReason::NotTunnel), "not GRE");
        assert_eq!(
            change(33, 9),
            Err(DropReason::NotTunnel),
            "not to this device"
        );
        assert_eq!(change(22, 63), Err(DropReason::Malformed), "checksum");
        assert_eq!(
            change(14, 0x44),
            Err(DropReason::Malformed),
            "header length"
        );
        for length in 0..good.len() {
            assert!(
                decapsulate(&good[..length], OWN).is_err(),
                "cut at {length}"
            );
        }
    }

    /// What comes out lies within what went in. `just fuzz` runs it for longer.
    #[test]
    fn fuzz_decapsulate() {
        let briefly = core::time::Duration::from_millis(500);
        let target = bolero::check!().with_test_time(briefly);
        target.for_each(|bytes: &[u8]| {
            let _any_answer_will_do = decapsulate(bytes, OWN);
            let mut draw = noise::Input::new(bytes);
            let length = noise::Draw::below(&mut draw, 100);
            let frame = noise::Draw::octets(&mut draw, length);
            let good = packet(&frame);
            assert_eq!(decapsulate(&good, OWN), Ok((PEER, &frame[..])));
            let mut bad = good;
            noise::damage(&mut draw, &mut bad);
            if let Ok((_, inside)) = decapsulate(&bad, OWN) {
                assert!(inside.len() + OuterHeader::LENGTH <= bad.len());
            }
        });
    }
}
