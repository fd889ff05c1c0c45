//! VLAN identifiers and tags (IEEE 802.1Q-2018 s9.6).

use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A VLAN ID that frames can belong to: 1 to 4094.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VlanId(u16);

/// Why a number is no VLAN ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a VLAN ID: use 1 to 4094 (0 and 4095 are reserved by IEEE 802.1Q)")]
pub struct VlanIdError(pub u64);

impl VlanId {
    /// A VLAN ID, if `id` is one.
    ///
    /// # Errors
    /// `id` is 0 or above 4094.
    pub const fn new(id: u16) -> Result<Self, VlanIdError> {
        match id {
            1..=4094 => Ok(Self(id)),
            _ => Err(VlanIdError(id as u64)),
        }
    }

    /// The number, 1 to 4094.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl fmt::Display for VlanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for VlanId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(self.0)
    }
}

impl<'de> Deserialize<'de> for VlanId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = u64::deserialize(deserializer)?;
        Self::try_from(id).map_err(de::Error::custom)
    }
}

impl TryFrom<u64> for VlanId {
    type Error = VlanIdError;

    fn try_from(id: u64) -> Result<Self, Self::Error> {
        u16::try_from(id)
            .map_err(|_| VlanIdError(id))
            .and_then(Self::new)
    }
}

/// The bits of the VLAN ID in a tag.
const VID_MASK: u16 = 0x0fff;

/// The tag control information of an 802.1Q tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagControl(u16);

impl TagControl {
    /// A tag from its 16 bits: priority 3, drop eligible 1, VLAN ID 12.
    #[must_use]
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// A tag for `vlan` with a priority of 0 to 7.
    #[must_use]
    pub const fn new(vlan: VlanId, priority: u8) -> Self {
        Self(((priority as u16 & 7) << 13) | vlan.0)
    }

    /// The same priority and drop eligibility, for `vlan`.
    #[must_use]
    pub const fn with_vlan(self, vlan: VlanId) -> Self {
        Self((self.0 & !VID_MASK) | vlan.0)
    }

    /// The 16 bits.
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// The VLAN; `None` for a priority tag (ID 0) and for the reserved 4095.
    #[must_use]
    pub const fn vlan(self) -> Option<VlanId> {
        match VlanId::new(self.0 & VID_MASK) {
            Ok(vlan) => Some(vlan),
            Err(_) => None,
        }
    }

    /// Whether it is a priority tag: no VLAN (ID 0), only a priority.
    #[must_use]
    pub const fn is_priority_tag(self) -> bool {
        self.0 & VID_MASK == 0
    }

    /// The priority code point, 0 to 7.
    #[must_use]
    pub const fn priority(self) -> u8 {
        (self.0 >> 13) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_ids_are_refused() {
        assert_eq!(VlanId::new(0), Err(VlanIdError(0)));
        assert_eq!(VlanId::new(4095), Err(VlanIdError(4095)));
        assert!(VlanId::new(1).is_ok() && VlanId::new(4094).is_ok());
    }

    #[test]
    fn tag_keeps_priority() {
        let tag = TagControl::new(VlanId::new(100).unwrap(), 5);
        assert_eq!(tag.bits(), 0xa064);
        assert_eq!((tag.priority(), tag.vlan()), (5, Some(VlanId(100))));
        assert_eq!(TagControl::from_bits(0x2000).vlan(), None);
        let other = TagControl::from_bits(0xbfff).with_vlan(VlanId(100));
        assert_eq!(other.bits(), 0xb064, "drop eligibility is kept, too");
        assert!(TagControl::from_bits(0xf000).is_priority_tag() && !tag.is_priority_tag());
    }
}
