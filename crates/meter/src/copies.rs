//! What flood entries cost: probes that an edge device sent on more than one EVI link.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::capture::{CapturePoint, Direction, PointId, Role, Seen};
use crate::{FlowId, Sequence};

/// Copies of one flow's probes on the uplinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Copies {
    /// The flow.
    pub flow: FlowId,
    /// Probes that left an edge device on an EVI link.
    pub tunnelled: u64,
    /// Probes that left one edge device on more than one EVI link.
    pub flooded: u64,
    /// Tunnel packets beyond the first of each probe and edge device.
    pub extra_packets: u64,
    /// Their bytes on the uplink, all headers included.
    pub extra_bytes: u64,
}

/// Counts the copies of each flow, in the order of the flows. Flows that met no tunnel are left out.
#[must_use]
pub fn count(points: &[CapturePoint], seen: &[Seen]) -> Vec<Copies> {
    let uplinks = points.iter().filter(|point| point.role == Role::Uplink);
    let uplinks: BTreeSet<PointId> = uplinks.map(|point| point.id).collect();
    let sent = seen.iter().filter(|seen| {
        seen.direction == Direction::Out && seen.tunnel.is_some() && uplinks.contains(&seen.point)
    });
    let mut probes: BTreeMap<(FlowId, Sequence, PointId), (u64, u64)> = BTreeMap::new();
    for seen in sent {
        let (packets, extra_bytes) = probes
            .entry((seen.flow, seen.sequence, seen.point))
            .or_default();
        *packets += 1;
        if *packets > 1 {
            *extra_bytes += u64::from(seen.length);
        }
    }
    let mut flows: BTreeMap<FlowId, Copies> = BTreeMap::new();
    for ((flow, ..), (packets, extra_bytes)) in probes {
        let copies = flows.entry(flow).or_insert(Copies {
            flow,
            tunnelled: 0,
            flooded: 0,
            extra_packets: 0,
            extra_bytes: 0,
        });
        copies.tunnelled += 1;
        copies.flooded += u64::from(packets > 1);
        copies.extra_packets += packets - 1;
        copies.extra_bytes += extra_bytes;
    }
    flows.into_values().collect()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use wire::Timestamp;

    use super::*;
    use crate::sighting::Tunnel;

    fn sent(sequence: u32, point: u16, destination: u8) -> Seen {
        let source = Ipv4Addr::new(10, 0, 0, 1);
        Seen {
            flow: FlowId(1),
            sequence: Sequence(sequence),
            point: PointId(point),
            direction: Direction::Out,
            at: Timestamp::ZERO,
            tunnel: Some(Tunnel {
                source,
                destination: Ipv4Addr::new(10, 0, 0, destination),
            }),
            length: 142,
        }
    }

    fn point(id: u16, role: Role) -> CapturePoint {
        let name = |text: &str| text.into();
        let (node, interface, beyond) = (name("ed-a"), name("uplink"), name("wan"));
        CapturePoint {
            id: PointId(id),
            node,
            interface,
            role,
            beyond,
            missed: 0,
        }
    }

    #[test]
    fn only_tunnel_packets_beyond_the_first_are_extra() {
        let points = [
            point(1, Role::Uplink),
            point(2, Role::Uplink),
            point(3, Role::HostLink),
        ];
        let seen = [
            sent(0, 1, 2), // unicast
            sent(1, 1, 2), // on both EVI links
            sent(1, 1, 3),
            Seen {
                direction: Direction::In,
                ..sent(1, 2, 2)
            }, // arrives at the other device
            Seen {
                tunnel: None,
                ..sent(1, 3, 2)
            },
        ];
        let expected = Copies {
            flow: FlowId(1),
            tunnelled: 2,
            flooded: 1,
            extra_packets: 1,
            extra_bytes: 142,
        };
        assert_eq!(count(&points, &seen), [expected]);
        assert_eq!(count(&points, &seen[3..]), []);
    }
}
