//! IS-IS on Ethernet circuits (RFC 5309): the same instance as on EVI links, and never a frame of a site.

use edge_api::DropReason;
use wire::{FrameRef, Timestamp, llc};

use crate::interfaces::Medium;
use crate::{EdgeDevice, Egress, EthernetCircuitId, Verdict};

impl EdgeDevice {
    /// A frame from an Ethernet circuit. What is no IS-IS PDU is dropped.
    ///
    /// # Panics
    /// If `circuit` is not one of the configuration.
    pub fn handle_circuit_frame(
        &mut self,
        now: Timestamp,
        circuit: EthernetCircuitId,
        frame: FrameRef<'_>,
        egress: &mut impl Egress,
    ) -> Verdict {
        let number = usize::from(circuit.0);
        self.circuit_tallies[number].received(frame.encoded_len());
        let verdict = match (frame.tag(), llc::decode_osi_frame(&frame)) {
            (None, Ok(pdu)) => self.handle_isis_pdu(now, circuit.circuit(), pdu, egress),
            _ => Verdict::Dropped(DropReason::NotIsis),
        };
        if let Verdict::Dropped(reason) = verdict {
            self.circuit_tallies[number].dropped(reason);
        }
        verdict
    }

    /// Counts a frame that the driver dropped before it was one of a circuit's.
    pub fn count_circuit_drop(&mut self, circuit: EthernetCircuitId, reason: DropReason) {
        self.circuit_tallies[usize::from(circuit.0)].dropped(reason);
    }

    /// Sends a PDU on whatever its circuit runs over.
    pub(crate) fn send_isis_pdu(
        &mut self,
        circuit: isis::CircuitId,
        pdu: &[u8],
        egress: &mut impl Egress,
    ) {
        let medium = Medium::of(circuit);
        let bytes = llc::encode_osi_frame(llc::ALL_ISS, self.isis_source, pdu);
        let sent = match bytes.as_deref().map(FrameRef::parse) {
            Ok(Ok(frame)) => match medium {
                Medium::Link(link) => egress.send_control(link, frame),
                Medium::Ethernet(circuit) => egress.send_circuit(circuit, frame),
            },
            _ => Err(DropReason::ExceedsPublicMtu),
        };
        let length = bytes.map_or(0, |bytes| bytes.len());
        match medium {
            Medium::Link(link) => self.tally_link(link, length, sent),
            Medium::Ethernet(circuit) => {
                let tally = &mut self.circuit_tallies[usize::from(circuit.0)];
                match sent {
                    Ok(()) => tally.sent(length),
                    Err(reason) => tally.dropped(reason),
                }
            }
        }
    }
}
