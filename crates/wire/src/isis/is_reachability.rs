//! Extended IS reachability, TLV 22 (RFC 5305 s3), repeated within the TLV:
//! `neighbour 7, metric 3, length of sub-TLVs 1, sub-TLVs`.

use crate::octets::Octets;
use crate::{DecodeError, EncodeError};

use super::{NodeId, TlvRef};

const FIXED_LEN: usize = 11;
const MAX_METRIC: u32 = 0x00ff_ffff;

/// A neighbour that the sender reaches directly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IsNeighbor {
    /// The neighbour.
    pub node: NodeId,
    /// Wide metric, 24 bits.
    pub metric: u32,
    /// Sub-TLVs, byte for byte.
    pub sub_tlvs: Vec<u8>,
}

impl IsNeighbor {
    pub(super) fn encoded_len(&self) -> usize {
        FIXED_LEN + self.sub_tlvs.len()
    }

    pub(super) fn decode_all(tlv: TlvRef<'_>) -> Result<Vec<Self>, DecodeError> {
        let mut octets = Octets::new("IS neighbour", tlv.value);
        let mut neighbors = Vec::new();
        while !octets.rest().is_empty() {
            let one = Self::decode(&mut octets).map_err(|_| tlv.format_error())?;
            neighbors.push(one);
        }
        Ok(neighbors)
    }

    fn decode(octets: &mut Octets<'_>) -> Result<Self, DecodeError> {
        let node = NodeId::from_octets(octets.array()?);
        let [a, b, c] = octets.array()?;
        let sub_len = usize::from(octets.u8()?);
        Ok(Self {
            node,
            metric: u32::from_be_bytes([0, a, b, c]),
            sub_tlvs: octets.slice(sub_len)?.to_vec(),
        })
    }

    pub(super) fn encode_into(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.metric > MAX_METRIC {
            return Err(EncodeError::Metric(self.metric));
        }
        // The enclosing TLV was measured before: what fits into it fits here.
        let sub_len = u8::try_from(self.sub_tlvs.len()).unwrap_or(u8::MAX);
        out.extend(self.node.octets());
        out.extend(&self.metric.to_be_bytes()[1..]);
        out.push(sub_len);
        out.extend(&self.sub_tlvs);
        Ok(())
    }
}
