//! System ID and pseudonode number: LAN IDs, SNP sources, IS neighbours (ISO 10589 s7.1.4).

use core::fmt;

use crate::SystemId;

/// Seven bytes: a system, or a pseudonode of it. Written `0200.0000.0001.00`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// The system.
    pub system: SystemId,
    /// Pseudonode number, or circuit ID in a sequence numbers PDU; 0 for the system itself.
    pub pseudonode: u8,
}

impl NodeId {
    /// The node of a system itself.
    #[must_use]
    pub const fn of(system: SystemId) -> Self {
        Self {
            system,
            pseudonode: 0,
        }
    }

    /// A node ID from its seven bytes.
    #[must_use]
    pub const fn from_octets(bytes: [u8; 7]) -> Self {
        let [a, b, c, d, e, f, pseudonode] = bytes;
        Self {
            system: SystemId::new([a, b, c, d, e, f]),
            pseudonode,
        }
    }

    /// The seven bytes.
    #[must_use]
    pub const fn octets(self) -> [u8; 7] {
        let [a, b, c, d, e, f] = self.system.octets();
        [a, b, c, d, e, f, self.pseudonode]
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{:02x}", self.system, self.pseudonode))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_go_both_ways() {
        let id = NodeId::from_octets([2, 0, 0, 0, 0, 1, 9]);
        assert_eq!(id.octets(), [2, 0, 0, 0, 0, 1, 9]);
        assert_eq!(id.to_string(), "0200.0000.0001.09");
        assert_eq!(NodeId::of(id.system).pseudonode, 0);
    }
}
