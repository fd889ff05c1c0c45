//! Probes in captured frames: in plain Ethernet, or inside GRE on the uplink.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::{FlowId, Probe, Sequence};

const ETHERTYPE_IPV4: u16 = 0x0800;
const ETHERTYPE_TAGS: [u16; 2] = [0x8100, 0x88a8];
const GRE_ETHERNET: u16 = 0x6558;
const PROTOCOL_UDP: u8 = 17;
const PROTOCOL_GRE: u8 = 47;
/// More tags than that are on no link of a lab.
const TAG_LIMIT: usize = 3;

/// Underlay addresses of the tunnel packet around a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tunnel {
    /// The edge device that sent it.
    pub source: Ipv4Addr,
    /// The edge device that it is for.
    pub destination: Ipv4Addr,
}

/// A probe that a captured frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// Its flow.
    pub flow: FlowId,
    /// Its number in the flow.
    pub sequence: Sequence,
    /// Address of the host that sent it.
    pub source: Ipv4Addr,
    /// Address of the host that it is for.
    pub destination: Ipv4Addr,
    /// The tunnel that it was in; `None` for a frame of a site.
    pub encapsulated: Option<Tunnel>,
}

impl Sighting {
    /// The probe in `frame`, which starts with the destination MAC; `None` for any other frame.
    ///
    /// Reads Ethernet, 802.1Q and 802.1ad tags, IPv4 and UDP, directly or inside one GRE packet that
    /// carries Ethernet (RFC 2784, RFC 2890). The capture may have cut the frame short behind the
    /// probe's header. Neither allocates nor panics.
    #[must_use]
    pub fn in_frame(frame: &[u8]) -> Option<Self> {
        match Packet::in_frame(frame)? {
            Packet::Udp(ends, payload) => Self::of(ends, payload, None),
            Packet::Gre(tunnel, inner) => match Packet::in_frame(inner)? {
                Packet::Udp(ends, payload) => Self::of(ends, payload, Some(tunnel)),
                Packet::Gre(..) => None,
            },
        }
    }

    fn of(ends: Ends, payload: &[u8], encapsulated: Option<Tunnel>) -> Option<Self> {
        let Probe { flow, sequence, .. } = Probe::decode(payload).ok()?;
        Some(Self {
            flow,
            sequence,
            source: ends.source,
            destination: ends.destination,
            encapsulated,
        })
    }
}

/// Addresses of an IPv4 packet.
struct Ends {
    source: Ipv4Addr,
    destination: Ipv4Addr,
}

