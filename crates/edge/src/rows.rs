//! The tables and counters of a device, as rows to read.

use std::net::Ipv4Addr;
use std::sync::Arc;

use edge_api::{
    AdjacencyMedium, AdjacencyRow, AdjacencyState, ArpRow, Counters, Epoch, LspRow, MacRow,
    MacTable, Mode, TimerProfile,
};
use isis::CircuitId;
use wire::{SystemId, Timestamp};

use crate::EdgeDevice;
use crate::arp_tables::{ArpEntry, Heard};
use crate::interfaces::{LinkControl, Medium};

impl EdgeDevice {
    /// The MAC table, by VLAN and MAC.
    #[must_use]
    pub fn mac_table(&self) -> MacTable {
        let rows = self.table.iter().map(|(key, entry)| MacRow {
            vlan: key.vlan(),
            mac: key.mac(),
            binding: self.binding(entry.target),
            since: entry.since,
            deadline: self.table.deadline_of(entry),
            epoch: entry.epoch,
            frozen_until: self.dampening.frozen_until(key),
            is_static: entry.is_static,
        });
        let mut entries: Vec<_> = rows.collect();
        entries.sort_unstable_by_key(|row| (row.vlan, row.mac));
        MacTable {
            epoch: self.table.epoch(),
            entries,
        }
    }

    /// The ARP snooping table: what stations of the own site announced, by VLAN and address.
    #[must_use]
    pub fn arp_snooping(&self, now: Timestamp) -> Vec<ArpRow> {
        self.arp_rows(now, |heard| match heard {
            Heard::Site(port) => Some(&self.interfaces.port(port).name),
            Heard::Public(_) => None,
        })
    }

    /// The ARP suppression table: what stations of other sites announced, by VLAN and address.
    #[must_use]
    pub fn arp_suppression(&self, now: Timestamp) -> Vec<ArpRow> {
        self.arp_rows(now, |heard| match heard {
            Heard::Site(_) => None,
            Heard::Public(link) => Some(&self.interfaces.link(link).name),
        })
    }

