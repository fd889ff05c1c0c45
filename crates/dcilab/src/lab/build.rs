//! From a plan to a lab: every step in the plan's order, and what does not wait for each other side by side.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use linux_net::batch::{Batch, FIRST_INDEX};
use linux_net::namespace::Namespace;
use linux_net::{link, offload, sysctl};
use topology::Plan;
use topology::plan::{
    IfMissing, InterfaceName, NodeName, NodeRole, Offload, Sysctl, Veth, VethEnd,
};

use super::edge_process::{EdgeProcess, EdgeProgram};
use super::{Journal, Lab, LabError, Namespaces, descriptors, sockets};
use crate::progress::Progress;

/// Namespaces that are worked at side by side. The kernel lets few of its steps run beside each other, so
/// more would only wait.
pub(super) const AT_ONCE: usize = 8;

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
        descriptors::make_room(&plan)?;
        let sockets = sockets::Directory::make()?;
        progress.step("namespaces");
        let namespaces = make_namespaces(&plan).await?;
        progress.step("links");
        let builder = Builder {
            plan: &plan,
            namespaces: &namespaces,
            indices: indices(&plan),
        };
        builder.make_links().await?;
        builder.turn_offloads_off().await?;
        let (public, others) = builder.configuration()?;
        builder.send(others, "addresses").await?;
        progress.step("edge devices");
        let journal = Journal::new();
        let directories = (nodes, sockets.path());
        let devices = builder
            .start_devices(program, directories, &journal)
            .await?;
        // Last: devices that hear each other take the processors from those that are still to start.
        builder.send(public, "addresses").await?;
        Ok(Self {
            plan,
            namespaces,
            devices,
            journal,
            _sockets: sockets,
        })
    }
}

/// Does the same for each, [`AT_ONCE`] at a time, until one fails.
pub(super) async fn for_each<T, F>(
    each: impl IntoIterator<Item = T>,
    work: impl Fn(T) -> F,
) -> Result<(), LabError>
where
    F: Future<Output = Result<(), LabError>>,
{
    stream::iter(each)
        .map(|item| Ok(work(item)))
        .try_for_each_concurrent(AT_ONCE, |work| work)
        .await
}

async fn make_namespaces(plan: &Plan) -> Result<Namespaces, LabError> {
    let make = |planned: &topology::plan::Namespace| {
        let (name, sysctls) = (planned.node.to_string(), planned.sysctls.clone());
        async move {
            let made = make_namespace(&name, sysctls).await;
            made.map_err(LabError::kernel(format!("namespace {name}")))
                .map(|namespace| (name, namespace))
        }
    };
    let mut made = stream::iter(plan.namespaces.iter().map(make)).buffer_unordered(AT_ONCE);
    // One by one: those that are made give their names free when one fails.
    let mut namespaces = Namespaces::default();
    while let Some((name, namespace)) = made.try_next().await? {
        namespaces.0.insert(name, namespace);
    }
    Ok(namespaces)
}

async fn make_namespace(name: &str, sysctls: Vec<Sysctl>) -> Result<Namespace, linux_net::Error> {
    let namespace = Namespace::create(name).await?;
    let settings = sysctls.iter().map(|setting| sysctl::Setting {
        path: setting.path,
        value: setting.value,
        is_optional: setting.if_missing == IfMissing::Skip,
    });
    sysctl::write_all(&namespace, settings.collect()).await?;
    let mut batch = Batch::new();
    batch.set_up("lo")?;
    batch.send(&namespace).await?;
    Ok(namespace)
}

/// The index of each interface. Whoever makes a link may choose it, and then has nothing to ask for.
type Indices<'a> = BTreeMap<(&'a NodeName, &'a InterfaceName), u32>;

fn indices(plan: &Plan) -> Indices<'_> {
    let bridges = plan
        .bridges
        .iter()
        .map(|bridge| (&bridge.node, &bridge.name));
    let ends = plan.veths.iter().flat_map(|veth| [&veth.near, &veth.far]);
    let all = bridges.chain(ends.map(|end| (&end.node, &end.name)));
    let mut next: BTreeMap<&NodeName, u32> = BTreeMap::new();
    all.map(|(node, name)| {
        let index = next.entry(node).or_insert(FIRST_INDEX);
        *index += 1;
        ((node, name), *index)
    })
    .collect()
}

/// What to ask for in each namespace.
type Batches<'a> = BTreeMap<&'a NodeName, Batch>;

struct Builder<'a> {
    plan: &'a Plan,
    namespaces: &'a Namespaces,
    indices: Indices<'a>,
}

impl<'a> Builder<'a> {
    fn namespace(&self, node: &NodeName) -> Result<&Namespace, LabError> {
        self.namespaces.get(node)
    }

    fn index(&self, node: &NodeName, name: &InterfaceName) -> Result<u32, LabError> {
        let index = self.indices.get(&(node, name)).copied();
        index.ok_or_else(|| LabError::UnknownNode {
            node: format!("{node}:{name}"),
        })
    }

