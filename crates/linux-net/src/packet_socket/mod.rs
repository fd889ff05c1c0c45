//! A packet socket with memory-mapped rings both ways (`packet(7)`, `PACKET_MMAP`, TPACKET_V2).
//!
//! TPACKET_V2 and not V3: V3 hands frames over by the block, after a timer, and costs a millisecond
//! of latency. V2 hands over each frame.
//!
//! Four things to know of such a socket:
//! - The kernel takes the outer VLAN tag out of received frames; it is [`ReceivedFrame::tag`]. On
//!   the way out the tag is written into the frame.
//! - Generic receive offload merges segments, so a frame **larger than the MTU** may arrive. There
//!   is no virtio-net header here that would describe it: it cannot be sent on as it is. A frame
//!   that does not fit its slot arrives cut, with [`ReceivedFrame::is_truncated`] true. Turn GRO off
//!   on the interface and TSO off on the hosts behind it, or such frames have to be dropped.
//! - A sender with transmit checksum offload leaves checksums unfinished; within one machine nobody
//!   ever finishes them. [`ReceivedFrame::checksum_is_unfinished`] tells.
//! - With [`RingConfig::bypass_qdisc`], captures on the *same* interface do not see what is
//!   transmitted here; captures at the other end of the cable do.
//!
//! When the interface goes down, nothing arrives and nothing leaves until it is up again; when it is
//! deleted or moved to another namespace, until the socket is bound to another one
//! ([`PacketRing::rebind`]). Both show as `POLLERR`; [`PacketRing::take_error`] clears and names it.

mod open;
mod received;
mod ring;
mod transmit;

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

pub use received::ReceivedFrame;
pub use transmit::TransmitError;

use crate::Error;
use crate::interface::Interface;
pub(crate) use open::{Direction as Sight, bind, open, statistics, take_error};
pub(crate) use received::take;
pub(crate) use ring::{Dimensions, Mapping, Slots};
use transmit::Transmitter;

/// Which frames arrive at a socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Frames {
    /// All that are on the cable, whoever they are for.
    #[default]
    All,
    /// 802.3 frames with an LLC header alone; those to the groups of intermediate systems among them
    /// (ISO 10589 s8.4.8, RFC 5309).
    IsIs,
}

/// How large the rings are, and how frames leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingConfig {
    /// Slots for frames that arrive; rounded up to a power of two.
    pub receive_slots: u32,
    /// Slots for frames to send; rounded up to a power of two.
    pub transmit_slots: u32,
    /// Bytes of one slot, the kernel's header included: a power of two.
    pub slot_size: u32,
    /// Hand frames to the driver at once, past the queueing discipline. Faster; but no `tc` shapes
    /// them, and captures on this interface do not see them.
    pub bypass_qdisc: bool,
    /// Which frames arrive.
    pub frames: Frames,
}

impl RingConfig {
    /// Rings for an interface of this MTU: 1024 slots in, 1024 slots out, past the queueing
    /// discipline.
    #[must_use]
    pub fn for_mtu(mtu: u32) -> Self {
        Self {
            receive_slots: 1024,
            transmit_slots: 1024,
            slot_size: ring::slot_size(mtu),
            bypass_qdisc: true,
            frames: Frames::All,
        }
    }
}

/// What a socket has counted since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RingStatistics {
    /// Frames that arrived, the dropped ones included.
    pub packets: u64,
    /// Frames that arrived while all slots were taken: lost.
    pub drops: u64,
    /// Frames marked for sending that the kernel refused as too long: the MTU had shrunk.
    pub transmit_refused: u64,
    /// Frames marked for sending that were thrown away because the interface was down or without
    /// carrier: sent later they would be stale.
    pub transmit_discarded: u64,
    /// How often the way out was congested while frames were being sent. Past the queueing discipline
    /// the frame stays marked; the queueing discipline itself may have dropped it.
    pub transmit_congested: u64,
}

/// Frames that were marked for sending and did not leave, since they were last asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unsent {
    /// The interface was down, without carrier, or gone.
    pub discarded: u64,
    /// The kernel refused them as too long: the MTU had shrunk.
    pub refused: u64,
}

/// A raw packet socket on one interface, with a ring each way.
#[derive(Debug)]
pub struct PacketRing {
    socket: OwnedFd,
    receive: Slots,
    next: u32,
    transmit: Transmitter,
    counted: RingStatistics,
    unsent_told: Unsent,
    frames: Frames,
    // Last: unmapped after nothing points into it any more.
    _mapping: Mapping,
}

impl PacketRing {
    /// Opens a socket in the namespace of the calling thread; it stays in that namespace.
    ///
    /// # Errors
    /// The rings are of impossible dimensions, or the kernel refuses: no CAP_NET_RAW, no memory, no
    /// such interface.
    pub fn open(interface: &Interface, config: RingConfig) -> Result<Self, Error> {
        let ring = Self::open_unbound(interface, config)?;
        // Bound last: from here on frames are queued, and all of them have to fit the options.
        let action = || format!("open a packet socket on {}", interface.name);
        bind(ring.socket.as_fd(), interface, config.frames)
            .map_err(|e| Error::system(action(), e))?;
        Ok(ring)
    }

