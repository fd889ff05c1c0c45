//! The way through the public network to one EVI peer, as the kernel's tables say.

use std::net::Ipv4Addr;

use linux_net::interface::Interface;
use linux_net::route::Underlay;
use tracing::debug;

use crate::outer_header::OuterHeader;

/// How packets for a peer leave.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// Through the uplink's ring, with these headers.
    Ring(OuterHeader),
    /// Through the kernel, which does not know the next hop's MAC yet, or routes by another interface.
    Kernel,
    /// There is none.
    NoRoute,
}

/// One EVI peer.
#[derive(Debug)]
pub(crate) struct PeerPath {
    pub(crate) peer: Ipv4Addr,
    pub(crate) way: Way,
    /// Whether the way leads by the uplink: without it, nothing leaves. The kernel would not say so.
    pub(crate) needs_uplink: bool,
    /// The largest IPv4 packet on the way, bytes.
    pub(crate) mtu: usize,
    /// Why there is no way, and the cure.
    pub(crate) problem: Option<String>,
}

impl PeerPath {
    pub(crate) const fn new(peer: Ipv4Addr) -> Self {
        Self {
            peer,
            way: Way::NoRoute,
            needs_uplink: false,
            mtu: usize::MAX,
            problem: None,
        }
    }

    /// Asks the kernel again. Not on the frame path.
    pub(crate) fn look_up(&mut self, underlay: &mut Underlay, uplink: &Interface, own: Ipv4Addr) {
        let peer = self.peer;
        self.problem = None;
        self.needs_uplink = false;
        self.way = match underlay.next_hop(peer) {
            Ok(hop) => {
                self.mtu = hop.mtu as usize;
                self.needs_uplink = hop.interface == uplink.index;
                match hop.mac.filter(|_| self.needs_uplink) {
                    Some(mac) => Way::Ring(OuterHeader::new((uplink.mac, own), mac, peer)),
                    None => Way::Kernel,
                }
            }
            Err(error) => {
                self.problem = Some(error.to_string());
                self.mtu = usize::MAX;
                Way::NoRoute
            }
        };
        debug!(%peer, way = ?self.way, mtu = self.mtu, "path");
    }
}
