//! A raw socket for GRE (IP protocol 47, RFC 2784) beside the packet rings.
//!
//! It serves two ends. While it is open, the kernel has somebody for protocol 47 and sends no ICMP
//! "protocol unreachable" for the GRE packets that the rings receive. And it is the slow way out:
//! as long as the next hop's MAC address is not known, the kernel routes, asks for the address, and
//! keeps the packet meanwhile.
//!
//! It receives nothing: a filter drops all.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::{
    AddressFamily, SendFlags, SocketFlags, SocketType, bind, ipproto, sendto, socket_with,
};

use crate::Error;
use crate::socket_option::{keep_at_most, set};

/// A raw GRE socket over IPv4, in the namespace it was opened in.
#[derive(Debug)]
pub struct GreSocket(OwnedFd);

impl GreSocket {
    /// Opens the socket in the namespace of the calling thread.
    ///
    /// # Errors
    /// The kernel refuses: no CAP_NET_RAW.
    pub fn open() -> Result<Self, Error> {
        let fail = |e: io::Error| Error::system("open a raw socket for GRE", e);
        let socket = socket_with(
            AddressFamily::INET,
            SocketType::RAW,
            SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
            Some(ipproto::GRE),
        )
        .map_err(|e| fail(e.into()))?;
        keep_at_most(socket.as_fd(), 0).map_err(fail)?;
        // Don't fragment, as the tunnel's own frames: too long a packet is an error here.
        let discover = libc::IP_PMTUDISC_DO;
        set(
            socket.as_fd(),
            libc::IPPROTO_IP,
            libc::IP_MTU_DISCOVER,
            &discover,
        )
        .map_err(fail)?;
        Ok(Self(socket))
    }

    /// Sends from `source` alone, whatever addresses the interface has besides. It need not be there
    /// yet; while it is not, sending fails with `EINVAL`.
    ///
    /// # Errors
    /// The kernel refuses (never seen).
    pub fn send_from(&self, source: Ipv4Addr) -> Result<(), Error> {
        let fail = |e: io::Error| Error::system(format!("send GRE from {source}"), e);
        set(self.0.as_fd(), libc::IPPROTO_IP, libc::IP_FREEBIND, &1_i32).map_err(fail)?;
        bind(&self.0, &SocketAddrV4::new(source, 0)).map_err(|e| fail(e.into()))
    }

    /// Sends a GRE packet, its header first; the kernel puts the IPv4 header before it. Never
    /// blocks.
    ///
    /// # Errors
    /// `EMSGSIZE`: the packet is longer than the MTU of the route. `ENETUNREACH`: no route.
    /// `EINVAL`: the source address is gone. `EAGAIN`: the send buffer is full.
    pub fn send_to(&self, peer: Ipv4Addr, gre_packet: &[u8]) -> io::Result<()> {
        let address = SocketAddrV4::new(peer, 0);
        sendto(&self.0, gre_packet, SendFlags::DONTWAIT, &address)?;
        Ok(())
    }
}

impl AsFd for GreSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