    fn arp_rows<'a>(
        &'a self,
        now: Timestamp,
        name: impl Fn(Heard) -> Option<&'a Arc<str>>,
    ) -> Vec<ArpRow> {
        let row = |(ip, entry): (Ipv4Addr, &ArpEntry)| {
            Some(ArpRow {
                ip,
                vlan: entry.key.vlan(),
                mac: entry.key.mac(),
                port: name(entry.heard)?.clone(),
                deadline: self.arp.deadline_of(entry),
                status: self.arp_status(now, entry),
            })
        };
        let mut rows: Vec<_> = self.arp.iter(now).filter_map(row).collect();
        rows.sort_unstable_by_key(|row| (row.vlan, row.ip));
        rows
    }

    /// One row for each EVI link, then one for each Ethernet circuit. Where IS-IS does not run on an EVI
    /// link, the row says which device was found behind it.
    #[must_use]
    pub fn adjacencies(&self) -> Vec<AdjacencyRow> {
        let links = self.interfaces.link_ids();
        let links = links.map(|id| match self.interfaces.link(id).control {
            LinkControl::OnLink => self.adjacency(id.circuit()),
            LinkControl::Elsewhere => self.found_behind(id),
        });
        let circuits = self.interfaces.circuit_ids();
        let circuits = circuits.map(|id| self.adjacency(id.circuit()));
        links.chain(circuits).collect()
    }

    fn adjacency(&self, circuit: CircuitId) -> AdjacencyRow {
        let adjacency = self.isis.adjacencies().find(|a| a.circuit == circuit);
        let (medium, peer) = match Medium::of(circuit) {
            Medium::Link(link) => (
                AdjacencyMedium::EviLink,
                Some(self.interfaces.link(link).peer),
            ),
            Medium::Ethernet(_) => (
                AdjacencyMedium::IsisCircuit,
                adjacency.and_then(|a| a.ipv4_address),
            ),
        };
        AdjacencyRow {
            link: self.interfaces.circuit_name(circuit),
            medium,
            peer: peer.unwrap_or(Ipv4Addr::UNSPECIFIED),
            neighbour: adjacency.map(|a| a.neighbour),
            state: adjacency.map_or(AdjacencyState::Down, |a| a.state),
            since: adjacency.map_or(Timestamp::ZERO, |a| a.since),
        }
    }

    fn found_behind(&self, id: crate::LinkId) -> AdjacencyRow {
        let (link, found) = (self.interfaces.link(id), self.link_systems.behind(id));
        AdjacencyRow {
            link: link.name.clone(),
            medium: AdjacencyMedium::EviLink,
            peer: link.peer,
            neighbour: found.map(|f| f.system),
            state: found.map_or(AdjacencyState::Down, |_| AdjacencyState::Up),
            since: found.map_or(Timestamp::ZERO, |f| f.since),
        }
    }

    /// The link-state database, by LSP ID, with lifetimes at the latest time handed in.
    #[must_use]
    pub fn lsdb(&self) -> Vec<LspRow> {
        let rows = self.isis.lsdb().map(|lsp| LspRow {
            lsp_id: lsp.lsp_id,
            sequence: lsp.sequence,
            checksum: lsp.checksum,
            lifetime_seconds: lsp.remaining_lifetime,
            own: lsp.own,
            overloaded: lsp.overloaded,
            macs: lsp.macs.iter().map(|m| (m.vlan, m.mac)).collect(),
        });
        rows.collect()
    }

    /// All counters: site ports, EVI links, Ethernet circuits, then the uplink.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let ports = self.interfaces.port_ids().zip(&self.port_tallies);
        let links = self.interfaces.link_ids();
        let links = links.map(|id| (id, &self.link_tallies[usize::from(id.0)]));
        let mut interfaces: Vec<_> = ports
            .map(|(id, tally)| tally.row(self.interfaces.port(id).name.clone()))
            .collect();
        interfaces
            .extend(links.map(|(id, tally)| tally.row(self.interfaces.link(id).name.clone())));
        let circuits = self.interfaces.circuit_ids().zip(&self.circuit_tallies);
        interfaces.extend(circuits.map(|(id, tally)| {
            let name = self.interfaces.circuit_name(id.circuit());
            tally.row(name)
        }));
        interfaces.push(self.uplink_tally.row("uplink".into()));
        Counters {
            interfaces,
            isis_drops: self
                .isis_drops
                .iter()
                .map(|(&name, &n)| (name.to_owned(), n))
                .collect(),
            events_lost: self.events.lost(),
            mac_table_full: self.table.refused(),
            mac_table_evicted: self.table.evicted(),
            arp_tables_full: self.arp.refused(),
            publications_not_extended: self.publications_not_extended,
            arp_answered: self.arp_answered,
            arrivals_not_announced: self.arrivals_not_announced,
            repeats_full: self.repeats.left_out(),
            dampening_full: self.dampening.uncounted(),
        }
    }

    /// Epoch of the MAC table's last change.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.table.epoch()
    }

    /// How MAC moves are handled.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.settings.mode
    }

    /// The IS-IS system ID.
    #[must_use]
    pub const fn system_id(&self) -> SystemId {
        self.system_id
    }

    /// The IGP timer profile in force.
    #[must_use]
    pub const fn igp_profile(&self) -> TimerProfile {
        self.settings.profile
    }

    /// The LSP generation rule in force, as a sentence.
    #[must_use]
    pub fn lsp_generation(&self) -> String {
        self.isis.timers().lsp_generation.describe()
    }

    /// When the own LSP that waits will be generated.
    #[must_use]
    pub fn lsp_pending_until(&self) -> Option<Timestamp> {
        self.isis.lsp_generation_pending()
    }

    /// The underlay address of an EVI link's peer.
    #[must_use]
    pub fn peer(&self, link: crate::LinkId) -> Ipv4Addr {
        self.interfaces.link(link).peer
    }
}
