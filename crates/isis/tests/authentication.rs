//! Systems on a virtual clock: HMAC-MD5 authentication (RFC 5304).

use crate::bench;

use bench::keyed::{SECRET, bare_purge, key, keyed, keyed_mesh, last_lsp, refusal};
use bench::{Bench, mac, secs, system};
use isis::{AdjacencyState, Event, Freshness, TimerProfile, Timers};
use wire::isis::authentication::{Authentication, verify};
use wire::isis::{Lsp, Pdu, PduType, Tlv, Verification};

fn immediate() -> Timers {
    TimerProfile::Immediate.timers()
}

#[test]
fn with_the_right_key_all_works_and_every_pdu_is_signed() {
    let (mut bench, tape) = keyed_mesh(3);
    bench.tell(0, |i, now| (0..600).for_each(|n| i.advertise(now, mac(n))));
    bench.settle();
    assert!((0..600).all(|n| bench.knows(2, 0, mac(n))));
    bench.tell(0, |i, now| (0..600).for_each(|n| i.withdraw(now, mac(n))));
    bench.run(secs(15));
    assert_eq!(bench.node(2).reachable_macs(system(0)).count(), 0);
    assert!(bench.drops.is_empty());
    let mut kinds = Vec::new();
    for (_, pdu) in tape.borrow().iter() {
        assert_eq!(verify(pdu, &key()), Ok(Verification::Correct));
        kinds.push(Pdu::peek(pdu).unwrap().0);
    }
    use PduType::{Csnp, P2pIih, Psnp};
    let all = [P2pIih, PduType::Lsp, Csnp, Psnp];
    assert!(all.iter().all(|kind| kinds.contains(kind)));
}

#[test]
fn with_a_wrong_key_there_is_no_adjacency() {
    let mut bench = Bench::mesh(2, immediate());
    bench.start(0, keyed(0, SECRET));
    bench.start(1, keyed(1, "incorrect horse"));
    bench.drops.clear();
    bench.run(secs(30));
    assert_eq!(bench.state(0, 1), AdjacencyState::Down);
    assert_eq!(bench.state(1, 0), AdjacencyState::Down);
    assert_eq!(bench.count(|s| s.kind != PduType::P2pIih), 0);
    let names: Vec<_> = bench.drops.iter().map(|(_, d)| d.name()).collect();
    assert!(names.len() > 50, "{}", names.len());
    let failed = names.iter().filter(|n| **n == "authentication-failed");
    // The hellos that were on their way when the keys came carry none.
    assert!(failed.count() >= names.len() - 4);
}

/// The side without a key hears the other; the other does not listen: no adjacency is Up.
#[test]
fn with_a_key_on_one_side_there_is_no_adjacency() {
    let mut bench = Bench::mesh(2, immediate());
    bench.start(0, keyed(0, SECRET));
    bench.run(secs(30));
    assert_eq!(bench.state(0, 1), AdjacencyState::Down);
    assert_eq!(bench.state(1, 0), AdjacencyState::Initializing);
    let by = |node| move |(n, _): &&(usize, isis::PduDrop)| *n == node;
    let missing: Vec<_> = bench.drops.iter().filter(by(0)).collect();
    assert!(missing.len() > 25);
    let all_missing = missing
        .iter()
        .all(|(_, drop)| drop.name() == "authentication-missing");
    assert!(all_missing);
    assert_eq!(bench.drops.iter().filter(by(1)).count(), 0);
}

/// RFC 5304 s2: who does not do HMAC-MD5 may accept what carries it.
#[test]
fn without_a_key_a_signed_lsp_is_accepted() {
    let (mut keyed, tape) = keyed_mesh(2);
    keyed.advertise(0, mac(1));
    keyed.settle();
    let lsp = last_lsp(&tape, system(0), false);
    let mut bench = Bench::mesh(3, immediate());
    bench.until(secs(10), Bench::all_up);
    bench.kill(0);
    let higher = Lsp {
        sequence: 1000,
        ..Lsp::decode(&lsp).unwrap()
    };
    let higher = higher.encode().unwrap();
    assert_eq!(verify(&higher, &key()), Ok(Verification::Wrong));
    assert_eq!(refusal(&mut bench, 1, 2, &higher), None);
    assert!(bench.knows(1, 0, mac(1)));
}

#[test]
fn a_replayed_lsp_is_older_and_changes_nothing() {
    let (mut bench, tape) = keyed_mesh(2);
    bench.advertise(0, mac(1));
    bench.settle();
    let old = last_lsp(&tape, system(0), false);
    bench.withdraw(0, mac(1));
    bench.advertise(0, mac(2));
    bench.run(secs(20));
    let before = bench.database(1);
    bench.events.clear();
    assert_eq!(refusal(&mut bench, 1, 0, &old), None);
    let freshness = bench.picked(1, |e| match e {
        Event::LspReceived { freshness, .. } => Some(*freshness),
        _ => None,
    });
    assert_eq!(freshness, [Freshness::Older]);
    assert_eq!(bench.database(1), before);
    assert!(bench.knows(1, 0, mac(2)) && !bench.knows(1, 0, mac(1)));
}

/// What would raise our sequence number, or purge our LSP, without a key.
#[test]
fn an_own_lsp_with_a_wrong_digest_is_not_overtaken() {
    let (mut bench, _tape) = keyed_mesh(2);
    bench.settle();
    let before = bench.database(0);
    let mut forged = Lsp {
        remaining_lifetime: 1200,
        ..bare_purge(system(0), u32::MAX)
    };
    let blank = Authentication::blank();
    forged.tlvs.push(Tlv::Authentication(blank));
    let forged = forged.encode().unwrap();
    assert_eq!(
        refusal(&mut bench, 0, 1, &forged),
        Some("authentication-failed")
    );
    bench.run(secs(5));
    assert_eq!(bench.database(0), before);
}

#[test]
fn the_key_is_not_shown() {
    let (bench, _tape) = keyed_mesh(2);
    let text = format!("{:?}", bench.node(0));
    assert!(text.contains("AuthenticationKey(..)"));
    let (word, bytes) = ("horse", format!("{:?}", SECRET.as_bytes()));
    assert!(!text.contains(word) && !text.contains(bytes.trim_matches(['[', ']'])));
}
