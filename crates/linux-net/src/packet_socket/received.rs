//! A received frame, still in its slot of the ring.

use core::marker::PhantomData;

use wire::TagControl;

use super::ring::{Slot, Slots};

/// The tag protocol of a customer VLAN tag (IEEE 802.1Q-2018 s9.5).
const CUSTOMER_TAG: u16 = 0x8100;

/// One received frame. Dropping it hands its slot back to the kernel.
#[derive(Debug)]
pub struct ReceivedFrame<'ring> {
    slot: Slot,
    status: u32,
    header: libc::tpacket2_hdr,
    room: usize,
    ring: PhantomData<&'ring mut [u8]>,
}

/// Takes the slot at `next`, if the kernel has filled it.
pub(crate) fn take<'ring>(slots: &'ring Slots, next: &mut u32) -> Option<ReceivedFrame<'ring>> {
    let slot = slots.slot(*next);
    let status = slot.status();
    if status & libc::TP_STATUS_USER == 0 {
        return None;
    }
    *next = next.wrapping_add(1);
    // SAFETY: the status says that the slot is ours, and was read before; the kernel has filled the
    // header, which is plain data.
    let header = unsafe { slot.header().read() };
    Some(ReceivedFrame {
        slot,
        status,
        header,
        room: slots.slot_size(),
        ring: PhantomData,
    })
}

impl ReceivedFrame<'_> {
    /// The frame from the destination address on, without the tag in [`tag`](Self::tag). Shorter
    /// than the frame was when [`is_truncated`](Self::is_truncated).
    #[must_use]
    pub fn data(&self) -> &[u8] {
        let start = usize::from(self.header.tp_mac).min(self.room);
        let length = (self.header.tp_snaplen as usize).min(self.room - start);
        // SAFETY: within the slot, whatever the header says; ours until `self` is dropped.
        unsafe { core::slice::from_raw_parts(self.slot.bytes().add(start), length) }
    }

    /// The outer VLAN tag, which the kernel took out of the frame. `None` also for a service tag:
    /// see [`tag_protocol`](Self::tag_protocol).
    #[must_use]
    pub fn tag(&self) -> Option<TagControl> {
        (self.tag_protocol()? == CUSTOMER_TAG)
            .then(|| TagControl::from_bits(self.header.tp_vlan_tci))
    }

    /// The protocol of the tag that the kernel took out: 0x8100 for a customer tag, 0x88a8 for a
    /// service tag, `None` for an untagged frame.
    #[must_use]
    pub fn tag_protocol(&self) -> Option<u16> {
        let told = self.status & libc::TP_STATUS_VLAN_TPID_VALID != 0;
        (self.status & libc::TP_STATUS_VLAN_VALID != 0).then_some(if told {
            self.header.tp_vlan_tpid
        } else {
            CUSTOMER_TAG
        })
    }

    /// The whole 32 bits that the tag takes in a frame, as they would stand after the addresses.
    pub(crate) fn tag_bytes(&self) -> Option<[u8; 4]> {
        let [a, b] = self.tag_protocol()?.to_be_bytes();
        let [c, d] = self.header.tp_vlan_tci.to_be_bytes();
        Some([a, b, c, d])
    }

    /// The length of the frame on the link without the tag in [`tag`](Self::tag), in bytes.
    #[must_use]
    pub fn original_length(&self) -> u32 {
        self.header.tp_len
    }

    /// Whether the frame did not fit its slot, and [`data`](Self::data) is only its beginning.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.data().len() < self.header.tp_len as usize
    }

    /// Whether the sender left a checksum to be finished by hardware that is not there.
    #[must_use]
    pub fn checksum_is_unfinished(&self) -> bool {
        self.status & libc::TP_STATUS_CSUMNOTREADY != 0
    }

    /// When the kernel took the frame, in nanoseconds of `CLOCK_REALTIME`.
    #[must_use]
    pub fn timestamp_realtime_ns(&self) -> u64 {
        timestamp(&self.header)
    }

    /// `PACKET_OUTGOING` and the like (`packet(7)`).
    pub(crate) fn packet_type(&self) -> u8 {
        // SAFETY: the kernel has filled the address behind the header; any byte is a value.
        unsafe { (*self.slot.address()).sll_pkttype }
    }
}

impl Drop for ReceivedFrame<'_> {
    fn drop(&mut self) {
        self.slot.set_status(libc::TP_STATUS_KERNEL);
    }
}

/// The stamp in a header, in nanoseconds.
fn timestamp(header: &libc::tpacket2_hdr) -> u64 {
    u64::from(header.tp_sec) * 1_000_000_000 + u64::from(header.tp_nsec)
}
