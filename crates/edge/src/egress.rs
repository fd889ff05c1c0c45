//! Where frames go: the one thing that an edge device asks of whoever runs it.

use std::net::Ipv4Addr;

use edge_api::DropReason;
use wire::FrameRef;

use crate::{EthernetCircuitId, LinkId, PortId};

/// Sends frames. Called from the frame path: it must neither block nor allocate.
pub trait Egress {
    /// Sends a frame out of a site port. The frame carries no tag on access ports and in the native
    /// VLAN of a trunk, its 802.1Q tag otherwise.
    ///
    /// # Errors
    /// Why the frame could not be sent; the device counts it.
    fn send_site(&mut self, port: PortId, frame: FrameRef<'_>) -> Result<(), DropReason>;

    /// Sends what the device itself answers out of the very site port that the frame in hand came in on,
    /// with the tag that it came with. Apart from [`Egress::send_site`] because forwarded frames never
    /// go back there. Called with one reply for a frame at the most.
    ///
    /// # Errors
    /// As [`Egress::send_site`].
    fn reply_site(&mut self, port: PortId, frame: FrameRef<'_>) -> Result<(), DropReason>;

    /// Sends a frame on an EVI link, tagged with its VLAN.
    ///
    /// # Errors
    /// As [`Egress::send_site`].
    fn send_link(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason>;

    /// Sends an IS-IS frame on an EVI link. Apart from [`Egress::send_link`] because control traffic
    /// is rare and may take a slower way, for example one that keeps the next hop's address fresh.
    ///
    /// # Errors
    /// As [`Egress::send_site`].
    fn send_control(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason>;

    /// Sends an IS-IS frame on an Ethernet circuit, with the interface's own address as its source:
    /// whatever is between here and the neighbour learns where this interface is.
    ///
    /// # Errors
    /// As [`Egress::send_site`].
    fn send_circuit(
        &mut self,
        circuit: EthernetCircuitId,
        frame: FrameRef<'_>,
    ) -> Result<(), DropReason>;
}

/// The EVI links as whoever runs a device keeps them. Called when a configuration takes another's place,
/// never from the frame path.
pub trait EviLinks: Egress {
    /// Opens a link: from now on the device sends on it, and takes what comes from `peer`. The number may
    /// be that of a link that was closed.
    fn open_link(&mut self, link: LinkId, peer: Ipv4Addr);

    /// Closes a link: the device never names it again, unless it is opened anew.
    fn close_link(&mut self, link: LinkId);
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Sent on; so many copies left. A copy that could not be sent is counted as a drop where it
    /// should have gone out.
    Forwarded {
        /// Copies out of site ports.
        site: usize,
        /// Copies on EVI links.
        public: usize,
    },
    /// A control frame for this device, or a question that it has answered.
    Consumed,
    /// Not sent, and counted.
    Dropped(DropReason),
}
