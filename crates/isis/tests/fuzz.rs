//! An instance in a settled network, with whatever its neighbour may send. `just fuzz` runs it for longer.

#![allow(clippy::unwrap_used)] // The exemption for tests does not reach their helpers.

mod bench;

use std::time::Duration;

use bench::{Bench, circuit_to, mac, secs, system};
use bolero::check;
use bolero::generator::{ValueGenerator, produce};
use isis::{Event, Instance, TimerProfile};
use noise::{Circuit, Draw, Input, damage};
use wire::Timestamp;
use wire::isis::Pdu;

/// Long enough for some dozens of things to happen.
fn story() -> impl ValueGenerator<Output = Vec<u8>> {
    produce::<Vec<u8>>().with().len(500..2000_usize)
}

/// How long each target runs in `cargo test`.
const BRIEFLY: Duration = Duration::from_millis(1500);
/// LSPs that the database of the device under test holds.
const LIMIT: usize = 64;
/// Own LSPs and purges of what only seems to be its own come on top.
const OWN: usize = 256;

const FROM_NEIGHBOUR: Circuit = Circuit {
    from: wire::SystemId::new([2, 0, 0, 0, 0, 2]),
    to: wire::SystemId::new([2, 0, 0, 0, 0, 1]),
    number: 2,
};

fn settled(key: Option<&str>) -> Bench {
    let timers = TimerProfile::Cisco.timers();
    let mut bench = Bench::mesh(2, timers);
    for node in 0..2 {
        let config = isis::InstanceConfig {
            lsdb_limit: LIMIT,
            authentication: key.map(|key| key.parse().unwrap()),
            ..bench::config(node, timers)
        };
        bench.start(node, config);
    }
    bench.advertise(0, mac(1));
    bench.settle();
    assert_eq!(
        (system(1), system(0)),
        (FROM_NEIGHBOUR.from, FROM_NEIGHBOUR.to)
    );
    bench
}

/// What the decoder takes in place of what the encoder writes, in an LSP that is passed on: the common
/// header is outside the checksum, and goes on as it came (ISO 10589 7.3.15.1). The ID length may be given
/// as 6, the maximum of areas as 3 (9.9); the upper bits of the type's octet and octet 7 are reserved, and
/// ignored. All else is canonical: the discriminator, the header's length, both versions, and the type.
fn canonical(passed_on: &[u8]) -> Vec<u8> {
    let mut pdu = passed_on.to_vec();
    let [_, _, _, id_length, kind, _, reserved, areas, ..] = pdu.as_mut_slice() else {
        panic!("no common header: {passed_on:?}");
    };
    *kind &= 0x1f;
    *reserved = 0;
    for (octet, spelt_out) in [(id_length, 6), (areas, 3)] {
        if *octet == spelt_out {
            *octet = 0;
        }
    }
    pdu
}

fn look_at(bytes: &[u8]) {
    let pdu = Pdu::decode(bytes).unwrap();
    let again = pdu.encode().unwrap();
    match &pdu {
        Pdu::Lsp(lsp) if lsp.id.system != system(0) => {
            assert_eq!(again, canonical(bytes), "not canonical: {pdu:?}");
        }
        _ => assert_eq!(again, bytes, "not canonical: {pdu:?}"),
    }
}

/// Reads all that the instance gives, and looks at each PDU.
fn drain(instance: &mut Instance) {
    for _ in 0..5000 {
        let Some(transmit) = instance.poll_transmit() else {
            break;
        };
        assert_eq!(transmit.circuit, circuit_to(1));
        look_at(&transmit.pdu);
    }
    assert_eq!(instance.poll_transmit(), None, "endless output");
    let mut known = 0;
    while let Some(event) = instance.poll_event() {
        known += usize::from(matches!(event, Event::ReachabilityAdded { .. }));
    }
    assert!(known <= 256 * 240, "more than an LSP can list");
}

/// One thing that may happen to an instance.
fn happen(draw: &mut Input<'_>, instance: &mut Instance, now: &mut Timestamp) {
    match draw.below(8) {
        0 => *now = *now + Duration::from_millis(u64::from(draw.short()) * 20),
        1 => instance.advertise(*now, mac(draw.below(300))),
        2 => instance.withdraw(*now, mac(draw.below(300))),
        _ => {
            let mut pdu = noise::pdu(draw, FROM_NEIGHBOUR);
            if draw.one_in(4) {
                damage(draw, &mut pdu);
            }
            let _counted_by_the_owner = instance.handle_pdu(*now, circuit_to(1), &pdu);
        }
    }
    instance.handle_deadline(*now);
    drain(instance);
    let next = instance.next_deadline();
    assert!(next.is_some_and(|next| next > *now), "it spins");
    assert!(instance.lsdb().count() <= LIMIT + OWN, "beyond the limit");
}

#[test]
fn fuzz_instance() {
    check!()
        .with_test_time(BRIEFLY)
        .with_generator(story())
        .for_each(|bytes| {
            let mut bench = settled(None);
            let mut now = bench.now;
            let mut draw = Input::new(bytes);
            let instance = bench.nodes[0].as_mut().unwrap();
            while !draw.is_empty() {
                happen(&mut draw, instance, &mut now);
            }
            // All lifetimes end, and nothing of it is left.
            for _ in 0..20 {
                now = now + secs(3600);
                instance.handle_deadline(now);
                drain(instance);
            }
            let foreign = instance.lsdb().filter(|lsp| !lsp.own).count();
            assert_eq!(foreign, 0, "an LSP outlived its lifetime");
            assert_eq!(instance.reachable_macs(system(1)).count(), 0);
        });
}

/// PDUs without a digest change nothing.
#[test]
fn fuzz_instance_with_key() {
    check!()
        .with_test_time(BRIEFLY)
        .with_generator(story())
        .for_each(|bytes| {
            let mut bench = settled(Some("secret"));
            let now = bench.now;
            let before = bench.database(0);
            let mut draw = Input::new(bytes);
            let instance = bench.nodes[0].as_mut().unwrap();
            while !draw.is_empty() {
                let mut pdu = noise::pdu(&mut draw, FROM_NEIGHBOUR);
                if draw.one_in(4) {
                    damage(&mut draw, &mut pdu);
                }
                let result = instance.handle_pdu(now, circuit_to(1), &pdu);
                assert!(result.is_err(), "taken without a digest: {pdu:?}");
            }
            assert_eq!(bench.database(0), before);
        });
}

/// A generator whose PDUs end at the first check would prove nothing.
#[test]
fn most_pdus_of_the_generator_get_past_every_check() {
    let mut bench = settled(None);
    let now = bench.now;
    let mut draw = fastrand::Rng::with_seed(1);
    let instance = bench.nodes[0].as_mut().unwrap();
    let mut refused = std::collections::BTreeMap::<_, u32>::new();
    for _ in 0..1000 {
        let pdu = noise::pdu(&mut draw, FROM_NEIGHBOUR);
        if let Err(drop) = instance.handle_pdu(now, circuit_to(1), &pdu) {
            *refused.entry(drop.name()).or_default() += 1;
        }
        drain(instance);
    }
    assert!(!refused.contains_key("no-adjacency"), "{refused:?}");
    let full = refused.remove("lsdb-full").unwrap_or(0);
    assert!(
        full > 0 && refused.values().sum::<u32>() < 300,
        "{refused:?}"
    );
}
