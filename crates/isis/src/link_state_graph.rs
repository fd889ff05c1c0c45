//! Which systems can be reached through the link-state database (ISO 10589 s7.2, RFC 5305 s3).
//!
//! Reachability alone: what comes of it is which LSPs count, not a way for packets. So every link
//! costs the same, and the walk is breadth-first.
//!
//! A link counts when the LSPs of both ends list it (ISO 10589 s7.2.8.2); at this system's own end the
//! adjacency does, which is newer than any LSP. A node counts when its fragment 0 is valid (s7.2.5). A
//! system that is overloaded can be reached, but not passed through (s7.2.8.1).

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::Ipv4Addr;

use wire::isis::{LspView, NodeId, Tlv, TlvRef};
use wire::{LspId, SystemId};

use crate::event::{Event, Events};

/// Extended IS reachability.
const TLV_NEIGHBORS: u8 = 22;
/// IPv4 interface addresses.
const TLV_ADDRESSES: u8 = 132;
/// A link with this metric is not for finding ways (RFC 5305 s3).
const UNUSABLE_METRIC: u32 = 0x00ff_ffff;

/// What one LSP says about the graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LspTopology {
    neighbors: BTreeSet<NodeId>,
    addresses: BTreeSet<Ipv4Addr>,
    overloaded: bool,
}

impl LspTopology {
    pub(crate) fn of(view: &LspView<'_>) -> Self {
        let mut said = Self::default();
        // The many others, full of MACs, are not even decoded.
        let counted = |tlv: &TlvRef<'_>| matches!(tlv.code, TLV_NEIGHBORS | TLV_ADDRESSES);
        for tlv in view.tlvs().filter_map(Result::ok).filter(counted) {
            match Tlv::decode(tlv) {
                Tlv::ExtendedIsReachability(list) => {
                    let usable = list.into_iter().filter(|n| n.metric != UNUSABLE_METRIC);
                    said.neighbors.extend(usable.map(|n| n.node));
                }
                Tlv::Ipv4InterfaceAddresses(list) => said.addresses.extend(list),
                _ => {}
            }
        }
        said.overloaded = view.header().flags.is_overloaded();
        said
    }
}

/// The valid fragments of a system or pseudonode.
#[derive(Debug, Default)]
struct Node {
    fragments: BTreeMap<u8, LspTopology>,
}

impl Node {
    /// Fragment 0, without which the others do not count.
    fn first(&self) -> Option<&LspTopology> {
        self.fragments.get(&0)
    }

    fn lists(&self, neighbor: NodeId) -> bool {
        let mut fragments = self.fragments.values();
        self.first().is_some() && fragments.any(|f| f.neighbors.contains(&neighbor))
    }

    fn neighbors(&self) -> impl Iterator<Item = NodeId> + '_ {
        let counted = self.fragments.values().filter(|_| self.first().is_some());
        counted.flat_map(|f| f.neighbors.iter().copied())
    }

    fn addresses(&self) -> BTreeSet<Ipv4Addr> {
        let lists = self.fragments.values().map(|f| &f.addresses);
        lists.flatten().copied().collect()
    }
}

/// The graph of the other systems, and what of it can be reached.
#[derive(Debug, Default)]
pub(crate) struct LinkStateGraph {
    nodes: BTreeMap<NodeId, Node>,
    /// The systems that can be reached, with their addresses.
    reached: BTreeMap<SystemId, BTreeSet<Ipv4Addr>>,
    /// Whose each address is: of several systems, the one with the lowest ID.
    at: BTreeMap<Ipv4Addr, SystemId>,
}

impl LinkStateGraph {
    /// LSP `id` of another system says this now; `None`: it is valid no more. Whether that is a
    /// change: only then is there anything to walk anew.
    pub(crate) fn replace(&mut self, id: LspId, said: Option<&LspTopology>) -> bool {
        let node = NodeId {
            system: id.system,
            pseudonode: id.pseudonode,
        };
        // A fragment full of MACs alone is not kept. Fragment 0 counts even when it says nothing.
        let kept = said.filter(|s| id.fragment == 0 || **s != LspTopology::default());
        let old = self.nodes.get(&node).map(|n| n.fragments.get(&id.fragment));
        if old.flatten() == kept {
            return false;
        }
        match kept {
            Some(said) => {
                let fragments = &mut self.nodes.entry(node).or_default().fragments;
                fragments.insert(id.fragment, said.clone());
            }
            None => self.forget(node, id.fragment),
        }
        true
    }

    fn forget(&mut self, id: NodeId, fragment: u8) {
        if let Some(node) = self.nodes.get_mut(&id) {
            node.fragments.remove(&fragment);
            if node.fragments.is_empty() {
                self.nodes.remove(&id);
            }
        }
    }

    /// Finds out what can be reached from `root`, whose adjacencies with `adjacent` are up, and
    /// tells what has changed.
    pub(crate) fn walk(
        &mut self,
        root: SystemId,
        adjacent: impl Iterator<Item = SystemId>,
        events: &mut Events,
    ) {
        let seen = self.reach(root, adjacent);
        let systems = seen.iter().filter(|id| id.pseudonode == 0);
        let with_addresses = systems.filter_map(|id| {
            let node = self.nodes.get(id)?;
            Some((id.system, node.addresses()))
        });
        let reached: BTreeMap<_, _> = with_addresses.collect();
        let old = core::mem::replace(&mut self.reached, reached);
        self.at.clear();
        for (system, addresses) in &self.reached {
            for address in addresses {
                self.at.entry(*address).or_insert(*system);
            }
        }
        let lost = old.keys().filter(|s| !self.reached.contains_key(s));
        lost.for_each(|system| events.push(Event::SystemUnreachable { system: *system }));
        let new = self.reached.iter().filter(|(s, a)| old.get(s) != Some(a));
        new.for_each(|(system, _)| events.push(Event::SystemReachable { system: *system }));
    }

    fn reach(&self, root: SystemId, adjacent: impl Iterator<Item = SystemId>) -> BTreeSet<NodeId> {
        let mut seen = BTreeSet::new();
        let mut ahead = VecDeque::new();
        let mut step = |from: NodeId, to: NodeId, ahead: &mut VecDeque<NodeId>| {
            let back = self.nodes.get(&to).is_some_and(|node| node.lists(from));
            if back && to.system != root && seen.insert(to) {
                ahead.push_back(to);
            }
        };
        for system in adjacent {
            step(NodeId::of(root), NodeId::of(system), &mut ahead);
        }
        while let Some(id) = ahead.pop_front() {
            let node = self.nodes.get(&id).filter(|node| {
                // A pseudonode has no overload bit of its own (ISO 10589 s9.8).
                id.pseudonode != 0 || !node.first().is_some_and(|f| f.overloaded)
            });
            for next in node.into_iter().flat_map(Node::neighbors) {
                step(id, next, &mut ahead);
            }
        }
        seen
    }

    pub(crate) fn is_reachable(&self, system: SystemId) -> bool {
        self.reached.contains_key(&system)
    }

    /// The system that can be reached and says that `address` is its own.
    pub(crate) fn system_at(&self, address: Ipv4Addr) -> Option<SystemId> {
        self.at.get(&address).copied()
    }
}
