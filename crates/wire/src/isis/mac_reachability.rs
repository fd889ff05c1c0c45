//! MAC reachability, TLV 147 (RFC 6165 s2).
//!
//! ```text
//! 0-1    topology ID or nickname (0)
//! 2      confidence: RFC 7357 s3.1 ranks sources 0 to 254, 255 = static; 0 where unused
//! 3-4    RESV 4 bits, VLAN ID 12 bits
//! 5..    n MAC addresses of 6 bytes, unicast only, n <= 41
//! ```

use core::fmt;

use crate::{DecodeError, EncodeError, MacAddr, VlanId};

use super::tlv::code;
use super::{Tlv, TlvRef, TlvWalk};

const FIXED_LEN: usize = 5;
const MAC_LEN: usize = 6;
const VLAN_MASK: u16 = 0x0fff;

/// A TLV 147 where it lies. Layout and VLAN are checked; its MACs are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MacReachabilityRef<'a> {
    /// Topology ID or nickname.
    pub topology: u16,
    /// Confidence.
    pub confidence: u8,
    /// The four reserved bits.
    pub reserved: u8,
    /// The VLAN that all the MACs are in.
    pub vlan: VlanId,
    macs: &'a [[u8; MAC_LEN]],
}

impl<'a> MacReachabilityRef<'a> {
    /// Reads a TLV 147.
    ///
    /// # Errors
    /// [`DecodeError::TlvFormat`] for another code or length, [`DecodeError::ReservedVlan`].
    pub fn decode(tlv: TlvRef<'a>) -> Result<Self, DecodeError> {
        let (fixed, macs) = tlv
            .value
            .split_first_chunk::<FIXED_LEN>()
            .filter(|_| tlv.code == code::MAC_REACHABILITY)
            .ok_or_else(|| tlv.format_error())?;
        let (macs, []) = macs.as_chunks() else {
            return Err(tlv.format_error());
        };
        let [t0, t1, confidence, v0, v1] = *fixed;
        let vlan = u16::from_be_bytes([v0, v1]) & VLAN_MASK;
        Ok(Self {
            topology: u16::from_be_bytes([t0, t1]),
            confidence,
            reserved: v0 >> 4,
            vlan: VlanId::new(vlan).map_err(|_| DecodeError::ReservedVlan(vlan))?,
            macs,
        })
    }

    /// The addresses as they stand, group addresses included.
    pub fn macs(&self) -> impl ExactSizeIterator<Item = MacAddr> + use<'a> {
        self.macs.iter().copied().map(MacAddr::new)
    }

    /// One by one what is reachable; an address that is no station's gives
    /// [`DecodeError::NotStation`].
    pub fn reachable(&self) -> impl Iterator<Item = Result<ReachableMac, DecodeError>> + use<'a> {
        let (vlan, topology, confidence) = (self.vlan, self.topology, self.confidence);
        self.macs().map(move |mac| {
            let entry = ReachableMac {
                vlan,
                mac,
                topology,
                confidence,
            };
            match mac.is_station() {
                true => Ok(entry),
                false => Err(DecodeError::NotStation(mac)),
            }
        })
    }
}

/// One MAC that the originator of an LSP says is behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReachableMac {
    /// Its VLAN.
    pub vlan: VlanId,
    /// The station's address.
    pub mac: MacAddr,
    /// Topology ID or nickname of its TLV.
    pub topology: u16,
    /// Confidence of its TLV.
    pub confidence: u8,
}

/// A TLV 147 as a value. Group addresses that were received are kept in `macs`, so that the TLV can be
/// written back as it was; [`MacReachability::stations`] leaves them out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MacReachability {
    /// Topology ID or nickname; 0.
    pub topology: u16,
    /// Confidence; 0 where unused.
    pub confidence: u8,
    /// The four reserved bits; 0.
    pub reserved: u8,
    /// The VLAN that all the MACs are in.
    pub vlan: VlanId,
    /// At most [`MacReachability::MAX_MACS`] addresses.
    pub macs: Vec<MacAddr>,
}

impl MacReachability {
    /// Addresses that one TLV holds.
    pub const MAX_MACS: usize = (255 - FIXED_LEN) / MAC_LEN;

    pub(super) fn value_len(&self) -> usize {
        FIXED_LEN + MAC_LEN * self.macs.len()
    }

    pub(super) fn decode(tlv: TlvRef<'_>) -> Result<Self, DecodeError> {
        let tlv = MacReachabilityRef::decode(tlv)?;
        Ok(Self {
            topology: tlv.topology,
            confidence: tlv.confidence,
            reserved: tlv.reserved,
            vlan: tlv.vlan,
            macs: tlv.macs().collect(),
        })
    }

    pub(super) fn encode_into(&self, out: &mut Vec<u8>) {
        let vlan = u16::from(self.reserved & 0x0f) << 12 | self.vlan.get();
        out.extend(self.topology.to_be_bytes());
        out.push(self.confidence);
        out.extend(vlan.to_be_bytes());
        out.extend(self.macs.iter().flat_map(|mac| mac.octets()));
    }

    /// The addresses without those that no station can own.
    pub fn stations(&self) -> impl Iterator<Item = MacAddr> + '_ {
        self.macs.iter().copied().filter(|mac| mac.is_station())
    }

    /// Packs MACs into as few TLVs as their order allows: a new one begins where the VLAN changes and
    /// after [`MacReachability::MAX_MACS`]. So hand them in ordered by VLAN.
    ///
    /// # Errors
    /// [`EncodeError::NotStation`]: an address is a group address or zero.
    pub fn pack(
        confidence: u8,
        reachable: impl IntoIterator<Item = (VlanId, MacAddr)>,
    ) -> Result<Vec<Self>, EncodeError> {
        let mut tlvs: Vec<Self> = Vec::new();
        for (vlan, mac) in reachable {
            if !mac.is_station() {
                return Err(EncodeError::NotStation(mac));
            }
            match tlvs.last_mut() {
                Some(last) if last.vlan == vlan && last.macs.len() < Self::MAX_MACS => {
                    last.macs.push(mac);
                }
                _ => tlvs.push(Self {
                    topology: 0,
                    confidence,
                    reserved: 0,
                    vlan,
                    macs: vec![mac],
                }),
            }
        }
        Ok(tlvs)
    }
}

impl From<MacReachability> for Tlv {
    fn from(value: MacReachability) -> Self {
        Self::MacReachability(value)
    }
}

impl fmt::Display for MacReachability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VLAN {}: {} MACs", self.vlan, self.macs.len())
    }
}

/// Everything reachable in a run of TLVs.
pub(super) fn reachable_macs(
    tlvs: TlvWalk<'_>,
) -> impl Iterator<Item = Result<ReachableMac, DecodeError>> {
    let ours = tlvs.filter(|tlv| !matches!(tlv, Ok(t) if t.code != code::MAC_REACHABILITY));
    ours.flat_map(|tlv| {
        let (macs, error) = match tlv.and_then(MacReachabilityRef::decode) {
            Ok(tlv) => (Some(tlv.reachable()), None),
            Err(error) => (None, Some(Err(error))),
        };
        macs.into_iter().flatten().chain(error)
    })
}
