//! The edge device: its state, its clockwork, and the one place that changes a MAC entry.

use core::time::Duration;
use std::collections::BTreeMap;

use edge_api::{Binding, Cause, ConfigError, EdgeConfig, Event, EventKind};
use isis::{Instance, MacReachability};
use wire::{MacAddr, SystemId, Timestamp, VlanId};

use crate::Egress;
use crate::announcement_limits::AnnouncementLimits;
use crate::arp_tables::ArpTables;
use crate::counters::Tally;
use crate::dampening::Dampening;
use crate::event_queue::EventQueue;
use crate::interfaces::Interfaces;
use crate::isis_instance::{circuits, instance_config, station_address};
use crate::link_systems::LinkSystems;
use crate::mac_table::{Change, MacKey, MacTable, SetOutcome, Target};
use crate::reachability::Reachability;
use crate::repeats::Repeats;
use crate::settings::Settings;
use crate::stamp::StampClock;

/// One edge device.
///
/// The caller owes: every frame with the time it came in, [`EdgeDevice::handle_deadline`] when
/// [`EdgeDevice::next_deadline`] is reached, and times that never step back.
pub struct EdgeDevice {
    /// The configuration in force.
    pub(crate) config: EdgeConfig,
    /// What of it the decisions ask for.
    pub(crate) settings: Settings,
    pub(crate) limits: AnnouncementLimits,
    pub(crate) arrivals_not_announced: u64,
    pub(crate) arp_answered: u64,
    pub(crate) interfaces: Interfaces,
    pub(crate) table: MacTable,
    pub(crate) arp: ArpTables,
    pub(crate) repeats: Repeats,
    pub(crate) dampening: Dampening,
    pub(crate) reachability: Reachability,
    /// See [`edge_api::Counters::publications_not_extended`].
    pub(crate) publications_not_extended: u64,
    pub(crate) isis: Instance,
    pub(crate) link_systems: LinkSystems,
    pub(crate) isis_drops: BTreeMap<&'static str, u64>,
    /// The IS-IS instance may have events or PDUs to take.
    pub(crate) isis_touched: bool,
    pub(crate) isis_source: MacAddr,
    pub(crate) stamps: StampClock,
    pub(crate) events: EventQueue,
    pub(crate) port_tallies: Vec<Tally>,
    pub(crate) link_tallies: Vec<Tally>,
    pub(crate) circuit_tallies: Vec<Tally>,
    pub(crate) uplink_tally: Tally,
    pub(crate) system_id: SystemId,
}

impl EdgeDevice {
    /// A device that starts at `now`, with empty tables.
    ///
    /// `wall_at_epoch` is the wall clock (time since 1970) at the epoch of `now`: stamps of moves are
    /// made of it, so that devices can compare them. The configuration's interfaces are the caller's
    /// to open; [`crate::PortId`], [`crate::LinkId`] and [`crate::EthernetCircuitId`] number
    /// them in the order of the configuration.
    ///
    /// # Errors
    /// Everything that is wrong with the configuration.
    pub fn new(
        config: &EdgeConfig,
        now: Timestamp,
        wall_at_epoch: Duration,
    ) -> Result<Self, Vec<ConfigError>> {
        config.validate()?;
        let interfaces = Interfaces::new(config);
        let mut isis = Instance::new(instance_config(config)?, now);
        for circuit in circuits(config, &interfaces) {
            isis.add_circuit(now, circuit);
        }
        let (ports, links) = (interfaces.port_count(), config.evi_links.len());
        let mut device = Self {
            config: config.clone(),
            settings: Settings::of(config),
            limits: AnnouncementLimits::new(&config.mobility, ports, links),
            arrivals_not_announced: 0,
            arp_answered: 0,
            arp: ArpTables::new(config.mobility.arp_ageing, config.mobility.arp_limit),
            repeats: Repeats::default(),
            dampening: Dampening::new(&config.mobility),
            table: MacTable::new(config.mac_ageing, config.mac_limit),
            reachability: Reachability::default(),
            publications_not_extended: 0,
            isis,
            isis_drops: BTreeMap::new(),
            isis_touched: true,
            isis_source: station_address(config.system_id),
            stamps: StampClock::new(wall_at_epoch),
            events: EventQueue::default(),
            port_tallies: vec![Tally::default(); ports],
            circuit_tallies: vec![Tally::default(); config.isis_circuits.len()],
            link_systems: LinkSystems::default(),
            link_tallies: vec![Tally::default(); links],
            uplink_tally: Tally::default(),
            interfaces,
            system_id: config.system_id,
        };
        device.install_static_macs(now, config);
        Ok(device)
    }

