//! From a plan to a lab: every step in the plan's order.

use std::path::Path;
use std::sync::Arc;

use linux_net::namespace::Namespace;
use linux_net::{address, link, neighbour, offload, route, sysctl};
use topology::Plan;
use topology::plan::{Bridge, IfMissing, NodeName, Offload, Veth, VethEnd};

use super::edge_process::{EdgeProcess, EdgeProgram, Start};
use super::{Journal, Lab, LabError, Namespaces, private_directory};
use crate::progress::Progress;

impl Lab {
    /// Makes everything in the plan and starts the edge devices. `nodes` is where each edge device's
    /// configuration and log are kept.
    ///
    /// # Errors
    /// The first step that failed. What was made until then goes with the process's namespaces.
    pub async fn build(
        plan: Arc<Plan>,
        program: &EdgeProgram,
        nodes: &Path,
        progress: &Progress,
    ) -> Result<Self, LabError> {
        let private = private_directory();
        std::fs::create_dir_all(&private)
            .map_err(LabError::file(format!("make {}", private.display())))?;
        progress.step("namespaces and links");
        let namespaces = make_namespaces(&plan).await?;
        let builder = Builder {
            plan: &plan,
            namespaces: &namespaces,
        };
        builder.make_links().await?;
        builder.make_addresses().await?;
        let mut lab = Self {
            plan,
            underlay: tokio::sync::Mutex::default(),
            namespaces,
            devices: Vec::new(),
            journal: Journal::new(),
            program: program.clone(),
            nodes: nodes.to_owned(),
        };
        if !lab.plan.impairments.is_empty() {
            progress.step("impairments");
            lab.impair_as_planned().await?;
        }
        progress.step("edge devices");
        lab.start_devices().await?;
        Ok(lab)
    }

    async fn start_devices(&mut self) -> Result<(), LabError> {
        for device in &self.plan.edge_devices {
            let start = Start {
                namespace: self.namespaces.get(&device.node)?,
                config: &device.config,
                program: &self.program,
                nodes: &self.nodes,
                journal: &self.journal,
            };
            self.devices.push(EdgeProcess::start(&start).await?);
        }
        Ok(())
    }
}

async fn make_namespaces(plan: &Plan) -> Result<Namespaces, LabError> {
    let mut namespaces = Namespaces::default();
    for planned in &plan.namespaces {
        let name = planned.node.as_str();
        let what = || format!("namespace {name}");
        let namespace = Namespace::create(name)
            .await
            .map_err(LabError::kernel(what()))?;
        let namespace = namespaces.0.entry(name.to_owned()).or_insert(namespace);
        for setting in &planned.sysctls {
            let path = Path::new("/proc/sys").join(setting.path);
            let is_there = namespace.run(move || path.exists()).await;
            let is_there = is_there.map_err(|_| LabError::Panicked { what: what() })?;
            if setting.if_missing == IfMissing::Skip && !is_there {
                continue;
            }
            sysctl::write(namespace, setting.path, setting.value)
                .await
                .map_err(LabError::kernel(what()))?;
        }
        link::set_up(namespace, "lo")
            .await
            .map_err(LabError::kernel(what()))?;
    }
    Ok(namespaces)
}

struct Builder<'a> {
    plan: &'a Plan,
    namespaces: &'a Namespaces,
}

impl Builder<'_> {
    fn namespace(&self, node: &NodeName) -> Result<&Namespace, LabError> {
        self.namespaces.get(node)
    }

    async fn make_links(&self) -> Result<(), LabError> {
        for bridge in &self.plan.bridges {
            self.make_bridge(bridge).await?;
        }
        for veth in &self.plan.veths {
            self.make_veth(veth).await?;
        }
        Ok(())
    }

    async fn make_bridge(&self, bridge: &Bridge) -> Result<(), LabError> {
        let (namespace, name) = (self.namespace(&bridge.node)?, bridge.name.as_str());
        let what = || format!("bridge {name} in {}", bridge.node.as_str());
        let config = link::BridgeConfig {
            ageing_time: bridge.ageing,
            mtu: bridge.mtu,
        };
        link::add_bridge(namespace, name, config)
            .await
            .map_err(LabError::kernel(what()))?;
        link::set_address(namespace, name, bridge.mac)
            .await
            .map_err(LabError::kernel(what()))?;
        link::set_up(namespace, name)
            .await
            .map_err(LabError::kernel(what()))
    }

    async fn make_veth(&self, veth: &Veth) -> Result<(), LabError> {
        let (near, far) = (&veth.near, &veth.far);
        let what = || {
            let (a, b) = (near.node.as_str(), far.node.as_str());
            format!(
                "cable {a}:{} to {b}:{}",
                near.name.as_str(),
                far.name.as_str()
            )
        };
        let ends = (self.end(near)?, self.end(far)?);
        link::add_veth(ends.0, ends.1)
            .await
            .map_err(LabError::kernel(what()))?;
        for end in [near, far] {
            let namespace = self.namespace(&end.node)?;
            plug_in(namespace, end)
                .await
                .map_err(LabError::kernel(what()))?;
        }
        Ok(())
    }

    fn end<'a>(&'a self, end: &'a VethEnd) -> Result<link::VethEnd<'a>, LabError> {
        let namespace = self.namespace(&end.node)?;
        Ok(link::VethEnd {
            namespace,
            name: end.name.as_str(),
            mac: end.mac,
            mtu: end.mtu,
        })
    }

    async fn make_addresses(&self) -> Result<(), LabError> {
        for planned in &self.plan.addresses {
            let (namespace, name) = (self.namespace(&planned.node)?, planned.interface.as_str());
            address::add(namespace, name, planned.address, planned.prefix_length)
                .await
                .map_err(LabError::kernel(format!(
                    "address of {}",
                    planned.node.as_str()
                )))?;
        }
        for planned in &self.plan.routes {
            let namespace = self.namespace(&planned.node)?;
            let (to, length) = (planned.destination.network(), planned.destination.length());
            route::add_v4(namespace, to, length, planned.gateway)
                .await
                .map_err(LabError::kernel(format!(
                    "route of {}",
                    planned.node.as_str()
                )))?;
        }
        for planned in &self.plan.neighbours {
            let (namespace, name) = (self.namespace(&planned.node)?, planned.interface.as_str());
            neighbour::add_permanent(namespace, name, planned.address, planned.mac)
                .await
                .map_err(LabError::kernel(format!(
                    "neighbour of {}",
                    planned.node.as_str()
                )))?;
        }
        Ok(())
    }
}

async fn plug_in(namespace: &Namespace, end: &VethEnd) -> Result<(), linux_net::Error> {
    let name = end.name.as_str();
    if end.offload == Offload::Off {
        // What stays on is a smaller evil than no lab: captures then show unfinished checksums.
        for refused in offload::disable_tx(namespace, name).await? {
            tracing::warn!(node = end.node.as_str(), interface = name, "{:?}", refused);
        }
    }
    if let Some(bridge) = &end.bridge {
        link::set_master(namespace, name, Some(bridge.as_str())).await?;
    }
    link::set_up(namespace, name).await
}
