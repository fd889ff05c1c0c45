//! Authentication, TLV 10 (ISO 10589 s9.5, RFC 5304, RFC 5310): `type 1, value`.

use crate::DecodeError;

use super::TlvRef;

/// Authentication data as carried: neither computed nor verified here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authentication {
    /// 1 clear text, 3 generic cryptographic (RFC 5310), 54 HMAC-MD5 (RFC 5304).
    pub kind: u8,
    /// Password, or key ID and digest.
    pub value: Vec<u8>,
}

impl Authentication {
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
