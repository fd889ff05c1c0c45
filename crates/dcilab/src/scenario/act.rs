//! What each kind of step does.

use core::time::Duration;

use edge_api::protocol::Request;
use topology::plan::NodeRole;
use topology::scenario::{Action, SitePair, StepId, Table};

use super::Stumble;
use super::play::{Play, Told};
use super::result::Details;
use crate::announcer::Announcer;
use crate::capture::Capture;
use crate::churn::Churn;
use crate::lab::{Direction, LabError, SitePath};

/// The longest that probes of a scenario go on.
const LONGEST: Duration = Duration::from_secs(900);
/// What steps take besides their waits.
const MARGIN: Duration = Duration::from_secs(60);

impl Play<'_> {
    /// Does what a step is to do.
    pub(super) async fn act(&self, id: StepId) -> Result<Told, Stumble> {
        let step = self.scenario.step(id);
        match &step.action {
            Action::Migrate(migrate) => self.migrate(migrate).await,
            Action::Announce { hosts } => self.announce(hosts).await,
            Action::Link {
                node,
                interface,
                to,
            } => self.link(&format!("{node}:{interface}"), *to).await,
            Action::Edge { devices, fault } => self.edge(devices, *fault).await,
            Action::Impair { path, asked } => {
                let lab = self.stage.lab;
                lab.impair(&self.paths(path)?, asked).await?;
                Ok(Told::default())
            }
            Action::ImpairReset { path } => {
                let lab = self.stage.lab;
                lab.reset_impairments(&self.paths(path)?).await?;
                Ok(Told::default())
            }
            Action::Partition { sites, from } => {
                self.stage.lab.partition(sites, from).await?;
                Ok(Told::default())
            }
            Action::Heal => {
                self.stage.lab.heal().await?;
                Ok(Told::default())
            }
            Action::TrafficStart { flows } => self.traffic(flows).await,
            Action::TrafficStop => {
                self.probing.lock().await.stop().await?;
                Ok(Told::default())
            }
            Action::ChurnStart { host, rate } => self.churn(host, *rate).await,
            Action::ChurnStop => Ok(self.end_churn()),
            Action::CaptureStart { file } => self.capture(file).await,
            Action::CaptureStop => self.end_capture().await,
            Action::Show { table, devices } => self.show(*table, devices).await,
            Action::Assert { expect, holds } => {
                let within = step.timing.within;
                self.wait_for(expect, within, *holds).await.map(Told::text)
            }
            Action::Wait => Ok(Told::default()),
        }
    }

    fn paths(&self, path: &SitePair) -> Result<Vec<SitePath>, LabError> {
        let direction = match path.is_both_ways {
            true => Direction::Both,
            false => Direction::OneWay,
        };
        self.stage.lab.paths(&path.from, &path.to, direction)
    }

    async fn announce(&self, hosts: &[String]) -> Result<Told, Stumble> {
        let lab = self.stage.lab;
        for planned in &lab.plan().namespaces {
            let name = planned.node.as_str();
            if let NodeRole::Host {
                interface,
                address,
                mac,
                ..
            } = &planned.role
                && hosts.iter().any(|host| host == name)
            {
                let announcer =
                    Announcer::open(lab.namespace(&planned.node)?, interface.as_str()).await?;
                announcer.announce(*mac, *address).await?;
            }
        }
        Ok(Told::default())
    }

    async fn traffic(&self, flows: &[u16]) -> Result<Told, Stumble> {
        let waits = self.scenario.steps.iter().map(|step| {
            let timing = &step.timing;
            let own = match &step.action {
                Action::Migrate(m) => {
                    (m.pause + m.downtime.unwrap_or_default()) * m.times.saturating_mul(2)
                }
                Action::Assert { holds, .. } => *holds,
                _ => Duration::ZERO,
            };
            timing.delay + timing.within + own
        });
        let longest = (waits.sum::<Duration>() + MARGIN).min(LONGEST);
        let mut probing = self.probing.lock().await;
        let started = probing.start(self.stage.lab, flows, longest).await?;
        Ok(Told::text(format!("{started} flows started")))
    }

    async fn churn(&self, host: &str, rate: u32) -> Result<Told, Stumble> {
        let lab = self.stage.lab;
        let node = lab.plan().namespaces.iter();
        let mut node = node.filter(|n| n.node.as_str() == host);
        let Some((node, NodeRole::Host { interface, .. })) =
            node.next().map(|n| (&n.node, &n.role))
        else {
            return Err(Stumble::Failed(format!("there is no host `{host}`")));
        };
        let run = self.churned.replace_with(|run| run.wrapping_add(1));
        let churn = Churn::start(lab.namespace(node)?, interface.as_str(), rate, run).await?;
        self.churns.borrow_mut().push(churn);
        Ok(Told::default())
    }

    fn end_churn(&self) -> Told {
        let ended: Vec<_> = self.churns.borrow_mut().drain(..).collect();
        let lines = ended
            .iter()
            .map(|churn| format!("{} MACs announced from {}", churn.announced(), churn.host));
        Told::text(lines.collect::<Vec<_>>().join("; "))
    }

    async fn capture(&self, file: &str) -> Result<Told, Stumble> {
        let mut capture = self.capture.lock().await;
        if let Some((_, file)) = &*capture {
            return Err(Stumble::Failed(format!(
                "a capture into {file} goes on: end it with `capture stop` first"
            )));
        }
        let path = self.stage.captures.join(file);
        let directory = self.stage.captures;
        let made = std::fs::create_dir_all(directory);
        made.map_err(LabError::file(format!("make {}", directory.display())))?;
        *capture = Some((
            Capture::start(self.stage.lab, &path).await?,
            file.to_owned(),
        ));
        Ok(Told::default())
    }

    async fn end_capture(&self) -> Result<Told, Stumble> {
        let Some((capture, file)) = self.capture.lock().await.take() else {
            return Err(Stumble::Failed(
                "nothing is captured: put a step `capture start` before".to_owned(),
            ));
        };
        let captured = capture.stop().await?;
        Ok(Told::text(format!("{} frames in {file}", captured.frames)))
    }

    async fn show(&self, table: Table, devices: &[String]) -> Result<Told, Stumble> {
        let lab = self.stage.lab;
        let request = match table {
            Table::Mac => Request::MacTable,
            Table::ArpSnooping => Request::ArpSnooping,
            Table::ArpSuppression => Request::ArpSuppression,
            Table::IsisPeer => Request::Adjacencies,
            Table::IsisLsdb => Request::Lsdb,
            Table::Counters => Request::Counters,
            Table::Status => Request::Status,
        };
        let mut tables = std::collections::BTreeMap::new();
        for device in lab.edge_devices() {
            let name = device.name();
            if devices.iter().any(|wanted| **wanted == **name) && lab.is_running(name) {
                tables.insert(name.to_string(), device.request(&request).await?);
            }
        }
        Ok(Told {
            saw: format!("{} tables are in the result", tables.len()),
            details: Details::Tables { tables },
        })
    }
}
