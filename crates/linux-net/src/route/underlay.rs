//! The next hop towards another edge device, as the kernel's tables have it.

use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, BorrowedFd};

use netlink_packet_route::link::{LinkAttribute, LinkMessage};
use netlink_packet_route::neighbour::{NeighbourAttribute, NeighbourMessage, NeighbourState};
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteMessage, RouteMetric, RouteType,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};
use wire::MacAddr;

use super::request::Requests;
use crate::Error;

const RTNLGRP_LINK: u32 = 1;
const RTNLGRP_NEIGH: u32 = 3;
const RTNLGRP_IPV4_IFADDR: u32 = 5;
const RTNLGRP_IPV4_ROUTE: u32 = 7;
const RTM_NEWLINK: u16 = 16;
const RTM_DELLINK: u16 = 17;
const RTM_NEWNEIGH: u16 = 28;
const RTM_DELNEIGH: u16 = 29;
const NLMSG_HEADER: usize = 16;

/// How a packet for a peer leaves this namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextHop {
    /// The index of the interface it leaves by.
    pub interface: u32,
    /// The source address that the kernel would choose.
    pub source: Ipv4Addr,
    /// Whose MAC address the frame goes to: the gateway's, or on a common link the peer's.
    pub gateway_or_peer: Ipv4Addr,
    /// The largest IPv4 packet, in bytes: the route's MTU, else the interface's.
    pub mtu: u32,
    /// The MAC address of the next hop; `None` while the kernel does not know it. Send one packet
    /// through a [`GreSocket`](crate::gre_socket::GreSocket) then: the kernel asks for it.
    pub mac: Option<MacAddr>,
}

/// What [`Underlay::drain_changes`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Nothing has changed.
    None,
    /// Addresses, neighbours or routes have changed: look the next hops up again.
    LookUpAgain,
    /// Links have changed, and perhaps the rest: look interfaces up again, too
    /// ([`Links`](super::Links)).
    Links,
}

/// The kernel's tables for the underlay, in the namespace it was opened in.
///
/// The socket to poll ([`AsFd`]) is the one for changes. The kernel does not see frames that leave
/// by a packet ring, so it never confirms a neighbour that only they use; a `STALE` neighbour's
/// address is good nevertheless, until the kernel hears of another one.
#[derive(Debug)]
pub struct Underlay {
    requests: Requests,
    changes: Socket,
    buffer: Vec<u8>,
}

impl Underlay {
    /// Opens the two netlink sockets in the namespace of the calling thread.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn open() -> Result<Self, Error> {
        let fail = |e| Error::system("open a netlink socket for the underlay", e);
        Ok(Self {
            requests: Requests::open().map_err(fail)?,
            changes: subscribe().map_err(fail)?,
            buffer: Vec::with_capacity(8192),
        })
    }

    /// Looks up how a packet for `peer` would leave now. No packet is sent.
    ///
    /// # Errors
    /// No route leads there, the peer is this namespace itself, or the kernel refuses.
    pub fn next_hop(&mut self, peer: Ipv4Addr) -> Result<NextHop, Error> {
        let route = self.route(peer)?;
        if matches!(route.header.kind, RouteType::Local | RouteType::Broadcast) {
            return Err(Error::LocalPeer(peer));
        }
        let mut hop = NextHop {
            interface: 0,
            source: Ipv4Addr::UNSPECIFIED,
            gateway_or_peer: peer,
            mtu: 0,
            mac: None,
        };
        for attribute in route.attributes {
            match attribute {
                RouteAttribute::Oif(index) => hop.interface = index,
                RouteAttribute::Gateway(RouteAddress::Inet(gateway)) => {
                    hop.gateway_or_peer = gateway;
                }
                RouteAttribute::PrefSource(RouteAddress::Inet(source)) => hop.source = source,
                RouteAttribute::Metrics(metrics) => hop.mtu = mtu_of(&metrics).unwrap_or(0),
                _ => {}
            }
        }
        if hop.interface == 0 {
            return Err(Error::NoRoute(peer));
        }
        if hop.mtu == 0 {
            hop.mtu = self.link_mtu(hop.interface)?;
        }
        hop.mac = self.neighbour(hop.interface, hop.gateway_or_peer)?;
        Ok(hop)
    }

    /// Whether an address is one of this namespace's own.
    #[must_use]
    pub fn is_own(&mut self, address: Ipv4Addr) -> bool {
        matches!(self.next_hop(address), Err(Error::LocalPeer(_)))
    }

    /// Reads all changes that wait. Never blocks.
    ///
    /// When so much changed that the kernel dropped some of the news, that is a change as well.
    ///
    /// # Errors
    /// The kernel refuses (never seen).
    pub fn drain_changes(&mut self) -> io::Result<Change> {
        let mut change = Change::None;
        loop {
            self.buffer.clear();
            match self.changes.recv(&mut self.buffer, libc::MSG_DONTWAIT) {
                Ok(_) => change = change.max(concern(&self.buffer)),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(change),
                Err(e) if e.raw_os_error() == Some(libc::ENOBUFS) => change = Change::Links,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }

    fn route(&mut self, peer: Ipv4Addr) -> Result<RouteMessage, Error> {
        let mut message = RouteMessage::default();
        message.header.address_family = AddressFamily::Inet;
        message.header.destination_prefix_length = 32;
        let destination = RouteAttribute::Destination(RouteAddress::Inet(peer));
        message.attributes.push(destination);
        let action = format!("look up the route to {peer}");
        let request = RouteNetlinkMessage::GetRoute(message);
        match self.requests.ask(&action, request)? {
            Ok(RouteNetlinkMessage::NewRoute(route)) => Ok(route),
            Ok(other) => Err(unexpected(action, &other)),
            Err(e) => match e.raw_os_error() {
                Some(libc::ENETUNREACH | libc::EHOSTUNREACH) => Err(Error::NoRoute(peer)),
                _ => Err(Error::system(action, e)),
            },
        }
    }

    fn link_mtu(&mut self, index: u32) -> Result<u32, Error> {
        let mut message = LinkMessage::default();
        message.header.index = index;
        let action = format!("read the MTU of interface {index}");
        let request = RouteNetlinkMessage::GetLink(message);
        match self.requests.ask(&action, request)? {
            Ok(RouteNetlinkMessage::NewLink(link)) => Ok(link
                .attributes
                .iter()
                .find_map(|a| match a {
                    LinkAttribute::Mtu(mtu) => Some(*mtu),
                    _ => None,
                })
                .unwrap_or(0)),
            Ok(other) => Err(unexpected(action, &other)),
            Err(e) => Err(Error::system(action, e)),
        }
    }

    fn neighbour(&mut self, index: u32, address: Ipv4Addr) -> Result<Option<MacAddr>, Error> {
        let mut message = NeighbourMessage::default();
        message.header.family = AddressFamily::Inet;
        message.header.ifindex = index;
        let destination = NeighbourAttribute::Destination(address.into());
        message.attributes.push(destination);
        let action = format!("look up the MAC address of {address}");
        let request = RouteNetlinkMessage::GetNeighbour(message);
        match self.requests.ask(&action, request)? {
            Ok(RouteNetlinkMessage::NewNeighbour(entry)) => Ok(usable_mac(&entry)),
            Ok(other) => Err(unexpected(action, &other)),
            Err(e) if e.raw_os_error() == Some(libc::ENOENT) => Ok(None),
            Err(e) => Err(Error::system(action, e)),
        }
    }
}

impl AsFd for Underlay {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.changes.as_fd()
    }
}

