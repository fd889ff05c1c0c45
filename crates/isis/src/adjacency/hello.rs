//! Point-to-point hellos: what is said and what is accepted (ISO 10589 s8.2, RFC 1195, RFC 5303).

use std::net::Ipv4Addr;

use wire::SystemId;
use wire::isis::{
    AreaAddress, CircuitType, P2pIih, ThreeWayAdjacency, ThreeWayNeighbor, Tlv, nlpid,
};

use super::{Adjacency, AdjacencyState, Received};
use crate::{CircuitConfig, InstanceConfig, PduDrop};

/// What an acceptable hello says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heard {
    pub(crate) neighbour: SystemId,
    pub(crate) received: Received,
    pub(crate) neighbour_circuit: Option<u32>,
    /// Seconds.
    pub(crate) holding_time: u16,
    pub(crate) ipv4_address: Option<Ipv4Addr>,
}

/// Checks a hello heard on `circuit` against our configuration.
pub(crate) fn accept(
    config: &InstanceConfig,
    circuit: &CircuitConfig,
    iih: &P2pIih,
) -> Result<Heard, PduDrop> {
    if iih.source == config.system_id {
        return Err(PduDrop::DuplicateSystemId);
    }
    if iih.circuit_type == CircuitType::Level2 {
        return Err(PduDrop::WrongLevel);
    }
    if !iih.area_addresses().any(|a| config.areas.contains(&a)) {
        return Err(PduDrop::WrongArea);
    }
    if !speaks_ipv4(&iih.tlvs) {
        return Err(PduDrop::NoCommonProtocol);
    }
    let three_way = three_way_for_us(config, circuit, iih)?;
    Ok(Heard {
        neighbour: iih.source,
        received: three_way.map_or(Received::TwoWay, |t| Received::ThreeWay(t.state)),
        neighbour_circuit: three_way.map(|t| t.circuit),
        holding_time: iih.holding_time,
        ipv4_address: first_address(&iih.tlvs),
    })
}

/// RFC 5303 s3.2: a hello whose TLV 240 names another system or circuit is not for us.
fn three_way_for_us<'a>(
    config: &InstanceConfig,
    circuit: &CircuitConfig,
    iih: &'a P2pIih,
) -> Result<Option<&'a ThreeWayAdjacency>, PduDrop> {
    let three_way = iih.three_way();
    let named = three_way.and_then(|t| t.neighbor);
    let us = ThreeWayNeighbor {
        system: config.system_id,
        circuit: circuit.extended_id(),
    };
    match named {
        Some(other) if other != us => Err(PduDrop::ThreeWayMismatch),
        _ => Ok(three_way),
    }
}

fn speaks_ipv4(tlvs: &[Tlv]) -> bool {
    tlvs.iter().any(|tlv| match tlv {
        Tlv::ProtocolsSupported(protocols) => protocols.contains(&nlpid::IPV4),
        _ => false,
    })
}

fn first_address(tlvs: &[Tlv]) -> Option<Ipv4Addr> {
    tlvs.iter().find_map(|tlv| match tlv {
        Tlv::Ipv4InterfaceAddresses(addresses) => addresses.first().copied(),
        _ => None,
    })
}

/// The hello that tells `adjacency` (or that there is none) to whoever is on `circuit`.
pub(crate) fn build(
    config: &InstanceConfig,
    circuit: &CircuitConfig,
    adjacency: Option<&Adjacency>,
    holding_time: u16,
) -> P2pIih {
    let neighbor = adjacency.and_then(|a| {
        Some(ThreeWayNeighbor {
            system: a.neighbour,
            circuit: a.neighbour_circuit?,
        })
    });
    let state = adjacency.map_or(AdjacencyState::Down, |a| a.state);
    P2pIih {
        circuit_type: CircuitType::Level1,
        source: config.system_id,
        holding_time,
        // Eight bits are left of the circuit ID here; TLV 240 has all of it.
        local_circuit: circuit.extended_id().to_be_bytes()[3],
        tlvs: vec![
            Tlv::ThreeWayAdjacency(ThreeWayAdjacency {
                state: state.three_way(),
                circuit: circuit.extended_id(),
                neighbor,
            }),
            area_tlv(&config.areas),
            Tlv::ProtocolsSupported(vec![nlpid::IPV4]),
            Tlv::Ipv4InterfaceAddresses(vec![circuit.ipv4_address]),
        ],
    }
}

/// TLV 1 of hellos and LSPs.
pub(crate) fn area_tlv(areas: &[AreaAddress]) -> Tlv {
    Tlv::AreaAddresses(areas.to_vec())
}
