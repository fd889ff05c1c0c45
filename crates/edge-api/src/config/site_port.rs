//! Ports towards the site: access ports and trunks.

use serde::{Deserialize, Serialize};
use wire::{VlanId, VlanSet};

/// A port towards the site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Keys", into = "Keys")]
pub struct SitePortConfig {
    /// Name in tables, for example `port1`.
    pub name: String,
    /// Interface.
    pub interface: String,
    /// The VLANs that it carries: `access_vlan`, or `trunk_vlans` and `native_vlan`.
    pub vlans: PortVlans,
    /// Whether the interface may be missing when the device starts: it is used once it is there.
    pub optional: bool,
}

/// The VLANs that a site port carries, and how their frames look there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortVlans {
    /// One VLAN, without tags.
    Access(VlanId),
    /// Any VLANs, with 802.1Q tags.
    Trunk {
        /// The VLANs.
        vlans: VlanSet,
        /// The one of them whose frames have no tag; `None`: frames without one are dropped.
        native: Option<VlanId>,
    },
}

impl PortVlans {
    /// Whether the port carries a VLAN.
    #[must_use]
    pub fn carries(&self, vlan: VlanId) -> bool {
        match self {
            Self::Access(access) => *access == vlan,
            Self::Trunk { vlans, .. } => vlans.contains(vlan),
        }
    }

    /// The VLAN whose frames have no tag there, if there is one.
    #[must_use]
    pub const fn untagged(&self) -> Option<VlanId> {
        match self {
            Self::Access(vlan) => Some(*vlan),
            Self::Trunk { native, .. } => *native,
        }
    }

    /// All VLANs that it carries, lowest first.
    pub fn iter(&self) -> impl Iterator<Item = VlanId> {
        let (access, trunk) = match self {
            Self::Access(vlan) => (Some(*vlan), None),
            Self::Trunk { vlans, .. } => (None, Some(vlans.iter())),
        };
        access.into_iter().chain(trunk.into_iter().flatten())
    }
}

/// A port as it is written. What is written, not what it means: see [`PortVlans`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    name: String,
    interface: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    access_vlan: Option<VlanId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trunk_vlans: Option<VlanSet>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    native_vlan: Option<VlanId>,
    #[serde(default, skip_serializing_if = "is_no")]
    optional: bool,
}

const fn is_no(value: &bool) -> bool {
    !*value
}

/// The keys do not say what kind of port it is.
#[derive(Debug, thiserror::Error)]
enum KindError {
    #[error(
        "site port `{0}` is of no kind: set `access_vlan = 100` for one VLAN without tags, or \
         `trunk_vlans = [100, 200]` for any with tags"
    )]
    Neither(String),
    #[error(
        "site port `{0}` has `access_vlan` and `trunk_vlans`: keep one of them (a trunk's untagged \
         VLAN is its `native_vlan`)"
    )]
    Both(String),
    #[error("site port `{0}` is an access port and has a `native_vlan`: leave that out")]
    NativeOfAccess(String),
}

impl TryFrom<Keys> for SitePortConfig {
    type Error = KindError;

    fn try_from(keys: Keys) -> Result<Self, KindError> {
        let vlans = match (keys.access_vlan, keys.trunk_vlans, keys.native_vlan) {
            (Some(vlan), None, None) => PortVlans::Access(vlan),
            (None, Some(vlans), native) => PortVlans::Trunk { vlans, native },
            (Some(_), Some(_), _) => return Err(KindError::Both(keys.name)),
            (Some(_), None, Some(_)) => return Err(KindError::NativeOfAccess(keys.name)),
            (None, None, _) => return Err(KindError::Neither(keys.name)),
        };
        Ok(Self {
            name: keys.name,
            interface: keys.interface,
            vlans,
            optional: keys.optional,
        })
    }
}

impl From<SitePortConfig> for Keys {
    fn from(port: SitePortConfig) -> Self {
        let (access_vlan, trunk_vlans, native_vlan) = match port.vlans {
            PortVlans::Access(vlan) => (Some(vlan), None, None),
            PortVlans::Trunk { vlans, native } => (None, Some(vlans), native),
        };
        Self {
            name: port.name,
            interface: port.interface,
            access_vlan,
            trunk_vlans,
            native_vlan,
            optional: port.optional,
        }
    }
}