fn subscribe() -> io::Result<Socket> {
    let mut socket = Socket::new(NETLINK_ROUTE)?;
    socket.bind(&SocketAddr::new(0, 0))?;
    for group in [
        RTNLGRP_LINK,
        RTNLGRP_NEIGH,
        RTNLGRP_IPV4_IFADDR,
        RTNLGRP_IPV4_ROUTE,
    ] {
        socket.add_membership(group)?;
    }
    socket.set_non_blocking(true)?;
    Ok(socket)
}

/// What a message is news of. The neighbours of IPv6 and the forwarding tables of bridges come by the
/// same group.
fn concern(message: &[u8]) -> Change {
    let kind = message.get(4..6).and_then(|b| b.try_into().ok());
    let family = message.get(NLMSG_HEADER).copied().map(i32::from);
    match kind.map(u16::from_ne_bytes) {
        Some(RTM_NEWNEIGH | RTM_DELNEIGH) if family != Some(libc::AF_INET) => Change::None,
        Some(RTM_NEWLINK | RTM_DELLINK) => Change::Links,
        Some(_) => Change::LookUpAgain,
        None => Change::None,
    }
}

fn usable_mac(entry: &NeighbourMessage) -> Option<MacAddr> {
    match entry.header.state {
        NeighbourState::Incomplete | NeighbourState::Failed | NeighbourState::None => None,
        _ => entry.attributes.iter().find_map(|a| match a {
            NeighbourAttribute::LinkLayerAddress(bytes) => {
                MacAddr::from_slice(bytes).filter(|mac| mac.is_station())
            }
            _ => None,
        }),
    }
}

fn mtu_of(metrics: &[RouteMetric]) -> Option<u32> {
    metrics.iter().find_map(|m| match m {
        RouteMetric::Mtu(mtu) => Some(*mtu),
        _ => None,
    })
}

fn unexpected(action: String, answer: &RouteNetlinkMessage) -> Error {
    Error::Answer {
        action,
        text: format!("{answer:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u16, family: i32) -> Vec<u8> {
        let mut bytes = vec![0; NLMSG_HEADER + 12];
        bytes[4..6].copy_from_slice(&kind.to_ne_bytes());
        bytes[NLMSG_HEADER] = u8::try_from(family).unwrap();
        bytes
    }

    #[test]
    fn only_ipv4_neighbours_are_news_and_links_are_more() {
        let concern_of = |kind, family| concern(&message(kind, family));
        assert_eq!(concern_of(RTM_NEWNEIGH, libc::AF_INET), Change::LookUpAgain);
        assert_eq!(concern_of(RTM_NEWNEIGH, libc::AF_INET6), Change::None);
        assert_eq!(concern_of(RTM_DELNEIGH, libc::AF_BRIDGE), Change::None);
        assert_eq!(concern_of(RTM_DELLINK, libc::AF_UNSPEC), Change::Links);
        assert_eq!(concern(&[]), Change::None);
    }

    #[test]
    fn an_unresolved_neighbour_has_no_mac() {
        let mut entry = NeighbourMessage::default();
        let mac = [2, 0, 0, 0, 0, 1];
        entry
            .attributes
            .push(NeighbourAttribute::LinkLayerAddress(mac.to_vec()));
        entry.header.state = NeighbourState::Failed;
        assert_eq!(usable_mac(&entry), None);
        entry.header.state = NeighbourState::Stale;
        assert_eq!(usable_mac(&entry), Some(MacAddr::new(mac)));
    }
}
