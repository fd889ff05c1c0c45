//! Authentication, TLV 10 (ISO 10589 s9.5): `type 1, value`; HMAC-MD5 of whole PDUs (RFC 5304).
//!
//! The digest is computed over the PDU, TLV 10 included, with the digest itself as zeros, and in an
//! LSP also the remaining lifetime and the checksum: the one changes on the way, the other covers
//! the digest (RFC 5304 s2). So a digest says nothing about an LSP's lifetime.
//!
//! To write: put [`Authentication::blank`] first among the TLVs, encode, [`sign`]. To read:
//! [`verify`], then decode. Other types of authentication are carried, neither computed nor verified.

mod key;
#[cfg(test)]
mod tests;

use core::ops::Range;

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;

use crate::{DecodeError, EncodeError};

use super::header::{self, Bounded, PduType};
use super::lsp_view::{CHECKSUM, LIFETIME, seal};
use super::tlv::code;
use super::{TlvRef, TlvWalk};

pub use key::{AuthenticationKey, AuthenticationKeyError};

const DIGEST_LEN: usize = 16;

/// Authentication data as carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authentication {
    /// 1 clear text, 3 generic cryptographic (RFC 5310), 54 HMAC-MD5 (RFC 5304).
    pub kind: u8,
    /// Password, or key ID and digest.
    pub value: Vec<u8>,
}

impl Authentication {
    /// The kind of a HMAC-MD5 digest (RFC 5304 s2).
    pub const HMAC_MD5: u8 = 54;
    /// Bytes of a TLV with such a digest, code and length included.
    pub const HMAC_MD5_TLV_LEN: usize = 2 + 1 + DIGEST_LEN;

    /// Room for the digest that [`sign`] computes.
    #[must_use]
    pub fn blank() -> Self {
        Self {
            kind: Self::HMAC_MD5,
            value: vec![0; DIGEST_LEN],
        }
    }

    pub(super) fn decode(tlv: TlvRef<'_>) -> Result<Self, DecodeError> {
        let (&kind, value) = tlv.value.split_first().ok_or_else(|| tlv.format_error())?;
        Ok(Self {
            kind,
            value: value.to_vec(),
        })
    }

    pub(super) fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(self.kind);
        out.extend(&self.value);
    }
}

/// Result of [`verify`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// The digest is that of the PDU under the key.
    Correct,
    /// It is not: another key, or a PDU that was changed.
    Wrong,
    /// The PDU carries no HMAC-MD5 digest.
    Absent,
}

/// Writes the digest into the first HMAC-MD5 TLV of an encoded PDU, and the checksum of an LSP anew.
///
/// # Errors
/// [`EncodeError::NoAuthentication`]: not a level 1 PDU with an [`Authentication::blank`].
pub fn sign(pdu: &mut [u8], key: &AuthenticationKey) -> Result<(), EncodeError> {
    let refused = |_| EncodeError::NoAuthentication;
    let bounded = header::decode(pdu).map_err(refused)?;
    let Some(Place::Digest(place)) = find(&bounded).map_err(refused)? else {
        return Err(EncodeError::NoAuthentication);
    };
    let (pdu_type, length) = (bounded.pdu_type, bounded.pdu.len());
    let digest = mac(&bounded, &place, key).finalize().into_bytes();
    pdu[place].copy_from_slice(&digest);
    if pdu_type == PduType::Lsp {
        seal(&mut pdu[..length]);
    }
    Ok(())
}

/// Tests the first HMAC-MD5 digest of a received PDU, in a time that does not depend on where it
/// differs. Bytes beyond the PDU length are ignored.
///
/// # Errors
/// No level 1 PDU, or a TLV reaches past it.
pub fn verify(pdu: &[u8], key: &AuthenticationKey) -> Result<Verification, DecodeError> {
    let bounded = header::decode(pdu)?;
    Ok(match find(&bounded)? {
        None => Verification::Absent,
        Some(Place::OtherLength) => Verification::Wrong,
        Some(Place::Digest(place)) => {
            let mac = mac(&bounded, &place, key);
            match mac.verify_slice(&bounded.pdu[place]) {
                Ok(()) => Verification::Correct,
                Err(_) => Verification::Wrong,
            }
        }
    })
}

/// The first HMAC-MD5 TLV of a PDU.
enum Place {
    /// Where its digest stands in the PDU.
    Digest(Range<usize>),
    /// It has no room for a digest, or too much.
    OtherLength,
}

fn find(bounded: &Bounded<'_>) -> Result<Option<Place>, DecodeError> {
    let mut start = usize::from(bounded.pdu_type.header_len());
    for tlv in TlvWalk::new(bounded.tlvs) {
        let TlvRef { code, value } = tlv?;
        let end = start + 2 + value.len();
        if code == code::AUTHENTICATION && value.first() == Some(&Authentication::HMAC_MD5) {
            return Ok(Some(match value.len() - 1 {
                DIGEST_LEN => Place::Digest(end - DIGEST_LEN..end),
                _ => Place::OtherLength,
            }));
        }
        start = end;
    }
    Ok(None)
}

/// HMAC-MD5 over the PDU with zeros for its digest and, in an LSP, for lifetime and checksum.
fn mac(bounded: &Bounded<'_>, digest: &Range<usize>, key: &AuthenticationKey) -> Hmac<Md5> {
    let mut mac = Hmac::<Md5>::new_from_slice(key.octets()).expect("HMAC takes keys of any length");
    let changing = [LIFETIME, CHECKSUM].into_iter();
    let changing = changing.filter(|_| bounded.pdu_type == PduType::Lsp);
    let mut done = 0;
    for blank in changing.chain([digest.clone()]) {
        mac.update(&bounded.pdu[done..blank.start]);
        mac.update(&[0; DIGEST_LEN][..blank.len()]);
        done = blank.end;
    }
    mac.update(&bounded.pdu[done..]);
    mac
}
