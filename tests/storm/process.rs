//! The process that is the lab: it makes the storm, and tells what became of the device.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use dcilab::lab::{EdgeControl, EdgeProgram, Lab, private_directory};
use dcilab::progress::Progress;
use edge_api::{AdjacencyState, Counters, TimerProfile};
use lab_tests::PATIENCE;
use lab_tests::requirement::inside;
use lab_tests::topology_text::three_site;
use noise::Circuit;
use serde::{Deserialize, Serialize};
use topology::Plan;
use topology::plan::{EdgeDevice, NodeName, NodeRole, VethEnd};
use wire::MacAddr;

use crate::sender::{GoodFlow, Public, ring};

/// The role of the process that is the lab.
pub(crate) const ROLE: &str = "storm";
/// The MAC table of the device under test: full soon.
pub(crate) const MAC_LIMIT: usize = 1024;

/// Frames of one storm, half from the site, half from the public side.
const FRAMES: u32 = 100_000;
/// So many, then one of the good flow: no ring on the way can overflow meanwhile.
const BURST: u32 = 64;
const SEED: u64 = 1;

/// The site whose device is under test, and the site at the other end of the good flow.
const ATTACKED: &str = "b";
const OTHER: &str = "a";
/// The site whose device seems to send the noise.
const POSED_AS: &str = "c";

/// What became of the device.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Told {
    /// Resident memory after the first storm, and after the same one again.
    pub(crate) resident_kb: [u64; 2],
    /// Every reason that it counted.
    pub(crate) drops: Vec<String>,
    pub(crate) mac_table_full: u64,
    pub(crate) mac_entries: usize,
}

/// The lab's process.
pub(crate) fn storm() -> ExitCode {
    inside(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let told = runtime.block_on(tell())?;
        println!("{}", serde_json::to_string(&told)?);
        Ok(())
    })
}

async fn tell() -> anyhow::Result<Told> {
    let mut plan = three_site()?.with_profile(TimerProfile::Cisco).plan();
    for device in &mut plan.edge_devices {
        if device.site == ATTACKED {
            device.config.mac_limit = MAC_LIMIT;
            device.config.mobility.arp_limit = MAC_LIMIT;
        }
    }
    let progress = Progress::start("storm");
    let nodes = private_directory().join("nodes");
    let lab = Lab::build(Arc::new(plan), &EdgeProgram::BuiltIn, &nodes, &progress).await?;
    lab.wait_until_ready(&progress).await?;
    let told = Storm::new(&lab).await?.run().await;
    lab.tear_down().await?;
    told
}

fn device<'a>(plan: &'a Plan, site: &str) -> anyhow::Result<&'a EdgeDevice> {
    let mut devices = plan.edge_devices.iter();
    let found = devices.find(|device| device.site == site);
    found.with_context(|| format!("no device at site {site}"))
}

/// Both ends of the cable at an interface: that one, and the other.
fn cable<'a>(
    plan: &'a Plan,
    node: &NodeName,
    interface: &str,
) -> anyhow::Result<(&'a VethEnd, &'a VethEnd)> {
    let is_it = |end: &VethEnd| end.node == *node && end.name.as_str() == interface;
    let mut cables = plan.veths.iter();
    let found = cables.find_map(|veth| match (is_it(&veth.near), is_it(&veth.far)) {
        (true, _) => Some((&veth.near, &veth.far)),
        (_, true) => Some((&veth.far, &veth.near)),
        _ => None,
    });
    found.with_context(|| format!("no cable at {interface}"))
}

/// A host's namespace, interface and MAC address.
fn host(plan: &Plan, at: &str) -> anyhow::Result<(NodeName, String, MacAddr)> {
    let mut hosts = plan.namespaces.iter();
    let found = hosts.find_map(|namespace| match &namespace.role {
        NodeRole::Host {
            site,
            interface,
            mac,
            ..
        } if site == at => Some((namespace.node.clone(), interface.as_str().to_owned(), *mac)),
        _ => None,
    });
    found.with_context(|| format!("no host at site {at}"))
}

struct Storm<'a> {
    control: &'a EdgeControl,
    public: Public,
    good: GoodFlow,
}

