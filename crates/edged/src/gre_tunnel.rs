//! EVI links as Ethernet in GRE in IPv4, over a packet ring on the uplink.
//!
//! Data frames leave by the ring, with headers made from the kernel's route and neighbour tables.
//! Control frames, and data before the next hop's MAC is known, leave by a raw GRE socket: the kernel
//! routes and resolves them, and so keeps the next hop's entry alive for the ring. That socket, open
//! with everything it would receive filtered out, also keeps the kernel from answering tunnel packets
//! with ICMP protocol unreachable.

use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, BorrowedFd};

use anyhow::Context;
use edge::LinkId;
use edge_api::{DropReason, EdgeConfig};
use linux_net::gre_socket::GreSocket;
use linux_net::interface::{self, Interface};
use linux_net::packet_socket::{PacketRing, RingConfig, TransmitError};
use linux_net::route::{Change, Underlay};
use tracing::warn;
use wire::{FrameRef, GreHeader};

use crate::outer_header::{OuterHeader, decapsulate};
use crate::peer_path::{PeerPath, Way};
use crate::tunnel::Tunnel;

/// The uplink with all its EVI links.
pub(crate) struct GreTunnel {
    ring: PacketRing,
    uplink: Interface,
    own: Ipv4Addr,
    kernel: KernelPath,
    underlay: Underlay,
}

/// The peers, and the way to them through the kernel.
pub(crate) struct KernelPath {
    socket: GreSocket,
    /// By [`LinkId`]; none where a link was closed.
    peers: Vec<Option<PeerPath>>,
    scratch: Vec<u8>,
}

impl KernelPath {
    /// See [`Tunnel::send_by_kernel`].
    pub(crate) fn send(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        let too_long = |_| DropReason::ExceedsPublicMtu;
        let header = GreHeader::PLAIN
            .write_to(&mut self.scratch)
            .map_err(too_long)?;
        let inner = frame
            .write_to(&mut self.scratch[header..])
            .map_err(too_long)?;
        let packet = &self.scratch[..header + inner];
        let peer = self.path(link).ok_or(DropReason::NoRoute)?.peer;
        self.socket
            .send_to(peer, packet)
            .map_err(|error| match error.raw_os_error() {
                Some(rustix_errno::EMSGSIZE) => DropReason::ExceedsPublicMtu,
                Some(rustix_errno::ENETUNREACH | rustix_errno::EHOSTUNREACH) => DropReason::NoRoute,
                _ if error.kind() == ErrorKind::WouldBlock => DropReason::TransmitRingFull,
                _ => DropReason::TransmitFailed,
            })
    }

    fn path(&self, link: LinkId) -> Option<&PeerPath> {
        self.peers.get(usize::from(link.0))?.as_ref()
    }

    fn link_of(&self, peer: Ipv4Addr) -> Option<LinkId> {
        let leads_there = |path: &Option<PeerPath>| path.as_ref().is_some_and(|p| p.peer == peer);
        let index = self.peers.iter().position(leads_there)?;
        u16::try_from(index).ok().map(LinkId)
    }
}

/// Error numbers that the raw socket can give.
mod rustix_errno {
    use rustix::io::Errno;

    pub(super) const EMSGSIZE: i32 = Errno::MSGSIZE.raw_os_error();
    pub(super) const ENETUNREACH: i32 = Errno::NETUNREACH.raw_os_error();
    pub(super) const EHOSTUNREACH: i32 = Errno::HOSTUNREACH.raw_os_error();
}

impl GreTunnel {
    pub(crate) fn open(config: &EdgeConfig) -> anyhow::Result<Self> {
        let name = &config.public.interface;
        let uplink = interface::lookup(name).with_context(|| format!("public port `{name}`"))?;
        let rings = RingConfig {
            bypass_qdisc: config.public.bypass_qdisc,
            ..RingConfig::for_mtu(uplink.mtu)
        };
        let ring = PacketRing::open(&uplink, rings)?;
        let peers = config
            .evi_links
            .iter()
            .map(|link| Some(PeerPath::new(link.peer)))
            .collect();
        let kernel = KernelPath {
            socket: GreSocket::open()?,
            peers,
            scratch: vec![0; uplink.mtu as usize],
        };
        let own = config.public.address;
        let mut tunnel = Self {
            ring,
            uplink,
            own,
            kernel,
            underlay: Underlay::open()?,
        };
        tunnel.look_up_all();
        Ok(tunnel)
    }

