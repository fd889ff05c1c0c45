//! Purge originator identification, TLV 13 (RFC 6232 s3).
//!
//! ```text
//! 0      number of system IDs: 1 or 2
//! 1-6    the system that put the TLV in
//! 7-12   the system that it got the purge from, when it is not the purge's originator
//! ```

use core::fmt;

use crate::octets::Octets;
use crate::{DecodeError, SystemId};

use super::TlvRef;

const ID_LEN: usize = 6;

/// Who took an LSP out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PurgeOriginator {
    /// The system that put this TLV into the purge: its originator, unless `received_from` is there.
    pub system: SystemId,
    /// The neighbour that sent the purge without this TLV to `system`.
    pub received_from: Option<SystemId>,
}

impl PurgeOriginator {
    pub(super) fn value_len(&self) -> usize {
        1 + ID_LEN * usize::from(self.count())
    }

    fn count(&self) -> u8 {
        1 + u8::from(self.received_from.is_some())
    }

    pub(super) fn decode(tlv: TlvRef<'_>) -> Result<Self, DecodeError> {
        let mut octets = Octets::new("purge originator", tlv.value);
        let count = octets.u8().map_err(|_| tlv.format_error())?;
        let fits = octets.rest().len() == ID_LEN * usize::from(count);
        if !fits || !matches!(count, 1 | 2) {
            return Err(tlv.format_error());
        }
        Ok(Self {
            system: SystemId::new(octets.array()?),
            received_from: match count {
                2 => Some(SystemId::new(octets.array()?)),
                _ => None,
            },
        })
    }

    pub(super) fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(self.count());
        out.extend(self.system.octets());
        out.extend(self.received_from.iter().flat_map(|s| s.octets()));
    }
}

impl fmt::Display for PurgeOriginator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "purged by {}", self.system)?;
        match self.received_from {
            Some(neighbor) => write!(f, ", which got the purge from {neighbor}"),
            None => Ok(()),
        }
    }
}
