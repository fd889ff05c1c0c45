//! Two sites of one host each, their edge devices as processes, and a cable between the devices.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::Ipv4Addr;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, bail};
use edge_api::protocol::{Request, Response};
use edge_api::{AdjacencyState, ArpRow, Counters};
use lab_tests::{PATIENCE, eventually};
use linux_net::capture_socket::{CaptureConfig, CaptureSocket};
use linux_net::link::{self, Condition, VethEnd};
use linux_net::namespace::Namespace;
use linux_net::packet_socket::{PacketRing, RingConfig};
use linux_net::{address, interface, offload};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::runtime::Runtime;
use wire::{ArpPacket, FrameRef, GreHeader, MacAddr, arp};

pub(crate) const A: usize = 0;
pub(crate) const B: usize = 1;

/// Outer Ethernet and IPv4 headers before GRE.
const OUTER: usize = 14 + 20;

struct Site {
    host: Namespace,
    device: Namespace,
    /// What the host sends of its own, and hears, past its kernel.
    ring: PacketRing,
    uplink: CaptureSocket,
    socket: PathBuf,
    process: Child,
}

/// Both sites, running; what is started here ends with it.
pub(crate) struct Bench {
    sites: Vec<Site>,
    runtime: Runtime,
    _files: TempDir,
}

impl Bench {
    pub(crate) const fn host_address(site: usize) -> Ipv4Addr {
        Ipv4Addr::new(10, 100, 0, number(site))
    }

    pub(crate) const fn host_mac(site: usize) -> MacAddr {
        MacAddr::new([2, 0, 0, 0, 1, number(site)])
    }

    /// Builds it, with these lines in `[mobility]` of both devices, and waits for the adjacency.
    pub(crate) fn build(mobility: &str) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let files = TempDir::new()?;
        let sites = runtime.block_on(async {
            let spaces = [spaces(A).await?, spaces(B).await?];
            let [(_, device_a), (_, device_b)] = &spaces;
            plug((device_a, "uplink", 0xa), (device_b, "uplink", 0xb), 1600).await?;
            let mut sites = Vec::new();
            for (site, (host, device)) in spaces.into_iter().enumerate() {
                sites.push(start(site, host, device, mobility, &files).await?);
            }
            anyhow::Ok(sites)
        })?;
        let bench = Self {
            sites,
            runtime,
            _files: files,
        };
        for site in [A, B] {
            eventually("the adjacency", || {
                let Response::Adjacencies(rows) = bench.ask(site, &Request::Adjacencies)? else {
                    bail!("no adjacencies");
                };
                let up = rows.iter().all(|row| row.state == AdjacencyState::Up);
                Ok((!up).then(|| format!("{rows:?}")))
            })?;
        }
        Ok(bench)
    }

    /// Runs something in the namespace of a host.
    pub(crate) fn at_host<T: Send + 'static>(
        &self,
        site: usize,
        what: impl FnOnce() -> T + Send + 'static,
    ) -> anyhow::Result<T> {
        Ok(self.runtime.block_on(self.sites[site].host.run(what))?)
    }

    /// The host of a site announces itself by a gratuitous ARP.
    pub(crate) fn announce(&self, site: usize) -> anyhow::Result<()> {
        let bytes = arp::encode_gratuitous_request(Self::host_mac(site), Self::host_address(site));
        self.at_host(site, move || -> anyhow::Result<()> {
            let mut ring =
                PacketRing::open(&interface::lookup("eth0")?, RingConfig::for_mtu(1500))?;
            ring.transmit(bytes.len(), |slot| slot.copy_from_slice(&bytes))?;
            Ok(ring.flush()?)
        })?
    }

    /// Shows the frames inside the tunnel that an uplink has seen since the last time.
    pub(crate) fn captured(&mut self, site: usize, mut show: impl FnMut(&FrameRef<'_>)) {
        while let Some(packet) = self.sites[site].uplink.receive() {
            let inner = packet.data().get(OUTER..).map(GreHeader::decode);
            if let Some(Ok((_, bytes))) = inner
                && let Ok(frame) = FrameRef::parse(bytes)
            {
                show(&frame);
            }
        }
    }

    /// The first ARP that a host gets.
    pub(crate) fn wait_for_arp_at_host(&mut self, site: usize) -> anyhow::Result<ArpPacket> {
        let mut heard = None;
        eventually("an ARP at the host", || {
            while let Some(packet) = self.sites[site].ring.receive() {
                let frame = FrameRef::parse(packet.data())?;
                heard = heard.or(ArpPacket::from_frame(&frame).transpose()?);
            }
            Ok(heard.is_none().then(|| "none".to_owned()))
        })?;
        heard.context("an ARP was heard")
    }

    pub(crate) fn arp_suppression(&self, site: usize) -> anyhow::Result<Vec<ArpRow>> {
        match self.ask(site, &Request::ArpSuppression)? {
            Response::ArpSuppression(rows) => Ok(rows),
            other => bail!("not to the question: {other:?}"),
        }
    }

    pub(crate) fn counters(&self, site: usize) -> anyhow::Result<Counters> {
        match self.ask(site, &Request::Counters)? {
            Response::Counters(counters) => Ok(counters),
            other => bail!("not to the question: {other:?}"),
        }
    }

    fn ask(&self, site: usize, request: &Request) -> anyhow::Result<Response> {
        let mut stream = UnixStream::connect(&self.sites[site].socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        writeln!(stream, "{}", serde_json::to_string(request)?)?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }

    /// Ends both devices in good order.
    pub(crate) fn end(mut self) -> anyhow::Result<()> {
        for site in [A, B] {
            self.ask(site, &Request::Shutdown)?;
            let ended = self.sites[site].process.wait();
            let status = self.runtime.block_on(ended)?;
            anyhow::ensure!(status.success(), "an edge device ended with {status}");
            self.sites[site].device.remove()?;
            self.sites[site].host.remove()?;
        }
        Ok(())
    }
}

const fn number(site: usize) -> u8 {
    if site == A { 1 } else { 2 }
}

async fn spaces(site: usize) -> anyhow::Result<(Namespace, Namespace)> {
    let host = Namespace::create(&format!("host-{site}")).await?;
    let device = Namespace::create(&format!("ed-{site}")).await?;
    Ok((host, device))
}

type End<'a> = (&'a Namespace, &'a str, u8);

const fn end<'a>((namespace, name, last): End<'a>, mtu: u32) -> VethEnd<'a> {
    VethEnd {
        namespace,
        name,
        mac: MacAddr::new([2, 0, 0, 0, 2, last]),
        mtu,
    }
}

