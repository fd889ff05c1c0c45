//! Where frames go: the one thing that an edge device asks of whoever runs it.

use edge_api::DropReason;
use wire::FrameRef;

use crate::{LinkId, PortId};

/// Sends frames. Called from the frame path: it must neither block nor allocate.
pub trait Egress {
    /// Sends a frame out of a site port. The frame carries no tag where the port is an access port.
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
