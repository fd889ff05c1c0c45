//! Which system is behind an EVI link, and which EVI link leads to a system.
//!
//! Where IS-IS runs on the link itself, that is the neighbour on it, while the adjacency is up. So a
//! broken tunnel is not used because there is another way to its device. Where IS-IS runs elsewhere, it
//! is the system whose LSP lists the peer's address, as long as the link-state graph leads to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use edge_api::{AdjacencyState, EventKind};
use wire::{SystemId, Timestamp};

use crate::interfaces::{LinkControl, Medium};
use crate::{EdgeDevice, LinkId};

/// A system that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) system: SystemId,
    pub(crate) since: Timestamp,
}

/// The systems found behind the EVI links that carry no IS-IS.
#[derive(Default)]
pub(crate) struct LinkSystems {
    found: BTreeMap<LinkId, Found>,
}

impl LinkSystems {
    pub(crate) fn behind(&self, link: LinkId) -> Option<Found> {
        self.found.get(&link).copied()
    }

    fn link_to(&self, system: SystemId) -> Option<LinkId> {
        let mut found = self.found.iter();
        found
            .find(|(_, f)| f.system == system)
            .map(|(link, _)| *link)
    }

    /// The link is there no more.
    pub(crate) fn forget(&mut self, link: LinkId) {
        self.found.remove(&link);
    }

    /// Writes what is found behind a link; gives back what was.
    fn set(&mut self, link: LinkId, found: Option<Found>) -> Option<Found> {
        match found {
            Some(found) => self.found.insert(link, found),
            None => self.found.remove(&link),
        }
    }
}

impl EdgeDevice {
    /// The EVI link to `system`, if it can be used.
    pub(crate) fn link_to(&self, system: SystemId) -> Option<LinkId> {
        // EVI links are numbered before Ethernet circuits: where there is one, it is found first.
        match self.isis.circuit_to(system).map(Medium::of) {
            Some(Medium::Link(link)) => Some(link),
            Some(Medium::Ethernet(_)) | None => self.link_systems.link_to(system),
        }
    }

    /// The system behind an EVI link, if the link can be used.
    pub(crate) fn system_behind(&self, link: LinkId) -> Option<SystemId> {
        match self.interfaces.link(link).control {
            LinkControl::OnLink => self.isis.neighbour(link.circuit()),
            LinkControl::Elsewhere => self.link_systems.behind(link).map(|found| found.system),
        }
    }

    /// The link-state graph leads to other systems than before.
    pub(crate) fn find_link_systems(&mut self, now: Timestamp) {
        let links: Vec<_> = self.interfaces.link_ids().collect();
        for link in links {
            let evi_link = self.interfaces.link(link);
            if evi_link.control == LinkControl::OnLink {
                continue;
            }
            let new = self.isis.system_at(evi_link.peer);
            let old = self.link_systems.behind(link).map(|found| found.system);
            if new == old {
                continue;
            }
            let found = new.map(|system| Found { system, since: now });
            self.link_systems.set(link, found);
            if let Some(system) = old {
                self.went_down(now, link);
                self.tell_link_system(now, link, system, AdjacencyState::Down);
            }
            if let Some(system) = new {
                self.came_up(now, system);
                self.tell_link_system(now, link, system, AdjacencyState::Up);
            }
        }
    }

    fn tell_link_system(
        &mut self,
        now: Timestamp,
        link: LinkId,
        neighbour: SystemId,
        to: AdjacencyState,
    ) {
        let (from, reason) = match to {
            AdjacencyState::Up => (AdjacencyState::Down, "reachable"),
            AdjacencyState::Down | AdjacencyState::Initializing => {
                (AdjacencyState::Up, "unreachable")
            }
        };
        let link = self.interfaces.link(link).name.clone();
        self.tell_adjacency(now, (link, neighbour), (from, to), reason);
    }

    /// Tells of an adjacency, or of what stands for one: the one place.
    pub(crate) fn tell_adjacency(
        &mut self,
        now: Timestamp,
        (link, neighbour): (Arc<str>, SystemId),
        (from, to): (AdjacencyState, AdjacencyState),
        reason: &str,
    ) {
        let reason = reason.to_owned();
        self.events.push(
            now,
            EventKind::Adjacency {
                link,
                neighbour,
                from,
                to,
                reason,
            },
        );
    }
}
