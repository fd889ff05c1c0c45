//! The ports towards the site.

use std::os::fd::{AsFd, BorrowedFd};

use anyhow::Context;
use edge::PortId;
use edge_api::{DropReason, EdgeConfig, TUNNEL_OVERHEAD};
use linux_net::interface::{self, Interface};
use linux_net::packet_socket::{PacketRing, ReceivedFrame, RingConfig, TransmitError};
use tracing::warn;
use wire::FrameRef;

use crate::replies::Replies;

/// One port: a packet ring on an interface.
struct SitePort {
    interface: Interface,
    ring: PacketRing,
}

/// All site ports, by [`PortId`].
pub(crate) struct SitePorts {
    ports: Vec<SitePort>,
    replies: Replies,
}

/// The site ports that a frame from one of them may leave by: all others. What the device itself
/// answers waits until the ring that lends out the frame is free to send.
pub(crate) struct OtherPorts<'a> {
    before: &'a mut [SitePort],
    after: &'a mut [SitePort],
    replies: &'a mut Replies,
}

impl SitePorts {
    pub(crate) fn open(config: &EdgeConfig) -> anyhow::Result<Self> {
        let open = |name: &str| -> anyhow::Result<SitePort> {
            let interface = interface::lookup(name)?;
            let rings = RingConfig {
                bypass_qdisc: config.public.bypass_qdisc,
                ..RingConfig::for_mtu(interface.mtu)
            };
            let ring = PacketRing::open(&interface, rings)?;
            Ok(SitePort { interface, ring })
        };
        let ports = config.site_ports.iter().map(|port| {
            open(&port.interface).with_context(|| format!("site port `{}`", port.name))
        });
        Ok(Self {
            ports: ports.collect::<anyhow::Result<_>>()?,
            replies: Replies::default(),
        })
    }

    /// One warning for each port whose frames do not fit through the public network.
    pub(crate) fn mtu_warnings(&self, path_mtu: Option<usize>) -> Vec<String> {
        let Some(path_mtu) = path_mtu else {
            return Vec::new();
        };
        let too_large =
            |port: &&SitePort| (port.interface.mtu + TUNNEL_OVERHEAD) as usize > path_mtu;
        let warning = |port: &SitePort| {
            let Interface { name, mtu, .. } = &port.interface;
            let needed = mtu + TUNNEL_OVERHEAD;
            format!(
                "frames of site port {name} (MTU {mtu}) need {needed} bytes on the public network, \
                 which carries {path_mtu}: raise its MTU to {needed}, or lower the site's to {}",
                path_mtu.saturating_sub(TUNNEL_OVERHEAD as usize)
            )
        };
        self.ports.iter().filter(too_large).map(warning).collect()
    }

    pub(crate) fn count(&self) -> usize {
        self.ports.len()
    }

    pub(crate) fn fd(&self, index: usize) -> BorrowedFd<'_> {
        self.ports[index].ring.as_fd()
    }

    /// Hands the frames that have arrived at a port to `handle`, `limit` at the most, together with
    /// the ports that they may leave by, and says how many it took.
    pub(crate) fn receive(
        &mut self,
        index: usize,
        limit: usize,
        mut handle: impl FnMut(Result<FrameRef<'_>, DropReason>, &mut OtherPorts<'_>),
    ) -> usize {
        let (before, rest) = self.ports.split_at_mut(index);
        let Some((port, after)) = rest.split_first_mut() else {
            return 0;
        };
        let mut others = OtherPorts {
            before,
            after,
            replies: &mut self.replies,
        };
        for taken in 0..limit {
            let Some(packet) = port.ring.receive() else {
                return taken;
            };
            let frame = if packet.is_truncated() {
                Err(DropReason::Truncated)
            } else {
                parse(&packet)
            };
            handle(frame, &mut others);
        }
        limit
    }

    /// Marks the replies that [`OtherPorts::reply`] kept for a port; `refused` hears why one could not
    /// be.
    pub(crate) fn send_replies(&mut self, index: usize, mut refused: impl FnMut(DropReason)) {
        let port = &mut self.ports[index];
        self.replies.take(|frame| {
            if let Err(reason) = port.send(frame) {
                refused(reason);
            }
        });
    }

    pub(crate) fn send(&mut self, id: PortId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.ports[usize::from(id.0)].send(frame)
    }

    /// Whether marked frames wait for a [`SitePorts::flush`].
    pub(crate) fn has_marked(&self) -> bool {
        self.ports.iter().any(|port| port.ring.has_marked())
    }

    pub(crate) fn flush(&mut self) {
        for port in &mut self.ports {
            if let Err(error) = port.ring.flush() {
                warn!(interface = port.interface.name, "cannot send: {error}");
            }
        }
    }

    /// Clears the error of a port that `poll` complains about, for example after its link went down.
    pub(crate) fn clear_error(&self, index: usize) {
        let port = &self.ports[index];
        match port.ring.take_error() {
            Ok(Some(error)) => warn!(interface = port.interface.name, "{error}"),
            Ok(None) => {}
            Err(error) => warn!(
                interface = port.interface.name,
                "cannot read its error: {error}"
            ),
        }
    }
}

impl OtherPorts<'_> {
    /// Keeps a frame for the port that the frame in hand came in on.
    pub(crate) fn reply(&mut self, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.replies.push(frame)
    }

    pub(crate) fn send(&mut self, id: PortId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        let index = usize::from(id.0);
        if let Some(port) = self.before.get_mut(index) {
            return port.send(frame);
        }
        // The port that the frame came in on is not among them: it never goes back there.
        let after = index.checked_sub(self.before.len() + 1);
        match after.and_then(|index| self.after.get_mut(index)) {
            Some(port) => port.send(frame),
            None => Err(DropReason::LocalSamePort),
        }
    }
}

impl SitePort {
    fn send(&mut self, frame: FrameRef<'_>) -> Result<(), DropReason> {
        let length = frame.encoded_len();
        let fill = |slot: &mut [u8]| {
            let written = frame.write_to(slot);
            debug_assert_eq!(written, Ok(length));
        };
        let mut result = self.ring.transmit(length, fill);
        if result == Err(TransmitError::RingFull) {
            let _ = self.ring.flush();
            result = self.ring.transmit(length, fill);
        }
        result.map_err(|error| match error {
            TransmitError::RingFull => DropReason::TransmitRingFull,
            TransmitError::TooLong { .. } => DropReason::ExceedsSiteMtu,
            TransmitError::TooShort(_) => DropReason::Malformed,
        })
    }
}

/// The frame of a packet, whether its tag came apart from it or inline.
fn parse<'a>(packet: &'a ReceivedFrame<'_>) -> Result<FrameRef<'a>, DropReason> {
    let parsed = match packet.tag() {
        Some(tag) => FrameRef::parse_untagged(packet.data()).map(|frame| frame.with_tag(Some(tag))),
        None => FrameRef::parse(packet.data()),
    };
    parsed.map_err(|_| DropReason::Malformed)
}
