//! The trailer by which an announcement says when it was made: 14 bytes in the padding of the
//! gratuitous ARP that an edge device sends to the public side (R-2, D-1).
//!
//! ```text
//! 0-3    "EVIm"             5      reserved, 0
//! 4      version 1          6-13   stamp, microseconds
//! ```
//! It stands right after the 28 bytes of ARP and fits into the 18 bytes of padding up to 60. Hosts and
//! switches ignore padding. No trailer means a device that does not speak it, and nothing else.
//!
//! Anyone can write padding: an edge device that passes a site's gratuitous ARP on to the public side
//! must write its own trailer over what is there, and trust a trailer only from a known neighbour (D-6).

use crate::{FrameRef, arp};

const MAGIC: [u8; 4] = *b"EVIm";
const VERSION: u8 = 1;
const TRAILER_START: usize = 14 + arp::LEN;

/// Bytes of the trailer.
pub const LEN: usize = 14;

/// When an announcement was made: microseconds on the hybrid logical clock of the announcing edge
/// device. Later announcements of one MAC have greater stamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AnnouncementStamp(u64);

impl AnnouncementStamp {
    /// A stamp from microseconds.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// The stamp in the padding of an ARP frame; `None` if there is no trailer, or one of an unknown
    /// version. Look only at frames that [`crate::ArpPacket::from_frame`] has accepted.
    #[must_use]
    pub fn from_frame(frame: &FrameRef<'_>) -> Option<Self> {
        let trailer = frame.data().get(arp::LEN..)?.first_chunk::<LEN>()?;
        let (head, stamp) = trailer.split_first_chunk::<6>()?;
        let [magic @ .., version, _reserved] = head;
        let known = *magic == MAGIC && *version == VERSION;
        let stamp = stamp.first_chunk().filter(|_| known)?;
        Some(Self(u64::from_be_bytes(*stamp)))
    }

    /// The trailer.
    #[must_use]
    pub fn octets(self) -> [u8; LEN] {
        let mut out = [0; LEN];
        out[..4].copy_from_slice(&MAGIC);
        out[4] = VERSION;
        out[6..].copy_from_slice(&self.0.to_be_bytes());
        out
    }

    /// Writes the trailer into an untagged, padded ARP frame.
    pub fn stamp(self, frame: &mut [u8; arp::FRAME_LEN]) {
        frame[TRAILER_START..TRAILER_START + LEN].copy_from_slice(&self.octets());
    }
}

#[cfg(test)]
mod tests {
    use core::net::Ipv4Addr;

    use super::*;
    use crate::{ArpPacket, MacAddr, TagControl};

    const STAMP: AnnouncementStamp = AnnouncementStamp(0x0102_0304_0506_0708);
    const TRAILER: [u8; LEN] = [b'E', b'V', b'I', b'm', 1, 0, 1, 2, 3, 4, 5, 6, 7, 8];

    fn plain() -> [u8; arp::FRAME_LEN] {
        let mac = MacAddr::new([2, 0, 0, 0, 0, 1]);
        arp::encode_gratuitous_request(mac, Ipv4Addr::new(10, 0, 0, 7))
    }

    fn stamped() -> [u8; arp::FRAME_LEN] {
        let mut frame = plain();
        STAMP.stamp(&mut frame);
        frame
    }

    fn decode(bytes: &[u8]) -> Option<AnnouncementStamp> {
        AnnouncementStamp::from_frame(&FrameRef::parse(bytes).unwrap())
    }

    #[test]
    fn bytes_go_both_ways() {
        let frame = stamped();
        assert_eq!(frame[42..56], TRAILER);
        assert_eq!(frame[56..], [0; 4]);
        assert_eq!(decode(&frame), Some(STAMP));
    }

    #[test]
    fn arp_is_the_same_with_and_without() {
        let (with, without) = (stamped(), plain());
        let read = |bytes| ArpPacket::from_frame(&FrameRef::parse(bytes).unwrap());
        assert_eq!(read(&with), read(&without));
        assert_eq!(decode(&without), None);
    }

    #[test]
    fn a_tag_does_not_move_it() {
        let frame = stamped();
        let frame = FrameRef::parse(&frame).unwrap();
        let tagged = frame.with_tag(Some(TagControl::from_bits(100))).to_vec();
        assert_eq!(decode(&tagged), Some(STAMP));
    }

    #[test]
    fn unknown_version_and_magic_are_no_stamp() {
        for (offset, value) in [(42, b'e'), (45, b'M'), (46, 0), (46, 2)] {
            let mut frame = stamped();
            frame[offset] = value;
            assert_eq!(decode(&frame), None);
        }
        let mut frame = stamped();
        frame[47] = 0xff; // reserved: ignored
        assert_eq!(decode(&frame), Some(STAMP));
    }

    #[test]
    fn truncation_is_no_stamp() {
        let frame = stamped();
        for len in 14..56 {
            assert_eq!(decode(&frame[..len]), None, "length {len}");
        }
        assert_eq!(decode(&frame[..56]), Some(STAMP));
    }
}
