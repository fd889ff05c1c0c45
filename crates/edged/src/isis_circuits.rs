//! IS-IS on Ethernet interfaces (RFC 5309): LLC frames in and out, and nothing else.
//!
//! A received frame is copied out of its ring, so that the answer may leave by the same interface. These
//! are control frames: they are few.

use std::os::fd::{AsFd, BorrowedFd};

use anyhow::Context;
use edge::EthernetCircuitId;
use edge_api::{DropReason, EdgeConfig};
use linux_net::packet_socket::{Frames, RingConfig, TransmitError};
use linux_net::route::Links;
use wire::FrameRef;

use crate::attached_ring::{AttachedRing, Condition};

/// Frames on the way in, for a neighbour that floods a whole database at once.
const RECEIVE_SLOTS: u32 = 512;
const TRANSMIT_SLOTS: u32 = 128;
/// The shortest Ethernet frame, without its checksum (IEEE 802.3 s3.2.8). No driver pads for a cable
/// between namespaces.
const LEAST_FRAME: usize = 60;
/// What IS-IS has to be able to send: an LSP of 1492 bytes (ISO 10589 s7.3.5) behind the LLC header.
pub(crate) const NEEDED_MTU: u32 = 1495;

/// One circuit: a packet ring on an interface.
struct IsisCircuit {
    name: String,
    attached: AttachedRing,
}

/// All Ethernet circuits, by [`EthernetCircuitId`].
pub(crate) struct IsisCircuits {
    circuits: Vec<IsisCircuit>,
    links: Links,
}

impl IsisCircuits {
    pub(crate) fn open(config: &EdgeConfig) -> anyhow::Result<Self> {
        let mut links = Links::open()?;
        let rings = |usual| RingConfig {
            receive_slots: RECEIVE_SLOTS,
            transmit_slots: TRANSMIT_SLOTS,
            // A capture on the interface is to see what is said there.
            bypass_qdisc: false,
            frames: Frames::IsIs,
            ..usual
        };
        let mut circuits = Vec::new();
        for circuit in &config.isis_circuits {
            let name = circuit.name.clone();
            let attached = AttachedRing::open(&circuit.interface, rings, &mut links)
                .with_context(|| format!("IS-IS circuit `{name}`"))?;
            circuits.push(IsisCircuit { name, attached });
        }
        Ok(Self { circuits, links })
    }

    /// Follows the interfaces.
    pub(crate) fn follow(&mut self) {
        for circuit in &mut self.circuits {
            circuit.attached.follow(&mut self.links);
        }
    }

    /// What is wrong with circuits now, and which of them is too narrow for an LSP.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let of = |circuit: &IsisCircuit| {
            let what = format!("IS-IS circuit `{}`", circuit.name);
            let mut warnings = circuit.attached.warnings(&what);
            let mtu = circuit.attached.interface().mtu;
            if mtu < NEEDED_MTU {
                warnings.push(format!(
                    "LSPs do not fit through {what} (MTU {mtu}): raise it to {NEEDED_MTU}"
                ));
            }
            warnings
        };
        self.circuits.iter().flat_map(of).collect()
    }

    pub(crate) fn count(&self) -> usize {
        self.circuits.len()
    }

    pub(crate) fn fd(&self, index: usize) -> BorrowedFd<'_> {
        self.circuits[index].attached.as_fd()
    }

    /// The next frame that has arrived at a circuit, from the destination address on.
    pub(crate) fn receive(&mut self, index: usize) -> Option<Result<Vec<u8>, DropReason>> {
        let packet = self.circuits[index].attached.ring.receive()?;
        Some(if packet.is_truncated() {
            Err(DropReason::Truncated)
        } else if packet.tag_protocol().is_some() {
            Err(DropReason::NotIsis)
        } else {
            Ok(packet.data().to_vec())
        })
    }

    /// Sends a frame at once, padded, with the interface's address as its source.
    pub(crate) fn send(
        &mut self,
        id: EthernetCircuitId,
        frame: FrameRef<'_>,
    ) -> Result<(), DropReason> {
        let attached = &mut self.circuits[usize::from(id.0)].attached;
        if attached.condition() != Condition::Running {
            return Err(DropReason::PortDown);
        }
        let own = attached.interface().mac.octets();
        let ring = &mut attached.ring;
        let length = frame.encoded_len();
        let fill = |slot: &mut [u8]| {
            let written = frame.write_to(slot);
            debug_assert_eq!(written, Ok(length));
            slot[6..12].copy_from_slice(&own);
            slot[length..].fill(0);
        };
        let padded = length.max(LEAST_FRAME);
        let mut result = ring.transmit(padded, fill);
        if result == Err(TransmitError::RingFull) {
            let _ = ring.flush();
            result = ring.transmit(padded, fill);
        }
        result.map_err(|error| match error {
            TransmitError::RingFull => DropReason::TransmitRingFull,
            TransmitError::TooLong { .. } => DropReason::ExceedsPublicMtu,
            TransmitError::TooShort(_) => DropReason::Malformed,
        })
    }

    /// Whether marked frames wait for a [`IsisCircuits::flush`].
    pub(crate) fn has_marked(&self) -> bool {
        let mut circuits = self.circuits.iter();
        circuits.any(|circuit| circuit.attached.ring.has_marked())
    }

    /// Lets marked frames go; names those that a circuit could not take, one by one.
    pub(crate) fn flush(&mut self, mut dropped: impl FnMut(EthernetCircuitId, DropReason)) {
        for (id, circuit) in (0..).map(EthernetCircuitId).zip(&mut self.circuits) {
            circuit.attached.flush();
            let unsent = circuit.attached.ring.take_unsent();
            (0..unsent.discarded).for_each(|_| dropped(id, DropReason::PortDown));
            (0..unsent.refused).for_each(|_| dropped(id, DropReason::ExceedsPublicMtu));
        }
    }

    /// Clears the error of a circuit that waiting is woken by, for example after its link went down.
    pub(crate) fn clear_error(&mut self, index: usize) {
        self.circuits[index].attached.clear_error();
    }
}
