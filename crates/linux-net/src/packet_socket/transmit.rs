//! The transmit ring: fill slots, mark them, kick the kernel, see what became of them.

use core::ptr::{addr_of, addr_of_mut};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use super::ring::{Slot, Slots, TRANSMIT_OFFSET};
use crate::interface::{Interface, Request};

const ETHERNET_HEADER: usize = 14;
const VLAN_TAG: usize = 4;

/// Why a frame was not marked for sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransmitError {
    /// Every slot is marked or on its way out.
    #[error("all slots of the transmit ring are taken: flush, then try again or drop the frame")]
    RingFull,
    /// The frame is longer than the interface or a slot takes.
    #[error("a frame of {length} bytes is too long: at most {limit} leave through this interface")]
    TooLong {
        /// Bytes asked for.
        length: usize,
        /// Bytes possible.
        limit: usize,
    },
    /// Less than an Ethernet header.
    #[error("a frame of {0} bytes is too short: an Ethernet header takes 14")]
    TooShort(usize),
}

/// The sending half of a packet ring.
///
/// Running numbers: slots from `tail` to `head` are marked and not yet known to have left.
#[derive(Debug)]
pub(super) struct Transmitter {
    slots: Slots,
    name: String,
    mtu: usize,
    head: u32,
    tail: u32,
    marked_bytes: usize,
    pub(super) refused: u64,
    pub(super) discarded: u64,
    pub(super) congested: u64,
}

impl Transmitter {
    pub(super) fn new(slots: Slots, interface: &Interface) -> Self {
        Self {
            slots,
            name: interface.name.clone(),
            mtu: interface.mtu as usize,
            head: 0,
            tail: 0,
            marked_bytes: 0,
            refused: 0,
            discarded: 0,
            congested: 0,
        }
    }

    /// The interface is another one now, or has another MTU.
    pub(super) fn follow(&mut self, interface: &Interface) {
        self.name.clone_from(&interface.name);
        self.mtu = interface.mtu as usize;
    }

    /// Whether frames are marked and not yet taken by the kernel, the discarded ones included.
    fn has_marked(&self) -> bool {
        self.head != self.tail
    }

    /// Whether frames are marked that shall leave.
    pub(super) fn has_waiting(&self) -> bool {
        self.marked_bytes > 0
    }

    /// See `PacketRing::transmit`.
    pub(super) fn mark(
        &mut self,
        length: usize,
        fill: impl FnOnce(&mut [u8]),
    ) -> Result<(), TransmitError> {
        if length < ETHERNET_HEADER {
            return Err(TransmitError::TooShort(length));
        }
        let room = self.slots.slot_size() - TRANSMIT_OFFSET;
        let limit = (self.mtu + ETHERNET_HEADER).min(room);
        let too_long = Err(TransmitError::TooLong { length, limit });
        if length > (limit + VLAN_TAG).min(room) {
            return too_long;
        }
        let slot = self.slots.slot(self.head);
        if self.head.wrapping_sub(self.tail) >= self.slots.count()
            || slot.status() != libc::TP_STATUS_AVAILABLE
        {
            return Err(TransmitError::RingFull);
        }
        // SAFETY: the slot is ours and was seen to be so; `length` fits behind the offset.
        let frame =
            unsafe { core::slice::from_raw_parts_mut(slot.bytes().add(TRANSMIT_OFFSET), length) };
        fill(frame);
        if length > limit && !is_tagged(frame) {
            return too_long;
        }
        set_length(slot, length);
        slot.set_status(libc::TP_STATUS_SEND_REQUEST);
        self.head = self.head.wrapping_add(1);
        self.marked_bytes += length;
        Ok(())
    }

    /// See `PacketRing::flush`.
    pub(super) fn flush(&mut self, socket: BorrowedFd<'_>) -> io::Result<()> {
        if !self.has_marked() {
            return Ok(());
        }
        match kick(socket) {
            Ok(sent) if sent == self.marked_bytes => {
                self.tail = self.head;
                self.marked_bytes = 0;
                Ok(())
            }
            Ok(sent) => {
                self.settle(socket, Some(sent));
                Ok(())
            }
            Err(error) => {
                self.settle(socket, None);
                self.after(socket, error)
            }
        }
    }

