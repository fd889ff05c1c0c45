//! Whole paths on a virtual clock.

use core::time::Duration;

use impairment::{DropReason, Fate, Impairment, Line, PathId, Rate, Share, Statistics, Traffic};
use proptest::prelude::*;
use wire::Timestamp;

const PATH: PathId = PathId(0);
const SEED: u64 = 7;
const BYTES: u32 = 1000;

fn line(asked: &Impairment) -> Line<usize> {
    let mut line = Line::default();
    line.set(PATH, SEED, asked.clone(), Traffic::Passes);
    line
}

fn at(micros: u64) -> Timestamp {
    Timestamp::from_nanos(micros * 1000)
}

/// Packets with a gap between them, each taken at the moment when it is due: number and time.
fn run(line: &mut Line<usize>, packets: usize, gap: Duration) -> Vec<(usize, Timestamp)> {
    let mut left = Vec::new();
    let mut now = at(1000);
    for number in 0..packets {
        drain(line, now, &mut left);
        let _ = line.offer(PATH, now, BYTES, || number);
        now = now + gap;
    }
    drain(line, Timestamp::from_nanos(u64::MAX), &mut left);
    left
}

fn drain(line: &mut Line<usize>, until: Timestamp, left: &mut Vec<(usize, Timestamp)>) {
    while let Some(due) = line.next_deadline().filter(|due| *due <= until) {
        assert!(line.take_due(due - Duration::from_nanos(1)).is_none());
        let packet = line.take_due(due).expect("its time has come");
        line.left(&packet, due);
        left.push((packet.packet, due));
    }
}

fn lost_numbers(asked: &Impairment, packets: usize, gap: Duration) -> Vec<usize> {
    let mut line = line(asked);
    let mut now = at(0);
    let mut lost = Vec::new();
    for number in 0..packets {
        let fate = line.offer(PATH, now, BYTES, || number);
        if fate == Some(Fate::Dropped(DropReason::Lost)) {
            lost.push(number);
        }
        now = now + gap;
    }
    lost
}

fn share(text: &str) -> Share {
    text.parse().expect("a share")
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn delayed(delay: u64) -> Impairment {
    Impairment {
        delay: millis(delay),
        ..Impairment::default()
    }
}

#[test]
fn a_delay_is_exact() {
    let mut line = line(&delayed(40));
    let left = run(&mut line, 5, millis(7));
    let wanted: Vec<_> = (0..5).map(|n| (n, at(41_000 + 7000 * n as u64))).collect();
    assert_eq!(left, wanted);
}

#[test]
fn jitter_fills_its_width_evenly() {
    let asked = Impairment {
        jitter: millis(10),
        ..delayed(30)
    };
    let mut line = line(&asked);
    run(&mut line, 20_000, millis(100));
    let delay = line.statistics(PATH).delay.unwrap();
    assert!(
        delay.min >= millis(20) && delay.min < Duration::from_micros(20_050),
        "{delay:?}"
    );
    assert!(
        delay.max <= millis(40) && delay.max > Duration::from_micros(39_950),
        "{delay:?}"
    );
    assert!(
        delay.mean().abs_diff(millis(30)) < Duration::from_micros(200),
        "{delay:?}"
    );
}

#[test]
fn a_rate_spaces_packets_and_does_not_let_them_overtake() {
    let asked = Impairment {
        rate: Some("8mbit".parse().unwrap()),
        jitter: millis(5),
        ..delayed(10)
    };
    let left = run(&mut line(&asked), 200, Duration::ZERO);
    let numbers: Vec<_> = left.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (0..200).collect::<Vec<_>>());
    for pair in left.windows(2) {
        assert!(
            pair[1].1.saturating_since(pair[0].1) >= millis(1),
            "1000 bytes take 1 ms"
        );
    }
}

#[test]
fn a_full_queue_drops_what_comes_last_and_says_so() {
    let asked = Impairment {
        queue: 10,
        rate: Some("8mbit".parse().unwrap()),
        ..Impairment::default()
    };
    let mut line = line(&asked);
    let left = run(&mut line, 25, Duration::ZERO);
    assert_eq!(left.last().unwrap().0, 9);
    let counted = line.statistics(PATH);
    assert_eq!(
        (counted.queue_full, counted.delivered, counted.held),
        (15, 10, 0)
    );
    assert_eq!(
        counted.throughput().map(f64::round),
        Some(8_888_889.0),
        "9 gaps of 1 ms for 10"
    );
}

#[test]
fn what_is_reordered_overtakes() {
    let asked = Impairment {
        reorder: share("30%"),
        ..delayed(50)
    };
    let mut line = line(&asked);
    let left = run(&mut line, 1000, millis(1));
    let early = left
        .iter()
        .filter(|(number, left)| *left == at(1000 + 1000 * *number as u64));
    let counted = line.statistics(PATH).reordered;
    assert_eq!(early.count() as u64, counted);
    assert!((250..350).contains(&counted), "{counted}");
}

#[test]
fn a_copy_comes_beside_its_original() {
    let asked = Impairment {
        duplicate: share("20%"),
        ..delayed(3)
    };
    let mut line = line(&asked);
    let left = run(&mut line, 1000, millis(1));
    let counted = line.statistics(PATH);
    assert_eq!(left.len() as u64, 1000 + counted.duplicates);
    assert_eq!(counted.delivered, left.len() as u64);
    assert!(
        (150..250).contains(&counted.duplicates),
        "{}",
        counted.duplicates
    );
}

