//! HMAC-MD5 authentication of all PDUs with one key (RFC 5304, RFC 6233).

use wire::isis::authentication::{Authentication, sign, verify};
use wire::isis::{AuthenticationKey, LspView, Pdu, Tlv, Verification};
use wire::{DecodeError, EncodeError};

use crate::PduDrop;

/// Bytes that authentication takes in a PDU when there is a key.
pub(crate) const ROOM: usize = Authentication::HMAC_MD5_TLV_LEN;

/// Bytes that authentication takes in every PDU.
pub(crate) const fn len(key: Option<&AuthenticationKey>) -> usize {
    match key {
        Some(_) => ROOM,
        None => 0,
    }
}

/// The bytes of `pdu`, with a digest when there is a key.
pub(crate) fn encode(
    pdu: impl Into<Pdu>,
    key: Option<&AuthenticationKey>,
) -> Result<Vec<u8>, EncodeError> {
    let mut pdu = pdu.into();
    let Some(key) = key else {
        return pdu.encode();
    };
    let blank = Tlv::Authentication(Authentication::blank());
    pdu.tlvs_mut().insert(0, blank);
    let mut bytes = pdu.encode()?;
    sign(&mut bytes, key)?;
    Ok(bytes)
}

/// Whether a received PDU may be used: with a key only under its digest; without one always
/// (RFC 5304 s2: a system that does not do HMAC-MD5 may accept PDUs that carry it).
pub(crate) fn check(pdu: &[u8], key: Option<&AuthenticationKey>) -> Result<(), PduDrop> {
    let Some(key) = key else {
        return Ok(());
    };
    match verify(pdu, key)? {
        Verification::Correct => Ok(()),
        Verification::Wrong => Err(PduDrop::AuthenticationFailed),
        Verification::Absent => Err(PduDrop::AuthenticationMissing),
    }
}

/// Whether the contents of a purge allow to believe it. The digest does not cover the lifetime: an
/// LSP with its lifetime set to 0 still has the right one. So a purge must have lost its body
/// (RFC 5304 s2); what may be left is what tells of the purge itself (RFC 6233 s2).
pub(crate) fn check_purge(
    purge: &LspView<'_>,
    key: Option<&AuthenticationKey>,
) -> Result<(), PduDrop> {
    if key.is_none() {
        return Ok(());
    }
    for tlv in purge.tlvs() {
        let tlv: Result<Tlv, DecodeError> = tlv.map(Tlv::decode);
        match tlv? {
            Tlv::Authentication(_) | Tlv::PurgeOriginator(_) | Tlv::HostName(_) => {}
            _ => return Err(PduDrop::PurgeContents),
        }
    }
    Ok(())
}
