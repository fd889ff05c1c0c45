//! An Ethernet frame as the forwarding path passes it on: borrowed, its 802.1Q tag held apart
//! (IEEE 802.3-2018 s3.1.1, IEEE 802.1Q-2018 s9).
//!
//! ```text
//! 0-5    destination            12-15  802.1Q tag 8100 + tag control, if tagged
//! 6-11   source                 12-13  length or EtherType (16-17 in a tagged frame), then data
//! ```

use core::fmt;

use etherparse::EtherType;

use crate::{DecodeError, EncodeError, MacAddr, TagControl};

const ADDRESSES_LEN: usize = 12;
const TYPE_LEN: usize = 2;
const TAG_LEN: usize = 4;
const FIRST_ETHER_TYPE: u16 = 0x0600;

/// EtherType of reverse ARP.
pub const RARP: EtherType = EtherType(0x8035);

/// The meaning of the two bytes after the addresses (IEEE 802.3-2018 s3.2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LengthOrType {
    /// Below 0x0600: length of the LLC data that follow.
    Length(u16),
    /// A protocol.
    EtherType(EtherType),
}

/// A frame without its 802.1Q tag; the tag, if any, is beside it. Copying it copies no bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FrameRef<'a> {
    addresses: &'a [u8; ADDRESSES_LEN],
    tag: Option<TagControl>,
    /// Starts with the length or EtherType; never shorter than that.
    payload: &'a [u8],
    length_or_type: u16,
}

impl<'a> FrameRef<'a> {
    /// Reads a frame; an 802.1Q tag is taken out. An inner second tag stays in the payload.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let untagged = Self::parse_untagged(bytes)?;
        if untagged.length_or_type != EtherType::VLAN_TAGGED_FRAME.0 {
            return Ok(untagged);
        }
        let truncated = || truncated(ADDRESSES_LEN + TAG_LEN + TYPE_LEN, bytes.len());
        let (&[_, _, high, low], payload) = untagged
            .payload
            .split_first_chunk::<TAG_LEN>()
            .ok_or_else(truncated)?;
        let tag = TagControl::from_bits(u16::from_be_bytes([high, low]));
        Self::from_parts(untagged.addresses, Some(tag), payload).ok_or_else(truncated)
    }

    /// Reads a frame and takes nothing out: for bytes whose outer tag came apart from them, as packet
    /// sockets deliver it. Follow with [`FrameRef::with_tag`].
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn parse_untagged(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        bytes
            .split_first_chunk()
            .and_then(|(addresses, payload)| Self::from_parts(addresses, None, payload))
            .ok_or_else(|| truncated(ADDRESSES_LEN + TYPE_LEN, bytes.len()))
    }

    fn from_parts(
        addresses: &'a [u8; ADDRESSES_LEN],
        tag: Option<TagControl>,
        payload: &'a [u8],
    ) -> Option<Self> {
        let first = payload.first_chunk()?;
        Some(Self {
            addresses,
            tag,
            payload,
            length_or_type: u16::from_be_bytes(*first),
        })
    }

    /// Destination address.
    #[must_use]
    pub fn dst(&self) -> MacAddr {
        let [a, b, c, d, e, f, ..] = *self.addresses;
        MacAddr::new([a, b, c, d, e, f])
    }

    /// Source address.
    #[must_use]
    pub fn src(&self) -> MacAddr {
        let [.., a, b, c, d, e, f] = *self.addresses;
        MacAddr::new([a, b, c, d, e, f])
    }

    /// The 802.1Q tag; a priority tag has no VLAN.
    #[must_use]
    pub const fn tag(&self) -> Option<TagControl> {
        self.tag
    }

    /// Length or EtherType.
    #[must_use]
    pub const fn ether_type(&self) -> LengthOrType {
        match self.length_or_type {
            length @ ..FIRST_ETHER_TYPE => LengthOrType::Length(length),
            ether_type => LengthOrType::EtherType(EtherType(ether_type)),
        }
    }

    /// What follows the tag, length or EtherType included.
    #[must_use]
    pub const fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// What follows length or EtherType, padding included.
    #[must_use]
    pub fn data(&self) -> &'a [u8] {
        &self.payload[TYPE_LEN..]
    }

    /// Whether a second tag is inside: without the first one, the frame would be taken for one of the
    /// second's VLAN.
    #[must_use]
    pub const fn has_inner_tag(&self) -> bool {
        matches!(
            EtherType(self.length_or_type),
            EtherType::VLAN_TAGGED_FRAME | EtherType::PROVIDER_BRIDGING
        )
    }

    /// The same frame with another tag, or none.
    #[must_use]
    pub const fn with_tag(self, tag: Option<TagControl>) -> Self {
        Self { tag, ..self }
    }

    /// Bytes of the frame with its tag inline, without the frame check sequence.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        ADDRESSES_LEN + TAG_LEN * self.tag.is_some() as usize + self.payload.len()
    }

    /// Writes the frame with its tag inline to the start of `out` and returns its length.
    ///
    /// # Errors
    /// [`EncodeError::Buffer`].
    pub fn write_to(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        let (need, got) = (self.encoded_len(), out.len());
        let out = out
            .get_mut(..need)
            .ok_or(EncodeError::Buffer { need, got })?;
        let (addresses, rest) = out.split_at_mut(ADDRESSES_LEN);
        addresses.copy_from_slice(self.addresses);
        let payload = match self.tag {
            Some(tag) => {
                let (slot, payload) = rest.split_at_mut(TAG_LEN);
                slot[..2].copy_from_slice(&EtherType::VLAN_TAGGED_FRAME.0.to_be_bytes());
                slot[2..].copy_from_slice(&tag.bits().to_be_bytes());
                payload
            }
            None => rest,
        };
        payload.copy_from_slice(self.payload);
        Ok(need)
    }

    /// The frame as bytes of its own, tag inline.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        let mut out = vec![0; self.encoded_len()];
        self.write_to(&mut out)
            .expect("the buffer has the length that was asked for");
        out
    }
}

