//! The announcement as a message of its own, in place of a gratuitous ARP (R-2): between edge devices
//! alone, in EtherType 88B5 (IEEE 802-2014 s9.2.3, for local experiments).
//!
//! ```text
//! 0-3    "EVIm"             8-13   MAC address of the station
//! 4      version 1         14-17   its IPv4 address, 0.0.0.0 where it is not known
//! 5      reserved, 0       18-25   stamp, microseconds
//! 6-7    VLAN ID
//! ```
//! The frame is a broadcast from the station, tagged on an EVI link as data is, and padded to 60 bytes.
//! Others may use the EtherType too: what does not start with the four letters is theirs.

use core::net::Ipv4Addr;

use etherparse::EtherType;

use crate::octets::Octets;
use crate::{AnnouncementStamp, DecodeError, FrameRef, LengthOrType, MacAddr, VlanId, arp};

/// EtherType of the message: the first of the two for local experiments.
pub const ETHER_TYPE: EtherType = EtherType(0x88b5);
/// Bytes of the message; what follows in the frame is padding.
pub const LEN: usize = 26;

const MAGIC: [u8; 4] = *b"EVIm";
const VERSION: u8 = 1;
const START: usize = 14;

/// What an edge device says to the others of a station that is in its site now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EviAnnouncement {
    /// VLAN of the station.
    pub vlan: VlanId,
    /// Its MAC address; always a station's.
    pub mac: MacAddr,
    /// Its IPv4 address, where it is known.
    pub ip: Option<Ipv4Addr>,
    /// When the announcement was made.
    pub stamp: AnnouncementStamp,
}

impl EviAnnouncement {
    /// Reads the message of a frame; `None` if the frame carries none.
    #[must_use]
    pub fn from_frame(frame: &FrameRef<'_>) -> Option<Result<Self, DecodeError>> {
        let is_ours = frame.ether_type() == LengthOrType::EtherType(ETHER_TYPE);
        let rest = frame.data().strip_prefix(&MAGIC).filter(|_| is_ours)?;
        Some(Self::decode(rest))
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut octets = Octets::new("announcement", bytes);
        let [version, _reserved] = octets.array()?;
        if version != VERSION {
            return Err(DecodeError::AnnouncementVersion(version));
        }
        let vlan = octets.u16()?;
        let mac = MacAddr::new(octets.array()?);
        let ip = Ipv4Addr::from(octets.u32()?);
        let stamp = u64::from_be_bytes(octets.array()?);
        if !mac.is_station() {
            return Err(DecodeError::AnnouncementStation(mac));
        }
        Ok(Self {
            vlan: VlanId::new(vlan).map_err(|_| DecodeError::AnnouncementVlan(vlan))?,
            mac,
            ip: Some(ip).filter(|ip| !ip.is_unspecified()),
            stamp: AnnouncementStamp::from_micros(stamp),
        })
    }

