//! What the public network does with packets beside carrying them: TTL, checksum, fragments, ICMP. The same
//! expectations hold with and without impairments.

use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::{Context, ensure};
use etherparse::PacketBuilder;
use lab_tests::PATIENCE;
use linux_net::capture_socket::{CaptureConfig, CaptureSocket, Direction};
use linux_net::interface;
use linux_net::link;
use linux_net::packet_socket::{PacketRing, RingConfig};
use tokio::time::{Instant, sleep};
use topology::plan::{Veth, VethEnd};

use crate::stage::Stage;

pub(crate) const DELAY: &str = "[[impairment]]\nbetween = [\"*\", \"*\"]\ndelay = \"5ms\"\n";

const ETHERNET: usize = 14;
const IPV4: usize = 20;
const ICMP: u8 = 1;
const UDP: u8 = 17;
/// Narrower than the packets of this test.
const NARROW: u32 = 1000;

/// Raw packets out of one edge device's uplink, and what is seen at two.
struct Wire {
    ring: PacketRing,
    header: [u8; 14],
    near: CaptureSocket,
    far: CaptureSocket,
    from: Ipv4Addr,
    to: Ipv4Addr,
    /// The public network's own address on this side.
    router: Ipv4Addr,
}

/// A packet, as it came out.
struct Packet(Vec<u8>);

impl core::fmt::Debug for Packet {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "{:x?} of {}",
            &self.0[..self.0.len().min(48)],
            self.length()
        )
    }
}

impl Packet {
    fn ttl(&self) -> u8 {
        self.0[8]
    }

    fn protocol(&self) -> u8 {
        self.0[9]
    }

    fn source(&self) -> Ipv4Addr {
        Ipv4Addr::new(self.0[12], self.0[13], self.0[14], self.0[15])
    }

    /// Type and code of ICMP, and the next hop's MTU where it tells.
    fn icmp(&self) -> (u8, u8, u16) {
        let icmp = &self.0[IPV4..];
        (icmp[0], icmp[1], u16::from_be_bytes([icmp[6], icmp[7]]))
    }

    fn length(&self) -> usize {
        usize::from(u16::from_be_bytes([self.0[2], self.0[3]]))
    }

    /// RFC 1071: the sum of a sound header is all ones.
    fn header_is_sound(&self) -> bool {
        let words = self.0[..IPV4].chunks(2);
        let sum: u32 = words
            .map(|word| u32::from(u16::from_be_bytes([word[0], word[1]])))
            .sum();
        (sum & 0xffff) + (sum >> 16) == 0xffff
    }
}

impl Wire {
    async fn open(stage: &Stage) -> anyhow::Result<Self> {
        let (near, far) = (cable(stage, "a")?, cable(stage, "b")?);
        let mut header = [0; 14];
        header[..6].copy_from_slice(&near.far.mac.octets());
        header[6..12].copy_from_slice(&near.near.mac.octets());
        header[12] = 8;
        let name = near.near.name.to_string();
        let open = move || {
            let interface = interface::lookup(&name)?;
            PacketRing::open(&interface, RingConfig::for_mtu(interface.mtu))
        };
        Ok(Self {
            ring: stage.lab.namespace(&near.near.node)?.run(open).await??,
            header,
            near: capture(stage, &near.near).await?,
            far: capture(stage, &far.near).await?,
            from: address(stage, &near.near)?,
            to: address(stage, &far.near)?,
            router: address(stage, &near.far)?,
        })
    }

    /// Sends a UDP datagram in an IPv4 packet of so many bytes.
    fn send(
        &mut self,
        to: Ipv4Addr,
        ttl: u8,
        bytes: usize,
        may_fragment: bool,
    ) -> anyhow::Result<()> {
        let mut ip = etherparse::Ipv4Header::new(
            u16::try_from(bytes - IPV4)?,
            ttl,
            etherparse::IpNumber::UDP,
            self.from.octets(),
            to.octets(),
        )?;
        ip.dont_fragment = !may_fragment;
        ip.identification = 7;
        let builder = PacketBuilder::ip(etherparse::IpHeaders::Ipv4(ip, Default::default()));
        let mut frame = self.header.to_vec();
        builder
            .udp(5000, 4000)
            .write(&mut frame, &vec![0; bytes - IPV4 - 8])?;
        self.ring
            .transmit(frame.len(), |slot| slot.copy_from_slice(&frame))?;
        Ok(self.ring.flush()?)
    }
}