impl fmt::Debug for FrameRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (src, dst, kind, len) = (self.src(), self.dst(), self.length_or_type, self.data());
        write!(
            f,
            "{src} > {dst} {:?} {kind:#06x} {} B",
            self.tag,
            len.len()
        )
    }
}

const fn truncated(need: usize, got: usize) -> DecodeError {
    DecodeError::Truncated {
        what: "Ethernet frame",
        need,
        got,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNTAGGED: [u8; 16] = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 6, 0xaa, 0xbb];
    const TAGGED: [u8; 20] = [
        2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x81, 0, 0xa0, 0x64, 8, 6, 0xaa, 0xbb,
    ];
    const TAG: TagControl = TagControl::from_bits(0xa064);

    #[test]
    fn fields_are_read_with_and_without_tag() {
        for (bytes, tag) in [(&UNTAGGED[..], None), (&TAGGED, Some(TAG))] {
            let frame = FrameRef::parse(bytes).unwrap();
            assert_eq!(frame.dst(), MacAddr::new([2, 0, 0, 0, 0, 2]));
            assert_eq!(frame.src(), MacAddr::new([2, 0, 0, 0, 0, 1]));
            assert_eq!(frame.tag(), tag);
            let arp = LengthOrType::EtherType(EtherType::ARP);
            assert_eq!(frame.ether_type(), arp);
            assert_eq!(frame.payload(), [8, 6, 0xaa, 0xbb]);
            assert_eq!(frame.data(), [0xaa, 0xbb]);
            assert_eq!(frame.to_vec(), bytes);
        }
    }

    #[test]
    fn tag_is_set_and_removed() {
        let frame = FrameRef::parse(&UNTAGGED).unwrap();
        assert_eq!(frame.with_tag(Some(TAG)).to_vec(), TAGGED);
        let frame = FrameRef::parse(&TAGGED).unwrap();
        assert_eq!(frame.with_tag(None).to_vec(), UNTAGGED);
    }

    #[test]
    fn tag_delivered_apart_keeps_the_inner_one() {
        let outer = TagControl::from_bits(7);
        let frame = FrameRef::parse_untagged(&TAGGED).unwrap();
        let frame = frame.with_tag(Some(outer));
        let bytes = frame.to_vec();
        assert_eq!(bytes[12..18], [0x81, 0, 0, 7, 0x81, 0]);
        assert_eq!(FrameRef::parse(&bytes), Ok(frame));
        assert!(frame.has_inner_tag());
        assert!(!FrameRef::parse(&TAGGED).unwrap().has_inner_tag());
    }

    #[test]
    fn lengths_are_no_ether_types() {
        let kind_of = |high, low| {
            let mut bytes = UNTAGGED;
            bytes[12..14].copy_from_slice(&[high, low]);
            FrameRef::parse(&bytes).unwrap().ether_type()
        };
        assert_eq!(kind_of(0x05, 0xff), LengthOrType::Length(0x05ff));
        let first = LengthOrType::EtherType(EtherType(0x0600));
        assert_eq!(kind_of(0x06, 0x00), first);
    }

    #[test]
    fn truncation_is_refused_and_small_buffers_too() {
        for len in 0..18 {
            let result = FrameRef::parse(&TAGGED[..len]);
            assert_eq!(result.map_err(|e| e.name()), Err("truncated"), "{len}");
        }
        let frame = FrameRef::parse(&TAGGED).unwrap();
        let error = EncodeError::Buffer { need: 20, got: 19 };
        assert_eq!(frame.write_to(&mut [0; 19]), Err(error));
    }
}
