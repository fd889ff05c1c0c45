//! When a lab is ready: links carry, adjacencies are up, every host is known everywhere.

use core::time::Duration;
use std::collections::BTreeMap;

use edge_api::{AdjacencyState, Binding, EventKind, MacState};
use linux_net::link::{self, Condition};
use topology::plan::{NodeName, NodeRole, Veth};
use wire::{MacAddr, Timestamp, VlanId};

use super::{JournalEntry, Lab, LabError};
use crate::announcer::Announcer;
use crate::progress::Progress;

const LINK_LIMIT: Duration = Duration::from_secs(10);
const ADJACENCY_LIMIT: Duration = Duration::from_secs(60);
/// FRR's `lsp-gen-interval` is 30 s, and a device may need two of them at its start.
const PUBLICATION_LIMIT: Duration = Duration::from_secs(120);

impl Lab {
    /// Waits until all links carry, all adjacencies are up, and every device has the right entry for
    /// every host: local at its own site, remote by the link to its site's device elsewhere.
    ///
    /// The hosts announce themselves once, as hosts do when they start.
    ///
    /// # Errors
    /// What was still missing when the time was over, or a device that ended.
    pub async fn wait_until_ready(&self, progress: &Progress) -> Result<(), LabError> {
        progress.step("links");
        self.wait_for_links().await?;
        progress.step("adjacencies");
        self.wait_for_adjacencies().await?;
        progress.step("hosts announce themselves; the IGP publishes them");
        self.wait_until_converged().await
    }

    /// Waits until every cable carries, and every switch forwards on it.
    ///
    /// # Errors
    /// A link that does not within its time.
    pub async fn wait_for_links(&self) -> Result<(), LabError> {
        for Veth { near, far } in &self.plan.veths {
            for end in [near, far] {
                let condition = if end.bridge.is_some() {
                    Condition::Forwarding
                } else {
                    Condition::Carrier
                };
                let namespace = self.namespace(&end.node)?;
                link::wait_until(namespace, end.name.as_str(), condition, LINK_LIMIT)
                    .await
                    .map_err(LabError::kernel(format!("link {}", end.name.as_str())))?;
            }
        }
        Ok(())
    }

    /// Has every host announce itself, and waits until every device has the right entry for each.
    ///
    /// # Errors
    /// As [`Lab::wait_until_ready`].
    pub async fn wait_until_converged(&self) -> Result<(), LabError> {
        self.announce_hosts().await?;
        let expected = self.home_entries();
        self.wait_for_entries(&expected, "publication of all hosts", PUBLICATION_LIMIT)
            .await
    }

    /// Waits until all adjacencies are up.
    ///
    /// # Errors
    /// As [`Lab::wait_until_ready`].
    pub async fn wait_for_adjacencies(&self) -> Result<(), LabError> {
        let links: Vec<(String, String)> = self
            .plan
            .edge_devices
            .iter()
            .flat_map(|d| {
                d.config
                    .evi_links
                    .iter()
                    .filter(|l| l.isis)
                    .map(|l| (d.config.name.clone(), l.name.clone()))
            })
            .collect();
        let missing = |entries: &[JournalEntry]| {
            let mut down: Vec<_> = links.iter().collect();
            for entry in entries {
                if let EventKind::Adjacency { link, to, .. } = &entry.event.kind {
                    let this =
                        |pair: &&(String, String)| pair.0 == *entry.device && pair.1 == **link;
                    down.retain(|pair| !this(pair));
                    if *to != AdjacencyState::Up {
                        down.extend(links.iter().find(this));
                    }
                }
            }
            down.iter()
                .map(|(device, link)| format!("{device}: {link} is not up"))
                .collect()
        };
        self.journal
            .wait_until("the adjacencies", ADJACENCY_LIMIT, missing)
            .await
    }

    async fn announce_hosts(&self) -> Result<(), LabError> {
        for planned in &self.plan.namespaces {
            if let NodeRole::Host {
                interface,
                address,
                mac,
                ..
            } = &planned.role
            {
                let namespace = self.namespace(&planned.node)?;
                Announcer::open(namespace, interface.as_str())
                    .await?
                    .announce(*mac, *address)
                    .await?;
            }
        }
        Ok(())
    }

    /// Each host's entry at each device, with every host at the site where the plan has it at first.
    fn home_entries(&self) -> Vec<ExpectedEntry> {
        let mut expected = Vec::new();
        for planned in &self.plan.namespaces {
            if let NodeRole::Host { site, .. } = &planned.role {
                expected.extend(self.entries_of(&planned.node, site));
            }
        }
        expected
    }

    /// The entry that each device should have for a host that is at `site` and published. Where its VLAN
    /// ends at the site, the others' devices know nothing of it.
    #[must_use]
    pub fn entries_of(&self, host: &NodeName, site: &str) -> Vec<ExpectedEntry> {
        let devices = &self.plan.edge_devices;
        let Some(holder) = devices.iter().find(|device| device.site == site) else {
            return Vec::new();
        };
        let Some((vlan, mac)) = self.plan.station(host) else {
            return Vec::new();
        };
        let entry = |device: &topology::plan::EdgeDevice| {
            let config = &device.config;
            let (state, port) = if device.site == site {
                let port = device.port_of(host, vlan);
                (MacState::Local, port.map(|port| port.name.as_str().into()))
            } else if config.local_vlans.contains(vlan) {
                return None;
            } else {
                let peer = holder.config.public.address;
                let link = config.evi_links.iter().find(|link| link.peer == peer);
                (MacState::Remote, link.map(|link| link.name.as_str().into()))
            };
            Some(ExpectedEntry {
                device: config.name.clone(),
                vlan,
                mac,
                binding: Binding { state, port },
            })
        };
        devices.iter().filter_map(entry).collect()
    }

    /// Waits until the devices have these entries.
    ///
    /// # Errors
    /// As [`Lab::wait_until_ready`].
    pub async fn wait_for_entries(
        &self,
        expected: &[ExpectedEntry],
        what: &str,
        within: Duration,
    ) -> Result<(), LabError> {
        self.journal
            .wait_until(what, within, |entries| differing(entries, expected))
            .await
    }
}

/// An entry that a device should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedEntry {
    /// The device.
    pub device: String,
    /// VLAN.
    pub vlan: VlanId,
    /// MAC address.
    pub mac: MacAddr,
    /// State and port.
    pub binding: Binding,
}

/// Where the journal says that the devices' entries are not as expected, a line each.
fn differing(entries: &[JournalEntry], expected: &[ExpectedEntry]) -> Vec<String> {
    let mut now: BTreeMap<(&str, VlanId, MacAddr), (&Option<Binding>, Timestamp)> = BTreeMap::new();
    for entry in entries {
        if let EventKind::MacEntry { vlan, mac, to, .. } = &entry.event.kind {
            now.insert((&*entry.device, *vlan, *mac), (to, entry.event.at));
        }
    }
    let line = |e: &ExpectedEntry| {
        let is = now
            .get(&(e.device.as_str(), e.vlan, e.mac))
            .and_then(|(to, _)| to.as_ref());
        (is != Some(&e.binding)).then(|| {
            let is = is.map_or("no entry".to_owned(), ToString::to_string);
            format!(
                "{}: VLAN {} {}: {is}, not {}",
                e.device, e.vlan, e.mac, e.binding
            )
        })
    };
    expected.iter().filter_map(line).collect()
}
