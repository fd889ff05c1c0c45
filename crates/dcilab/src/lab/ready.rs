//! When a lab is ready: links carry, adjacencies are up, every host is known everywhere.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use edge_api::{Binding, EdgeConfig, EviLinkConfig, MacState};
use linux_net::link::{self, Condition};
use topology::plan::{EdgeDevice, NodeName, NodeRole};
use wire::{MacAddr, VlanId};

use super::awaited::{Adjacencies, Entries};
use super::build::for_each;
use super::{Lab, LabError};
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
        progress.step("links carry");
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
        let mut wanted: BTreeMap<&NodeName, Vec<(&str, Condition)>> = BTreeMap::new();
        for end in self
            .plan
            .veths
            .iter()
            .flat_map(|veth| [&veth.near, &veth.far])
        {
            let condition = if end.bridge.is_some() {
                Condition::Forwarding
            } else {
                Condition::Carrier
            };
            let of_node = wanted.entry(&end.node).or_default();
            of_node.push((end.name.as_str(), condition));
        }
        for_each(wanted, async |(node, wanted)| {
            let namespace = self.namespace(node)?;
            link::wait_until_all(namespace, &wanted, LINK_LIMIT)
                .await
                .map_err(LabError::kernel(format!("links of {node}")))
        })
        .await
    }

    /// Has every host announce itself, and waits until every device has the right entry for each.
    ///
    /// # Errors
    /// As [`Lab::wait_until_ready`].
    pub async fn wait_until_converged(&self) -> Result<(), LabError> {
        self.announce_hosts().await?;
        let expected = self.home_entries();
        let limit = PUBLICATION_LIMIT + self.patience();
        self.wait_for_entries(&expected, "publication of all hosts", limit)
            .await
    }

    /// Waits until all adjacencies are up.
    ///
    /// # Errors
    /// As [`Lab::wait_until_ready`].
    pub async fn wait_for_adjacencies(&self) -> Result<(), LabError> {
        let links_of = |device: &EdgeDevice| {
            let EdgeConfig {
                name, evi_links, ..
            } = &device.config;
            let pair = |link: &EviLinkConfig| (name.clone(), link.name.clone());
            let with_isis = evi_links.iter().filter(|link| link.isis);
            with_isis.map(pair).collect::<Vec<_>>()
        };
        let links: BTreeSet<_> = self.plan.edge_devices.iter().flat_map(links_of).collect();
        let fresh = || Adjacencies::new(links.clone());
        self.journal
            .wait_for("the adjacencies", ADJACENCY_LIMIT + self.patience(), fresh)
            .await
    }

    async fn announce_hosts(&self) -> Result<(), LabError> {
        for_each(&self.plan.namespaces, async |planned| {
            let NodeRole::Host {
                interface,
                address,
                mac,
                ..
            } = &planned.role
            else {
                return Ok(());
            };
            let namespace = self.namespace(&planned.node)?;
            let announcer = Announcer::open(namespace, interface.as_str()).await?;
            announcer.announce(*mac, *address).await.map(drop)
        })
        .await
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
        let entry = |device: &EdgeDevice| {
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

    /// Waits until the devices have these entries; those that were ended on purpose are not waited for.
    ///
    /// # Errors
    /// As [`Lab::wait_until_ready`].
    pub async fn wait_for_entries(
        &self,
        expected: &[ExpectedEntry],
        what: &str,
        within: Duration,
    ) -> Result<(), LabError> {
        let runs = |entry: &&ExpectedEntry| self.is_running(&entry.device);
        let expected: Vec<_> = expected.iter().filter(runs).cloned().collect();
        self.journal
            .wait_for(what, within, || Entries::new(&expected))
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
