//! What a lab answers, and does, on request.

use std::time::Duration;

use linux_net::clock;
use meter::phases::MarkKind;
use topology::plan::{Move, NodeRole};
use topology::{Announce, Role, unknown};

use super::protocol::{
    DeviceEvent, DeviceNode, HostNode, Inspection, MigrateRequest, Migrated, Request, Response,
};
use super::server::Server;
use crate::announcer::Announcer;
use crate::lab::Lab;
use crate::migrate::migrate;

/// FRR's `lsp-gen-interval` is 30 s, and a device may need two of them.
const PUBLICATION_LIMIT: Duration = Duration::from_secs(120);

impl Server {
    /// Does what is asked; the text of an error says what would do.
    pub(super) async fn answer(&self, request: Request) -> Result<Response, String> {
        match request {
            Request::Inspect => Ok(Response::Inspect(Box::new(self.inspect()))),
            Request::Device { device, ask } => {
                let answer = self.ask_device(&device, &ask).await;
                answer.map(Response::Device)
            }
            Request::Look {
                device,
                ask,
                before,
            } => self.look(device, ask, before).await,
            Request::Interfaces => self.interfaces().await,
            Request::MeasureBegin => self.begin_measurement().await,
            Request::MeasureEnd => self.end_measurement().await,
            Request::Captures => Ok(Response::Captures(self.captures.rows())),
            Request::StopCapture { number } => self.captures.stop(number).await,
            Request::Events { after } => self.events(after),
            Request::Migrate(asked) => self.migrate(&asked).await.map(Response::Migrated),
            Request::Announce { host } => self.announce(&host).await,
            Request::Impair { paths, asked } => self.impair(&paths, &asked).await,
            Request::ResetImpairments(paths) => self.reset_impairments(&paths).await,
            Request::Impairments => self.impairments().await,
            Request::Link { link, to } => self.link(&link, to).await,
            Request::Fault { device, fault } => {
                self.fault(&device, fault).await.map(Response::Fault)
            }
            // The connection answers these itself.
            Request::Wait { .. } | Request::Play { .. } | Request::Down | Request::Capture(_) => {
                Err("not here".to_owned())
            }
            Request::CaptureTold(_) | Request::CaptureEnded { .. } => {
                Err("no capture has begun on this connection".to_owned())
            }
        }
    }

    fn inspect(&self) -> Inspection {
        let plan = self.topology.plan();
        let lab = self.lab().ok();
        let problem = lab.and_then(|lab| lab.journal().check().err());
        let device = |device: &topology::plan::EdgeDevice| DeviceNode {
            name: device.config.name.clone(),
            site: device.site.clone(),
            address: device.config.public.address,
            mode: device.config.mode,
        };
        let name = |namespace: &topology::plan::Namespace| namespace.node.as_str().to_owned();
        Inspection {
            lab: self.name.clone(),
            topology: self.topology.name().to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            stage: self.news.borrow().stage,
            problems: problem.iter().map(ToString::to_string).collect(),
            age_seconds: self.started.elapsed().as_secs(),
            timings: self.news.borrow().timings.clone(),
            sites: self
                .topology
                .sites()
                .map(|(_, site)| site.name.clone())
                .collect(),
            devices: plan.edge_devices.iter().map(device).collect(),
            hosts: plan
                .namespaces
                .iter()
                .filter_map(|n| self.host_node(&plan, n))
                .collect(),
            nodes: plan.namespaces.iter().map(name).collect(),
            links: plan.links().collect(),
        }
    }

    fn host_node(
        &self,
        plan: &topology::Plan,
        namespace: &topology::plan::Namespace,
    ) -> Option<HostNode> {
        let NodeRole::Host {
            site,
            role,
            vlan,
            interface,
            address,
            mac,
        } = &namespace.role
        else {
            return None;
        };
        let name = namespace.node.as_str();
        let now = self.movements.site_of(name);
        let now = now.as_deref().unwrap_or(site);
        let asked = Move {
            vm: name,
            from: site,
            to: now,
            announce: None,
            downtime: None,
        };
        let plugged_in = match self.topology.plan_move(&asked) {
            Ok(made) => (
                made.to.node.to_string(),
                made.cable.to_string(),
                made.to
                    .bridge
                    .as_ref()
                    .map_or_else(String::new, ToString::to_string),
            ),
            // It has not moved.
            Err(_) => home_port(plan, name),
        };
        Some(HostNode {
            name: name.to_owned(),
            is_vm: *role == Role::Vm,
            site: now.to_owned(),
            vlan: *vlan,
            address: *address,
            mac: *mac,
            interface: interface.as_str().to_owned(),
            plugged_in,
        })
    }

