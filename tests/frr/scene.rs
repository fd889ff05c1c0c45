//! A router in the middle, edge devices around it, a host behind each.
//!
//! ```text
//! host1 - ed1 ------ underlay ------ ed2 - host2     EVI links: data
//!          \                         /
//!           +-------- FRR ----------+                Ethernet circuits: IS-IS
//! ```

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use dcilab::lab::private_directory;
use edge_api::AdjacencyState;
use lab_tests::eventually;
use linux_net::link::{self, BridgeConfig, Condition, VethEnd};
use linux_net::namespace::Namespace;
use linux_net::{address, offload, sysctl};
use tokio::runtime::Runtime;
use wire::{MacAddr, SystemId};

use crate::device::{self, Device, Make, link_name};
use crate::host::Host;
use crate::router::{self, Router};

/// FRR's system.
pub(crate) const FRR: SystemId = SystemId::new([2, 0, 0, 0, 0, 0xff]);
/// The station that moves.
pub(crate) const VM: MacAddr = MacAddr::new([2, 0, 0, 0, 9, 1]);
pub(crate) const VM_ADDRESS: Ipv4Addr = Ipv4Addr::new(172, 16, 0, 99);
/// Room for a site's frame in GRE.
const UNDERLAY_MTU: u32 = 1600;
const SITE_MTU: u32 = 1500;
const CARRIER_LIMIT: Duration = Duration::from_secs(10);

/// The scene. Processes end before their namespaces, and the runtime last.
pub(crate) struct Scene {
    pub(crate) router: Router,
    devices: BTreeMap<u8, Device>,
    hosts: BTreeMap<u8, Host>,
    namespaces: BTreeMap<String, Namespace>,
    of: u8,
    directory: PathBuf,
    runtime: Runtime,
}

impl Scene {
    /// FRR and `of` sites; no edge device runs yet.
    pub(crate) fn set(of: u8, password: Option<&str>) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let directory = private_directory().join("scene");
        std::fs::create_dir_all(&directory)?;
        let built = async {
            let namespaces = build(of).await?;
            let frr = space(&namespaces, "frr")?;
            let config = router::config(FRR, usize::from(of), password);
            let router = Router::start(frr, &directory, &config).await?;
            let mut hosts = BTreeMap::new();
            for site in 1..=of {
                let inside = space(&namespaces, &format!("host{site}"))?;
                let host = Host::open(inside, host_mac(site), host_address(site)).await?;
                hosts.insert(site, host);
            }
            anyhow::Ok((namespaces, router, hosts))
        };
        let (namespaces, router, hosts) = runtime.block_on(built)?;
        Ok(Self {
            router,
            devices: BTreeMap::new(),
            hosts,
            namespaces,
            of,
            directory,
            runtime,
        })
    }

    /// The same with all edge devices, each of which has found all others.
    pub(crate) fn with_devices(of: u8) -> anyhow::Result<Self> {
        let mut scene = Self::set(of, None)?;
        for number in 1..=of {
            scene.start(number)?;
        }
        scene.wait_until_found()?;
        Ok(scene)
    }

    /// Two devices that have installed each other's host.
    pub(crate) fn acquainted() -> anyhow::Result<Self> {
        let mut scene = Self::with_devices(2)?;
        for site in [1, 2] {
            let host = scene.host(site)?;
            host.announce(host.mac, host.address)?;
        }
        for (at, of) in [(2, 1), (1, 2)] {
            let wanted = format!("remote {}", link_name(of));
            scene.device(at).wait_for_entry(host_mac(of), &wanted)?;
        }
        Ok(scene)
    }

    /// Starts an edge device that generates its LSPs at once.
    pub(crate) fn start(&mut self, number: u8) -> anyhow::Result<()> {
        self.start_with(number, None, "immediate")
    }

    pub(crate) fn start_with(
        &mut self,
        number: u8,
        key: Option<&str>,
        profile: &str,
    ) -> anyhow::Result<()> {
        let of = self.of;
        let make = Make {
            number,
            of,
            key,
            profile,
        };
        let namespace = space(&self.namespaces, &device::name(number))?;
        let started = self
            .runtime
            .block_on(make.start(namespace, &self.directory));
        self.devices.insert(number, started?);
        Ok(())
    }

    /// Ends an edge device without a word.
    pub(crate) fn kill(&mut self, number: u8) -> anyhow::Result<()> {
        let device = self.devices.remove(&number).context("it runs")?;
        self.runtime.block_on(device.kill())
    }

    /// Ends an edge device in good order.
    pub(crate) fn shut_down(&mut self, number: u8) -> anyhow::Result<()> {
        let device = self.devices.remove(&number).context("it runs")?;
        self.runtime.block_on(device.shut_down())
    }

    /// Waits until every device has found every other one behind its EVI link.
    pub(crate) fn wait_until_found(&self) -> anyhow::Result<()> {
        for device in self.devices.values() {
            device.wait_for_state("core1", AdjacencyState::Up)?;
            for peer in self.devices.keys().filter(|n| **n != device.number) {
                device.wait_for_state(&link_name(*peer), AdjacencyState::Up)?;
            }
        }
        Ok(())
    }

    /// Waits until FRR says this of its adjacency with a device.
    pub(crate) fn wait_for_neighbor(&self, number: u8, up: bool) -> anyhow::Result<()> {
        let interface = format!("eth{number}");
        eventually(
            &format!("FRR's adjacency on {interface} is up: {up}"),
            || {
                let state = self.router.neighbor_state(&interface)?;
                let is_up = state.as_deref() == Some("Up");
                Ok((is_up != up).then(|| format!("FRR says {state:?}")))
            },
        )
    }

    pub(crate) fn device(&self, number: u8) -> &Device {
        &self.devices[&number]
    }

    pub(crate) fn host(&mut self, site: u8) -> anyhow::Result<&mut Host> {
        self.hosts.get_mut(&site).context("there is such a site")
    }

    pub(crate) fn hosts(&self, one: u8, other: u8) -> (&Host, &Host) {
        (&self.hosts[&one], &self.hosts[&other])
    }

    /// Runs something in a namespace.
    pub(crate) fn within<T: Send + 'static>(
        &self,
        name: &str,
        what: impl FnOnce() -> T + Send + 'static,
    ) -> anyhow::Result<T> {
        let namespace = space(&self.namespaces, name)?;
        Ok(self.runtime.block_on(namespace.run(what))?)
    }
}

