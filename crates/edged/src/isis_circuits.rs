//! IS-IS on Ethernet interfaces (RFC 5309): LLC frames in and out, and nothing else.
//!
//! A received frame is copied out of its ring, so that the answer may leave by the same interface. These
//! are control frames: they are few.

use std::os::fd::{AsFd, BorrowedFd};

use anyhow::Context;
use edge::{Egress, EthernetCircuitId, LinkId, PortId};
use edge_api::{DropReason, EdgeConfig};
use linux_net::interface::{self, Interface};
use linux_net::packet_socket::{Frames, PacketRing, RingConfig, TransmitError};
use tracing::warn;
use wire::FrameRef;

use crate::tunnel::Tunnel;

/// Frames on the way in, for a neighbour that floods a whole database at once.
const RECEIVE_SLOTS: u32 = 512;
const TRANSMIT_SLOTS: u32 = 128;
/// The shortest Ethernet frame, without its checksum (IEEE 802.3 s3.2.8). No driver pads for a cable
/// between namespaces.
const LEAST_FRAME: usize = 60;
/// What IS-IS has to be able to send: an LSP of 1492 bytes (ISO 10589 s7.3.5) behind the LLC header.
const NEEDED_MTU: u32 = 1495;

/// One circuit: a packet ring on an interface.
struct IsisCircuit {
    interface: Interface,
    ring: PacketRing,
}

/// All Ethernet circuits, by [`EthernetCircuitId`].
pub(crate) struct IsisCircuits(Vec<IsisCircuit>);

impl IsisCircuits {
    pub(crate) fn open(config: &EdgeConfig) -> anyhow::Result<Self> {
        let open = |name: &str| -> anyhow::Result<IsisCircuit> {
            let interface = interface::lookup(name)?;
            let rings = RingConfig {
                receive_slots: RECEIVE_SLOTS,
                transmit_slots: TRANSMIT_SLOTS,
                // A capture on the interface is to see what is said there.
                bypass_qdisc: false,
                frames: Frames::IsIs,
                ..RingConfig::for_mtu(interface.mtu)
            };
            let ring = PacketRing::open(&interface, rings)?;
            Ok(IsisCircuit { interface, ring })
        };
        let circuits = config.isis_circuits.iter().map(|circuit| {
            open(&circuit.interface).with_context(|| format!("IS-IS circuit `{}`", circuit.name))
        });
        Ok(Self(circuits.collect::<anyhow::Result<_>>()?))
    }

    /// One warning for each circuit that is too narrow for an LSP.
    pub(crate) fn mtu_warnings(&self) -> impl Iterator<Item = String> + '_ {
        let narrow = self.0.iter().map(|circuit| &circuit.interface);
        narrow.filter(|i| i.mtu < NEEDED_MTU).map(|interface| {
            let Interface { name, mtu, .. } = interface;
            format!(
                "LSPs do not fit through IS-IS circuit {name} (MTU {mtu}): raise it to {NEEDED_MTU}"
            )
        })
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn fd(&self, index: usize) -> BorrowedFd<'_> {
        self.0[index].ring.as_fd()
    }

    /// The next frame that has arrived at a circuit, from the destination address on.
    pub(crate) fn receive(&mut self, index: usize) -> Option<Result<Vec<u8>, DropReason>> {
        let packet = self.0[index].ring.receive()?;
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
        let IsisCircuit { interface, ring } = &mut self.0[usize::from(id.0)];
        let length = frame.encoded_len();
        let fill = |slot: &mut [u8]| {
            let written = frame.write_to(slot);
            debug_assert_eq!(written, Ok(length));
            slot[6..12].copy_from_slice(&interface.mac.octets());
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
        self.0.iter().any(|circuit| circuit.ring.has_marked())
    }

    pub(crate) fn flush(&mut self) {
        for circuit in &mut self.0 {
            if let Err(error) = circuit.ring.flush() {
                warn!(interface = circuit.interface.name, "cannot send: {error}");
            }
        }
    }

    /// Clears the error of a circuit that `poll` complains about, for example after its link went down.
    pub(crate) fn clear_error(&self, index: usize) {
        let circuit = &self.0[index];
        match circuit.ring.take_error() {
            Ok(Some(error)) => warn!(interface = circuit.interface.name, "{error}"),
            Ok(None) => {}
            Err(error) => warn!(
                interface = circuit.interface.name,
                "cannot read its error: {error}"
            ),
        }
    }
}

/// For a frame from an IS-IS circuit: IS-IS alone. No ring of a site, and no data on the public side.
pub(crate) struct FromCircuit<'a, T> {
    pub(crate) tunnel: &'a mut T,
    pub(crate) circuits: &'a mut IsisCircuits,
}

impl<T: Tunnel> Egress for FromCircuit<'_, T> {
    fn send_site(&mut self, _: PortId, _: FrameRef<'_>) -> Result<(), DropReason> {
        Err(DropReason::SplitHorizon)
    }

    fn send_link(&mut self, _: LinkId, _: FrameRef<'_>) -> Result<(), DropReason> {
        Err(DropReason::SplitHorizon)
    }

    fn send_control(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.tunnel.send_by_kernel(link, frame)
    }

    fn send_circuit(
        &mut self,
        circuit: EthernetCircuitId,
        frame: FrameRef<'_>,
    ) -> Result<(), DropReason> {
        self.circuits.send(circuit, frame)
    }
}
