//! The memory shared with the kernel: one mapping, a receive ring and perhaps a transmit ring.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, Ordering};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use crate::Error;
use crate::socket_option::set;

/// Where a frame to send starts in its slot (`tpacket_parse_header`).
pub(crate) const TRANSMIT_OFFSET: usize =
    libc::TPACKET2_HDRLEN - core::mem::size_of::<libc::sockaddr_ll>();

/// Where the kernel puts the address of a received frame in its slot.
const ADDRESS_OFFSET: usize = TRANSMIT_OFFSET;

/// The kernel's header, the space it keeps before a frame (16 for the Ethernet header, up to 15 for
/// alignment), and a second VLAN tag that stays in the frame.
const OVERHEAD: u32 = 52 + 16 + 15 + 4;

/// The most memory of one ring.
const RING_BYTES_MAX: u64 = 1 << 30;

/// Contiguous memory that the kernel is asked for at a time.
const BLOCK_SIZE: u32 = 1 << 16;

/// The slot that holds any frame of an interface of this MTU, in bytes: a power of two.
pub(crate) fn slot_size(mtu: u32) -> u32 {
    mtu.saturating_add(OVERHEAD)
        .checked_next_power_of_two()
        .unwrap_or(1 << 31)
        .max(256)
}

/// The largest MTU whose frames a slot of this size holds, in bytes.
pub(crate) fn mtu_of(slot_size: usize) -> u32 {
    u32::try_from(slot_size)
        .unwrap_or(u32::MAX)
        .saturating_sub(OVERHEAD)
}

/// The checked dimensions of one ring.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dimensions {
    slots: u32,
    slot_size: u32,
}

impl Dimensions {
    pub(crate) fn new(slots: u32, slot_size: u32) -> Result<Self, Error> {
        let wrong = |reason| Error::Ring {
            slots,
            slot_size,
            reason,
        };
        if !slot_size.is_power_of_two() || !(256..=1 << 20).contains(&slot_size) {
            return Err(wrong("a slot is a power of two from 256 to 1048576 bytes"));
        }
        let too_large = "a ring has 1 slot or more and at most 1 GiB";
        // Whole blocks, so that the slots lie one behind the other without gaps.
        let least = (block_size(slot_size) / slot_size).max(1);
        let rounded = slots
            .checked_next_power_of_two()
            .filter(|n| slots > 0 && u64::from(*n) * u64::from(slot_size) <= RING_BYTES_MAX)
            .ok_or_else(|| wrong(too_large))?;
        Ok(Self {
            slots: rounded.max(least),
            slot_size,
        })
    }

    fn bytes(&self) -> usize {
        self.slots as usize * self.slot_size as usize
    }

    fn request(&self) -> libc::tpacket_req {
        let block = block_size(self.slot_size);
        libc::tpacket_req {
            tp_block_size: block,
            tp_block_nr: self.slots / (block / self.slot_size),
            tp_frame_size: self.slot_size,
            tp_frame_nr: self.slots,
        }
    }
}

fn block_size(slot_size: u32) -> u32 {
    // SAFETY: no memory is handed over.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    let page = u32::try_from(page).unwrap_or(BLOCK_SIZE);
    BLOCK_SIZE.max(slot_size).max(page)
}

/// The mapping of a socket's rings into this process.
#[derive(Debug)]
pub(crate) struct Mapping {
    start: NonNull<u8>,
    bytes: usize,
}

// SAFETY: the mapping belongs to the process, not to a thread.
unsafe impl Send for Mapping {}

