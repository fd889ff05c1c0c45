//! The link-state graph, where it is followed.

use std::net::Ipv4Addr;

use wire::{LspId, SystemId};

use super::Instance;
use crate::link_state_graph::LspTopology;

impl Instance {
    /// LSP `id` of another system says this about the graph now, or is valid no more.
    pub(super) fn update_graph(&mut self, id: LspId, said: Option<&LspTopology>) {
        let changed = self.graph.as_mut().is_some_and(|g| g.replace(id, said));
        if changed {
            self.walk_graph();
        }
    }

    /// An LSP, or an adjacency of this system, has changed the graph.
    pub(super) fn walk_graph(&mut self) {
        if let Some(graph) = &mut self.graph {
            let up = self.circuits.values().filter_map(|c| c.up());
            let root = self.config.system_id;
            graph.walk(root, up.map(|a| a.neighbour), &mut self.events);
        }
    }

    /// Whether `system` can be reached through the link-state graph. Never, where the graph is not
    /// followed: see [`crate::GraphUse`].
    #[must_use]
    pub fn is_reachable(&self, system: SystemId) -> bool {
        self.graph.as_ref().is_some_and(|g| g.is_reachable(system))
    }

    /// The system that can be reached through the link-state graph and lists `address` as its own
    /// (TLV 132); of several, the one with the lowest ID. None, where the graph is not followed.
    #[must_use]
    pub fn system_at(&self, address: Ipv4Addr) -> Option<SystemId> {
        self.graph.as_ref()?.system_at(address)
    }
}