    /// What is to be made in each namespace. Cables are made from their far end, which may be in a bridge.
    async fn make_links(&self) -> Result<(), LabError> {
        let mut batches = Batches::new();
        for bridge in &self.plan.bridges {
            let config = link::BridgeConfig {
                ageing_time: bridge.ageing,
                mtu: bridge.mtu,
            };
            let index = self.index(&bridge.node, &bridge.name)?;
            let batch = batches.entry(&bridge.node).or_default();
            batch
                .add_bridge(bridge.name.as_str(), index, bridge.mac, config)
                .map_err(LabError::kernel(format!("bridge {}", bridge.name)))?;
        }
        for Veth { near, far } in &self.plan.veths {
            let bridge = match &far.bridge {
                Some(bridge) => Some(self.index(&far.node, bridge)?),
                None => None,
            };
            let (here, there) = (self.end(far)?, self.end(near)?);
            let batch = batches.entry(&far.node).or_default();
            batch
                .add_veth(here, there, bridge)
                .map_err(LabError::kernel(format!("cable {}", far.name)))?;
        }
        self.send(batches, "links").await
    }

    fn end<'e>(&'e self, end: &'e VethEnd) -> Result<(link::VethEnd<'e>, u32), LabError> {
        let veth_end = link::VethEnd {
            namespace: self.namespace(&end.node)?,
            name: end.name.as_str(),
            mac: end.mac,
            mtu: end.mtu,
        };
        Ok((veth_end, self.index(&end.node, &end.name)?))
    }

    async fn turn_offloads_off(&self) -> Result<(), LabError> {
        let ends = self
            .plan
            .veths
            .iter()
            .flat_map(|veth| [&veth.near, &veth.far]);
        let plain = ends.filter(|end| end.offload == Offload::Off);
        for_each(plain, |end| self.turn_off(end)).await
    }

    async fn start_devices(
        &'a self,
        program: &EdgeProgram,
        directories: (&Path, &Path),
        journal: &Journal,
    ) -> Result<Vec<EdgeProcess>, LabError> {
        let start = |device: &'a topology::plan::EdgeDevice| async move {
            let namespace = self.namespace(&device.node)?;
            let journal = journal.clone();
            EdgeProcess::start(namespace, &device.config, program, directories, journal).await
        };
        let started = stream::iter(self.plan.edge_devices.iter().map(start));
        started.buffered(AT_ONCE).try_collect().await
    }

    /// What is left to do once all links are there, by namespace: of the public network, and of all others.
    fn configuration(&self) -> Result<(Batches<'_>, Batches<'_>), LabError> {
        let mut batches = Batches::new();
        let ends = self
            .plan
            .veths
            .iter()
            .flat_map(|veth| [&veth.near, &veth.far]);
        for end in ends.filter(|end| end.bridge.is_none()) {
            let batch = batches.entry(&end.node).or_default();
            batch
                .set_up(end.name.as_str())
                .map_err(LabError::kernel(format!("link {}", end.name)))?;
        }
        for planned in &self.plan.addresses {
            let index = self.index(&planned.node, &planned.interface)?;
            let batch = batches.entry(&planned.node).or_default();
            batch.add_address(index, planned.address, planned.prefix_length);
        }
        for planned in &self.plan.routes {
            let (to, length) = (planned.destination.network(), planned.destination.length());
            let batch = batches.entry(&planned.node).or_default();
            batch.add_route(to, length, planned.gateway);
        }
        for planned in &self.plan.neighbours {
            let index = self.index(&planned.node, &planned.interface)?;
            let batch = batches.entry(&planned.node).or_default();
            batch.add_neighbour(index, planned.address, planned.mac);
        }
        let namespaces = self.plan.namespaces.iter();
        let wan = namespaces.filter(|namespace| namespace.role == NodeRole::Wan);
        let public: Vec<_> = wan.map(|namespace| &namespace.node).collect();
        Ok(batches
            .into_iter()
            .partition(|(node, _)| public.contains(node)))
    }

    async fn send(&self, batches: Batches<'_>, what: &str) -> Result<(), LabError> {
        for_each(batches, async |(node, batch)| {
            let sent = batch.send(self.namespace(node)?).await;
            sent.map_err(LabError::kernel(format!("{what} of {node}")))
        })
        .await
    }

    async fn turn_off(&self, end: &VethEnd) -> Result<(), LabError> {
        let name = end.name.as_str();
        let refused = offload::disable_tx(self.namespace(&end.node)?, name).await;
        // What stays on is a smaller evil than no lab: captures then show unfinished checksums.
        for refused in refused.map_err(LabError::kernel(format!("link {name}")))? {
            tracing::warn!(node = end.node.as_str(), interface = name, "{:?}", refused);
        }
        Ok(())
    }
}
