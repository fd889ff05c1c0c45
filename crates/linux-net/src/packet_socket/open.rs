//! Making, setting and binding packet sockets.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use wire::{MacAddr, llc};

use super::Frames;
use crate::interface::Interface;
use crate::socket_option::{get, result, set, size_of};

/// Room for frames on their way through a driver that keeps them; as much as the system allows.
const SEND_BUFFER: i32 = 4 << 20;

/// Which frames a socket sees.
#[derive(Clone, Copy)]
pub(crate) enum Direction {
    /// Only those that arrive; and it sends.
    Received {
        /// Send past the queueing discipline.
        bypass_qdisc: bool,
    },
    /// Those that leave as well; at most so many bytes of each.
    Both {
        /// The bytes kept of each frame.
        snap_length: u32,
    },
}

/// A packet socket with its options set, bound to nothing yet: no frame is queued.
pub(crate) fn open(sight: Direction) -> io::Result<OwnedFd> {
    let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: no memory is handed over. Protocol 0: nothing arrives before `bind`.
    let fd = unsafe { libc::socket(libc::AF_PACKET, kind, 0) };
    result(fd)?;
    // SAFETY: `fd` is a descriptor just made, and owned by nobody else.
    let socket = unsafe { OwnedFd::from_raw_fd(fd) };
    let option = |name, value: i32| set(socket.as_fd(), libc::SOL_PACKET, name, &value);
    option(
        libc::PACKET_VERSION,
        libc::tpacket_versions::TPACKET_V2 as i32,
    )?;
    match sight {
        Direction::Received { bypass_qdisc } => {
            option(libc::PACKET_IGNORE_OUTGOING, 1)?;
            option(libc::PACKET_QDISC_BYPASS, i32::from(bypass_qdisc))?;
            // A malformed slot is skipped, not kept as an obstacle.
            option(libc::PACKET_LOSS, 1)?;
            set(
                socket.as_fd(),
                libc::SOL_SOCKET,
                libc::SO_SNDBUF,
                &SEND_BUFFER,
            )?;
        }
        Direction::Both { snap_length } => {
            crate::socket_option::keep_at_most(socket.as_fd(), snap_length)?;
        }
    }
    Ok(socket)
}

/// Binds to the interface, from now on these frames are queued, and makes the interface take all of them
/// for as long as the socket lives.
pub(crate) fn bind(
    socket: BorrowedFd<'_>,
    interface: &Interface,
    frames: Frames,
) -> io::Result<()> {
    let index = i32::try_from(interface.index).map_err(|_| io::ErrorKind::InvalidInput)?;
    let protocol = match frames {
        Frames::All => libc::ETH_P_ALL,
        Frames::IsIs => libc::ETH_P_802_2,
    };
    // SAFETY: `sockaddr_ll` is plain data, for which all zeros is a value.
    let mut address: libc::sockaddr_ll = unsafe { core::mem::zeroed() };
    address.sll_family = u16::try_from(libc::AF_PACKET).unwrap_or(0);
    address.sll_protocol = u16::try_from(protocol).unwrap_or(0).to_be();
    address.sll_ifindex = index;
    let size = size_of::<libc::sockaddr_ll>();
    // SAFETY: the kernel reads `size` bytes of `address`, which lives through the call.
    result(unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast(), size) })?;
    // Joined last: whoever sees the interface take all frames knows that they are queued.
    match frames {
        Frames::All => join(socket, index, libc::PACKET_MR_PROMISC, None),
        Frames::IsIs => [llc::ALL_ISS, llc::ALL_L1_ISS]
            .into_iter()
            .try_for_each(|group| join(socket, index, libc::PACKET_MR_MULTICAST, Some(group))),
    }
}

/// Asks the interface for frames that it would not take otherwise.
fn join(socket: BorrowedFd<'_>, index: i32, kind: i32, group: Option<MacAddr>) -> io::Result<()> {
    let mut membership = libc::packet_mreq {
        mr_ifindex: index,
        mr_type: u16::try_from(kind).unwrap_or(0),
        mr_alen: 0,
        mr_address: [0; 8],
    };
    if let Some(group) = group {
        membership.mr_alen = 6;
        membership.mr_address[..6].copy_from_slice(&group.octets());
    }
    set(
        socket,
        libc::SOL_PACKET,
        libc::PACKET_ADD_MEMBERSHIP,
        &membership,
    )
}

/// Frames seen and frames lost since the last reading: reading resets.
pub(crate) fn statistics(socket: BorrowedFd<'_>) -> io::Result<(u64, u64)> {
    let counted: libc::tpacket_stats = get(socket, libc::SOL_PACKET, libc::PACKET_STATISTICS)?;
    Ok((counted.tp_packets.into(), counted.tp_drops.into()))
}

/// The error that waits on a socket; reading clears it.
pub(crate) fn take_error(socket: BorrowedFd<'_>) -> io::Result<Option<io::Error>> {
    let code: i32 = get(socket, libc::SOL_SOCKET, libc::SO_ERROR)?;
    Ok((code != 0).then(|| io::Error::from_raw_os_error(code)))
}
