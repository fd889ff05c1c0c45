//! What an instance knows, for tables.

use wire::isis::PurgeOriginator;
use wire::{LspId, SystemId, Timestamp};

use super::Instance;
use crate::stored_lsp::StoredLsp;
use crate::{Adjacency, CircuitId, InstanceConfig, MacReachability, Timers};

/// A row of the link-state database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LspSummary<'a> {
    /// The LSP.
    pub lsp_id: LspId,
    /// Sequence number.
    pub sequence: u32,
    /// Checksum.
    pub checksum: u16,
    /// Seconds that it has left; 0 when it is purged and only its header is kept.
    pub remaining_lifetime: u16,
    /// Whether this system originated it.
    pub own: bool,
    /// Whether its system says that it is overloaded.
    pub overloaded: bool,
    /// Host name that it carries.
    pub hostname: Option<&'a str>,
    /// MACs that it lists.
    pub macs: &'a [MacReachability],
    /// Who purged it, if it is purged and the purge says so (RFC 6232).
    pub purge_originator: Option<PurgeOriginator>,
}

impl Instance {
    /// The configuration in use, brought within its limits.
    #[must_use]
    pub const fn config(&self) -> &InstanceConfig {
        &self.config
    }

    /// The timers in use.
    #[must_use]
    pub const fn timers(&self) -> &Timers {
        &self.config.timers
    }

    /// The neighbours that are Initializing or Up, by circuit.
    pub fn adjacencies(&self) -> impl Iterator<Item = &Adjacency> {
        self.circuits.values().filter_map(|c| c.adjacency.as_ref())
    }

    /// The neighbour on a circuit; only when the adjacency is Up.
    #[must_use]
    pub fn neighbour(&self, circuit: CircuitId) -> Option<SystemId> {
        let circuit = self.circuits.get(&circuit)?;
        circuit.up().map(|a| a.neighbour)
    }

    /// The first circuit on which `system` is a neighbour that is Up.
    #[must_use]
    pub fn circuit_to(&self, system: SystemId) -> Option<CircuitId> {
        let mut up = self.circuits.values().filter_map(|c| c.up());
        up.find(|a| a.neighbour == system).map(|a| a.circuit)
    }

    /// The host name of a system, from its fragment 0 (TLV 137).
    #[must_use]
    pub fn hostname(&self, system: SystemId) -> Option<&str> {
        let id = LspId {
            system,
            pseudonode: 0,
            fragment: 0,
        };
        self.lsdb.get(id)?.hostname()
    }

    /// The database by LSP ID, with lifetimes at the latest time handed in.
    pub fn lsdb(&self) -> impl Iterator<Item = LspSummary<'_>> {
        self.lsdb.iter().map(|lsp| self.summary(lsp))
    }

    fn summary<'a>(&self, lsp: &'a StoredLsp) -> LspSummary<'a> {
        let header = lsp.header();
        LspSummary {
            lsp_id: header.id,
            sequence: header.sequence,
            checksum: header.checksum,
            remaining_lifetime: lsp.remaining_lifetime(self.now),
            own: header.id.system == self.config.system_id,
            overloaded: header.flags.is_overloaded(),
            hostname: lsp.hostname(),
            macs: lsp.macs(),
            purge_originator: lsp.purge_originator(),
        }
    }

    /// The MACs that another system lists, over all its valid fragments.
    pub fn reachable_macs(&self, system: SystemId) -> impl Iterator<Item = MacReachability> + '_ {
        self.reachability.of(system)
    }

    /// The other systems that list a MAC, by system ID: during a move there may be two.
    pub fn originators(&self, entry: MacReachability) -> impl Iterator<Item = SystemId> + '_ {
        self.reachability.originators(entry)
    }

    /// The systems, this one among them, that list a MAC as configured, and so behind them for good.
    pub fn static_originators(
        &self,
        entry: MacReachability,
    ) -> impl Iterator<Item = SystemId> + '_ {
        let is_used = |id: &LspId| {
            // Without fragment 0 a system's other fragments are not used (ISO 10589 s7.2.5).
            let first = self.lsdb.get(LspId { fragment: 0, ..*id });
            id.pseudonode == 0 && first.is_some_and(StoredLsp::is_alive)
        };
        let listing = self.lsdb.listing_as_static(entry);
        listing.filter(is_used).map(|id| id.system)
    }

    /// When the pending own LSP will be generated; `None` when none is pending.
    #[must_use]
    pub const fn lsp_generation_pending(&self) -> Option<Timestamp> {
        self.own.throttle.due()
    }
}
