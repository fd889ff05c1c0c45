//! Conditions on what edge devices say of themselves: entries, adjacencies, drops, LSPs; and echo requests.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use edge_api::{AdjacencyState, Binding, DropReason, EventKind, MacRow, MacState};
use topology::plan::{NodeName, NodeRole};
use topology::scenario::{Answer, Bounds, LinkState, Place, Seen as Satisfied};
use wire::{MacAddr, VlanId};

use super::Stumble;
use super::look::Seen;
use super::play::Play;
use super::snapshot::Snapshot;
use crate::echo::Echo;
use crate::lab::{LabError, Life};

/// An entry that is asked for.
pub(super) struct Wanted {
    host: String,
    vlan: VlanId,
    mac: MacAddr,
    is: Is,
}

/// State, and port where it matters; `None`: no entry.
type Is = Option<(MacState, Option<Arc<str>>)>;

/// Adjacencies that are asked for, by edge device: the peers' addresses and sites.
type Links = BTreeMap<String, Vec<(Ipv4Addr, String)>>;

impl Play<'_> {
    /// What each device is to have, by device.
    pub(super) fn wanted(
        &self,
        hosts: &[String],
        devices: &[String],
        place: &Place,
    ) -> Result<BTreeMap<String, Vec<Wanted>>, Stumble> {
        let mut wanted: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for host in hosts {
            let plan = self.stage.lab.plan();
            let node = plan.namespaces.iter().map(|n| &n.node);
            let found = node
                .filter(|node| node.as_str() == host)
                .find_map(|node| Some((node, plan.station(node)?)));
            let Some((node, (vlan, mac))) = found else {
                return Err(Stumble::Failed(format!("there is no host `{host}`")));
            };
            for device in devices {
                // Where a VLAN ends at a site, the others' devices know nothing of its hosts.
                let Some(is) = self.binding(device, node, place) else {
                    continue;
                };
                wanted.entry(device.clone()).or_default().push(Wanted {
                    host: host.clone(),
                    vlan,
                    mac,
                    is,
                });
            }
        }
        Ok(wanted)
    }

    /// What an entry is to be; `None`: nothing is asked of this device.
    fn binding(&self, device: &str, host: &NodeName, place: &Place) -> Option<Is> {
        let published = |site: &str| {
            let entries = self.stage.lab.entries_of(host, site);
            let own = entries.into_iter().find(|entry| entry.device == device);
            own.map(|entry| entry.binding)
        };
        match place {
            Place::At(site) => published(site).map(|Binding { state, port }| Some((state, port))),
            Place::State { state, via } => {
                let port = via.as_ref().and_then(|site| published(site)?.port);
                Some(state.map(|state| (state, port)))
            }
        }
    }

    pub(super) async fn look_at_macs(
        &self,
        wanted: &BTreeMap<String, Vec<Wanted>>,
        seen: Satisfied,
        trigger: &Snapshot,
    ) -> Result<Seen, Stumble> {
        let lab = self.stage.lab;
        let mut against = Vec::new();
        for (name, wanted) in wanted {
            let device = lab.edge_devices().find(|d| **d.name() == **name);
            let Some(device) = device.filter(|_| lab.is_running(name)) else {
                against.push(format!("{name} does not run"));
                continue;
            };
            let table = device.mac_table().await?;
            let rows = table.entries.iter().map(|row| ((row.vlan, row.mac), row));
            let rows: BTreeMap<_, _> = rows.collect();
            for wanted in wanted {
                let row = rows.get(&(wanted.vlan, wanted.mac)).copied();
                let fault = self.fault(name, wanted, row, seen, trigger);
                against.extend(fault.map(|fault| format!("{name}: {} {fault}", wanted.host)));
            }
        }
        Ok(Seen::unless(against, "every entry is so"))
    }

    /// What is wrong with an entry, if anything is.
    fn fault(
        &self,
        device: &str,
        wanted: &Wanted,
        row: Option<&MacRow>,
        seen: Satisfied,
        trigger: &Snapshot,
    ) -> Option<String> {
        let is = row.map_or("no entry".to_owned(), |row| row.binding.to_string());
        let is_as_wanted = match (&wanted.is, row.map(|row| &row.binding)) {
            (None, None) => true,
            (Some((state, port)), Some(found)) => {
                found.state == *state && (port.is_none() || found.port == *port)
            }
            _ => false,
        };
        if !is_as_wanted {
            return Some(is);
        }
        let is_fresh = match row {
            Some(row) => trigger.is_fresh(self.stage.lab, device, row.epoch, row.since),
            None => self.has_ended_since(device, wanted, trigger),
        };
        let is_stale = seen == Satisfied::Change && !is_fresh;
        is_stale.then(|| format!("{is}, as before the trigger"))
    }

    /// Whether an entry that is not there ended after the trigger, or went with its device.
    fn has_ended_since(&self, device: &str, wanted: &Wanted, trigger: &Snapshot) -> bool {
        let Some(epoch_before) = trigger.epoch(self.stage.lab, device) else {
            return true;
        };
        self.stage.lab.journal().read(|entries| {
            entries
                .iter()
                .filter(|e| *e.device == *device && e.life == Life::Present)
                .any(|e| match &e.event.kind {
                    EventKind::MacEntry {
                        vlan,
                        mac,
                        to: None,
                        epoch,
                        ..
                    } => {
                        (*vlan, *mac) == (wanted.vlan, wanted.mac)
                            && *epoch > epoch_before
                            && e.event.at >= trigger.at
                    }
                    _ => false,
                })
        })
    }

    /// The links of these devices to the devices of these sites.
    pub(super) fn links(&self, devices: &[String], sites: &[String]) -> Links {
        let plan = self.stage.lab.plan();
        let peers = plan.edge_devices.iter().filter(|d| sites.contains(&d.site));
        let peers: Vec<_> = peers
            .map(|d| (d.config.public.address, d.site.clone()))
            .collect();
        let own = plan.edge_devices.iter();
        let own = own.filter(|d| devices.contains(&d.config.name));
        own.map(|device| {
            let links = device.config.evi_links.iter();
            let of_links = links.filter_map(|link| {
                let peer = peers.iter().find(|(address, _)| *address == link.peer);
                peer.cloned()
            });
            (device.config.name.clone(), of_links.collect())
        })
        .collect()
    }

    pub(super) async fn look_at_links(
        &self,
        links: &Links,
        state: LinkState,
        seen: Satisfied,
        trigger: &Snapshot,
    ) -> Result<Seen, Stumble> {
        let lab = self.stage.lab;
        let mut against = Vec::new();
        for (name, peers) in links {
            let device = lab.edge_devices().find(|d| **d.name() == **name);
            let Some(device) = device.filter(|_| lab.is_running(name)) else {
                // Who does not run has no adjacency.
                against.extend((state == LinkState::Up).then(|| format!("{name} does not run")));
                continue;
            };
            let rows = device.adjacencies().await?;
            for (peer, site) in peers {
                let row = rows.iter().find(|row| row.peer == *peer);
                let is_up = row.is_some_and(|row| row.state == AdjacencyState::Up);
                let is = if is_up { "up" } else { "not up" };
                let is_fresh = match row.filter(|_| is_up) {
                    Some(row) => row.since >= trigger.at,
                    None => self.has_gone_down_since(name, *peer, trigger),
                };
                if is_up != (state == LinkState::Up) {
                    against.push(format!("{name}: to site {site} {is}"));
                } else if seen == Satisfied::Change && !is_fresh {
                    against.push(format!(
                        "{name}: to site {site} {is}, as before the trigger"
                    ));
                }
            }
        }
        Ok(Seen::unless(against, "every adjacency is so"))
    }

    /// Whether an adjacency went down after the trigger, or went with its device: a row that is not up does
    /// not say since when.
    fn has_gone_down_since(&self, device: &str, peer: Ipv4Addr, trigger: &Snapshot) -> bool {
        if trigger.epoch(self.stage.lab, device).is_none() {
            return true;
        }
        let plan = self.stage.lab.plan();
        let config = plan.edge_devices.iter().map(|d| &d.config);
        let links = config.filter(|config| config.name == device);
        let links = links.flat_map(|config| &config.evi_links);
        let mut name = links.filter(|link| link.peer == peer).map(|l| &*l.name);
        let Some(name) = name.next() else {
            return false;
        };
        self.stage.lab.journal().read(|entries| {
            entries
                .iter()
                .filter(|e| *e.device == *device && e.event.at >= trigger.at)
                .any(|e| match &e.event.kind {
                    EventKind::Adjacency { link, to, .. } => {
                        **link == *name && *to != AdjacencyState::Up
                    }
                    _ => false,
                })
        })
    }

    pub(super) async fn look_at_drops(
        &self,
        devices: &[String],
        reason: Option<DropReason>,
        count: Bounds<u64>,
        trigger: &Snapshot,
    ) -> Result<Seen, Stumble> {
        let lab = self.stage.lab;
        let mut dropped = 0;
        let running = lab.edge_devices().filter(|d| lab.is_running(d.name()));
        for device in running.filter(|d| devices.iter().any(|name| **name == **d.name())) {
            let counters = device.counters().await?;
            dropped += trigger.drops_since(lab, device.name(), reason, &counters);
        }
        Ok(Seen {
            holds: count.hold(dropped),
            text: format!("{dropped} since the trigger"),
        })
    }

    /// Counts LSPs in the journal: it hears of every one.
    pub(super) fn look_at_lsps(
        &self,
        devices: &[String],
        count: Bounds<u64>,
        trigger: &Snapshot,
    ) -> Seen {
        let generated = self.stage.lab.journal().read(|entries| {
            let new = entries.iter().skip(trigger.events);
            let new = new.filter(|e| e.event.at >= trigger.at);
            let of_devices = new.filter(|e| devices.iter().any(|name| **name == *e.device));
            let is_lsp = |kind: &EventKind| matches!(kind, EventKind::LspOriginated { .. });
            of_devices.filter(|e| is_lsp(&e.event.kind)).count() as u64
        });
        Seen {
            holds: count.hold(generated),
            text: format!("{generated} since the trigger"),
        }
    }

    pub(super) async fn look_by_ping(
        &self,
        from: &str,
        to: &str,
        answer: Answer,
    ) -> Result<Seen, Stumble> {
        let lab = self.stage.lab;
        let address = |host: &str| {
            let mut nodes = lab.plan().namespaces.iter();
            let node = nodes.find(|n| n.node.as_str() == host);
            node.and_then(|n| match &n.role {
                NodeRole::Host { address, .. } => Some((&n.node, *address)),
                _ => None,
            })
        };
        let unknown = || Stumble::Failed(format!("there is no host `{from}` or `{to}`"));
        let (node, source) = address(from).ok_or_else(unknown)?;
        let (_, target) = address(to).ok_or_else(unknown)?;
        let what = || format!("echo request from {from} to {to}");
        let opened = lab.namespace(node)?.run(move || Echo::open(source, target));
        let opened = opened
            .await
            .map_err(|_| LabError::Panicked { what: what() })?;
        let echo = opened.map_err(LabError::file(what()))?;
        // It waits for an answer: not on the thread that everything else runs on.
        let asked = tokio::task::spawn_blocking(move || echo.ask(1)).await;
        let time = asked
            .map_err(|_| LabError::Panicked { what: what() })?
            .map_err(LabError::file(what()))?;
        let text = match time {
            Some(time) => format!("{to} answers {from} after {}", crate::report::millis(time)),
            None => format!("{to} does not answer {from}"),
        };
        Ok(Seen {
            holds: time.is_some() == (answer == Answer::Yes),
            text,
        })
    }
}
