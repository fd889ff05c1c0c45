//! IS-IS at work: its PDUs on the EVI links, and what it says about MACs into the MAC table.

use edge_api::{Cause, DropReason, EventKind};
use isis::{AdjacencyState, Event as IsisEvent, MacReachability, Transmission};
use wire::{FrameRef, SystemId, Timestamp, llc};

use crate::mac_table::{Entry, MacKey, Target};
use crate::{EdgeDevice, Egress, LinkId, Verdict};

impl EdgeDevice {
    /// An IS-IS PDU from the public side.
    pub(crate) fn handle_isis_pdu(
        &mut self,
        now: Timestamp,
        link: LinkId,
        pdu: &[u8],
        egress: &mut impl Egress,
    ) -> Verdict {
        let result = self.isis.handle_pdu(now, link.circuit(), pdu);
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
                self.send_isis_pdu(LinkId(transmit.circuit.0), &transmit.pdu, egress);
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

    fn send_isis_pdu(&mut self, link: LinkId, pdu: &[u8], egress: &mut impl Egress) {
        let Ok(bytes) = llc::encode_osi_frame(llc::ALL_ISS, self.isis_source, pdu) else {
            self.link_tallies[usize::from(link.0)].dropped(DropReason::ExceedsPublicMtu);
            return;
        };
        let Ok(frame) = FrameRef::parse(&bytes) else {
            return;
        };
        let sent = egress.send_control(link, frame);
        self.tally_link(link, bytes.len(), sent);
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
                let link = LinkId(circuit.0);
                self.adjacency_changed(now, link, neighbour, from, to);
                let link = self.interfaces.link(link).name.clone();
                let reason = reason.name().to_owned();
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
            other => {
                if let Some(kind) = self.lsp_event(other) {
                    self.events.push(now, kind);
                }
            }
        }
    }

    fn lsp_event(&self, event: IsisEvent) -> Option<EventKind> {
        let name = |circuit: isis::CircuitId| self.interfaces.link(LinkId(circuit.0)).name.clone();
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
            | IsisEvent::AdjacencyChanged { .. } => return None,
        })
    }

    /// `system` newly lists a MAC.
    fn published(&mut self, now: Timestamp, system: SystemId, entry: MacReachability) {
        let key = MacKey::new(entry.vlan, entry.mac);
        let link = self.link_to(system);
        if link.is_some_and(|link| self.is_outdated_publication(now, key, link)) {
            self.reachability.add_outdated(key, system);
            return;
        }
        self.reachability.add(now, key, system);
        let Some(to) = link.map(Target::Remote) else {
            return;
        };
        if !self.is_frozen_move(key, to) {
            self.rebind(now, key, Some(to), Cause::Published);
        }
    }

    /// `system` lists a MAC no more.
    fn withdrawn(&mut self, now: Timestamp, system: SystemId, entry: MacReachability) {
        let key = MacKey::new(entry.vlan, entry.mac);
        self.reachability.remove(key, system);
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
        let link = self
            .reachability
            .newest_first(key)
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

    fn adjacency_changed(
        &mut self,
        now: Timestamp,
        link: LinkId,
        neighbour: SystemId,
        from: AdjacencyState,
        to: AdjacencyState,
    ) {
        if to == AdjacencyState::Up {
            for key in self.reachability.listed_by(neighbour) {
                if self.is_overdue(key, neighbour) && self.dampening.frozen_until(key).is_none() {
                    self.fall_back(now, key, Cause::AdjacencyChanged);
                }
            }
        } else if from == AdjacencyState::Up {
            let through = |entry: &Entry| match entry.target {
                Target::Remote(used) | Target::Redirect { link: used, .. } => used == link,
                Target::Local(_) | Target::Flood { .. } => false,
            };
            let keys: Vec<_> = self
                .table
                .iter()
                .filter(|(_, e)| through(e))
                .map(|(key, _)| key)
                .collect();
            for key in keys {
                self.fall_back(now, key, Cause::AdjacencyChanged);
            }
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
            let asserted = entry.heard.stamp_of_publication(now, link, self.flood_hold);
            asserted.is_some_and(|stamp| stamp < entry.stamp)
        })
    }
}