fn cable<'s>(stage: &'s Stage, site: &str) -> anyhow::Result<&'s Veth> {
    let plan = stage.lab.plan();
    let device = plan
        .edge_devices
        .iter()
        .find(|device| device.site == site)
        .context("no site")?;
    let uplink = device.config.public.interface.as_str();
    let is_it = |veth: &&Veth| veth.near.node == device.node && veth.near.name.as_str() == uplink;
    plan.veths.iter().find(is_it).context("no uplink")
}

fn address(stage: &Stage, end: &VethEnd) -> anyhow::Result<Ipv4Addr> {
    let mut addresses = stage.lab.plan().addresses.iter();
    let found = addresses.find(|address| address.node == end.node && address.interface == end.name);
    Ok(found.context("no address")?.address)
}

async fn capture(stage: &Stage, end: &VethEnd) -> anyhow::Result<CaptureSocket> {
    let name = end.name.to_string();
    let open = move || CaptureSocket::open(&interface::lookup(&name)?, CaptureConfig::default());
    Ok(stage.lab.namespace(&end.node)?.run(open).await??)
}

/// The next packet of a protocol that comes in.
async fn next(capture: &mut CaptureSocket, protocol: u8) -> anyhow::Result<Packet> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        while let Some(frame) = capture.receive() {
            let is_ip = frame.data().get(12..14) == Some(&[8, 0]);
            if frame.direction() == Direction::Received && is_ip {
                let packet = Packet(frame.data()[ETHERNET..].to_vec());
                if packet.protocol() == protocol {
                    return Ok(packet);
                }
            }
        }
        ensure!(
            Instant::now() < deadline,
            "no packet of protocol {protocol}"
        );
        sleep(Duration::from_millis(1)).await;
    }
}

pub(crate) async fn delayed(stage: &mut Stage) -> anyhow::Result<()> {
    plain(stage).await?;
    let told = stage.report("a", "b").await?.measured;
    ensure!(
        told.packets >= 3,
        "the packets did not go by the back end: {told:?}"
    );
    Ok(())
}

pub(crate) async fn plain(stage: &mut Stage) -> anyhow::Result<()> {
    let mut wire = Wire::open(stage).await?;
    let (to, router) = (wire.to, wire.router);
    wire.send(to, 64, 1500, false)?;
    let came = next(&mut wire.far, UDP).await?;
    ensure!(came.ttl() == 63 && came.header_is_sound(), "{came:?}");
    ensure!(came.length() == 1500, "{came:?}");

    wire.send(to, 1, 100, false)?;
    let said = next(&mut wire.near, ICMP).await?;
    ensure!(
        said.icmp().0 == 11 && said.source() == router,
        "time exceeded: {said:?}"
    );

    wire.send(Ipv4Addr::new(203, 0, 113, 1), 64, 100, false)?;
    let said = next(&mut wire.near, ICMP).await?;
    ensure!(
        (said.icmp().0, said.icmp().1) == (3, 0),
        "net unreachable: {said:?}"
    );

    wire.send(router, 64, 100, false)?;
    let said = next(&mut wire.near, ICMP).await?;
    ensure!(
        (said.icmp().0, said.icmp().1) == (3, 3),
        "port unreachable: {said:?}"
    );

    let port = &cable(stage, "b")?.far;
    let namespace = stage.lab.namespace(&port.node)?;
    link::set_mtu(namespace, port.name.as_str(), NARROW).await?;
    wire.send(to, 64, 1400, false)?;
    let said = next(&mut wire.near, ICMP).await?;
    ensure!(
        said.icmp() == (3, 4, 1000),
        "fragmentation needed: {said:?}"
    );

    wire.send(to, 64, 1400, true)?;
    let parts = [
        next(&mut wire.far, UDP).await?,
        next(&mut wire.far, UDP).await?,
    ];
    let payload: usize = parts.iter().map(|part| part.length() - IPV4).sum();
    ensure!(payload == 1400 - IPV4, "two fragments: {parts:?}");
    ensure!(parts.iter().all(Packet::header_is_sound), "{parts:?}");
    Ok(())
}
