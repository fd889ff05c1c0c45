//! What bounds an instance's memory, and what is said when a bound bites.

use crate::bench;

use bench::{Bench, circuit_to, config, mac, millis, system};
use isis::{InstanceConfig, TimerProfile};
use wire::isis::{Csnp, Lsp, LspFlags, NodeId, PduType};
use wire::{LspId, SystemId};

const LIMIT: usize = 50;

fn limited() -> Bench {
    let timers = TimerProfile::Cisco.timers();
    let mut bench = Bench::mesh(2, timers);
    for node in 0..2 {
        let lsdb_limit = LIMIT;
        let config = config(node, timers);
        bench.start(
            node,
            InstanceConfig {
                lsdb_limit,
                ..config
            },
        );
    }
    bench.settle();
    bench
}

/// Hands in LSPs with these IDs; the names of those that were refused.
fn hand_in(
    bench: &mut Bench,
    ids: impl Iterator<Item = LspId>,
    lifetime: u16,
) -> Vec<&'static str> {
    let mut refused = Vec::new();
    for id in ids {
        let lsp = Lsp {
            remaining_lifetime: lifetime,
            id,
            sequence: 7,
            flags: LspFlags::LEVEL1,
            tlvs: Vec::new(),
        };
        let pdu = lsp.encode().unwrap();
        let now = bench.now;
        // The instance alone, without its output: no acknowledgement leaves.
        let instance = bench.nodes[0].as_mut().unwrap();
        let result = instance.handle_pdu(now, circuit_to(1), &pdu);
        refused.extend(result.err().map(|drop| drop.name()));
    }
    refused
}

fn ids(system: SystemId) -> impl Iterator<Item = LspId> {
    (1..=200).map(move |pseudonode| LspId {
        system,
        pseudonode,
        fragment: 0,
    })
}

#[test]
fn purges_of_unknown_lsps_are_acknowledged_up_to_a_limit() {
    let mut bench = limited();
    let refused = hand_in(&mut bench, ids(SystemId::new([9; 6])), 0);
    assert_eq!(refused, vec!["acknowledgements-full"; 200 - LIMIT]);
    assert_eq!(bench.node(0).lsdb().count(), 2, "nothing of it is stored");
    // Once they have left, there is room again.
    bench.run(millis(5000));
    let refused = hand_in(&mut bench, ids(SystemId::new([9; 6])).take(LIMIT), 0);
    assert!(refused.is_empty(), "{refused:?}");
}

/// ISO 10589 s7.3.16.1 has a system purge what only seems to be its own. There are 65,280 such IDs.
#[test]
fn made_up_pseudonodes_of_its_own_do_not_fill_the_memory() {
    let mut bench = limited();
    let refused = hand_in(&mut bench, ids(system(0)), 900);
    assert_eq!(bench.node(0).lsdb().count(), LIMIT);
    assert_eq!(refused, vec!["lsdb-full"; 200 - (LIMIT - 2)]);
}

/// ISO 10589 s7.3.15.2: the flag is set already, so the next sending is the retransmission.
#[test]
fn csnps_that_list_nothing_do_not_have_the_database_sent_again_and_again() {
    let mut bench = limited();
    bench.advertise(0, mac(1));
    bench.settle();
    bench.loses = Box::new(|sent, _| sent.kind == PduType::Psnp);
    let (source, end) = (NodeId::of(system(1)), LspId::MAX);
    let csnp = Csnp::new(source, LspId::MIN, end, &[]).encode().unwrap();
    for _ in 0..20 {
        let now = bench.now;
        bench
            .tell(0, |i, _| i.handle_pdu(now, circuit_to(1), &csnp))
            .unwrap();
        bench.run(millis(40));
    }
    let sent = bench.count(|s| s.from == 0 && s.kind == PduType::Lsp);
    assert_eq!(sent, 2, "both LSPs, once");
}