    /// The message in a frame: untagged broadcast from the station, padded with zeros.
    #[must_use]
    pub fn encode(&self) -> [u8; arp::FRAME_LEN] {
        let mut frame = [0; arp::FRAME_LEN];
        frame[..6].copy_from_slice(&MacAddr::BROADCAST.octets());
        frame[6..12].copy_from_slice(&self.mac.octets());
        frame[12..START].copy_from_slice(&ETHER_TYPE.0.to_be_bytes());
        let message = &mut frame[START..];
        message[..4].copy_from_slice(&MAGIC);
        message[4] = VERSION;
        message[6..8].copy_from_slice(&self.vlan.get().to_be_bytes());
        message[8..14].copy_from_slice(&self.mac.octets());
        let ip = self.ip.unwrap_or(Ipv4Addr::UNSPECIFIED);
        message[14..18].copy_from_slice(&ip.octets());
        message[18..LEN].copy_from_slice(&self.stamp.as_micros().to_be_bytes());
        frame
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::TagControl;

    const MAC: MacAddr = MacAddr::new([2, 0, 0, 0, 0, 1]);
    const BYTES: [u8; START + LEN] = [
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5, // Ethernet
        b'E', b'V', b'I', b'm', 1, 0, 0, 100, // version, reserved, VLAN
        2, 0, 0, 0, 0, 1, 10, 0, 0, 7, // MAC, IP
        1, 2, 3, 4, 5, 6, 7, 8, // stamp
    ];

    fn announcement() -> EviAnnouncement {
        EviAnnouncement {
            vlan: VlanId::new(100).unwrap(),
            mac: MAC,
            ip: Some(Ipv4Addr::new(10, 0, 0, 7)),
            stamp: AnnouncementStamp::from_micros(0x0102_0304_0506_0708),
        }
    }

    fn decode(bytes: &[u8]) -> Option<Result<EviAnnouncement, DecodeError>> {
        EviAnnouncement::from_frame(&FrameRef::parse(bytes).unwrap())
    }

    #[test]
    fn r_2_bytes_go_both_ways() {
        let frame = announcement().encode();
        assert_eq!(frame[..START + LEN], BYTES);
        assert_eq!(frame[START + LEN..], [0; 20]);
        assert_eq!(decode(&frame), Some(Ok(announcement())));
        let tag = TagControl::from_bits(0xa064);
        let tagged = FrameRef::parse(&frame).unwrap().with_tag(Some(tag));
        assert_eq!(decode(&tagged.to_vec()), Some(Ok(announcement())));
    }

    #[test]
    fn other_users_of_the_ether_type_are_left_alone() {
        for (offset, value) in [(12, 0x08), (13, 0xb6), (14, b'e'), (17, b'M')] {
            let mut bytes = BYTES;
            bytes[offset] = value;
            assert_eq!(decode(&bytes), None, "byte {offset}");
        }
        for len in START..START + MAGIC.len() {
            assert_eq!(decode(&BYTES[..len]), None, "length {len}");
        }
    }

    #[test]
    fn truncation_is_refused_at_every_length() {
        for len in START + MAGIC.len()..BYTES.len() {
            let error = decode(&BYTES[..len]).unwrap().unwrap_err();
            assert_eq!(error.name(), "truncated", "length {len}");
        }
    }

    #[test]
    fn what_cannot_be_understood_is_named() {
        for (offset, value, name) in [
            (18, 0, "announcement-version"),
            (18, 2, "announcement-version"),
            (20, 0x10, "announcement-vlan"), // 4196
            (21, 0, "announcement-vlan"),
            (22, 3, "announcement-station"), // a group address
        ] {
            let mut bytes = BYTES;
            bytes[offset] = value;
            let error = decode(&bytes).unwrap().unwrap_err();
            assert_eq!(error.name(), name, "byte {offset}");
        }
        let mut bytes = BYTES;
        bytes[19] = 0xff; // reserved: ignored
        assert_eq!(decode(&bytes), Some(Ok(announcement())));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            vlan in 1..4095_u16, last in any::<[u8; 5]>(), ip in any::<u32>(), stamp in any::<u64>(),
        ) {
            let [a, b, c, d, e] = last;
            let announcement = EviAnnouncement {
                vlan: VlanId::new(vlan).unwrap(),
                mac: MacAddr::new([2, a, b, c, d, e]),
                ip: Some(Ipv4Addr::from(ip)).filter(|ip| !ip.is_unspecified()),
                stamp: AnnouncementStamp::from_micros(stamp),
            };
            prop_assert_eq!(decode(&announcement.encode()), Some(Ok(announcement)));
        }

        #[test]
        fn damage_never_panics(at in START..START + LEN, value in any::<u8>(), len in 14..60_usize) {
            let mut frame = announcement().encode();
            frame[at] = value;
            let _ = decode(&frame[..len]);
        }
    }
}