#[test]
fn bursts_are_counted_where_losses_begin() {
    let asked = Impairment {
        loss: share("20%"),
        burst: Some(4),
        ..Impairment::default()
    };
    let lost = lost_numbers(&asked, 5000, millis(1));
    let begin = lost
        .iter()
        .filter(|n| **n == 0 || !lost.contains(&(**n - 1)));
    let mut line = line(&asked);
    run(&mut line, 5000, millis(1));
    let counted = line.statistics(PATH);
    assert_eq!(counted.loss_bursts, Some(begin.count() as u64));
    assert!(
        (3.4..4.6).contains(&counted.mean_burst().unwrap()),
        "{counted:?}"
    );
    assert!(
        (0.16..0.24).contains(&counted.loss().unwrap()),
        "{counted:?}"
    );
}

#[test]
fn a_partition_lets_nothing_pass() {
    let mut line = line(&delayed(1));
    line.set(PATH, SEED, delayed(1), Traffic::Partitioned);
    assert_eq!(run(&mut line, 30, millis(1)), []);
    assert_eq!(line.statistics(PATH).partitioned, 30);
}

#[test]
fn a_change_counts_anew_and_leaves_what_is_on_its_way() {
    let mut line = line(&delayed(50));
    line.offer(PATH, at(0), BYTES, || 1).unwrap();
    line.set(PATH, SEED, delayed(10), Traffic::Passes);
    line.offer(PATH, at(0), BYTES, || 2).unwrap();
    let mut left = Vec::new();
    drain(&mut line, at(100_000), &mut left);
    assert_eq!(left, [(2, at(10_000)), (1, at(50_000))]);
    let counted = line.statistics(PATH);
    assert_eq!((counted.packets, counted.delivered), (1, 1));
    assert_eq!(counted.delay.unwrap().max, millis(10));
    line.remove(PATH);
    assert_eq!(line.offer(PATH, at(0), BYTES, || 3), None);
    assert_eq!(line.statistics(PATH), Statistics::default());
}

#[test]
fn a_change_starts_the_same_losses_again() {
    let asked = Impairment {
        loss: share("10%"),
        burst: Some(3),
        ..delayed(1)
    };
    let first = lost_numbers(&asked, 3000, millis(1));
    assert_eq!(
        first,
        lost_numbers(&asked, 3000, Duration::ZERO),
        "whenever packets come"
    );
    let with_more = Impairment {
        delay: millis(9),
        jitter: millis(9),
        duplicate: share("50%"),
        reorder: share("50%"),
        queue: 100_000,
        ..asked.clone()
    };
    assert_eq!(
        first,
        lost_numbers(&with_more, 3000, millis(2)),
        "whatever else is asked"
    );
    let mut other = Line::default();
    other.set(PATH, SEED + 1, asked, Traffic::Passes);
    let fates = (0..3000).map(|n| other.offer(PATH, at(n), BYTES, || 0));
    let lost = fates
        .enumerate()
        .filter(|(_, fate)| *fate == Some(Fate::Dropped(DropReason::Lost)));
    assert_ne!(
        first,
        lost.map(|(n, _)| n).collect::<Vec<_>>(),
        "another seed"
    );
}

prop_compose! {
    fn any_impairment()(
        delay in 0_u64..200_000,
        jitter in 0_u64..200_000,
        loss in 0_u32..60,
        burst in proptest::option::of(2_u32..20),
        rate in proptest::option::of(1_u64..1000),
        queue in 1_u32..50,
        duplicate in 0_u32..100,
        reorder in 0_u32..100,
    ) -> Impairment {
        Impairment {
            delay: Duration::from_micros(delay),
            jitter: Duration::from_micros(jitter.min(delay)),
            loss: share(&format!("{loss}%")),
            burst: burst.filter(|_| loss > 0),
            rate: rate.map(|rate| format!("{rate}mbit").parse::<Rate>().expect("a rate")),
            queue,
            duplicate: share(&format!("{duplicate}%")),
            reorder: share(&format!("{}%", if delay > 0 { reorder } else { 0 })),
        }
    }
}

proptest! {
    /// Every packet has one fate, none comes too early or too late, and no more are held than may be.
    #[test]
    fn packets_are_neither_made_nor_forgotten(
        asked in any_impairment(),
        gaps in proptest::collection::vec(0_u64..5_000, 1..200),
    ) {
        prop_assert_eq!(asked.validate(), Ok(()));
        let mut line = line(&asked);
        let mut now = at(0);
        let mut carried = 0;
        let mut left = Vec::new();
        for (number, gap) in gaps.iter().enumerate() {
            now = now + Duration::from_micros(*gap);
            drain(&mut line, now, &mut left);
            if let Some(Fate::Carried { due, copy_due }) = line.offer(PATH, now, BYTES, || number) {
                carried += 1 + usize::from(copy_due.is_some());
                for due in core::iter::once(due).chain(copy_due) {
                    let waits = due.saturating_since(now);
                    prop_assert!(due >= now);
                    prop_assert!(asked.rate.is_some() || waits <= asked.longest_delay());
                }
            }
            prop_assert!(line.statistics(PATH).held <= u64::from(asked.queue));
        }
        drain(&mut line, Timestamp::from_nanos(u64::MAX), &mut left);
        let counted = line.statistics(PATH);
        prop_assert_eq!(left.len(), carried);
        prop_assert_eq!(counted.held, 0);
        prop_assert_eq!(counted.packets, gaps.len() as u64);
        let dropped = counted.lost + counted.queue_full;
        prop_assert_eq!(counted.delivered, counted.packets - dropped + counted.duplicates);
        prop_assert!(left.windows(2).all(|pair| pair[0].1 <= pair[1].1));
    }
}
