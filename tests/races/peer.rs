//! A peer that is played: IS-IS of its own, announcements as the race has them, over a raw GRE socket
//! in the namespace of the edge device whose place it takes.

use std::net::Ipv4Addr;

use anyhow::{Context, anyhow};
use dcilab::lab::Lab;
use isis::{CircuitConfig, CircuitId, Instance, InstanceConfig, MacReachability};
use linux_net::gre_socket::GreSocket;
use linux_net::packet_socket::{PacketRing, RingConfig};
use linux_net::{clock, interface};
use topology::plan::EdgeDevice;
use wire::{
    AnnouncementStamp, FrameRef, GreHeader, MacAddr, SystemId, TagControl, VlanId, arp, gre, llc,
};

const ETHERNET: usize = 14;
const IPV4: usize = 20;

/// The station that a race is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Station {
    pub(crate) vlan: VlanId,
    pub(crate) mac: MacAddr,
    pub(crate) ip: Ipv4Addr,
}

impl Station {
    /// As an LSP lists it.
    pub(crate) const fn reachability(self) -> MacReachability {
        MacReachability {
            vlan: self.vlan,
            mac: self.mac,
        }
    }

    /// Its announcement as an edge device sends it to the public side; `stamp` in microseconds.
    pub(crate) fn announcement(self, stamp: Option<u64>) -> anyhow::Result<Vec<u8>> {
        let mut frame = arp::encode_gratuitous_request(self.mac, self.ip);
        if let Some(stamp) = stamp {
            AnnouncementStamp::from_micros(stamp).stamp(&mut frame);
        }
        let tag = TagControl::new(self.vlan, 0);
        Ok(FrameRef::parse(&frame)?.with_tag(Some(tag)).to_vec())
    }
}

/// The wall clock, as stamps have it.
pub(crate) fn wall_micros() -> u64 {
    clock::realtime_nanos() / 1000
}

/// A peer.
pub(crate) struct Peer {
    pub(crate) address: Ipv4Addr,
    pub(crate) system: SystemId,
    pub(crate) isis: Instance,
    /// Its frames to the hosts of the site that it stands for, tags and all.
    pub(crate) heard: Vec<Vec<u8>>,
    /// Of the other devices, by circuit.
    others: Vec<Ipv4Addr>,
    socket: GreSocket,
    ring: PacketRing,
}

impl Peer {
    /// Takes the place of `device`, which does not run.
    pub(crate) async fn take_place(lab: &Lab, device: &EdgeDevice) -> anyhow::Result<Self> {
        let config = &device.config;
        let uplink = config.public.interface.clone();
        let open = move || -> anyhow::Result<_> {
            let uplink = interface::lookup(&uplink)?;
            let ring = PacketRing::open(&uplink, RingConfig::for_mtu(uplink.mtu))?;
            Ok((GreSocket::open()?, ring))
        };
        let (socket, ring) = lab.namespace(&device.node)?.run(open).await??;
        let area = config
            .igp
            .area
            .parse()
            .map_err(|error| anyhow!("{error}"))?;
        let plain = InstanceConfig::new(config.system_id, area, config.public.address);
        let igp = InstanceConfig {
            timers: config.igp.effective_timers()?,
            ..plain
        };
        let now = clock::monotonic();
        let mut isis = Instance::new(igp, now);
        let others: Vec<_> = config.evi_links.iter().map(|link| link.peer).collect();
        for (number, _) in (0..).zip(&others) {
            let (id, ipv4_address) = (CircuitId(number), config.public.address);
            isis.add_circuit(now, CircuitConfig { id, ipv4_address });
        }
        Ok(Self {
            address: config.public.address,
            system: config.system_id,
            isis,
            heard: Vec::new(),
            others,
            socket,
            ring,
        })
    }

    /// Lists a station in its LSP.
    pub(crate) fn publish(&mut self, station: Station) {
        self.isis
            .advertise(clock::monotonic(), station.reachability());
    }

    /// Takes a station out of its LSP.
    pub(crate) fn withdraw(&mut self, station: Station) {
        self.isis
            .withdraw(clock::monotonic(), station.reachability());
    }

    /// Announces a station to one device.
    pub(crate) fn announce(
        &self,
        to: Ipv4Addr,
        station: Station,
        stamp: Option<u64>,
    ) -> anyhow::Result<()> {
        self.send(to, &station.announcement(stamp)?)
    }

    /// Whether its database says that `system` lists a station.
    pub(crate) fn knows(&self, system: SystemId, station: Station) -> bool {
        let mut listed = self.isis.reachable_macs(system);
        listed.any(|entry| entry == station.reachability())
    }

    /// Takes what has come in, and sends what IS-IS has to say.
    pub(crate) fn turn(&mut self) -> anyhow::Result<()> {
        let now = clock::monotonic();
        let mut inbox = Vec::new();
        while let Some(packet) = self.ring.receive() {
            inbox.extend(decapsulate(packet.data(), self.address));
        }
        for (from, frame) in inbox {
            self.take(from, frame);
        }
        if self.isis.next_deadline().is_some_and(|at| at <= now) {
            self.isis.handle_deadline(now);
        }
        while let Some(transmit) = self.isis.poll_transmit() {
            let to = self.others[usize::from(transmit.circuit.0)];
            let source = MacAddr::new(self.system.octets());
            self.send(
                to,
                &llc::encode_osi_frame(llc::ALL_ISS, source, &transmit.pdu)?,
            )?;
        }
        while self.isis.poll_event().is_some() {}
        Ok(())
    }

    fn take(&mut self, from: Ipv4Addr, frame: Vec<u8>) {
        let circuit = (0..).zip(&self.others).find(|(_, other)| **other == from);
        let pdu = FrameRef::parse(&frame)
            .ok()
            .and_then(|frame| llc::decode_osi_frame(&frame).ok());
        match (circuit, pdu) {
            (Some((number, _)), Some(pdu)) => {
                // What it refuses, its neighbour would have to explain: the race waits in vain then.
                let _ = self
                    .isis
                    .handle_pdu(clock::monotonic(), CircuitId(number), pdu);
            }
            _ => self.heard.push(frame),
        }
    }

    fn send(&self, to: Ipv4Addr, frame: &[u8]) -> anyhow::Result<()> {
        tunnel(&self.socket, to, frame)
    }
}

/// Sends a frame through a tunnel that has no more than one end.
pub(crate) fn tunnel(socket: &GreSocket, to: Ipv4Addr, frame: &[u8]) -> anyhow::Result<()> {
    let mut packet = vec![0; GreHeader::PLAIN.encoded_len()];
    GreHeader::PLAIN.write_to(&mut packet)?;
    packet.extend_from_slice(frame);
    socket.send_to(to, &packet).context("GRE socket")
}

/// The sender and the frame in a tunnel packet to `own`; `None` for whatever else passes.
fn decapsulate(packet: &[u8], own: Ipv4Addr) -> Option<(Ipv4Addr, Vec<u8>)> {
    let header = packet.get(ETHERNET..ETHERNET + IPV4)?;
    let is_tunnel = packet[12..14] == [0x08, 0x00] && header[0] == 0x45;
    if !is_tunnel || header[9] != gre::IP_PROTOCOL || header[16..20] != own.octets() {
        return None;
    }
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    let inside = packet.get(ETHERNET + IPV4..ETHERNET + length)?;
    let (_, frame) = GreHeader::decode(inside).ok()?;
    let from = Ipv4Addr::new(header[12], header[13], header[14], header[15]);
    Some((from, frame.to_vec()))
}