/// A cable, up at both ends.
async fn plug(a: End<'_>, b: End<'_>, mtu: u32) -> anyhow::Result<()> {
    link::add_veth(end(a, mtu), end(b, mtu)).await?;
    for (namespace, name, _) in [a, b] {
        link::set_up(namespace, name).await?;
    }
    for (namespace, name, _) in [a, b] {
        link::wait_until(namespace, name, Condition::Carrier, PATIENCE).await?;
    }
    Ok(())
}

async fn start(
    site: usize,
    host: Namespace,
    device: Namespace,
    mobility: &str,
    files: &TempDir,
) -> anyhow::Result<Site> {
    let own = number(site);
    plug((&host, "eth0", own), (&device, "port1", own + 0x10), 1500).await?;
    link::set_address(&host, "eth0", Bench::host_mac(site)).await?;
    // Within one machine nobody finishes a checksum that was left for the hardware.
    offload::disable_tx(&host, "eth0").await?;
    address::add(&host, "eth0", Bench::host_address(site), 24).await?;
    address::add(&device, "uplink", Ipv4Addr::new(198, 18, 0, own), 30).await?;
    let ring = host.run(|| -> anyhow::Result<_> {
        Ok(PacketRing::open(
            &interface::lookup("eth0")?,
            RingConfig::for_mtu(1500),
        )?)
    });
    let uplink = device.run(|| -> anyhow::Result<_> {
        Ok(CaptureSocket::open(
            &interface::lookup("uplink")?,
            CaptureConfig::default(),
        )?)
    });
    let (ring, uplink) = (ring.await??, uplink.await??);
    let file = files.path().join(format!("ed-{site}.toml"));
    fs::write(&file, configuration(own, mobility))?;
    let socket = files.path().join(format!("ed-{site}.sock"));
    let mut command = Command::new("/proc/self/exe");
    command
        .args(["edged", "--config"])
        .arg(&file)
        .arg("--control")
        .arg(&socket);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true);
    let process = device.start(command).await?;
    eventually("the control socket", || {
        let refused = UnixStream::connect(&socket).err();
        Ok(refused.map(|error| error.to_string()))
    })?;
    Ok(Site {
        host,
        device,
        ring,
        uplink,
        socket,
        process,
    })
}

fn configuration(own: u8, mobility: &str) -> String {
    let peer = 3 - own;
    format!(
        r#"
name = "ed-{own}"
system_id = "0200.0000.000{own}"

[public]
interface = "uplink"
address = "198.18.0.{own}"

[igp]
profile = "immediate"

[mobility]
{mobility}

[[site_port]]
name = "port1"
interface = "port1"
access_vlan = 100

[[evi_link]]
name = "evi-link1"
peer = "198.18.0.{peer}"
"#
    )
}
