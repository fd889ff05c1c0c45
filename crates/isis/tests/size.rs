//! Systems on a virtual clock with tens of thousands of MACs.

use crate::bench;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use bench::{Bench, circuit_to, config, mac, millis, secs, system};
use isis::{Event, InstanceConfig, TimerProfile, Timers};
use wire::Timestamp;
use wire::isis::PduType;

const MANY: u32 = 40_000;
/// MACs of one VLAN that fit into a fragment of 1492 bytes, which has room for a digest.
const PER_FRAGMENT: usize = 234;

fn immediate() -> Timers {
    TimerProfile::Immediate.timers()
}

fn advertise(bench: &mut Bench, node: usize, numbers: impl Iterator<Item = u32>) {
    bench.tell(node, |i, now| {
        numbers.for_each(|n| i.advertise(now, mac(n)));
    });
}

/// LSPs that `node` originated, with the MACs that each gained and lost.
fn originated(bench: &Bench, node: usize) -> Vec<(u8, usize, usize)> {
    bench.picked(node, |e| match e {
        Event::LspOriginated {
            lsp_id,
            added,
            removed,
            ..
        } => Some((lsp_id.fragment, added.len(), removed.len())),
        _ => None,
    })
}

/// LSPs that `node` sent: when, and which fragment.
fn lsps_sent(bench: &Bench, node: usize) -> Vec<(Timestamp, u8)> {
    let own = bench.events.iter().filter(|(_, n, _)| *n == node);
    let sent = own.filter_map(|(at, _, event)| match event {
        Event::LspSent { lsp_id, .. } => Some((*at, lsp_id.fragment)),
        _ => None,
    });
    sent.collect()
}

#[test]
fn forty_thousand_macs_fill_fragments_one_after_the_other() {
    for authentication in [None, Some("a key".parse().unwrap())] {
        let mut bench = Bench::mesh(2, immediate());
        for node in 0..2 {
            let config = InstanceConfig {
                authentication: authentication.clone(),
                ..config(node, immediate())
            };
            bench.start(node, config);
        }
        bench.settle();
        advertise(&mut bench, 0, 0..MANY);
        bench.until(secs(1), |b| b.knows(1, 0, mac(MANY - 1)));
        bench.run(millis(500));

        let known = bench.node(1).reachable_macs(system(0)).count();
        assert_eq!(known, usize::try_from(MANY).unwrap());
        let sent = lsps_sent(&bench, 0);
        let fragments: Vec<u8> = sent.iter().map(|(_, fragment)| *fragment).collect();
        let count = u8::try_from(usize::try_from(MANY).unwrap() / PER_FRAGMENT + 1).unwrap();
        let expected: Vec<u8> = (0..count).collect();
        assert_eq!(fragments, expected, "each once, fragment 0 first");
        assert!(!bench.node(1).lsdb().any(|lsp| lsp.overloaded));

        // The database is told in CSNPs of 1492 bytes, and nothing of it is sent again.
        bench.run(secs(30));
        assert_eq!(lsps_sent(&bench, 0), sent);
        assert!(bench.count(|s| s.from == 0 && s.kind == PduType::Csnp) >= 2 * 3);
        assert!(bench.drops.is_empty());
    }
}

/// A change at node 0 of two, brought to node 1 and used there: the work of both.
fn change(bench: &mut Bench, number: u32) -> Duration {
    let (one, other) = (circuit_to(1), circuit_to(0));
    let now = bench.now;
    let [Some(from), Some(to)] = &mut bench.nodes[..] else {
        unreachable!("two systems run");
    };
    let start = Instant::now();
    for change in [isis::Instance::withdraw, isis::Instance::advertise] {
        change(from, now, mac(number));
        from.handle_deadline(now);
        while let Some(transmit) = from.poll_transmit() {
            assert_eq!(transmit.circuit, one);
            to.handle_pdu(now, other, &transmit.pdu).unwrap();
        }
        while let Some(transmit) = to.poll_transmit() {
            from.handle_pdu(now, one, &transmit.pdu).unwrap();
        }
    }
    let took = start.elapsed();
    let events = |i: &mut isis::Instance| std::iter::from_fn(|| i.poll_event()).count();
    assert!(events(from) + events(to) >= 2 * 4);
    took
}

/// A fragment is read and written as a whole, so a change costs that: not more for 40,000 MACs than
/// for 400. The least of many rounds, taken in turn, is compared, so that other work on the machine
/// does not count. Work in proportion to all MACs would make it a hundred times as much.
#[test]
fn a_change_costs_the_same_among_400_and_among_40_000() {
    let mut benches = [400, MANY].map(|count| {
        let mut bench = Bench::mesh(2, immediate());
        advertise(&mut bench, 0, 0..count);
        bench.settle();
        bench
    });
    let mut least = [Duration::MAX; 2];
    for round in 0..200 {
        for (bench, least) in benches.iter_mut().zip(&mut least) {
            *least = change(bench, round).min(*least);
        }
    }
    let ratio = least[1].as_secs_f64() / least[0].as_secs_f64();
    println!(
        "400 MACs: {:?}, 40,000 MACs: {:?}, ratio {ratio:.2}",
        least[0], least[1]
    );
    assert!(ratio < 3.0, "{least:?}");
}

