//! Faults on purpose: links that go down, edge devices that stop, die and come back.

use core::fmt;
use core::time::Duration;

use edge_api::{AdjacencyState, EdgeConfig};
use linux_net::{link, neighbour, route};
use tokio::time::{Instant, sleep};
use topology::plan::{InterfaceName, NodeName};
use topology::scenario::{EdgeFault, LinkState};
use topology::unknown;

use super::edge_process::{EdgeProcess, Start};
use super::{Lab, LabError};

/// A device that starts anew has its adjacencies within this.
const RETURN_LIMIT: Duration = Duration::from_secs(60);
/// How often is looked whether it has.
const LOOK: Duration = Duration::from_millis(20);

/// A device that was started anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restarted {
    /// Its process before; `None`: it did not run.
    pub pid_before: Option<u32>,
    /// Its process now.
    pub pid: u32,
}

impl fmt::Display for Restarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid_before {
            Some(before) => write!(f, "process {} in place of {before}", self.pid),
            None => write!(f, "process {}", self.pid),
        }
    }
}

impl Lab {
    /// Sets an interface up or down. What the kernel forgets of one that goes down, it is given back
    /// when that comes up: the plan's routes and permanent neighbours.
    ///
    /// # Errors
    /// The kernel refuses; as a rule because the interface has moved.
    pub async fn set_link(
        &self,
        node: &NodeName,
        interface: &InterfaceName,
        to: LinkState,
    ) -> Result<(), LabError> {
        let (namespace, name) = (self.namespace(node)?, interface.as_str());
        let what = || format!("link {to} {node}:{interface}");
        if to == LinkState::Down {
            return link::set_down(namespace, name)
                .await
                .map_err(LabError::kernel(what()));
        }
        link::set_up(namespace, name)
            .await
            .map_err(LabError::kernel(what()))?;
        let plan = self.plan().clone();
        let is_own = |n: &NodeName, i: &InterfaceName| n == node && i == interface;
        for planned in plan.routes.iter().filter(|r| is_own(&r.node, &r.interface)) {
            let (to, length) = (planned.destination.network(), planned.destination.length());
            match route::add_v4(namespace, to, length, planned.gateway).await {
                // It was up already.
                Err(error) if error.is_already_there() => {}
                added => added.map_err(LabError::kernel(what()))?,
            }
        }
        let neighbours = plan.neighbours.iter();
        for planned in neighbours.filter(|n| is_own(&n.node, &n.interface)) {
            neighbour::add_permanent(namespace, name, planned.address, planned.mac)
                .await
                .map_err(LabError::kernel(what()))?;
        }
        Ok(())
    }

    /// Whether an edge device was not ended on purpose.
    #[must_use]
    pub fn is_running(&self, device: &str) -> bool {
        let found = self
            .devices
            .iter()
            .find(|d| **d.control().name() == *device);
        found.is_none_or(EdgeProcess::is_running)
    }

    /// How often an edge device was started: what one process has said says nothing of the next.
    #[must_use]
    pub fn start_number(&self, device: &str) -> u32 {
        let found = self
            .devices
            .iter()
            .find(|d| **d.control().name() == *device);
        found.map_or(0, EdgeProcess::starts)
    }

    /// Stops or kills an edge device, or starts it anew. What is ended so is no failure of the lab.
    ///
    /// # Errors
    /// There is no such device, it is in the state already, or it does not start.
    pub async fn fault(
        &self,
        device: &str,
        fault: EdgeFault,
    ) -> Result<Option<Restarted>, LabError> {
        let (process, config) = self.device(device)?;
        let ended = || LabError::Impossible {
            what: format!("edge device {device}"),
            problem: format!("it does not run: `ed restart {device}` starts it"),
        };
        match fault {
            EdgeFault::Stop | EdgeFault::Kill if !process.is_running() => Err(ended()),
            EdgeFault::Stop => process.stop(&self.journal).await.map(|()| None),
            EdgeFault::Kill => process.kill(&self.journal).await.map(|()| None),
            EdgeFault::Restart => self.restart(process, config).await.map(Some),
        }
    }

    async fn restart(
        &self,
        process: &EdgeProcess,
        config: &EdgeConfig,
    ) -> Result<Restarted, LabError> {
        let pid_before = match process.is_running() {
            true => Some(process.control().status().await?.pid),
            false => None,
        };
        process.kill(&self.journal).await?;
        let node = self.plan.edge_devices.iter();
        let mut node = node
            .filter(|d| d.config.name == config.name)
            .map(|d| &d.node);
        let start = Start {
            namespace: self.namespace(node.next().ok_or_else(|| LabError::UnknownNode {
                node: config.name.clone(),
            })?)?,
            config,
            program: &self.program,
            nodes: &self.nodes,
            sockets: self.sockets.path(),
            journal: &self.journal,
        };
        process.start_again(&start).await?;
        let pid = process.control().status().await?.pid;
        if pid_before == Some(pid) {
            return Err(LabError::Impossible {
                what: format!("restart of {}", config.name),
                problem: format!("the process that answers is still {pid}"),
            });
        }
        Ok(Restarted { pid_before, pid })
    }

    fn device(&self, name: &str) -> Result<(&EdgeProcess, &EdgeConfig), LabError> {
        let names = || {
            self.plan
                .edge_devices
                .iter()
                .map(|d| d.config.name.as_str())
        };
        let process = self.devices.iter().find(|d| **d.control().name() == *name);
        let config = self.plan.edge_devices.iter().map(|d| &d.config);
        let config = config.into_iter().find(|config| config.name == name);
        process.zip(config).ok_or_else(|| LabError::Impossible {
            what: "edge device".to_owned(),
            problem: unknown("edge device", name, names()),
        })
    }

    /// Waits until a device has an adjacency on each link to a device that runs, and says how long that
    /// took.
    ///
    /// # Errors
    /// What was still missing when the time was over.
    pub async fn wait_for_adjacencies_of(&self, device: &str) -> Result<Duration, LabError> {
        let (process, config) = self.device(device)?;
        let peers = self.plan.edge_devices.iter();
        let stopped: Vec<_> = peers
            .filter(|peer| !self.is_running(&peer.config.name))
            .map(|peer| peer.config.public.address)
            .collect();
        let begun = Instant::now();
        loop {
            self.journal.check()?;
            let rows = process.control().adjacencies().await?;
            let is_up = |peer| {
                let mut of_peer = rows.iter().filter(|row| row.peer == peer);
                of_peer.any(|row| row.state == AdjacencyState::Up)
            };
            let links = config.evi_links.iter();
            let down = links.filter(|link| !stopped.contains(&link.peer) && !is_up(link.peer));
            let lines: Vec<_> = down
                .map(|link| format!("  {} is not up", link.name))
                .collect();
            if lines.is_empty() {
                return Ok(begun.elapsed());
            }
            if begun.elapsed() >= RETURN_LIMIT {
                return Err(LabError::Deadline {
                    what: format!("the return of the adjacencies of {device}"),
                    within: RETURN_LIMIT,
                    missing: lines.join("\n"),
                });
            }
            sleep(LOOK).await;
        }
    }
}
