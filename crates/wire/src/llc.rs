//! IS-IS PDUs in 802.3 frames with LLC (ISO 8802-2, ISO 10589 s8.4.8).
//!
//! ```text
//! 0-5    destination            12-13  length of what follows, 3 + PDU
//! 6-11   source                 14-16  FE FE 03: OSI network layer, unnumbered information
//!                               17..   PDU, then padding that the length leaves out
//! ```

use crate::{DecodeError, EncodeError, FrameRef, LengthOrType, MacAddr};

/// Where level 1 PDUs go on a LAN.
pub const ALL_L1_ISS: MacAddr = MacAddr::new([0x01, 0x80, 0xc2, 0x00, 0x00, 0x14]);
/// Where PDUs go on a point-to-point circuit over a LAN (RFC 5309).
pub const ALL_ISS: MacAddr = MacAddr::new([0x09, 0x00, 0x2b, 0x00, 0x00, 0x05]);
/// Greatest PDU, in bytes: an 802.3 frame carries 1500, the LLC header takes 3.
pub const MAX_PDU_LEN: usize = 1500 - OSI.len();

const OSI: [u8; 3] = [0xfe, 0xfe, 0x03];
const HEADER_LEN: usize = 12 + 2 + OSI.len();

/// A complete frame, unpadded and untagged, around `pdu`.
///
/// # Errors
/// [`EncodeError::PduLength`]: above [`MAX_PDU_LEN`].
pub fn encode_osi_frame(dst: MacAddr, src: MacAddr, pdu: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let too_long = EncodeError::PduLength {
        length: pdu.len(),
        limit: MAX_PDU_LEN,
    };
    let length = u16::try_from(pdu.len() + OSI.len())
        .ok()
        .filter(|_| pdu.len() <= MAX_PDU_LEN)
        .ok_or(too_long)?;
    let mut out = Vec::with_capacity(HEADER_LEN + pdu.len());
    out.extend(dst.octets());
    out.extend(src.octets());
    out.extend(length.to_be_bytes());
    out.extend(OSI);
    out.extend(pdu);
    Ok(out)
}

/// The PDU of a frame, without the padding.
///
/// # Errors
/// `not-length` for an Ethernet II frame, `frame-length`, `truncated`, `not-osi`.
pub fn decode_osi_frame<'a>(frame: &FrameRef<'a>) -> Result<&'a [u8], DecodeError> {
    let length = match frame.ether_type() {
        LengthOrType::Length(length) => length,
        LengthOrType::EtherType(other) => return Err(DecodeError::NotLength(other.0)),
    };
    let got = frame.data().len();
    let llc = frame
        .data()
        .get(..usize::from(length))
        .ok_or(DecodeError::FrameLength { length, got })?;
    match llc.split_first_chunk() {
        Some((&OSI, pdu)) => Ok(pdu),
        Some((&other, _)) => Err(DecodeError::NotOsi(other)),
        None => Err(DecodeError::Truncated {
            what: "LLC header",
            need: OSI.len(),
            got: llc.len(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SRC: MacAddr = MacAddr::new([2, 0, 0, 0, 0, 1]);
    const FRAME: [u8; 19] = [
        0x09, 0, 0x2b, 0, 0, 5, 2, 0, 0, 0, 0, 1, 0, 5, 0xfe, 0xfe, 3, 0x83, 0x14,
    ];

    fn decode(bytes: &[u8]) -> Result<&[u8], DecodeError> {
        FrameRef::parse(bytes).and_then(|frame| decode_osi_frame(&frame))
    }

    #[test]
    fn bytes_go_both_ways() {
        let frame = encode_osi_frame(ALL_ISS, SRC, &[0x83, 0x14]).unwrap();
        assert_eq!(frame, FRAME);
        assert_eq!(decode(&FRAME), Ok(&[0x83, 0x14][..]));
    }

    #[test]
    fn padding_is_left_out() {
        let mut padded = [0x55; 60];
        padded[..FRAME.len()].copy_from_slice(&FRAME);
        assert_eq!(decode(&padded), Ok(&[0x83, 0x14][..]));
    }

    #[test]
    fn what_is_not_ours_is_named() {
        for (offset, value, name) in [
            (12, 8, "not-length"),
            (13, 6, "frame-length"),
            (13, 2, "truncated"),
            (14, 0x42, "not-osi"),
        ] {
            let mut bytes = FRAME;
            bytes[offset] = value;
            assert_eq!(decode(&bytes).map_err(|e| e.name()), Err(name));
        }
    }

    #[test]
    fn truncation_is_refused_at_every_length() {
        for len in 0..FRAME.len() {
            assert!(decode(&FRAME[..len]).is_err(), "length {len}");
        }
    }

    #[test]
    fn greatest_pdu_fits_and_no_greater_one() {
        let pdu = [0x83; MAX_PDU_LEN + 1];
        let frame = encode_osi_frame(ALL_L1_ISS, SRC, &pdu[1..]).unwrap();
        assert_eq!(decode(&frame), Ok(&pdu[1..]));
        let error = encode_osi_frame(ALL_L1_ISS, SRC, &pdu).unwrap_err();
        let (length, limit) = (1498, 1497);
        assert_eq!(error, EncodeError::PduLength { length, limit });
    }
}
