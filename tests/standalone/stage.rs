//! Two sites, one host each, and a cable between their edge devices.
//!
//! ```text
//! host-a eth0 -- port1 ed-a uplink ---- uplink ed-b port1 -- eth0 host-b
//! ```

use std::io::ErrorKind;
use std::net::{Ipv4Addr, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use lab_tests::PATIENCE;
use linux_net::link::{self, Condition, VethEnd};
use linux_net::namespace::Namespace;
use linux_net::{address, offload, sysctl};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use wire::MacAddr;

use crate::device::Device;

/// How long one question to the other host may take before it counts as lost.
const ROUND_TRIP: Duration = Duration::from_millis(200);
const PORT: u16 = 7000;

/// One site.
pub(crate) struct Site {
    pub(crate) name: &'static str,
    number: u8,
    pub(crate) device: Namespace,
    pub(crate) host: Namespace,
}

/// Everything, and the devices that run.
pub(crate) struct Stage {
    pub(crate) runtime: Runtime,
    pub(crate) a: Site,
    pub(crate) b: Site,
    pub(crate) scratch: TempDir,
    question: Arc<UdpSocket>,
    asked: u32,
}

impl Site {
    async fn new(name: &'static str, number: u8) -> anyhow::Result<Self> {
        Ok(Self {
            name,
            number,
            device: quiet(&format!("ed-{name}")).await?,
            host: quiet(&format!("host-{name}")).await?,
        })
    }

    /// The device's address in the public network.
    pub(crate) const fn address(&self) -> Ipv4Addr {
        Ipv4Addr::new(192, 0, 2, self.number)
    }

    const fn host_address(&self) -> Ipv4Addr {
        Ipv4Addr::new(10, 0, 0, self.number)
    }

    /// The MAC address of the host.
    pub(crate) const fn host_mac(&self) -> MacAddr {
        MacAddr::new([2, 0, 0, 0, 1, self.number])
    }

    /// Plugs the cable from the host to the device, or plugs it anew.
    pub(crate) async fn plug_host(&self) -> anyhow::Result<()> {
        let port_mac = MacAddr::new([2, 0, 0, 0, 2, self.number]);
        let host = end(&self.host, "eth0", self.host_mac(), 1500);
        link::add_veth(host, end(&self.device, "port1", port_mac, 1500)).await?;
        address::add(&self.host, "eth0", self.host_address(), 24).await?;
        // Checksums that hardware should finish are finished by nobody here.
        offload::disable_tx(&self.host, "eth0").await?;
        up(&[(&self.host, "eth0"), (&self.device, "port1")]).await
    }
}

impl Stage {
    /// Builds both sites; no device runs yet. The cable between them has this MTU.
    pub(crate) fn build(mtu: u32) -> anyhow::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (a, b) = runtime.block_on(async {
            let (a, b) = (Site::new("a", 1).await?, Site::new("b", 2).await?);
            a.plug_host().await?;
            b.plug_host().await?;
            plug_uplink(&a, &b, 1, mtu).await?;
            anyhow::Ok((a, b))
        })?;
        let question = runtime.block_on(bind(&a))?;
        let answer = runtime.block_on(bind(&b))?;
        std::thread::spawn(move || echo(&answer));
        Ok(Self {
            runtime,
            a,
            b,
            scratch: TempDir::new()?,
            question: Arc::new(question),
            asked: 0,
        })
    }

    /// Plugs the cable between the devices anew, with other MAC addresses.
    pub(crate) fn plug_uplink_again(&self, mtu: u32) -> anyhow::Result<()> {
        self.runtime.block_on(plug_uplink(&self.a, &self.b, 7, mtu))
    }

    /// Starts both devices, and waits until frames pass between the hosts.
    pub(crate) fn start(&mut self, arguments: &[&str]) -> anyhow::Result<(Device, Device)> {
        let a = Device::start(self, &self.a, &self.b, arguments)?;
        let b = Device::start(self, &self.b, &self.a, arguments)?;
        self.expect_passing()?;
        Ok((a, b))
    }

    pub(crate) fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    /// Host A asks host B once; whether the answer came.
    pub(crate) fn asks(&mut self, length: usize) -> anyhow::Result<bool> {
        self.asked += 1;
        let mut question = vec![0; length.max(4)];
        question[..4].copy_from_slice(&self.asked.to_be_bytes());
        match self
            .question
            .send_to(&question, (self.b.host_address(), PORT))
        {
            Ok(_) => {}
            // Its own cable is unplugged, or has just come back.
            Err(error) if error.kind() != ErrorKind::InvalidInput => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        let deadline = Instant::now() + ROUND_TRIP;
        let mut answer = vec![0; question.len()];
        while let Some(left) = deadline.checked_duration_since(Instant::now()) {
            self.question
                .set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
            if self.question.recv(&mut answer).is_ok() && answer == question {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Waits until an answer comes.
    pub(crate) fn expect_passing(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !self.asks(64)? {
            if Instant::now() > deadline {
                bail!("no frame passes between the hosts within {PATIENCE:?}");
            }
        }
        Ok(())
    }
}

/// A namespace whose kernel does not talk of its own accord.
async fn quiet(name: &str) -> anyhow::Result<Namespace> {
    let namespace = Namespace::create(name).await?;
    for scope in ["all", "default"] {
        // A kernel without IPv6 is quiet anyway.
        let path = format!("net/ipv6/conf/{scope}/disable_ipv6");
        let _ = sysctl::write(&namespace, &path, "1").await;
    }
    Ok(namespace)
}

fn end<'a>(namespace: &'a Namespace, name: &'a str, mac: MacAddr, mtu: u32) -> VethEnd<'a> {
    VethEnd {
        namespace,
        name,
        mac,
        mtu,
    }
}

async fn plug_uplink(a: &Site, b: &Site, series: u8, mtu: u32) -> anyhow::Result<()> {
    let mac = |site: &Site| MacAddr::new([2, 0, 0, series, 3, site.number]);
    let of_a = end(&a.device, "uplink", mac(a), mtu);
    link::add_veth(of_a, end(&b.device, "uplink", mac(b), mtu)).await?;
    for site in [a, b] {
        address::add(&site.device, "uplink", site.address(), 24).await?;
    }
    up(&[(&a.device, "uplink"), (&b.device, "uplink")]).await
}

/// Sets links up, and waits until they carry.
pub(crate) async fn up(links: &[(&Namespace, &str)]) -> anyhow::Result<()> {
    for (namespace, name) in links {
        link::set_up(namespace, name).await?;
    }
    for (namespace, name) in links {
        link::wait_until(namespace, name, Condition::Carrier, PATIENCE).await?;
    }
    Ok(())
}

async fn bind(site: &Site) -> anyhow::Result<UdpSocket> {
    // By any address: the host's own may go and come back.
    let bound = site.host.run(|| UdpSocket::bind(("0.0.0.0", PORT)));
    bound.await?.context("cannot bind a socket of a host")
}

fn echo(socket: &UdpSocket) {
    let mut buffer = [0; 2048];
    loop {
        if let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let _ = socket.send_to(&buffer[..length], from);
        }
    }
}
