//! The walk over the TLVs of a PDU: code 1, length 1, value (ISO 10589 s9.3).

use core::iter::FusedIterator;

use crate::DecodeError;

use super::Tlv;

/// A TLV where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TlvRef<'a> {
    /// Code.
    pub code: u8,
    /// Value, at most 255 bytes.
    pub value: &'a [u8],
}

impl TlvRef<'_> {
    /// The error for a value that does not follow its layout.
    pub(super) fn format_error(&self) -> DecodeError {
        DecodeError::TlvFormat {
            code: self.code,
            length: u8::try_from(self.value.len()).unwrap_or(u8::MAX),
        }
    }
}

/// TLV by TLV to the end of the PDU, or to the first that reaches past it.
#[derive(Clone, Debug)]
pub struct TlvWalk<'a> {
    rest: &'a [u8],
}

impl<'a> TlvWalk<'a> {
    /// A walk over `area`: what lies between a PDU's header and its end.
    pub(super) const fn new(area: &'a [u8]) -> Self {
        Self { rest: area }
    }

    /// All TLVs as values.
    pub(super) fn decode_all(self) -> Result<Vec<Tlv>, DecodeError> {
        self.map(|tlv| tlv.map(Tlv::decode)).collect()
    }
}

impl<'a> Iterator for TlvWalk<'a> {
    type Item = Result<TlvRef<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = core::mem::take(&mut self.rest);
        let (&code, after) = rest.split_first()?;
        let overrun = |length, got| DecodeError::TlvOverrun { code, length, got };
        let Some((&length, after)) = after.split_first() else {
            return Some(Err(overrun(0, 0)));
        };
        let Some((value, rest)) = after.split_at_checked(usize::from(length)) else {
            return Some(Err(overrun(length, after.len())));
        };
        self.rest = rest;
        Some(Ok(TlvRef { code, value }))
    }
}

impl FusedIterator for TlvWalk<'_> {}
