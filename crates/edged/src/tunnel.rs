//! The narrow interface behind which the encapsulation sits.
//!
//! Ethernet in GRE over packet rings is one way ([`crate::gre_tunnel`]); another encapsulation, or a
//! faster path to the same one, is another implementation.

use std::net::Ipv4Addr;
use std::os::fd::BorrowedFd;

use edge::LinkId;
use edge_api::DropReason;
use linux_net::route::Change;
use wire::FrameRef;

/// Carries frames to and from the other edge devices.
pub(crate) trait Tunnel {
    /// Marks a frame to leave on an EVI link with the next [`Tunnel::flush`]. On the frame path: it
    /// neither blocks nor allocates.
    fn send(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason>;

    /// Sends a frame at once, by way of the kernel's routing. For control traffic.
    fn send_by_kernel(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason>;

    /// Hands the frames that have arrived to `handle`, `limit` at the most, and says how many packets
    /// it took. `handle` may send by the kernel, but not on the frame path: what came from the public
    /// side never goes back to it (split horizon), by construction.
    fn receive(
        &mut self,
        limit: usize,
        handle: impl FnMut(Result<(LinkId, FrameRef<'_>), DropReason>, &mut KernelPath),
    ) -> usize;

    /// Whether marked frames wait for a [`Tunnel::flush`].
    fn has_marked(&self) -> bool;

    /// Lets marked frames go; names those that the uplink could not take, one by one.
    fn flush(&mut self, dropped: impl FnMut(DropReason));

    /// What to poll for frames.
    fn frames_fd(&self) -> BorrowedFd<'_>;

    /// What to poll for changes of the public network; then call [`Tunnel::look_up_again`].
    fn changes_fd(&self) -> BorrowedFd<'_>;

    /// Whether the uplink carries.
    fn is_running(&self) -> bool;

    /// Clears the error that [`Tunnel::frames_fd`] is woken by, for example after the uplink went down.
    fn clear_error(&mut self);

    /// The smallest MTU on the way to any peer, bytes; `None` without a route to any.
    fn path_mtu(&self) -> Option<usize>;

    /// Carries frames to and from another peer, under a number that no open link has.
    fn open_link(&mut self, link: LinkId, peer: Ipv4Addr);

    /// Carries nothing on a link any more.
    fn close_link(&mut self, link: LinkId);

    /// Follows the uplink, and the public network's routes and neighbours; says what has changed.
    fn look_up_again(&mut self) -> Change;

    /// What keeps frames from the other devices now, each with its cure.
    fn warnings(&self) -> Vec<String>;
}

pub(crate) use crate::gre_tunnel::KernelPath;
