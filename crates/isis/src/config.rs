//! What an instance and its circuits are made from.

use core::fmt;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};
use wire::isis::{AreaAddress, AuthenticationKey, LSP_BUFFER_SIZE};
use wire::{MacAddr, SystemId, VlanId};

use crate::Timers;

/// A circuit, numbered by the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CircuitId(pub u16);

impl fmt::Display for CircuitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A MAC in a VLAN that a system says is behind it (RFC 6165 s2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MacReachability {
    /// VLAN.
    pub vlan: VlanId,
    /// Station address.
    pub mac: MacAddr,
}

impl fmt::Display for MacReachability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.vlan, self.mac)
    }
}

/// What the link-state graph is used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GraphUse {
    /// Nothing: the neighbours are all that matters.
    #[default]
    Unused,
    /// To say which systems can be reached, with [`crate::Instance::system_at`] and as events. Costs a
    /// walk of the graph for every change of a neighbour, none for a change of MACs.
    Followed,
}

/// LSPs that the database holds unless configured otherwise.
pub const DEFAULT_LSDB_LIMIT: usize = 16_384;

/// Smallest fragment size: fixed TLVs and some MACs always fit.
const LEAST_LSP_MTU: u16 = 512;
const GREATEST_LSP_MTU: u16 = 9000;
const MAX_AREAS: usize = 3;
const MAX_HOSTNAME: usize = 255;

/// Configuration of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceConfig {
    /// The system; unique in the area.
    pub system_id: SystemId,
    /// Area addresses; a neighbour must share one. The first three count (ISO 10589 s7.1.5).
    pub areas: Vec<AreaAddress>,
    /// Host name for TLV 137. Characters other than printable ASCII are left out.
    pub hostname: Option<String>,
    /// Address of the system for TLV 132 of its LSP.
    pub ipv4_address: Ipv4Addr,
    /// Timers. What [`Timers::check`] refuses is brought to the nearest that works.
    pub timers: Timers,
    /// Greatest own LSP in bytes, 512 to 9000 (ISO 10589 `originatingLSPBufferSize`: 1492).
    pub lsp_mtu: u16,
    /// LSPs that the database holds at the most. Further ones of other systems are dropped as
    /// `lsdb-full` and not acknowledged, so that their neighbours offer them again; own ones are never
    /// refused.
    pub lsdb_limit: usize,
    /// Key for HMAC-MD5 authentication (RFC 5304). With a key every PDU sent carries a digest, and
    /// received ones without a digest, or with another, are dropped. Without one nothing is verified,
    /// and PDUs with a digest are accepted, as RFC 5304 s2 allows a system that does not do HMAC-MD5.
    ///
    /// One key serves for hellos, LSPs and sequence numbers PDUs. That departs from ISO 10589, which
    /// has a password of the area and one of each circuit for hellos; RFC 5304 s2 says that the two
    /// may differ, not that they must.
    pub authentication: Option<AuthenticationKey>,
    /// Whether to find out which systems can be reached beyond the neighbours.
    pub graph: GraphUse,
}

impl InstanceConfig {
    /// A configuration with default timers, LSP size and database limit, no host name, no
    /// authentication, and no use of the graph.
    #[must_use]
    pub fn new(system_id: SystemId, area: AreaAddress, ipv4_address: Ipv4Addr) -> Self {
        Self {
            system_id,
            areas: vec![area],
            hostname: None,
            ipv4_address,
            timers: Timers::default(),
            lsp_mtu: u16::try_from(LSP_BUFFER_SIZE).unwrap_or(LEAST_LSP_MTU),
            lsdb_limit: DEFAULT_LSDB_LIMIT,
            authentication: None,
            graph: GraphUse::Unused,
        }
    }

    /// The same within the limits that the fields state.
    pub(crate) fn workable(mut self) -> Self {
        self.areas.truncate(MAX_AREAS);
        self.timers = self.timers.workable();
        self.lsp_mtu = self.lsp_mtu.clamp(LEAST_LSP_MTU, GREATEST_LSP_MTU);
        self.hostname = self.hostname.map(printable).filter(|n| !n.is_empty());
        self
    }
}

fn printable(name: String) -> String {
    let printable = name.chars().filter(char::is_ascii_graphic);
    printable.take(MAX_HOSTNAME).collect()
}

/// Configuration of a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitConfig {
    /// The circuit.
    pub id: CircuitId,
    /// Our address on it, for TLV 132 of hellos.
    pub ipv4_address: Ipv4Addr,
}

impl CircuitConfig {
    /// The extended local circuit ID (RFC 5303). Not 0, which some systems take for "none".
    pub(crate) const fn extended_id(&self) -> u32 {
        self.id.0 as u32 + 1
    }
}