impl Mapping {
    /// Has the kernel make the rings, and maps them: the receive ring first, as the kernel orders.
    pub(crate) fn new(
        socket: BorrowedFd<'_>,
        receive: &Dimensions,
        transmit: Option<&Dimensions>,
    ) -> io::Result<Self> {
        let level = libc::SOL_PACKET;
        set(socket, level, libc::PACKET_RX_RING, &receive.request())?;
        if let Some(transmit) = transmit {
            set(socket, level, libc::PACKET_TX_RING, &transmit.request())?;
        }
        let bytes = receive.bytes() + transmit.map_or(0, Dimensions::bytes);
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let fd = socket.as_raw_fd();
        // SAFETY: a new mapping at an address of the kernel's choice; nothing else is touched.
        let start = unsafe {
            libc::mmap(
                core::ptr::null_mut(),
                bytes,
                protection,
                libc::MAP_SHARED | libc::MAP_POPULATE,
                fd,
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let start = NonNull::new(start.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { start, bytes })
    }

    /// The slots of both rings. They are valid for as long as the mapping.
    pub(crate) fn slots(
        &self,
        receive: &Dimensions,
        transmit: Option<&Dimensions>,
    ) -> (Slots, Slots) {
        // SAFETY: the mapping holds the receive ring, and behind it the transmit ring.
        let behind = unsafe { self.start.add(receive.bytes()) };
        let transmit = transmit.copied().unwrap_or(Dimensions {
            slots: 1,
            slot_size: 0,
        });
        (
            Slots::new(self.start, *receive),
            Slots::new(behind, transmit),
        )
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: `start` and `bytes` are those of our mapping; its owner drops it after all slots.
        let _ = unsafe { libc::munmap(self.start.as_ptr().cast(), self.bytes) };
    }
}

/// The slots of one ring. Owned beside the mapping that they point into.
#[derive(Debug)]
pub(crate) struct Slots {
    start: NonNull<u8>,
    mask: u32,
    slot_size: usize,
}

// SAFETY: see `Mapping`; the kernel and this process agree by the status word of each slot.
unsafe impl Send for Slots {}

impl Slots {
    fn new(start: NonNull<u8>, dimensions: Dimensions) -> Self {
        Self {
            start,
            mask: dimensions.slots - 1,
            slot_size: dimensions.slot_size as usize,
        }
    }

    pub(crate) fn count(&self) -> u32 {
        self.mask + 1
    }

    pub(crate) fn slot_size(&self) -> usize {
        self.slot_size
    }

    /// The slot of a running number.
    pub(crate) fn slot(&self, number: u32) -> Slot {
        let offset = (number & self.mask) as usize * self.slot_size;
        // SAFETY: the mask keeps the offset within the ring.
        Slot(unsafe { self.start.add(offset) })
    }
}

/// One slot: a status word, the rest of the kernel's header, an address, a frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot(NonNull<u8>);

impl Slot {
    /// Who owns the slot, and what the kernel says of the frame. Orders all later reads behind it.
    pub(crate) fn status(self) -> u32 {
        self.word().load(Ordering::Acquire)
    }

    /// Hands the slot over. Orders all earlier reads and writes before it.
    pub(crate) fn set_status(self, status: u32) {
        self.word().store(status, Ordering::Release);
    }

    fn word<'a>(self) -> &'a AtomicU32 {
        // SAFETY: the header starts with the status, aligned to the slot; the kernel, too, only
        // reads and writes it whole. The mapping outlives every use within this crate.
        unsafe { AtomicU32::from_ptr(self.0.as_ptr().cast()) }
    }

    pub(crate) fn header(self) -> *mut libc::tpacket2_hdr {
        self.0.as_ptr().cast()
    }

    pub(crate) fn address(self) -> *const libc::sockaddr_ll {
        // SAFETY: within the slot, which is never smaller than the header and the address.
        unsafe { self.0.add(ADDRESS_OFFSET) }.as_ptr().cast()
    }

    pub(crate) fn bytes(self) -> *mut u8 {
        self.0.as_ptr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_hold_every_frame_of_the_mtu() {
        for mtu in [0, 68, 1280, 1462, 1500, 1600, 9000, 65_535] {
            let size = slot_size(mtu);
            assert!(size.is_power_of_two() && size >= mtu + OVERHEAD, "{mtu}");
            assert!(mtu_of(size as usize) >= mtu, "{mtu}");
        }
        assert_eq!(slot_size(1500), 2048);
    }

    #[test]
    fn a_ring_is_made_of_whole_blocks() {
        for (slots, size) in [(1, 256), (5, 2048), (1024, 2048), (3, 1 << 17)] {
            let request = Dimensions::new(slots, size).unwrap().request();
            assert!(request.tp_frame_nr >= slots && request.tp_block_nr > 0);
            assert_eq!(
                request.tp_block_size / request.tp_frame_size * request.tp_block_nr,
                request.tp_frame_nr
            );
        }
    }

    #[test]
    fn impossible_rings_are_refused() {
        for (slots, size) in [
            (0, 2048),
            (8, 2000),
            (8, 128),
            (u32::MAX, 2048),
            (1 << 20, 4096),
        ] {
            assert!(Dimensions::new(slots, size).is_err(), "{slots} x {size}");
        }
    }
}
