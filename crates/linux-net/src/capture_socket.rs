//! A packet socket that only looks: both directions of one interface, for captures.
//!
//! TPACKET_V2, as for forwarding: no timer delays a frame, so that a capture can be ended at a
//! frame. Frames that a [`PacketRing`](crate::packet_socket::PacketRing) on the same interface sends
//! past the queueing discipline are not seen here; capture at the other end of the cable.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use wire::TagControl;

use crate::Error;
use crate::interface::Interface;
use crate::packet_socket::{
    Dimensions, Frames, Mapping, ReceivedFrame, Sight, Slots, bind, open, statistics, take,
    take_error,
};

/// The header and the alignment that the kernel puts before a frame.
const OVERHEAD: u32 = 96;

/// How much is captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaptureConfig {
    /// Frames that can wait to be read; rounded up to a power of two.
    pub slots: u32,
    /// Bytes kept of each frame, at most 262144.
    pub snap_length: u32,
}

impl Default for CaptureConfig {
    /// 4096 frames of up to 1952 bytes: 8 MiB.
    fn default() -> Self {
        Self {
            slots: 4096,
            snap_length: 2048 - OVERHEAD,
        }
    }
}

/// Which way a captured frame went, seen from the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It came in from the link.
    Received,
    /// It went out to the link.
    Transmitted,
}

/// What a capture has counted since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CaptureStatistics {
    /// Frames seen, the dropped ones included.
    pub packets: u64,
    /// Frames that were lost because all slots were taken: the capture has holes.
    pub drops: u64,
}

/// A capture of one interface.
#[derive(Debug)]
pub struct CaptureSocket {
    socket: OwnedFd,
    slots: Slots,
    next: u32,
    counted: CaptureStatistics,
    _mapping: Mapping,
}

impl CaptureSocket {
    /// Starts to capture an interface of the calling thread's namespace.
    ///
    /// # Errors
    /// The dimensions are impossible, or the kernel refuses: no CAP_NET_RAW, no memory, no such
    /// interface.
    pub fn open(interface: &Interface, config: CaptureConfig) -> Result<Self, Error> {
        let snap_length = config.snap_length.clamp(14, 1 << 18);
        let slot_size = (snap_length + OVERHEAD).next_power_of_two().max(256);
        let dimensions = Dimensions::new(config.slots, slot_size)?;
        let action = || format!("open a capture on {}", interface.name);
        let fail = |e: io::Error| Error::system(action(), e);
        let socket = open(Sight::Both { snap_length }).map_err(fail)?;
        let mapping = Mapping::new(socket.as_fd(), &dimensions, None).map_err(fail)?;
        let (slots, _) = mapping.slots(&dimensions, None);
        bind(socket.as_fd(), interface, Frames::All).map_err(fail)?;
        Ok(Self {
            socket,
            slots,
            next: 0,
            counted: CaptureStatistics::default(),
            _mapping: mapping,
        })
    }

    /// The oldest frame that waits, if any. Its slot goes back to the kernel on drop.
    pub fn receive(&mut self) -> Option<CapturedFrame<'_>> {
        take(&self.slots, &mut self.next).map(CapturedFrame)
    }

    /// What was counted since the capture was opened.
    ///
    /// # Errors
    /// The kernel refuses (never seen).
    pub fn statistics(&mut self) -> io::Result<CaptureStatistics> {
        let (packets, drops) = statistics(self.socket.as_fd())?;
        self.counted.packets += packets;
        self.counted.drops += drops;
        Ok(self.counted)
    }

    /// The error that waits on the socket, if any, and clears it: `ENETDOWN` after the interface
    /// went down or away.
    ///
    /// # Errors
    /// The kernel refuses (never seen).
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        take_error(self.socket.as_fd())
    }
}

impl AsFd for CaptureSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// One captured frame. Dropping it hands its slot back to the kernel.
#[derive(Debug)]
pub struct CapturedFrame<'ring>(ReceivedFrame<'ring>);

impl CapturedFrame<'_> {
    /// The bytes kept, without a tag that the kernel took out: see [`write_to`](Self::write_to).
    #[must_use]
    pub fn data(&self) -> &[u8] {
        self.0.data()
    }

    /// The outer VLAN tag, where the kernel took one out of the frame. A frame that went out with a
    /// tag written into it still has it in [`data`](Self::data).
    #[must_use]
    pub fn tag(&self) -> Option<TagControl> {
        self.0.tag()
    }

    /// Which way the frame went.
    #[must_use]
    pub fn direction(&self) -> Direction {
        if self.0.packet_type() == libc::PACKET_OUTGOING {
            Direction::Transmitted
        } else {
            Direction::Received
        }
    }

    /// The length of the frame on the link, a tag that was taken out included, in bytes.
    #[must_use]
    pub fn original_length(&self) -> u32 {
        let tag = if self.0.tag_bytes().is_some() { 4 } else { 0 };
        self.0.original_length().saturating_add(tag)
    }

    /// When the kernel saw the frame, in nanoseconds of `CLOCK_REALTIME`.
    #[must_use]
    pub fn timestamp_realtime_ns(&self) -> u64 {
        self.0.timestamp_realtime_ns()
    }

    /// Whether a checksum was left for hardware to finish: wrong in the capture, not on a real link.
    #[must_use]
    pub fn checksum_is_unfinished(&self) -> bool {
        self.0.checksum_is_unfinished()
    }

    /// Appends the frame as it was on the link: a tag that was taken out is put back.
    pub fn write_to(&self, bytes: &mut Vec<u8>) {
        let data = self.data();
        match (self.0.tag_bytes(), data.split_at_checked(12)) {
            (Some(tag), Some((addresses, rest))) => {
                bytes.extend_from_slice(addresses);
                bytes.extend_from_slice(&tag);
                bytes.extend_from_slice(rest);
            }
            _ => bytes.extend_from_slice(data),
        }
    }
}
