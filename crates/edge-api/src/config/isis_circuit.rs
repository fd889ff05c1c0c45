//! IS-IS on an Ethernet interface.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

/// An Ethernet interface with IS-IS on it as on a point-to-point circuit (RFC 5309): for a control plane
/// over a routed core, or through IS-IS routers of others. It carries IS-IS alone, never a frame of a
/// site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IsisCircuitConfig {
    /// Name in tables, for example `core1`.
    pub name: String,
    /// Interface. It may be the public one; no other port or circuit has it.
    pub interface: String,
    /// This device's address on it, for hellos (TLV 132): routers want one that they have a route to.
    pub address: Ipv4Addr,
}