/// What a probe can be in.
enum Packet<'a> {
    /// Payload of a datagram.
    Udp(Ends, &'a [u8]),
    /// Ethernet frame in a tunnel packet.
    Gre(Tunnel, &'a [u8]),
}

impl<'a> Packet<'a> {
    fn in_frame(frame: &'a [u8]) -> Option<Self> {
        let (_, mut rest) = frame.split_at_checked(12)?;
        for _ in 0..=TAG_LIMIT {
            let ethertype = be16(rest, 0)?;
            if ethertype == ETHERTYPE_IPV4 {
                return Self::in_ipv4(rest.get(2..)?);
            }
            if !ETHERTYPE_TAGS.contains(&ethertype) {
                return None;
            }
            rest = rest.get(4..)?;
        }
        None
    }

    fn in_ipv4(packet: &'a [u8]) -> Option<Self> {
        let header = packet.first_chunk::<20>()?;
        let header_length = usize::from(header[0] & 0x0f) * 4;
        let total_length = usize::from(be16(header, 2)?);
        let fragment_offset = be16(header, 6)? & 0x1fff;
        if header[0] >> 4 != 4 || header_length < 20 || fragment_offset != 0 {
            return None;
        }
        // Behind the total length there is only Ethernet's padding.
        let payload = packet.get(header_length..total_length.min(packet.len()))?;
        let address = |at: usize| header[at..].first_chunk::<4>().copied().map(Ipv4Addr::from);
        let (source, destination) = (address(12)?, address(16)?);
        match header[9] {
            PROTOCOL_UDP => {
                let length = usize::from(be16(payload, 4)?).min(payload.len());
                let ends = Ends {
                    source,
                    destination,
                };
                Some(Self::Udp(ends, payload.get(8..length)?))
            }
            PROTOCOL_GRE => {
                let tunnel = Tunnel {
                    source,
                    destination,
                };
                Some(Self::Gre(tunnel, gre_payload(payload)?))
            }
            _ => None,
        }
    }
}

/// The Ethernet frame in a GRE packet of version 0 without routing.
fn gre_payload(packet: &[u8]) -> Option<&[u8]> {
    const CHECKSUM: u16 = 0x8000;
    const KEY: u16 = 0x2000;
    const SEQUENCE: u16 = 0x1000;
    let flags = be16(packet, 0)?;
    if flags & !(CHECKSUM | KEY | SEQUENCE) != 0 || be16(packet, 2)? != GRE_ETHERNET {
        return None;
    }
    let options = [CHECKSUM, KEY, SEQUENCE]
        .iter()
        .filter(|flag| flags & **flag != 0)
        .count();
    packet.get(4 + 4 * options..)
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..)?
        .first_chunk()
        .copied()
        .map(u16::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wire::Timestamp;

    use super::*;

    fn ethernet(tags: &[[u8; 4]], ethertype: u16, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
        frame.extend(tags.concat());
        frame.extend(ethertype.to_be_bytes());
        frame.extend(payload);
        frame
    }

    fn ipv4(protocol: u8, fragment: u16, payload: &[u8]) -> Vec<u8> {
        let mut packet = vec![0x45, 0];
        packet.extend(u16::try_from(20 + payload.len()).unwrap().to_be_bytes());
        packet.extend([0, 0]);
        packet.extend(fragment.to_be_bytes());
        packet.extend([64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 3]);
        packet.extend(payload);
        packet
    }

    fn udp(payload: &[u8]) -> Vec<u8> {
        let mut datagram = vec![0x30, 0, 0x30, 1];
        datagram.extend(u16::try_from(8 + payload.len()).unwrap().to_be_bytes());
        datagram.extend([0, 0]);
        datagram.extend(payload);
        datagram
    }

    fn probe() -> Vec<u8> {
        let mut payload = vec![0; 64];
        let (flow, sequence) = (FlowId(3), Sequence(99));
        Probe {
            flow,
            sequence,
            sent_at: Timestamp::from_nanos(5),
        }
        .encode(&mut payload)
        .unwrap();
        payload
    }

    fn plain() -> Vec<u8> {
        ethernet(&[], 0x0800, &ipv4(17, 0x4000, &udp(&probe())))
    }

    fn tunnelled(gre_header: &[u8], inner: &[u8]) -> Vec<u8> {
        ethernet(
            &[],
            0x0800,
            &ipv4(47, 0x4000, &[gre_header, inner].concat()),
        )
    }

    fn seen(encapsulated: Option<Tunnel>) -> Option<Sighting> {
        Some(Sighting {
            flow: FlowId(3),
            sequence: Sequence(99),
            source: Ipv4Addr::new(10, 0, 0, 1),
            destination: Ipv4Addr::new(10, 0, 0, 3),
            encapsulated,
        })
    }

    const TUNNEL: Option<Tunnel> = Some(Tunnel {
        source: Ipv4Addr::new(10, 0, 0, 1),
        destination: Ipv4Addr::new(10, 0, 0, 3),
    });

    #[test]
    fn probes_are_found_in_sites_and_in_tunnels() {
        assert_eq!(Sighting::in_frame(&plain()), seen(None));
        let tagged = ethernet(&[[0x81, 0, 0, 100]], 0x0800, &ipv4(17, 0, &udp(&probe())));
        assert_eq!(Sighting::in_frame(&tagged), seen(None));
        assert_eq!(
            Sighting::in_frame(&tunnelled(&[0, 0, 0x65, 0x58], &tagged)),
            seen(TUNNEL)
        );
        let keyed = [0xb0, 0, 0x65, 0x58, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0, 1];
        assert_eq!(
            Sighting::in_frame(&tunnelled(&keyed, &plain())),
            seen(TUNNEL)
        );
        let mut padded = plain();
        padded.extend([0; 9]);
        assert_eq!(Sighting::in_frame(&padded), seen(None));
        assert_eq!(Sighting::in_frame(&plain()[..14 + 20 + 8 + 24]), seen(None)); // snap length
    }

    #[test]
    fn other_frames_are_none() {
        let inner = tunnelled(&[0, 0, 0x65, 0x58], &plain());
        let others = [
            ethernet(&[], 0x0806, &[0; 46]),
            ethernet(&[], 0x0800, &ipv4(6, 0, &udp(&probe()))),
            ethernet(&[], 0x0800, &ipv4(17, 1, &udp(&probe()))), // a later fragment
            ethernet(&[], 0x0800, &ipv4(17, 0, &udp(b"DCIPROBE"))),
            ethernet(&[[0x81, 0, 0, 1]; 4], 0x0800, &ipv4(17, 0, &udp(&probe()))),
            tunnelled(&[0, 1, 0x65, 0x58], &plain()), // PPTP
            tunnelled(&[0, 0, 0x08, 0x00], &plain()),
            tunnelled(&[0, 0, 0x65, 0x58], &inner), // a tunnel in a tunnel
        ];
        for other in others {
            assert_eq!(Sighting::in_frame(&other), None, "{other:02x?}");
        }
    }

    proptest! {
        #[test]
        fn garbage_never_panics(frame: Vec<u8>) {
            prop_assert_eq!(Sighting::in_frame(&frame), None);
        }

        #[test]
        fn damage_never_panics(
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
            cut: prop::sample::Index,
        ) {
            let mut frame = tunnelled(&[0, 0, 0x65, 0x58], &plain());
            for (at, value) in flips {
                let at = at.index(frame.len());
                frame[at] = value;
            }
            frame.truncate(cut.index(frame.len() + 1));
            // Whatever is found must be covered by the bytes that are there.
            if Sighting::in_frame(&frame).is_some() {
                prop_assert!(frame.windows(8).any(|bytes| bytes == crate::probe::MAGIC));
            }
        }
    }
}