pub(crate) const fn host_mac(site: u8) -> MacAddr {
    MacAddr::new([2, 0, 0, 0, 8, site])
}

const fn host_address(site: u8) -> Ipv4Addr {
    Ipv4Addr::new(172, 16, 0, site)
}

fn space<'a>(
    namespaces: &'a BTreeMap<String, Namespace>,
    name: &str,
) -> anyhow::Result<&'a Namespace> {
    namespaces
        .get(name)
        .with_context(|| format!("no namespace {name}"))
}

async fn build(of: u8) -> anyhow::Result<BTreeMap<String, Namespace>> {
    let mut namespaces = BTreeMap::new();
    let sites = (1..=of).flat_map(|site| [device::name(site), format!("host{site}")]);
    for name in ["frr".to_owned(), "wan".to_owned()]
        .into_iter()
        .chain(sites)
    {
        let namespace = Namespace::create(&name).await?;
        for scope in ["all", "default"] {
            // A kernel without IPv6 is quiet anyway.
            let path = format!("net/ipv6/conf/{scope}/disable_ipv6");
            let _ = sysctl::write(&namespace, &path, "1").await;
        }
        namespaces.insert(name, namespace);
    }
    let wan = space(&namespaces, "wan")?;
    let bridge = BridgeConfig {
        mtu: UNDERLAY_MTU,
        ..BridgeConfig::default()
    };
    link::add_bridge(wan, "br0", bridge).await?;
    link::set_up(wan, "br0").await?;
    for site in 1..=of {
        plug_site(&namespaces, site).await?;
    }
    Ok(namespaces)
}

/// The three cables of an edge device.
async fn plug_site(namespaces: &BTreeMap<String, Namespace>, site: u8) -> anyhow::Result<()> {
    let (frr, wan) = (space(namespaces, "frr")?, space(namespaces, "wan")?);
    let device = space(namespaces, &device::name(site))?;
    let host = space(namespaces, &format!("host{site}"))?;
    let (to_frr, to_wan) = (format!("eth{site}"), format!("to-ed{site}"));
    cable(
        (device, "core1", [1, site]),
        (frr, &to_frr, [2, site]),
        SITE_MTU,
    )
    .await?;
    cable(
        (device, "uplink", [3, site]),
        (wan, &to_wan, [4, site]),
        UNDERLAY_MTU,
    )
    .await?;
    cable(
        (device, "port1", [5, site]),
        (host, "eth0", [8, site]),
        SITE_MTU,
    )
    .await?;
    link::set_master(wan, &to_wan, Some("br0")).await?;
    address::add(frr, &to_frr, Ipv4Addr::new(10, 0, site, 254), 24).await?;
    address::add(device, "uplink", Ipv4Addr::new(192, 0, 2, site), 24).await?;
    address::add(host, "eth0", host_address(site), 24).await?;
    // Or checksums are left to hardware that is not there.
    offload::disable_tx(host, "eth0").await?;
    link::wait_until(wan, &to_wan, Condition::Forwarding, CARRIER_LIMIT).await?;
    Ok(())
}

type End<'a> = (&'a Namespace, &'a str, [u8; 2]);

async fn cable(a: End<'_>, b: End<'_>, mtu: u32) -> anyhow::Result<()> {
    link::add_veth(end(a, mtu), end(b, mtu)).await?;
    for (namespace, name, _) in [a, b] {
        link::set_up(namespace, name).await?;
    }
    for (namespace, name, _) in [a, b] {
        link::wait_until(namespace, name, Condition::Carrier, CARRIER_LIMIT).await?;
    }
    Ok(())
}

const fn end<'a>((namespace, name, [kind, site]): End<'a>, mtu: u32) -> VethEnd<'a> {
    VethEnd {
        namespace,
        name,
        mac: MacAddr::new([2, 0, 0, 0, kind, site]),
        mtu,
    }
}
