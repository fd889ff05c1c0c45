//! Whatever arrives: no panic, no busy loop, bounded state.

use crate::bench;

use bench::{Bench, circuit_to, mac, system};
use isis::{Instance, TimerProfile};
use proptest::prelude::*;
use wire::isis::{Csnp, Lsp, LspEntry, LspFlags, NodeId, Psnp, Tlv};
use wire::{LspId, Timestamp};

fn settled() -> Bench {
    let mut bench = Bench::mesh(2, TimerProfile::Cisco.timers());
    bench.advertise(0, mac(1));
    bench.settle();
    bench
}

#[derive(Clone, Debug)]
enum Input {
    Bytes(Vec<u8>),
    Lsp(u8, u8, u32, u16, Vec<u8>),
    Entries(bool, Vec<(u8, u8, u32, u16)>),
    Advertise(u32),
    Withdraw(u32),
    Wait(u64),
}

fn input() -> impl Strategy<Value = Input> {
    let sequence = prop_oneof![0..8_u32, Just(u32::MAX), Just(u32::MAX - 1)];
    let entry = (0..4_u8, 0..3_u8, sequence.clone(), 0..3_u16);
    let bytes = proptest::collection::vec(any::<u8>(), 0..80);
    prop_oneof![
        bytes.clone().prop_map(Input::Bytes),
        (0..4_u8, 0..3_u8, sequence, 0..3_u16, bytes)
            .prop_map(|(s, f, q, l, b)| Input::Lsp(s, f, q, l, b)),
        (any::<bool>(), proptest::collection::vec(entry, 0..20))
            .prop_map(|(c, e)| Input::Entries(c, e)),
        (0..400_u32).prop_map(Input::Advertise),
        (0..400_u32).prop_map(Input::Withdraw),
        (0..2_000_000_000_000_u64).prop_map(Input::Wait),
    ]
}

fn lsp_id(node: u8, fragment: u8) -> LspId {
    LspId {
        system: system(usize::from(node)),
        pseudonode: 0,
        fragment,
    }
}

fn pdu(input: &Input) -> Option<Vec<u8>> {
    match input {
        Input::Bytes(bytes) => {
            // A valid start, so that more than the first check is reached.
            let mut pdu = vec![0x83, 27, 1, 0, 18, 1, 0, 0];
            pdu.extend(bytes);
            Some(pdu)
        }
        Input::Lsp(node, fragment, sequence, lifetime, bytes) => {
            let raw = wire::isis::RawTlv {
                code: 147,
                value: bytes.clone(),
            };
            let lsp = Lsp {
                remaining_lifetime: *lifetime,
                id: lsp_id(*node, *fragment),
                sequence: *sequence,
                flags: LspFlags::LEVEL1,
                tlvs: vec![Tlv::Unknown(raw)],
            };
            lsp.encode().ok()
        }
        Input::Entries(complete, entries) => sequence_numbers(*complete, entries),
        _ => None,
    }
}

fn sequence_numbers(complete: bool, entries: &[(u8, u8, u32, u16)]) -> Option<Vec<u8>> {
    let entry = |&(node, fragment, sequence, remaining_lifetime): &(u8, u8, u32, u16)| LspEntry {
        remaining_lifetime,
        id: lsp_id(node, fragment),
        sequence,
        checksum: 1,
    };
    let entries: Vec<LspEntry> = entries.iter().map(entry).collect();
    let source = NodeId::of(system(1));
    match complete {
        true => Csnp::new(source, LspId::MIN, LspId::MAX, &entries).encode(),
        false => Psnp::new(source, &entries).encode(),
    }
    .ok()
}

/// Reads all that the instance gives; says how much that was.
fn drain(instance: &mut Instance) -> usize {
    let sent = std::iter::from_fn(|| instance.poll_transmit())
        .take(5000)
        .count();
    sent + std::iter::from_fn(|| instance.poll_event())
        .take(50_000)
        .count()
}

fn apply(instance: &mut Instance, now: &mut Timestamp, input: &Input) {
    match input {
        Input::Advertise(n) => instance.advertise(*now, mac(*n)),
        Input::Withdraw(n) => instance.withdraw(*now, mac(*n)),
        Input::Wait(nanos) => *now = *now + std::time::Duration::from_nanos(*nanos),
        other => {
            if let Some(pdu) = pdu(other) {
                let _counted_by_the_owner = instance.handle_pdu(*now, circuit_to(1), &pdu);
            }
        }
    }
    instance.handle_deadline(*now);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_inputs(inputs in proptest::collection::vec(input(), 1..60)) {
        let mut bench = settled();
        let mut now = bench.now;
        let instance = bench.nodes[0].as_mut().unwrap();
        for input in &inputs {
            apply(instance, &mut now, input);
            let next = instance.next_deadline();
            prop_assert!(next.is_some_and(|n| n > now), "busy after {input:?}");
            prop_assert!(drain(instance) < 5000, "endless output after {input:?}");
            let next = instance.next_deadline();
            prop_assert!(next.is_some_and(|n| n > now), "busy after draining {input:?}");
        }
    }

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut bench = settled();
        let now = bench.now;
        let result = bench.tell(0, |i, _| i.handle_pdu(now, circuit_to(1), &bytes));
        prop_assert!(result.is_err());
    }
}

#[test]
fn damage_on_the_way_is_seen() {
    let mut bench = settled();
    let mut lsp = Lsp {
        remaining_lifetime: 9,
        id: lsp_id(3, 0),
        sequence: 1,
        flags: LspFlags::LEVEL1,
        tlvs: vec![Tlv::HostName("x".into())],
    }
    .encode()
    .unwrap();
    *lsp.last_mut().unwrap() ^= 1;
    let result = bench.tell(0, |i, now| i.handle_pdu(now, circuit_to(1), &lsp));
    assert_eq!(result.unwrap_err().name(), "bad-checksum");
    *lsp.last_mut().unwrap() ^= 1;
    lsp.extend([0; 20]);
    let result = bench.tell(0, |i, now| i.handle_pdu(now, circuit_to(1), &lsp));
    assert_eq!(result, Ok(()), "padding after the PDU is ignored");
    assert!(
        bench
            .database(0)
            .iter()
            .any(|(id, ..)| id.starts_with("0200.0000.0004"))
    );
}