    /// When [`EdgeDevice::handle_deadline`] is due.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let (igp, table) = (self.isis.next_deadline(), self.table.next_deadline());
        let (repeats, thaw) = (self.repeats.next_deadline(), self.dampening.next_deadline());
        [igp, table, repeats, thaw].into_iter().flatten().min()
    }

    /// Does what is due at `now`: ageing, hold times, repeats, everything of IS-IS.
    pub fn handle_deadline(&mut self, now: Timestamp, egress: &mut impl Egress) {
        while let Some((key, target)) = self.table.poll_ended(now) {
            match target {
                Target::Local(_) => self.fall_back(now, key, Cause::Aged),
                Target::Flood { .. } | Target::Redirect { .. } | Target::Remote(_) => {
                    self.fall_back(now, key, Cause::HoldExpired);
                }
            }
        }
        while let Some(key) = self.dampening.poll_thawed(now) {
            self.thawed(now, key);
        }
        self.send_repeats(now, egress);
        if self.isis.next_deadline().is_some_and(|at| at <= now) {
            self.isis.handle_deadline(now);
        }
        self.isis_touched = true;
        self.run_igp(now, egress);
    }

    /// The uplink carries again: neighbours that are not up are greeted at once.
    pub fn uplink_returned(&mut self, now: Timestamp, egress: &mut impl Egress) {
        self.isis.greet(now);
        self.isis_touched = true;
        self.run_igp(now, egress);
    }

    /// The next event, oldest first.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop()
    }

    /// Purges the own LSPs, so that the neighbours need not wait for their lifetime to end.
    pub fn shutdown(&mut self, now: Timestamp, egress: &mut impl Egress) {
        self.isis.shutdown(now);
        self.isis_touched = true;
        self.run_igp(now, egress);
    }

    /// Changes a MAC entry: the one place where that is done, told to IS-IS and recorded.
    pub(crate) fn rebind(
        &mut self,
        now: Timestamp,
        key: MacKey,
        to: Option<Target>,
        cause: Cause,
    ) -> SetOutcome {
        if let Some(evicted) = to.and_then(|to| self.table.evict_for(key, to)) {
            self.rebind(now, evicted, None, Cause::Evicted);
        }
        let outcome = self.table.set(now, key, to);
        let SetOutcome::Changed(change) = outcome else {
            return outcome;
        };
        self.table
            .note_listed(key, self.reachability.is_listed(key));
        self.publish(now, key, change, cause);
        let (vlan, mac) = (key.vlan(), key.mac());
        let (from, to) = (
            change.from.map(|t| self.binding(t)),
            change.to.map(|t| self.binding(t)),
        );
        let epoch = change.epoch;
        self.events.push(
            now,
            EventKind::MacEntry {
                vlan,
                mac,
                from,
                to,
                cause,
                epoch,
            },
        );
        self.count_move(now, key, change, cause);
        outcome
    }

    /// Tells IS-IS of a station that has become one of the own site, or is none any more.
    fn publish(&mut self, now: Timestamp, key: MacKey, change: Change, cause: Cause) {
        let (vlan, mac) = (key.vlan(), key.mac());
        let entry = MacReachability { vlan, mac };
        let is_extended = self.interfaces.is_extended(vlan);
        let is_local = |target: Option<Target>| matches!(target, Some(Target::Local(_)));
        match (is_local(change.from), is_local(change.to)) {
            _ if !is_extended => {}
            (false, true) if cause == Cause::Configured => self.isis.advertise_static(now, entry),
            (false, true) => self.isis.advertise(now, entry),
            (true, false) => self.isis.withdraw(now, entry),
            _ => {}
        }
        self.isis_touched = true;
    }

    /// Counts a move, and freezes the MAC when it was one too many (D-6).
    fn count_move(&mut self, now: Timestamp, key: MacKey, change: Change, cause: Cause) {
        let told = matches!(cause, Cause::Learned | Cause::Announced | Cause::Published);
        let is_move = matches!((change.from, change.to), (Some(a), Some(b)) if a.is_move(b));
        if told
            && is_move
            && let Some(until) = self.dampening.count(now, key)
        {
            let (vlan, mac) = (key.vlan(), key.mac());
            self.events
                .push(now, EventKind::MacFrozen { vlan, mac, until });
        }
    }

    /// Whether a MAC is frozen, and `to` would be a move.
    pub(crate) fn is_frozen_move(&self, key: MacKey, to: Target) -> bool {
        self.dampening.frozen_until(key).is_some()
            && self
                .table
                .get(key)
                .is_some_and(|entry| entry.target.is_move(to))
    }

    /// Ends the freeze of a MAC that moved too often (D-6); whether there was one.
    pub fn thaw(&mut self, now: Timestamp, vlan: VlanId, mac: MacAddr) -> bool {
        let key = MacKey::new(vlan, mac);
        let was_frozen = self.dampening.clear(key);
        if was_frozen {
            self.thawed(now, key);
        }
        was_frozen
    }

    fn thawed(&mut self, now: Timestamp, key: MacKey) {
        let (vlan, mac) = (key.vlan(), key.mac());
        self.events.push(now, EventKind::MacThawed { vlan, mac });
        let newest = self.reachability.newest_first(key).next();
        let is_overtaken = self.table.get(key).is_some_and(|entry| match entry.target {
            Target::Remote(_) => true,
            Target::Local(_) => newest.is_some_and(|listed| listed.at > entry.last_seen),
            Target::Flood { .. } | Target::Redirect { .. } => false,
        });
        if is_overtaken {
            self.fall_back(now, key, Cause::Thawed);
        }
    }

    /// State and port of a target, with the port's name.
    pub(crate) fn binding(&self, target: Target) -> Binding {
        use edge_api::MacState::{Flood, Local, Redirect, Remote};
        let (state, port) = match target {
            Target::Local(port) => (Local, Some(&self.interfaces.port(port).name)),
            Target::Remote(link) => (Remote, Some(&self.interfaces.link(link).name)),
            Target::Flood { .. } => (Flood, None),
            Target::Redirect { link, .. } => (Redirect, Some(&self.interfaces.link(link).name)),
        };
        Binding {
            state,
            port: port.cloned(),
        }
    }
}
