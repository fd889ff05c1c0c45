//! Two sites: namespaces, cables, edge devices, and what the test holds of them.
//!
//! ```text
//! site-a: trunk-a  --- port1 (trunk)              access --- eth0: host-b, a kernel with 10.0.0.2
//!                           ed-a  uplink---uplink  ed-b
//! site-a: local-a  --- port2 (access, VLAN 300)   trunk  --- trunk-b: site-b
//! ```

use std::fs::File;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use anyhow::ensure;
use edge_api::{AdjacencyState, EventKind};
use lab_tests::PATIENCE;
use linux_net::capture_socket::{CaptureConfig, CaptureSocket};
use linux_net::link::{self, Condition, VethEnd};
use linux_net::namespace::Namespace;
use linux_net::{address, interface, sysctl};
use pcap_file::pcap::{PcapHeader, PcapPacket, PcapWriter};
use pcap_file::{DataLink, TsResolution};
use wire::MacAddr;

use crate::port::Port;
use crate::running::Running;

/// The kernel host behind the access port of site B.
pub(crate) const HOST: MacAddr = MacAddr::new([2, 0, 0, 0, 2, 1]);
pub(crate) const HOST_IP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
pub(crate) const ED_A: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 1);
const ED_B: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 2);

/// VLAN 300 is extended at B and not at A.
const CONFIG_A: &str = r#"
name = "ed-a"
system_id = "0200.0000.0001"
local_vlans = [300]
public = { interface = "uplink", address = "198.18.0.1" }
igp = { profile = "immediate" }

[[site_port]]
name = "port1"
interface = "trunk"
trunk_vlans = [100, "200-201", 300]

[[site_port]]
name = "port2"
interface = "local"
access_vlan = 300

[[evi_link]]
name = "evi-link1"
peer = "198.18.0.2"
"#;

const CONFIG_B: &str = r#"
name = "ed-b"
system_id = "0200.0000.0002"
public = { interface = "uplink", address = "198.18.0.2" }
igp = { profile = "immediate" }

[[site_port]]
name = "port1"
interface = "access"
access_vlan = 100

[[site_port]]
name = "port2"
interface = "trunk"
trunk_vlans = [100, 300]
native_vlan = 100

[[evi_link]]
name = "evi-link1"
peer = "198.18.0.1"
"#;

/// What the test holds. The namespaces live as long as it.
pub(crate) struct Scene {
    pub(crate) ed_a: Running,
    pub(crate) ed_b: Running,
    pub(crate) trunk_a: Port,
    pub(crate) local_a: Port,
    pub(crate) trunk_b: Port,
    /// On the kernel host's own interface.
    pub(crate) host_b: Port,
    uplink: CaptureSocket,
    _namespaces: [Namespace; 5],
}

impl Scene {
    pub(crate) async fn build(directory: &Path) -> anyhow::Result<Self> {
        let a = quiet("ed-a").await?;
        let b = quiet("ed-b").await?;
        let site_a = quiet("site-a").await?;
        let (site_b, host_b) = (quiet("site-b").await?, quiet("host-b").await?);
        plug((&a, "uplink"), (&b, "uplink"), 1600).await?;
        plug((&a, "trunk"), (&site_a, "trunk-a"), 1500).await?;
        // Larger than what the uplink carries; but it is a local VLAN's.
        plug((&a, "local"), (&site_a, "local-a"), 9000).await?;
        // One byte too large for the tunnel.
        plug((&b, "trunk"), (&site_b, "trunk-b"), 1559).await?;
        plug((&b, "access"), (&host_b, "eth0"), 1500).await?;
        link::set_address(&host_b, "eth0", HOST).await?;
        address::add(&a, "uplink", ED_A, 30).await?;
        address::add(&b, "uplink", ED_B, 30).await?;
        address::add(&host_b, "eth0", HOST_IP, 24).await?;
        let uplink = a.run(capture_uplink).await??;
        let scene = Self {
            ed_a: Running::start(&a, "ed-a", CONFIG_A, directory).await?,
            ed_b: Running::start(&b, "ed-b", CONFIG_B, directory).await?,
            trunk_a: Port::open(&site_a, "trunk-a").await?,
            local_a: Port::open(&site_a, "local-a").await?,
            trunk_b: Port::open(&site_b, "trunk-b").await?,
            host_b: Port::open(&host_b, "eth0").await?,
            uplink,
            _namespaces: [a, b, site_a, site_b, host_b],
        };
        for device in [&scene.ed_a, &scene.ed_b] {
            device.until("adjacency", |event| {
                matches!(event, EventKind::Adjacency { to, .. } if *to == AdjacencyState::Up)
            })?;
        }
        Ok(scene)
    }

    /// Ends the devices, and writes what went over the uplink of ED-A.
    pub(crate) async fn end(mut self, capture: &Path) -> anyhow::Result<()> {
        self.ed_a.end().await?;
        self.ed_b.end().await?;
        let header = PcapHeader {
            datalink: DataLink::ETHERNET,
            ts_resolution: TsResolution::NanoSecond,
            ..PcapHeader::default()
        };
        let mut writer = PcapWriter::with_header(File::create(capture)?, header)?;
        let mut bytes = Vec::new();
        while let Some(frame) = self.uplink.receive() {
            bytes.clear();
            frame.write_to(&mut bytes);
            let at = Duration::from_nanos(frame.timestamp_realtime_ns());
            writer.write_packet(&PcapPacket::new(at, frame.original_length(), &bytes))?;
        }
        let drops = self.uplink.statistics()?.drops;
        ensure!(drops == 0, "the capture has {drops} holes");
        Ok(())
    }
}

fn capture_uplink() -> Result<CaptureSocket, linux_net::Error> {
    CaptureSocket::open(&interface::lookup("uplink")?, CaptureConfig::default())
}

/// A namespace whose kernel does not talk of its own accord.
async fn quiet(name: &str) -> anyhow::Result<Namespace> {
    let namespace = Namespace::create(name).await?;
    for scope in ["all", "default"] {
        let path = format!("net/ipv6/conf/{scope}/disable_ipv6");
        // A kernel without IPv6 is quiet anyway.
        let _ = sysctl::write(&namespace, &path, "1").await;
    }
    Ok(namespace)
}

/// A cable between two namespaces, up.
async fn plug(near: (&Namespace, &str), far: (&Namespace, &str), mtu: u32) -> anyhow::Result<()> {
    let end = |(namespace, name), last| VethEnd {
        namespace,
        name,
        mac: MacAddr::new([2, 0, 0, 0, 0xff, last]),
        mtu,
    };
    link::add_veth(end(near, 1), end(far, 2)).await?;
    for (namespace, name) in [near, far] {
        link::set_up(namespace, name).await?;
    }
    for (namespace, name) in [near, far] {
        link::wait_until(namespace, name, Condition::Carrier, PATIENCE).await?;
    }
    Ok(())
}
