//! Frames out of the rings, a batch from each in turn.

use edge::{EthernetCircuitId, PortId};
use edge_api::DropReason;
use linux_net::clock;
use wire::{FrameRef, Timestamp};

use super::Forwarder;
use crate::egress::{ControlAlone, FromCircuit, FromPublic, FromSite, NoSite};
use crate::replies;
use crate::tunnel::Tunnel;

/// Frames taken from one ring before the others have their turn.
const BATCH: usize = replies::LIMIT;
/// Rounds of batches before anything else has its turn.
const ROUNDS: usize = 16;

impl<T: Tunnel> Forwarder<T> {
    /// Takes what has arrived, a batch from each ring in turn, until all are empty or deadlines and
    /// questions have waited long enough: what is left wakes the loop again at once.
    pub(super) fn forward(&mut self) {
        for _ in 0..ROUNDS {
            let now = clock::monotonic();
            let mut taken = self.take_from_tunnel(now);
            for port in 0..self.ports.count() {
                taken += self.take_from_port(now, port);
            }
            for circuit in 0..self.circuits.count() {
                taken += self.take_from_circuit(now, circuit);
            }
            self.flush();
            if taken < BATCH {
                return;
            }
        }
    }

    fn take_from_port(&mut self, now: Timestamp, index: usize) -> usize {
        let Self {
            device,
            ports,
            tunnel,
            circuits,
            ..
        } = self;
        let Ok(port) = u16::try_from(index).map(PortId) else {
            return 0;
        };
        let taken = ports.receive(index, BATCH, |frame, others| match frame {
            Ok(frame) => {
                let mut egress = FromSite {
                    site: others,
                    public: tunnel,
                    circuits,
                };
                let _ = device.handle_site_frame(now, port, frame, &mut egress);
            }
            Err(reason) => device.count_site_drop(port, reason),
        });
        ports.send_replies(index, |reason| device.count_site_drop(port, reason));
        taken
    }

    fn take_from_tunnel(&mut self, now: Timestamp) -> usize {
        let Self {
            device,
            ports,
            tunnel,
            circuits,
            ..
        } = self;
        tunnel.receive(BATCH, |frame, kernel| match frame {
            Ok((link, frame)) => {
                let mut egress = FromPublic {
                    site: ports,
                    public: kernel,
                    circuits,
                };
                let _ = device.handle_public_frame(now, link, frame, &mut egress);
            }
            Err(reason) => device.count_uplink_drop(reason),
        })
    }

    fn take_from_circuit(&mut self, now: Timestamp, index: usize) -> usize {
        let Ok(id) = u16::try_from(index).map(EthernetCircuitId) else {
            return 0;
        };
        for taken in 0..BATCH {
            let Some(bytes) = self.circuits.receive(index) else {
                return taken;
            };
            match bytes.as_deref().map(FrameRef::parse_untagged) {
                Ok(Ok(frame)) => {
                    let mut egress = FromCircuit {
                        site: NoSite,
                        public: ControlAlone(&mut self.tunnel),
                        circuits: &mut self.circuits,
                    };
                    let _ = self
                        .device
                        .handle_circuit_frame(now, id, frame, &mut egress);
                }
                Ok(Err(_)) => self.device.count_circuit_drop(id, DropReason::Malformed),
                Err(reason) => self.device.count_circuit_drop(id, *reason),
            }
        }
        BATCH
    }
}