impl<'a> Storm<'a> {
    async fn new(lab: &'a Lab) -> anyhow::Result<Self> {
        let plan = lab.plan();
        let name = &device(plan, ATTACKED)?.config.name;
        let mut controls = lab.edge_devices();
        let control = controls.find(|control| **control.name() == **name);
        let mut ends = Vec::new();
        for site in [ATTACKED, OTHER] {
            let (node, interface, mac) = host(plan, site)?;
            ends.push((ring(lab.namespace(&node)?, &interface).await?, mac));
        }
        let mut ends = ends.into_iter();
        let (Some(from), Some(to)) = (ends.next(), ends.next()) else {
            anyhow::bail!("two ends make a flow");
        };
        Ok(Self {
            control: control.context("the device has no control socket")?,
            public: public(lab).await?,
            good: GoodFlow {
                from,
                to,
                number: 0,
            },
        })
    }

    async fn run(mut self) -> anyhow::Result<Told> {
        let mut resident_kb = [0; 2];
        for resident in &mut resident_kb {
            self.rage()?;
            // It answers, too.
            *resident = resident_memory(self.control.status().await?.pid)?;
        }
        self.wait_for_adjacencies().await?;
        let counters = self.control.counters().await?;
        Ok(Told {
            resident_kb,
            drops: reasons(&counters),
            mac_table_full: counters.mac_table_full,
            mac_entries: self.control.mac_table().await?.entries.len(),
        })
    }

    /// One storm, the same each time.
    fn rage(&mut self) -> anyhow::Result<()> {
        let mut draw = fastrand::Rng::with_seed(SEED);
        for frame in 0..FRAMES {
            match frame % 2 {
                0 => self.good.send_noise(&mut draw)?,
                _ => self.public.send(&mut draw)?,
            }
            if frame % BURST == 0 {
                self.public.flush()?;
                self.good.pass()?;
            }
        }
        Ok(())
    }

    /// A damaged hello may have ended one; the next good ones bring it up again.
    async fn wait_for_adjacencies(&self) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let rows = self.control.adjacencies().await?;
            let is_up = |row: &edge_api::AdjacencyRow| row.state == AdjacencyState::Up;
            if rows.iter().all(is_up) {
                return Ok(());
            }
            anyhow::ensure!(Instant::now() < deadline, "not up again: {rows:?}");
            tokio::task::yield_now().await;
        }
    }
}

async fn public(lab: &Lab) -> anyhow::Result<Public> {
    let plan = lab.plan();
    let (attacked, posed_as) = (device(plan, ATTACKED)?, device(plan, POSED_AS)?);
    let public = &attacked.config.public;
    let (own, wan) = cable(plan, &attacked.node, &public.interface)?;
    let peer = posed_as.config.public.address;
    let mut links = attacked.config.evi_links.iter();
    let link = links.position(|link| link.peer == peer);
    let link = link.context("no link to the other device")?;
    Ok(Public {
        ring: ring(lab.namespace(&wan.node)?, wan.name.as_str()).await?,
        macs: (wan.mac, own.mac),
        addresses: (peer, public.address),
        circuit: Circuit {
            from: posed_as.config.system_id,
            to: attacked.config.system_id,
            number: u32::try_from(link)? + 1,
        },
    })
}

fn reasons(counters: &Counters) -> Vec<String> {
    let drops = counters.interfaces.iter().flat_map(|row| &row.drops);
    let mut reasons: Vec<_> = drops.map(|drop| drop.reason.name().to_owned()).collect();
    reasons.sort();
    reasons.dedup();
    reasons
}

/// Kilobytes.
fn resident_memory(pid: u32) -> anyhow::Result<u64> {
    let file = format!("/proc/{pid}/status");
    let text = std::fs::read_to_string(&file).with_context(|| file.clone())?;
    let mut lines = text.lines();
    let size = lines.find_map(|line| line.strip_prefix("VmRSS:"));
    let size = size.and_then(|size| size.split_whitespace().next());
    Ok(size
        .with_context(|| format!("no VmRSS in {file}"))?
        .parse()?)
}