/// Each twentieth of 20,000 MACs goes from one system to the other: the worst case for the old one,
/// as every fragment loses some, and for the new one a bulk that goes into a few.
#[test]
fn a_thousand_macs_that_move_change_few_fragments_and_leave_paced() {
    let timers = TimerProfile::ComwareV5.timers();
    let mut bench = Bench::mesh(2, timers);
    advertise(&mut bench, 0, 0..20_000);
    advertise(&mut bench, 1, 20_000..40_000);
    bench.settle();
    let moved = || (0..20_000).step_by(20);
    bench.tell(0, |i, now| moved().for_each(|n| i.withdraw(now, mac(n))));
    advertise(&mut bench, 1, moved());
    bench.until(secs(10), |b| {
        b.knows(0, 1, mac(19_980)) && !b.knows(1, 0, mac(19_980))
    });
    bench.run(secs(10));

    let (old, new) = (originated(&bench, 0), originated(&bench, 1));
    println!("old: {} fragments, new: {} fragments", old.len(), new.len());
    assert!(old.len() <= 20_000 / PER_FRAGMENT + 1, "{old:?}");
    assert!(new.len() <= 1000 / PER_FRAGMENT + 2, "{new:?}");
    assert_eq!(old.iter().map(|(_, _, lost)| lost).sum::<usize>(), 1000);
    assert_eq!(new.iter().map(|(_, gained, _)| gained).sum::<usize>(), 1000);
    for (node, fragments) in [(0, old), (1, new)] {
        let sent = lsps_sent(&bench, node);
        assert_eq!(sent.len(), fragments.len(), "each changed one, once");
        let burst = usize::try_from(timers.lsp_pacing.burst).unwrap();
        for window in sent.windows(burst + 1) {
            let (first, next) = (window[0].0, window[burst].0);
            assert!(next.saturating_since(first) >= timers.lsp_pacing.interval);
        }
    }
}

#[test]
fn one_move_among_40_000_changes_one_fragment_of_each_system() {
    let mut bench = Bench::mesh(2, TimerProfile::ComwareV5.timers());
    advertise(&mut bench, 0, 0..MANY);
    bench.settle();
    let moved = mac(MANY / 2);
    bench.withdraw(0, moved);
    bench.advertise(1, moved);
    bench.until(secs(10), |b| b.knows(0, 1, moved) && !b.knows(1, 0, moved));
    bench.run(secs(30));
    let (old, new) = (originated(&bench, 0), originated(&bench, 1));
    assert!(matches!(old[..], [(_, 0, 1)]), "{old:?}");
    assert!(matches!(new[..], [(0, 1, 0)]), "{new:?}");
    assert_eq!(
        (lsps_sent(&bench, 0).len(), lsps_sent(&bench, 1).len()),
        (1, 1)
    );
}

#[test]
fn a_full_fragment_space_says_overload_and_recovers() {
    let mut bench = Bench::mesh(2, immediate());
    let small = InstanceConfig {
        lsp_mtu: 512,
        ..config(0, immediate())
    };
    bench.start(0, small);
    bench.settle();
    advertise(&mut bench, 0, 0..21_000);
    bench.settle();
    let overloaded = |b: &Bench| {
        let own = b.node(1).lsdb().filter(|l| l.lsp_id.system == system(0));
        let lsps: Vec<_> = own.collect();
        (lsps.len(), lsps.iter().map(|l| l.overloaded).collect())
    };
    let (count, flags): (usize, Vec<bool>) = overloaded(&bench);
    assert_eq!(count, 256);
    assert!(flags[0] && flags[1..].iter().all(|flag| !flag));
    let known: BTreeSet<_> = bench.node(1).reachable_macs(system(0)).collect();
    assert!(known.len() < 21_000);

    // Room for what was held back: it is said at once, and only what has changed is sent.
    let gone = u32::try_from(21_000 - known.len()).unwrap();
    bench.tell(0, |i, now| (0..gone).for_each(|n| i.withdraw(now, mac(n))));
    bench.run(secs(1));
    assert!(!overloaded(&bench).1.contains(&true));
    let known = bench.node(1).reachable_macs(system(0)).count();
    assert_eq!(known, 21_000 - usize::try_from(gone).unwrap());
    let changed = bench.count(|s| s.from == 0 && s.kind == PduType::Lsp);
    assert!(
        changed <= usize::try_from(gone).unwrap() / 70 + 2,
        "{changed}"
    );
}