    pub(super) async fn ask_device(
        &self,
        name: &str,
        ask: &edge_api::protocol::Request,
    ) -> Result<edge_api::protocol::Response, String> {
        use edge_api::protocol::Request::{Shutdown, Subscribe};

        if matches!(ask, Subscribe { .. } | Shutdown) {
            return Err(
                "a lab keeps its devices running, and gathers their events itself".to_owned(),
            );
        }
        let lab = self.lab()?;
        let device = lab.edge_devices().find(|device| **device.name() == *name);
        let device = device.ok_or_else(|| {
            let names = || lab.edge_devices().map(|device| &**device.name());
            unknown("edge device", name, names())
        })?;
        let answer = device.request(ask).await;
        answer.map_err(|error| error.to_string())
    }

    fn events(&self, after: usize) -> Result<Response, String> {
        let told = self.lab()?.journal().read(|entries| {
            let new = entries.iter().skip(after);
            new.map(|entry| DeviceEvent {
                device: entry.device.to_string(),
                event: entry.event.clone(),
            })
            .collect()
        });
        Ok(Response::Events(told))
    }

    async fn announce(&self, host: &str) -> Result<Response, String> {
        let lab = self.lab()?;
        let (_, found) = self
            .topology
            .hosts()
            .find(|(_, found)| found.name == host)
            .ok_or_else(|| {
                let names = || self.topology.hosts().map(|(_, found)| found.name.as_str());
                unknown("host", host, names())
            })?;
        let plan = lab.plan();
        let node = plan.namespaces.iter().find(|n| n.node.as_str() == host);
        let Some((node, NodeRole::Host { interface, .. })) = node.map(|n| (&n.node, &n.role))
        else {
            return Err(format!("host `{host}` has no node in this lab"));
        };
        let said = async {
            let announcer = Announcer::open(lab.namespace(node)?, interface.as_str()).await?;
            announcer.announce(found.mac, found.address).await
        };
        said.await.map_err(|error| error.to_string())?;
        Ok(Response::Announced)
    }

    async fn migrate(&self, asked: &MigrateRequest) -> Result<Migrated, String> {
        let lab = self.lab()?;
        let from = self.movements.site_of(&asked.vm).unwrap_or_default();
        let plan = self.topology.plan_move(&Move {
            vm: &asked.vm,
            from: &from,
            to: &asked.to,
            announce: asked.announce,
            downtime: asked.downtime,
        });
        let plan = plan.map_err(|error| error.to_string())?;
        let on_its_way = self.movements.set_out(&asked.vm)?;
        let migrated = migrate(&lab, &plan).await;
        let mut migrated = migrated.map_err(|error| error.to_string())?;
        on_its_way.arrived(&asked.to);
        drop(on_its_way);
        let attached = migrated
            .marks
            .iter()
            .find(|mark| mark.kind == MarkKind::Attached);
        let floor = attached.map_or(Duration::ZERO, |mark| {
            mark.at.saturating_since(migrated.trigger)
        });
        let published_after = match plan.announce {
            Announce::Silent => None,
            Announce::Garp | Announce::Qemu | Announce::Rfc5227 => {
                let expected = lab.entries_of(&plan.vm, &asked.to);
                wait_for_publication(&lab, &expected).await?;
                Some(clock::monotonic().saturating_since(migrated.trigger))
            }
        };
        while migrated.announcements.join_next().await.is_some() {}
        Ok(Migrated {
            vm: asked.vm.clone(),
            from,
            to: asked.to.clone(),
            floor,
            published_after,
        })
    }
}

async fn wait_for_publication(
    lab: &Lab,
    expected: &[crate::lab::ExpectedEntry],
) -> Result<(), String> {
    let waited = lab.wait_for_entries(expected, "the publication of the move", PUBLICATION_LIMIT);
    waited
        .await
        .map_err(|error| format!("the VM has moved, but {error}"))
}

/// Where the other end of a host's cable is at first.
fn home_port(plan: &topology::Plan, host: &str) -> (String, String, String) {
    let ends = plan
        .veths
        .iter()
        .flat_map(|veth| [(&veth.near, &veth.far), (&veth.far, &veth.near)]);
    let mut of_host = ends.filter(|(own, _)| own.node.as_str() == host);
    of_host.next().map_or_else(Default::default, |(_, other)| {
        let bridge = other
            .bridge
            .as_ref()
            .map_or_else(String::new, ToString::to_string);
        (other.node.to_string(), other.name.to_string(), bridge)
    })
}
