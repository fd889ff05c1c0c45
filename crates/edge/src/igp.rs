//! IS-IS at work: its PDUs on the EVI links, and what it says about MACs into the MAC table.

use edge_api::{Cause, DropReason, EventKind};
use isis::{AdjacencyState, CircuitId, Event as IsisEvent, MacReachability, Transmission};
use wire::{SystemId, Timestamp};

use crate::interfaces::Medium;
use crate::mac_table::{Entry, MacKey, SetOutcome, Target};
use crate::{EdgeDevice, Egress, LinkId, Verdict};

impl EdgeDevice {
    /// An IS-IS PDU from an EVI link or an Ethernet circuit.
    pub(crate) fn handle_isis_pdu(
        &mut self,
        now: Timestamp,
        circuit: isis::CircuitId,
        pdu: &[u8],
        egress: &mut impl Egress,
    ) -> Verdict {
        let result = self.isis.handle_pdu(now, circuit, pdu);
        self.isis_touched = true;
        self.run_igp(now, egress);
        match result {
            Ok(()) => Verdict::Consumed,
            Err(drop) => {
                *self.isis_drops.entry(drop.name()).or_default() += 1;
                Verdict::Dropped(DropReason::IsisPdu)
            }
        }
    }

    /// Takes what IS-IS has to say and to send, until it has nothing more.
    pub(crate) fn run_igp(&mut self, now: Timestamp, egress: &mut impl Egress) {
        while self.isis_touched {
            self.isis_touched = false;
            while let Some(transmit) = self.isis.poll_transmit() {
                self.send_isis_pdu(transmit.circuit, &transmit.pdu, egress);
                // At once, so that they do not pile up while a database is sent to a thousand links.
                self.take_isis_events(now);
                self.isis_touched = true;
            }
            self.take_isis_events(now);
        }
    }

    fn take_isis_events(&mut self, now: Timestamp) {
        while let Some(event) = self.isis.poll_event() {
            self.isis_touched = true;
            self.handle_isis_event(now, event);
        }
    }

    fn handle_isis_event(&mut self, now: Timestamp, event: IsisEvent) {
        match event {
            IsisEvent::ReachabilityAdded { originator, entry } => {
                self.published(now, originator, entry);
            }
            IsisEvent::ReachabilityRemoved { originator, entry } => {
                self.withdrawn(now, originator, entry);
            }
            IsisEvent::AdjacencyChanged {
                circuit,
                neighbour,
                from,
                to,
                reason,
            } => {
                self.follow_adjacency(now, circuit, neighbour, (from, to));
                let link = self.interfaces.circuit_name(circuit);
                self.tell_adjacency(now, (link, neighbour), (from, to), reason.name());
            }
            IsisEvent::SystemReachable { .. } | IsisEvent::SystemUnreachable { .. } => {
                self.find_link_systems(now);
            }
            other => {
                if let Some(kind) = self.lsp_event(other) {
                    self.events.push(now, kind);
                }
            }
        }
    }

    /// An adjacency on an EVI link says whether the device behind it can be reached.
    fn follow_adjacency(
        &mut self,
        now: Timestamp,
        circuit: CircuitId,
        neighbour: SystemId,
        change: (AdjacencyState, AdjacencyState),
    ) {
        if let Medium::Link(link) = Medium::of(circuit) {
            match change {
                (_, AdjacencyState::Up) => self.came_up(now, neighbour),
                (AdjacencyState::Up, _) => self.went_down(now, link),
                _ => {}
            }
        }
    }

    fn lsp_event(&self, event: IsisEvent) -> Option<EventKind> {
        let name = |circuit| self.interfaces.circuit_name(circuit);
        let pairs = |macs: Vec<MacReachability>| macs.iter().map(|m| (m.vlan, m.mac)).collect();
        Some(match event {
            IsisEvent::LspOriginated {
                lsp_id,
                sequence,
                added,
                removed,
            } => {
                let (added, removed) = (pairs(added), pairs(removed));
                EventKind::LspOriginated {
                    lsp_id,
                    sequence,
                    added,
                    removed,
                }
            }
            IsisEvent::LspSent {
                circuit,
                lsp_id,
                sequence,
                transmission,
            } => {
                let retransmission = transmission == Transmission::Retransmission;
                EventKind::LspSent {
                    link: name(circuit),
                    lsp_id,
                    sequence,
                    retransmission,
                }
            }
            IsisEvent::LspReceived {
                circuit,
                lsp_id,
                sequence,
                freshness,
            } => {
                if freshness != isis::Freshness::Newer {
                    return None;
                }
                EventKind::LspReceived {
                    link: name(circuit),
                    lsp_id,
                    sequence,
                }
            }
            IsisEvent::LspPurged { lsp_id, .. } | IsisEvent::LspExpired { lsp_id, .. } => {
                EventKind::LspEnded { lsp_id }
            }
            IsisEvent::ReachabilityAdded { .. }
            | IsisEvent::ReachabilityRemoved { .. }
            | IsisEvent::SystemReachable { .. }
            | IsisEvent::SystemUnreachable { .. }
            | IsisEvent::AdjacencyChanged { .. } => return None,
        })
    }

