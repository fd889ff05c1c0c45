//! UDP sockets whose datagrams carry the kernel's receive time, for measuring.
//!
//! A receiver that is scheduled late would otherwise report its own lateness as network delay.

use std::io;
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use crate::Error;
use crate::socket_option::set;

/// Bytes of receive buffer to ask for; the kernel may give less to a process without rights.
const RECEIVE_BUFFER: libc::c_int = 4 << 20;

/// Room for two control messages: a `timespec` and a 32-bit count.
const CONTROL_LENGTH: usize = 128;

/// A UDP socket with kernel receive stamps.
#[derive(Debug)]
pub struct TimestampedUdp {
    socket: UdpSocket,
    drops: u32,
}

/// One received datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// Bytes written to the buffer; the rest of a longer datagram is lost.
    pub length: usize,
    /// When the kernel took it from the network, in nanoseconds of `CLOCK_REALTIME`; `None` if it did
    /// not say.
    pub received_realtime_ns: Option<u64>,
}

impl TimestampedUdp {
    /// Binds to `address` in the namespace of the calling thread.
    ///
    /// # Errors
    /// The kernel refuses: the port is in use, or the address is not this namespace's.
    pub fn bind(address: SocketAddrV4) -> Result<Self, Error> {
        let fail = |error| Error::system(format!("open a UDP socket on {address}"), error);
        let socket = UdpSocket::bind(address).map_err(fail)?;
        let on: libc::c_int = 1;
        for (name, value) in [
            (libc::SO_TIMESTAMPNS, on),
            (libc::SO_RXQ_OVFL, on),
            (libc::SO_RCVBUF, RECEIVE_BUFFER),
        ] {
            set(socket.as_fd(), libc::SOL_SOCKET, name, &value).map_err(fail)?;
        }
        Ok(Self { socket, drops: 0 })
    }

    /// Sends one datagram. Blocks only while the send buffer is full.
    ///
    /// # Errors
    /// The kernel refuses, for example because there is no route.
    pub fn send_to(&self, payload: &[u8], to: SocketAddrV4) -> io::Result<()> {
        self.socket.send_to(payload, to).map(|_| ())
    }

    /// The local address.
    ///
    /// # Errors
    /// The kernel refuses (never seen).
    pub fn local_address(&self) -> io::Result<Ipv4Addr> {
        match self.socket.local_addr()?.ip() {
            std::net::IpAddr::V4(address) => Ok(address),
            std::net::IpAddr::V6(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Datagrams that the kernel dropped because this socket's buffer was full, as far as it has told.
    #[must_use]
    pub const fn drops(&self) -> u32 {
        self.drops
    }

    /// The next datagram, or `None` when none waits. Never blocks.
    ///
    /// # Errors
    /// The kernel refuses, or an earlier send was answered by an ICMP error.
    pub fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<Datagram>> {
        let mut control = MaybeUninit::<[libc::cmsghdr; CONTROL_LENGTH / 16]>::uninit();
        let mut part = libc::iovec {
            iov_base: buffer.as_mut_ptr().cast(),
            iov_len: buffer.len(),
        };
        // SAFETY: msghdr is plain data, for which zero is a valid value.
        let mut message: libc::msghdr = unsafe { core::mem::zeroed() };
        message.msg_iov = &raw mut part;
        message.msg_iovlen = 1;
        message.msg_control = control.as_mut_ptr().cast();
        message.msg_controllen = CONTROL_LENGTH;
        let fd = self.socket.as_raw_fd();
        // SAFETY: the message points to a buffer and a control buffer of the lengths that it says,
        // both of which outlive the call.
        let got = unsafe { libc::recvmsg(fd, &raw mut message, libc::MSG_DONTWAIT) };
        let Ok(length) = usize::try_from(got) else {
            let error = io::Error::last_os_error();
            return match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(None),
                _ => Err(error),
            };
        };
        let received_realtime_ns = self.read_control(&message);
        Ok(Some(Datagram {
            length,
            received_realtime_ns,
        }))
    }

    fn read_control(&mut self, message: &libc::msghdr) -> Option<u64> {
        let mut stamp = None;
        // SAFETY: the kernel has filled the message; the macros walk within its control length.
        let mut header = unsafe { libc::CMSG_FIRSTHDR(message) };
        while !header.is_null() {
            // SAFETY: CMSG_FIRSTHDR and CMSG_NXTHDR give only whole headers.
            let (level, kind) = unsafe { ((*header).cmsg_level, (*header).cmsg_type) };
            // SAFETY: as above; data follow the header, with the type that the kind says, and may be
            // unaligned.
            unsafe {
                let data = libc::CMSG_DATA(header);
                match (level, kind) {
                    (libc::SOL_SOCKET, libc::SO_TIMESTAMPNS) => {
                        stamp = nanoseconds(data.cast::<libc::timespec>().read_unaligned());
                    }
                    (libc::SOL_SOCKET, libc::SO_RXQ_OVFL) => {
                        self.drops = data.cast::<u32>().read_unaligned();
                    }
                    _ => {}
                }
                header = libc::CMSG_NXTHDR(message, header);
            }
        }
        stamp
    }
}

fn nanoseconds(time: libc::timespec) -> Option<u64> {
    let seconds = u64::try_from(time.tv_sec).ok()?;
    Some(seconds * 1_000_000_000 + u64::try_from(time.tv_nsec).ok()?)
}

impl AsFd for TimestampedUdp {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