    fn look_up_all(&mut self) {
        for path in self.kernel.peers.iter_mut().flatten() {
            path.look_up(&mut self.underlay, &self.uplink, self.own);
        }
    }
}

impl Tunnel for GreTunnel {
    fn send(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        let path = self.kernel.path(link).ok_or(DropReason::NoRoute)?;
        let inner = frame.encoded_len();
        if inner + OuterHeader::IN_MTU > path.mtu {
            return Err(DropReason::ExceedsPublicMtu);
        }
        let header = match path.way {
            Way::Ring(header) => header,
            Way::Kernel => return self.kernel.send(link, frame),
            Way::NoRoute => return Err(DropReason::NoRoute),
        };
        let length = OuterHeader::LENGTH + inner;
        let fill = |slot: &mut [u8]| {
            header.write_to(slot, inner);
            let written = frame.write_to(&mut slot[OuterHeader::LENGTH..]);
            debug_assert_eq!(written, Ok(inner));
        };
        if self.ring.transmit(length, fill) == Err(TransmitError::RingFull) {
            self.flush();
            return self
                .ring
                .transmit(length, fill)
                .map_err(|_| DropReason::TransmitRingFull);
        }
        Ok(())
    }

    fn send_by_kernel(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.kernel.send(link, frame)
    }

    fn receive(
        &mut self,
        limit: usize,
        mut handle: impl FnMut(Result<(LinkId, FrameRef<'_>), DropReason>, &mut KernelPath),
    ) -> usize {
        for taken in 0..limit {
            let Some(packet) = self.ring.receive() else {
                return taken;
            };
            let frame = if packet.is_truncated() {
                Err(DropReason::Truncated)
            } else if packet.tag_protocol().is_some() {
                Err(DropReason::NotTunnel)
            } else {
                decapsulate(packet.data(), self.own).and_then(|(peer, frame)| {
                    let link = self.kernel.link_of(peer).ok_or(DropReason::UnknownPeer)?;
                    let frame = FrameRef::parse(frame).map_err(|_| DropReason::Malformed)?;
                    Ok((link, frame))
                })
            };
            handle(frame, &mut self.kernel);
        }
        limit
    }

    fn has_marked(&self) -> bool {
        self.ring.has_marked()
    }

    fn flush(&mut self) {
        if let Err(error) = self.ring.flush() {
            warn!(interface = self.uplink.name, "cannot send: {error}");
        }
    }

    fn frames_fd(&self) -> BorrowedFd<'_> {
        self.ring.as_fd()
    }

    fn changes_fd(&self) -> BorrowedFd<'_> {
        self.underlay.as_fd()
    }

    fn clear_error(&self) {
        match self.ring.take_error() {
            Ok(Some(error)) => warn!(interface = self.uplink.name, "{error}"),
            Ok(None) => {}
            Err(error) => warn!(
                interface = self.uplink.name,
                "cannot read its error: {error}"
            ),
        }
    }

    fn path_mtu(&self) -> Option<usize> {
        let paths = self.kernel.peers.iter().flatten();
        let smallest = paths.map(|path| path.mtu).min();
        smallest.filter(|mtu| *mtu != usize::MAX)
    }

    fn open_link(&mut self, link: LinkId, peer: Ipv4Addr) {
        let mut path = PeerPath::new(peer);
        path.look_up(&mut self.underlay, &self.uplink, self.own);
        let peers = &mut self.kernel.peers;
        let slot = usize::from(link.0);
        peers.resize_with(peers.len().max(slot + 1), || None);
        peers[slot] = Some(path);
    }

    fn close_link(&mut self, link: LinkId) {
        if let Some(path) = self.kernel.peers.get_mut(usize::from(link.0)) {
            *path = None;
        }
    }

    fn look_up_again(&mut self) {
        match self.underlay.drain_changes() {
            Ok(Change::None) => {}
            Ok(Change::LookUpAgain) => self.look_up_all(),
            Err(error) => warn!("cannot follow the public network's routes: {error}"),
        }
    }
}