    /// `system` newly lists a MAC. In a VLAN that is not extended here, that is not for us.
    fn published(&mut self, now: Timestamp, system: SystemId, entry: MacReachability) {
        if !self.interfaces.is_extended(entry.vlan) {
            self.publications_not_extended += 1;
            return;
        }
        let key = MacKey::new(entry.vlan, entry.mac);
        let link = self.link_to(system);
        let is_static = self.is_static_at(key, system);
        let of_another = self.table.is_static(key) || self.is_static_elsewhere(key, Some(system));
        if !is_static && of_another {
            self.reachability.add_outdated(key, system);
            self.claimed(now, key, system);
            return;
        }
        self.table.note_listed(key, true);
        if !is_static && link.is_some_and(|link| self.is_outdated_publication(now, key, link)) {
            self.reachability.add_outdated(key, system);
            return;
        }
        self.reachability.add(now, key, system);
        let Some(to) = link.map(Target::Remote) else {
            return;
        };
        if !is_static && self.is_frozen_move(key, to) {
            return;
        }
        if let SetOutcome::Static = self.rebind(now, key, Some(to), Cause::Published) {
            self.claimed(now, key, system);
        }
    }

    /// `system` lists a MAC no more.
    fn withdrawn(&mut self, now: Timestamp, system: SystemId, entry: MacReachability) {
        let key = MacKey::new(entry.vlan, entry.mac);
        self.reachability.remove(key, system);
        self.table
            .note_listed(key, self.reachability.is_listed(key));
        let Some(link) = self.link_to(system) else {
            return;
        };
        self.table.note_withdrawn(key, link);
        if self
            .table
            .get(key)
            .is_some_and(|entry| entry.target == Target::Remote(link))
        {
            self.fall_back(now, key, Cause::Withdrawn);
        }
    }

    /// An entry ends: what the link-state database says takes its place, or nothing (D-3).
    pub(crate) fn fall_back(&mut self, now: Timestamp, key: MacKey, cause: Cause) {
        let is_fixed = self.is_static_elsewhere(key, None);
        let link = self
            .reachability
            .newest_first(key)
            .filter(|a| !is_fixed || self.is_static_at(key, a.system))
            .find_map(|a| self.link_to(a.system));
        self.rebind(now, key, link.map(Target::Remote), cause);
    }

    /// A frame asks for a MAC without an entry. One that the IGP lists, and that found no room in the
    /// table or gave way, is taken in if it fits by now.
    pub(crate) fn recall(&mut self, now: Timestamp, key: MacKey) -> Option<Target> {
        self.reachability.newest_first(key).next()?;
        self.fall_back(now, key, Cause::Published);
        self.table.get(key).map(|entry| entry.target)
    }

    /// An EVI link leads to `system` from now on: what it published meanwhile is dated and judged as if
    /// it came now (D-2). Its static MACs are there, whatever was heard of them meanwhile (D-6).
    pub(crate) fn came_up(&mut self, now: Timestamp, system: SystemId) {
        let link = self.link_to(system);
        for key in self.reachability.listed_by(system) {
            let is_static = self.is_static_at(key, system);
            if !is_static && link.is_some_and(|link| self.is_outdated_publication(now, key, link)) {
                self.reachability.add_outdated(key, system);
                continue;
            }
            let may_move = self.dampening.frozen_until(key).is_none();
            if is_static || (may_move && self.is_overdue(key, system)) {
                self.fall_back(now, key, Cause::AdjacencyChanged);
            }
        }
    }

    /// An EVI link leads nowhere any more.
    pub(crate) fn went_down(&mut self, now: Timestamp, link: LinkId) {
        let through = |entry: &Entry| match entry.target {
            Target::Remote(used) | Target::Redirect { link: used, .. } => used == link,
            Target::Local(_) | Target::Flood { .. } => false,
        };
        let mut keys: Vec<_> = self
            .table
            .iter()
            .filter(|(_, e)| through(e))
            .map(|(key, _)| key)
            .collect();
        // A hash map has no order, and what follows from the same input must be the same.
        keys.sort_unstable();
        for key in keys {
            self.fall_back(now, key, Cause::AdjacencyChanged);
        }
    }

    /// Whether the database says more about `key` than the entry knows, now that `neighbour`, which
    /// lists it, can be reached. What a publication would have overridden while it could not is
    /// overridden now; a station heard since then is here.
    fn is_overdue(&self, key: MacKey, neighbour: SystemId) -> bool {
        let Some(entry) = self.table.get(key) else {
            return true;
        };
        let mut listed = self.reachability.newest_first(key);
        let listed = listed.find(|a| a.system == neighbour).map(|a| a.at);
        match entry.target {
            Target::Remote(_) => true,
            Target::Local(_) => listed > Some(entry.last_seen),
            Target::Flood { .. } | Target::Redirect { .. } => listed > Some(entry.since),
        }
    }

    /// A publication by the device behind `link` belongs to an assertion older than what is known:
    /// that device announced the MAC, and after it another one did, or the station came here (D-2,
    /// D-5).
    fn is_outdated_publication(&self, now: Timestamp, key: MacKey, link: LinkId) -> bool {
        self.table.get(key).is_some_and(|entry| {
            let asserted = entry.heard.stamp_of_publication(now, link);
            asserted.is_some_and(|stamp| stamp < entry.stamp)
        })
    }
}
