//! The ports towards the site.

use std::os::fd::{AsFd, BorrowedFd};

use anyhow::Context;
use edge::PortId;
use edge_api::{DropReason, EdgeConfig, TUNNEL_OVERHEAD};
use linux_net::interface::{self, Interface};
use linux_net::packet_socket::{ReceivedFrame, RingConfig, TransmitError};
use linux_net::route::Links;
use wire::{FrameRef, VlanId};

use crate::attached_ring::{AttachedRing, Condition};

use crate::replies::Replies;

/// One port: a packet ring on an interface.
struct SitePort {
    name: String,
    attached: AttachedRing,
    /// Whether it carries a VLAN that other sites have, too.
    is_extended: bool,
    /// Whether it is no fault that there is no interface.
    is_optional: bool,
}

/// All site ports, by [`PortId`].
pub(crate) struct SitePorts {
    ports: Vec<SitePort>,
    links: Links,
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
        let mut links = Links::open()?;
        let rings = |usual| RingConfig {
            bypass_qdisc: config.public.bypass_qdisc,
            ..usual
        };
        let largest = largest_mtu(config);
        let mut ports = Vec::new();
        for port in &config.site_ports {
            let name = port.name.clone();
            let interface = &port.interface;
            let opened = match port.optional {
                true => AttachedRing::open_absent(interface, largest, rings, &mut links),
                false => AttachedRing::open(interface, rings, &mut links),
            };
            let attached = opened.with_context(|| format!("site port `{name}`"))?;
            let is_extended = |vlan: VlanId| !config.local_vlans.contains(vlan);
            ports.push(SitePort {
                name,
                attached,
                is_extended: port.vlans.iter().any(is_extended),
                is_optional: port.optional,
            });
        }
        Ok(Self {
            ports,
            links,
            replies: Replies::default(),
        })
    }

    /// Follows the interfaces. MAC entries of a port whose interface has gone stay until they age or
    /// something newer is heard: a port that flaps does not empty the other sites' tables.
    pub(crate) fn follow(&mut self) {
        for port in &mut self.ports {
            port.attached.follow(&mut self.links);
        }
    }

    /// What is wrong with ports now, and whose frames do not fit through the public network.
    pub(crate) fn warnings(&self, path_mtu: Option<usize>) -> Vec<String> {
        let of = |port: &SitePort| {
            if port.is_optional && port.attached.condition() == Condition::Gone {
                return Vec::new();
            }
            let mut warnings = port
                .attached
                .warnings(&format!("site port `{}`", port.name));
            // What stays in the site may be as large as the site likes.
            let path_mtu = path_mtu.filter(|_| port.is_extended);
            warnings.extend(path_mtu.and_then(|mtu| mtu_warning(port.attached.interface(), mtu)));
            warnings
        };
        self.ports.iter().flat_map(of).collect()
    }

    pub(crate) fn count(&self) -> usize {
        self.ports.len()
    }

    pub(crate) fn fd(&self, index: usize) -> BorrowedFd<'_> {
        self.ports[index].attached.as_fd()
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
            let Some(packet) = port.attached.ring.receive() else {
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
        self.ports
            .iter()
            .any(|port| port.attached.ring.has_marked())
    }

    /// Lets marked frames go; names those that a port could not take, one by one.
    pub(crate) fn flush(&mut self, mut dropped: impl FnMut(PortId, DropReason)) {
        for (id, port) in (0..).map(PortId).zip(&mut self.ports) {
            port.attached.flush();
            let unsent = port.attached.ring.take_unsent();
            (0..unsent.discarded).for_each(|_| dropped(id, DropReason::PortDown));
            (0..unsent.refused).for_each(|_| dropped(id, DropReason::ExceedsSiteMtu));
        }
    }

    /// Clears the error of a port that `poll` complains about, for example after its link went down.
    pub(crate) fn clear_error(&mut self, index: usize) {
        self.ports[index].attached.clear_error();
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
        if self.attached.condition() != Condition::Running {
            return Err(DropReason::PortDown);
        }
        let length = frame.encoded_len();
        let fill = |slot: &mut [u8]| {
            let written = frame.write_to(slot);
            debug_assert_eq!(written, Ok(length));
        };
        let result = self.attached.transmit(length, fill);
        result.map_err(|error| match error {
            TransmitError::RingFull => DropReason::TransmitRingFull,
            TransmitError::TooLong { .. } => DropReason::ExceedsSiteMtu,
            TransmitError::TooShort(_) => DropReason::Malformed,
        })
    }
}

/// The largest MTU that a site can have whose frames fit through the public network; not less than
/// Ethernet's usual one.
fn largest_mtu(config: &EdgeConfig) -> u32 {
    let uplink = interface::mtu(&config.public.interface).unwrap_or_default();
    uplink.saturating_sub(TUNNEL_OVERHEAD).max(1500)
}

/// What to do about an interface whose frames do not fit through the public network. An 802.1Q tag is
/// beyond the MTU at the port and within the tunnel's overhead: a trunk needs no more than an access
/// port.
fn mtu_warning(Interface { name, mtu, .. }: &Interface, path_mtu: usize) -> Option<String> {
    let needed = mtu + TUNNEL_OVERHEAD;
    (needed as usize > path_mtu).then(|| {
        format!(
            "frames of site port {name} (MTU {mtu}) need {needed} bytes on the public network, \
             which carries {path_mtu}: raise its MTU to {needed}, or lower the site's to {}",
            path_mtu.saturating_sub(TUNNEL_OVERHEAD as usize)
        )
    })
}

/// The frame of a packet, whether its tag came apart from it or inline.
fn parse<'a>(packet: &'a ReceivedFrame<'_>) -> Result<FrameRef<'a>, DropReason> {
    let parsed = match (packet.tag(), packet.tag_protocol()) {
        (Some(tag), _) => {
            FrameRef::parse_untagged(packet.data()).map(|frame| frame.with_tag(Some(tag)))
        }
        // What is left looks untagged, and is not.
        (None, Some(_)) => return Err(DropReason::ServiceTag),
        (None, None) => FrameRef::parse(packet.data()),
    };
    parsed.map_err(|_| DropReason::Malformed)
}