    /// Opens a socket for an interface that need not be there yet; nothing arrives before
    /// [`rebind`](Self::rebind).
    ///
    /// # Errors
    /// As [`open`](Self::open), but for the interface.
    pub fn open_unbound(interface: &Interface, config: RingConfig) -> Result<Self, Error> {
        let receive = Dimensions::new(config.receive_slots, config.slot_size)?;
        let transmit = Dimensions::new(config.transmit_slots, config.slot_size)?;
        let action = || format!("open a packet socket on {}", interface.name);
        let fail = |e: io::Error| Error::system(action(), e);
        let sight = Sight::Received {
            bypass_qdisc: config.bypass_qdisc,
        };
        let socket = open(sight).map_err(fail)?;
        let mapping = Mapping::new(socket.as_fd(), &receive, Some(&transmit)).map_err(fail)?;
        let (receive_slots, transmit_slots) = mapping.slots(&receive, Some(&transmit));
        Ok(Self {
            socket,
            receive: receive_slots,
            next: 0,
            transmit: Transmitter::new(transmit_slots, interface),
            counted: RingStatistics::default(),
            unsent_told: Unsent::default(),
            frames: config.frames,
            _mapping: mapping,
        })
    }

    /// Binds the socket to the interface that has taken the place of its own, under another index.
    ///
    /// No capability is needed: a process that has given them all up can follow an interface that
    /// was deleted and made again. The rings stay, and with them the size of their slots: see
    /// [`largest_mtu`](Self::largest_mtu).
    ///
    /// # Errors
    /// The kernel refuses: the interface is gone again.
    pub fn rebind(&mut self, interface: &Interface) -> Result<(), Error> {
        let action = || format!("bind the packet socket to {} again", interface.name);
        // That the old interface went would be the answer to the first frame that is sent.
        take_error(self.socket.as_fd())
            .and_then(|_| bind(self.socket.as_fd(), interface, self.frames))
            .map_err(|e| Error::system(action(), e))?;
        self.transmit.follow(interface);
        Ok(())
    }

    /// Takes the interface's MTU as it is now for the limit of what is sent.
    pub fn set_mtu(&mut self, interface: &Interface) {
        self.transmit.follow(interface);
    }

    /// The largest MTU of an interface whose frames all fit into the slots, in bytes.
    #[must_use]
    pub fn largest_mtu(&self) -> u32 {
        ring::mtu_of(self.receive.slot_size())
    }

    /// The oldest frame that has arrived, if any. Its slot goes back to the kernel on drop.
    ///
    /// Neither allocates nor makes a system call.
    pub fn receive(&mut self) -> Option<ReceivedFrame<'_>> {
        take(&self.receive, &mut self.next)
    }

    /// Lets `fill` write a frame of `length` bytes into the next free slot, and marks it.
    ///
    /// It leaves with the next [`flush`](Self::flush). The slot holds old bytes: fill it whole.
    ///
    /// # Errors
    /// All slots are marked or on their way ([`TransmitError::RingFull`]: flush), or no frame of this
    /// length can leave through the interface. `fill` has not been called then, but for a frame
    /// that is too long only because it turns out to have no VLAN tag.
    pub fn transmit(
        &mut self,
        length: usize,
        fill: impl FnOnce(&mut [u8]),
    ) -> Result<(), TransmitError> {
        self.transmit.mark(length, fill)
    }

    /// Sends all marked frames with one system call, or none when nothing is marked. Never blocks.
    ///
    /// Frames that the interface cannot take just now stay marked, in order, for the next flush;
    /// when it is down or has no carrier they are discarded and counted.
    ///
    /// # Errors
    /// The kernel refuses for another reason, as when the interface has gone.
    pub fn flush(&mut self) -> io::Result<()> {
        self.transmit.flush(self.socket.as_fd())
    }

    /// Whether marked frames wait for a [`flush`](Self::flush); discarded ones do not.
    #[must_use]
    pub fn has_marked(&self) -> bool {
        self.transmit.has_waiting()
    }

    /// The frames that did not leave since this was last asked.
    pub fn take_unsent(&mut self) -> Unsent {
        let total = Unsent {
            discarded: self.transmit.discarded,
            refused: self.transmit.refused,
        };
        let last = core::mem::replace(&mut self.unsent_told, total);
        Unsent {
            discarded: total.discarded - last.discarded,
            refused: total.refused - last.refused,
        }
    }

    /// What was counted since the socket was opened.
    ///
    /// # Errors
    /// The kernel refuses (never seen).
    pub fn statistics(&mut self) -> io::Result<RingStatistics> {
        let (packets, drops) = open::statistics(self.socket.as_fd())?;
        self.counted.packets += packets;
        self.counted.drops += drops;
        self.counted.transmit_refused = self.transmit.refused;
        self.counted.transmit_discarded = self.transmit.discarded;
        self.counted.transmit_congested = self.transmit.congested;
        Ok(self.counted)
    }

    /// The error that waits on the socket, if any, and clears it: `ENETDOWN` after the interface
    /// went down or away. While one waits, `poll` says `POLLERR` at once.
    ///
    /// # Errors
    /// The kernel refuses (never seen).
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        take_error(self.socket.as_fd())
    }
}

impl AsFd for PacketRing {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