    /// What an error of the kick means for the frames that are still marked.
    fn after(&mut self, socket: BorrowedFd<'_>, error: io::Error) -> io::Result<()> {
        match error.raw_os_error() {
            // Down, or gone.
            Some(libc::ENETDOWN | libc::ENXIO) => {
                self.discard();
                Ok(())
            }
            // Dropped by the driver, and still marked: too much at once, or no carrier? Or dropped by
            // the queueing discipline, and gone: just after the link came up it takes nothing.
            Some(libc::ENOBUFS) => {
                self.congested += 1;
                if self.has_no_carrier(socket) {
                    self.discard();
                }
                Ok(())
            }
            Some(libc::EAGAIN | libc::EINTR) => Ok(()),
            _ => {
                self.discard();
                Err(error)
            }
        }
    }

    /// Moves the tail past the frames that the kernel has taken. With `sent`, the bytes that it says
    /// it has sent: what is missing from the sum was refused.
    fn settle(&mut self, socket: BorrowedFd<'_>, sent: Option<usize>) {
        let first = self.tail;
        let mut taken = 0;
        while self.has_marked() {
            let slot = self.slots.slot(self.tail);
            if slot.status() == libc::TP_STATUS_SEND_REQUEST {
                break;
            }
            taken += length(slot);
            self.tail = self.tail.wrapping_add(1);
        }
        self.marked_bytes = self.marked_bytes.saturating_sub(taken);
        if sent.is_some_and(|sent| sent < taken) {
            self.count_refused(socket, first);
        }
    }

    /// Only a frame that was too long is refused: the MTU has shrunk since it was marked.
    fn count_refused(&mut self, socket: BorrowedFd<'_>, first: u32) {
        if let Some(mtu) = self.ask(socket).and_then(|mut r| r.mtu().ok()) {
            self.mtu = mtu as usize;
        }
        let limit = self.mtu + ETHERNET_HEADER;
        let taken = self.tail.wrapping_sub(first);
        let long = (0..taken)
            .filter(|n| length(self.slots.slot(first.wrapping_add(*n))) > limit)
            .count();
        self.refused += u64::try_from(long).unwrap_or(0).max(1);
    }

    fn has_no_carrier(&self, socket: BorrowedFd<'_>) -> bool {
        let running = self.ask(socket).and_then(|mut r| r.is_running().ok());
        running == Some(false)
    }

    /// By the socket itself: the calling thread may be in another namespace.
    fn ask(&self, socket: BorrowedFd<'_>) -> Option<Request> {
        Request::on(socket.try_clone_to_owned().ok()?, &self.name).ok()
    }

    /// Turns every marked frame into one that the kernel skips (`PACKET_LOSS`), in the right order.
    ///
    /// A slot cannot simply be taken back: the kernel's own position stays on it.
    fn discard(&mut self) {
        for n in 0..self.head.wrapping_sub(self.tail) {
            let slot = self.slots.slot(self.tail.wrapping_add(n));
            if slot.status() == libc::TP_STATUS_SEND_REQUEST && length(slot) != 0 {
                set_length(slot, 0);
                self.discarded += 1;
            }
        }
        self.marked_bytes = 0;
    }
}

fn is_tagged(frame: &[u8]) -> bool {
    frame.get(12..14) == Some(&[0x81, 0x00])
}

fn length(slot: Slot) -> usize {
    // SAFETY: within the slot; the kernel never writes the length of a slot of this ring.
    unsafe { addr_of!((*slot.header()).tp_len).read() as usize }
}

fn set_length(slot: Slot, length: usize) {
    let length = u32::try_from(length).unwrap_or(0);
    // SAFETY: within the slot, and the kernel reads it only during our own system call.
    unsafe { addr_of_mut!((*slot.header()).tp_len).write(length) };
}

/// Has the kernel look at the ring; the bytes that it sent.
fn kick(socket: BorrowedFd<'_>) -> io::Result<usize> {
    let flags = libc::MSG_DONTWAIT;
    // SAFETY: no memory is handed over: length 0.
    let sent = unsafe { libc::send(socket.as_raw_fd(), core::ptr::null(), 0, flags) };
    usize::try_from(sent).map_err(|_| io::Error::last_os_error())
}
