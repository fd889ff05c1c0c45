use wire::isis::{P2pIih, ThreeWayNeighbor, ThreeWayState, Tlv};
use wire::{SystemId, Timestamp};

use super::*;
use crate::{CircuitConfig, InstanceConfig, PduDrop, TimerProfile};

/// RFC 5303 s3.2, every cell.
#[test]
fn transition_table_is_that_of_the_rfc() {
    use AdjacencyState::{Down, Initializing, Up};
    use Transition::{None, Stay, To};
    let received = [
        Received::ThreeWay(ThreeWayState::Down),
        Received::ThreeWay(ThreeWayState::Initializing),
        Received::ThreeWay(ThreeWayState::Up),
        Received::TwoWay,
    ];
    let table = [
        (Down, [To(Initializing), To(Up), None, To(Up)]),
        (Initializing, [Stay, To(Up), To(Up), To(Up)]),
        (Up, [To(Initializing), Stay, Stay, Stay]),
    ];
    for (ours, row) in table {
        for (received, expected) in received.into_iter().zip(row) {
            assert_eq!(
                transition(ours, received),
                expected,
                "{ours} hears {received:?}"
            );
        }
    }
}

fn config(last: u8) -> InstanceConfig {
    InstanceConfig {
        system_id: SystemId::new([2, 0, 0, 0, 0, last]),
        areas: vec!["49.0001".parse().unwrap()],
        hostname: None,
        ipv4_address: Ipv4Addr::new(10, 0, 0, last),
        timers: TimerProfile::Immediate.timers(),
        lsp_mtu: 1492,
        lsdb_limit: 100,
        authentication: None,
        graph: crate::GraphUse::Unused,
    }
}

fn circuit(id: u16) -> CircuitConfig {
    CircuitConfig {
        id: CircuitId(id),
        ipv4_address: Ipv4Addr::new(10, 0, 0, 1),
    }
}

fn hello_of_2() -> P2pIih {
    build(&config(2), &circuit(9), None, 30)
}

fn refusal(change: impl FnOnce(&mut P2pIih)) -> Option<PduDrop> {
    let mut iih = hello_of_2();
    change(&mut iih);
    accept(&config(1), &circuit(7), &iih).err()
}

#[test]
fn a_good_hello_is_heard() {
    let heard = accept(&config(1), &circuit(7), &hello_of_2()).unwrap();
    assert_eq!(heard.neighbour, config(2).system_id);
    assert_eq!(heard.received, Received::ThreeWay(ThreeWayState::Down));
    assert_eq!(heard.neighbour_circuit, Some(10));
    assert_eq!(heard.ipv4_address, Some(Ipv4Addr::new(10, 0, 0, 1)));
}

#[test]
fn hellos_that_do_not_fit_are_named() {
    use wire::isis::CircuitType;
    let ours = config(1).system_id;
    let without = |code: u8| move |iih: &mut P2pIih| iih.tlvs.retain(|t| t.code() != code);
    assert_eq!(refusal(|_| ()), None);
    assert_eq!(
        refusal(|i| i.source = ours),
        Some(PduDrop::DuplicateSystemId)
    );
    let level2 = |i: &mut P2pIih| i.circuit_type = CircuitType::Level2;
    assert_eq!(refusal(level2), Some(PduDrop::WrongLevel));
    assert_eq!(refusal(without(1)), Some(PduDrop::WrongArea));
    assert_eq!(refusal(without(129)), Some(PduDrop::NoCommonProtocol));
    // TLV 132 and TLV 240 may be missing.
    assert_eq!(refusal(without(132)), None);
    assert_eq!(refusal(without(240)), None);
}

#[test]
fn a_hello_for_another_circuit_is_refused() {
    for (system, circuit) in [(config(1).system_id, 9), (config(3).system_id, 8)] {
        let named = ThreeWayNeighbor { system, circuit };
        let change = |iih: &mut P2pIih| {
            for tlv in &mut iih.tlvs {
                if let Tlv::ThreeWayAdjacency(value) = tlv {
                    value.neighbor = Some(named);
                }
            }
        };
        assert_eq!(refusal(change), Some(PduDrop::ThreeWayMismatch));
    }
}

#[test]
fn our_hello_names_the_neighbour() {
    let adjacency = Adjacency {
        circuit: CircuitId(7),
        neighbour: config(2).system_id,
        state: AdjacencyState::Initializing,
        hold_expiry: Timestamp::ZERO,
        since: Timestamp::ZERO,
        ipv4_address: None,
        neighbour_circuit: Some(10),
    };
    let iih = build(&config(1), &circuit(7), Some(&adjacency), 30);
    let heard = accept(&config(2), &circuit(9), &iih).unwrap();
    assert_eq!(
        heard.received,
        Received::ThreeWay(ThreeWayState::Initializing)
    );
}
