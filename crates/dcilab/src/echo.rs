//! Echo requests of its own, so that no package is needed for them.

use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use etherparse::{IcmpEchoHeader, Icmpv4Slice, Icmpv4Type, Ipv4Slice, PacketBuilder};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType, ipproto, recv, sendto, socket};

/// Bytes of an echo request's contents.
const CONTENTS: [u8; 32] = [0x5a; 32];
/// How long an answer may take.
pub(crate) const ANSWER_LIMIT: Duration = Duration::from_secs(1);

/// A socket that asks one host.
pub(crate) struct Echo {
    socket: OwnedFd,
    from: Ipv4Addr,
    to: Ipv4Addr,
    id: u16,
}

impl Echo {
    /// Opens one in the caller's network namespace.
    pub(crate) fn open(from: Ipv4Addr, to: Ipv4Addr) -> std::io::Result<Self> {
        let socket = socket(AddressFamily::INET, SocketType::RAW, Some(ipproto::ICMP))?;
        let [.., high, low] = std::process::id().to_be_bytes();
        let id = u16::from_be_bytes([high, low]);
        Ok(Self {
            socket,
            from,
            to,
            id,
        })
    }

    /// How long the answer took; `None`: there was none.
    pub(crate) fn ask(&self, seq: u16) -> std::io::Result<Option<Duration>> {
        let echo = IcmpEchoHeader { id: self.id, seq };
        let mut packet = Vec::new();
        PacketBuilder::ipv4(self.from.octets(), self.to.octets(), 64)
            .icmpv4_echo_request(echo.id, echo.seq)
            .write(&mut packet, &CONTENTS)
            .map_err(std::io::Error::other)?;
        let to = SocketAddr::V4(SocketAddrV4::new(self.to, 0));
        let sent = Instant::now();
        // The kernel writes the IPv4 header itself.
        match sendto(&self.socket, &packet[20..], SendFlags::empty(), &to) {
            Ok(_) => self.answer(echo, sent),
            // No neighbour: as good as no answer.
            Err(rustix::io::Errno::HOSTUNREACH | rustix::io::Errno::NETUNREACH) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn answer(&self, asked: IcmpEchoHeader, sent: Instant) -> std::io::Result<Option<Duration>> {
        let mut buffer = [MaybeUninit::uninit(); 2048];
        loop {
            let left = ANSWER_LIMIT.saturating_sub(sent.elapsed());
            if left.is_zero() {
                return Ok(None);
            }
            set_socket_timeout(&self.socket, Timeout::Recv, Some(left))?;
            match recv(&self.socket, &mut buffer, RecvFlags::empty()) {
                Ok(((packet, _), _)) if self.is_answer(packet, asked) => {
                    return Ok(Some(sent.elapsed()));
                }
                Ok(_) | Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn is_answer(&self, packet: &[u8], asked: IcmpEchoHeader) -> bool {
        let Ok(packet) = Ipv4Slice::from_slice(packet) else {
            return false;
        };
        let is_theirs = packet.header().source_addr() == self.to;
        let icmp = Icmpv4Slice::from_slice(packet.payload().payload);
        let kind = icmp.map(|icmp| icmp.icmp_type());
        is_theirs && matches!(kind, Ok(Icmpv4Type::EchoReply(echo)) if echo == asked)
    }
}
