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
use linux_net::packet_socket::{RingConfig, TransmitError};
use linux_net::route::{Change, Links, Underlay};
use tracing::warn;
use wire::{FrameRef, GreHeader};

use crate::attached_ring::{AttachedRing, Condition};
use crate::outer_header::{OuterHeader, decapsulate};
use crate::peer_path::{PeerPath, Way};
use crate::peers::Peers;
use crate::tunnel::Tunnel;

/// The uplink with all its EVI links.
pub(crate) struct GreTunnel {
    uplink: AttachedRing,
    links: Links,
    own: Ipv4Addr,
    has_own: bool,
    kernel: KernelPath,
    underlay: Underlay,
}

/// The peers, and the way to them through the kernel.
pub(crate) struct KernelPath {
    socket: GreSocket,
    peers: Peers,
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
        let peer = self.peers.path(link).ok_or(DropReason::NoRoute)?.peer;
        self.socket
            .send_to(peer, packet)
            .map_err(|error| match error.raw_os_error() {
                Some(rustix_errno::EMSGSIZE) => DropReason::ExceedsPublicMtu,
                // Without its own address it has no way, either.
                Some(
                    rustix_errno::ENETUNREACH | rustix_errno::EHOSTUNREACH | rustix_errno::EINVAL,
                ) => DropReason::NoRoute,
                Some(rustix_errno::ENETDOWN) => DropReason::UplinkDown,
                _ if error.kind() == ErrorKind::WouldBlock => DropReason::TransmitRingFull,
                _ => DropReason::TransmitFailed,
            })
    }
}

/// Error numbers that the raw socket can give.
mod rustix_errno {
    use rustix::io::Errno;

    pub(super) const EMSGSIZE: i32 = Errno::MSGSIZE.raw_os_error();
    pub(super) const ENETUNREACH: i32 = Errno::NETUNREACH.raw_os_error();
    pub(super) const ENETDOWN: i32 = Errno::NETDOWN.raw_os_error();
    pub(super) const EINVAL: i32 = Errno::INVAL.raw_os_error();
    pub(super) const EHOSTUNREACH: i32 = Errno::HOSTUNREACH.raw_os_error();
}

impl GreTunnel {
    pub(crate) fn open(config: &EdgeConfig) -> anyhow::Result<Self> {
        let name = &config.public.interface;
        let own = config.public.address;
        let mut links = Links::open()?;
        let rings = |usual| RingConfig {
            bypass_qdisc: config.public.bypass_qdisc,
            ..usual
        };
        let uplink = AttachedRing::open(name, rings, &mut links)
            .with_context(|| format!("public port `{name}`"))?;
        let socket = GreSocket::open()?;
        socket.send_from(own)?;
        let mut peers = Peers::default();
        for (number, link) in (0..).zip(&config.evi_links) {
            peers.open(LinkId(number), PeerPath::new(link.peer));
        }
        let kernel = KernelPath {
            socket,
            peers,
            scratch: vec![0; uplink.interface().mtu as usize],
        };
        let mut tunnel = Self {
            uplink,
            links,
            own,
            has_own: true,
            kernel,
            underlay: Underlay::open()?,
        };
        tunnel.look_up_all();
        Ok(tunnel)
    }

    fn look_up_all(&mut self) {
        let uplink = self.uplink.interface();
        for path in self.kernel.peers.all_mut() {
            path.look_up(&mut self.underlay, uplink, self.own);
        }
        self.has_own = self.underlay.is_own(self.own);
        let mtu = uplink.mtu as usize;
        if self.kernel.scratch.len() < mtu {
            self.kernel.scratch.resize(mtu, 0);
        }
    }
}

impl Tunnel for GreTunnel {
    fn send(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        let path = self.kernel.peers.path(link).ok_or(DropReason::NoRoute)?;
        let inner = frame.encoded_len();
        if path.needs_uplink && !self.is_running() {
            return Err(DropReason::UplinkDown);
        }
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
        let result = self.uplink.transmit(length, fill);
        result.map_err(|error| match error {
            TransmitError::RingFull => DropReason::TransmitRingFull,
            TransmitError::TooLong { .. } => DropReason::ExceedsPublicMtu,
            TransmitError::TooShort(_) => DropReason::Malformed,
        })
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
            let Some(packet) = self.uplink.ring.receive() else {
                return taken;
            };
            let frame = if packet.is_truncated() {
                Err(DropReason::Truncated)
            } else if packet.tag_protocol().is_some() {
                Err(DropReason::NotTunnel)
            } else {
                decapsulate(packet.data(), self.own).and_then(|(peer, frame)| {
                    let link = self
                        .kernel
                        .peers
                        .link_of(peer)
                        .ok_or(DropReason::UnknownPeer)?;
                    let frame = FrameRef::parse(frame).map_err(|_| DropReason::Malformed)?;
                    Ok((link, frame))
                })
            };
            handle(frame, &mut self.kernel);
        }
        limit
    }

    fn has_marked(&self) -> bool {
        self.uplink.ring.has_marked()
    }

    fn flush(&mut self, mut dropped: impl FnMut(DropReason)) {
        self.uplink.flush();
        let unsent = self.uplink.ring.take_unsent();
        (0..unsent.discarded).for_each(|_| dropped(DropReason::UplinkDown));
        (0..unsent.refused).for_each(|_| dropped(DropReason::ExceedsPublicMtu));
    }

    fn frames_fd(&self) -> BorrowedFd<'_> {
        self.uplink.as_fd()
    }

    fn changes_fd(&self) -> BorrowedFd<'_> {
        self.underlay.as_fd()
    }

    fn is_running(&self) -> bool {
        self.uplink.condition() == Condition::Running
    }

    fn clear_error(&mut self) {
        self.uplink.clear_error();
    }

    fn open_link(&mut self, link: LinkId, peer: Ipv4Addr) {
        let mut path = PeerPath::new(peer);
        path.look_up(&mut self.underlay, self.uplink.interface(), self.own);
        self.kernel.peers.open(link, path);
    }

    fn close_link(&mut self, link: LinkId) {
        self.kernel.peers.close(link);
    }

    fn look_up_again(&mut self) -> Change {
        let mut change = self.underlay.drain_changes().unwrap_or_else(|error| {
            warn!("cannot follow the public network's routes: {error}");
            Change::None
        });
        if self.uplink.is_suspect() {
            change = Change::Links;
        }
        if change == Change::Links {
            self.uplink.follow(&mut self.links);
        }
        if change != Change::None {
            self.look_up_all();
        }
        change
    }

    fn path_mtu(&self) -> Option<usize> {
        let mtus = self.kernel.peers.all().map(|path| path.mtu);
        mtus.min().filter(|mtu| *mtu != usize::MAX)
    }

    fn warnings(&self) -> Vec<String> {
        let name = &self.uplink.interface().name;
        let mut warnings = self.uplink.warnings(&format!("public port `{name}`"));
        if !self.has_own {
            warnings.push(format!(
                "public.address {own} is no address of this machine now: \
                 `ip address add {own}/PREFIX dev {name}`",
                own = self.own
            ));
        }
        let without = self
            .kernel
            .peers
            .all()
            .filter_map(|path| path.problem.clone());
        warnings.extend(without);
        warnings
    }
}
