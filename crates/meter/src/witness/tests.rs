use core::ops::Range;

use proptest::prelude::*;

use super::*;
use crate::Measured;

const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const VM: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 10);
const DRAIN: Duration = Duration::from_millis(200);

fn at(micros: u64) -> Timestamp {
    Timestamp::from_nanos(micros * 1000)
}

fn record(point: u16, direction: Option<Direction>, micros: u64, number: u32) -> Record {
    Record {
        point: PointId(point),
        direction,
        at: at(micros),
        probe: Sighting {
            flow: FlowId(1),
            sequence: Sequence(number),
            source: CLIENT,
            destination: VM,
            encapsulated: None,
        },
    }
}

/// The same, the other way round: flow 2, from the VM to the client.
fn back(mut record: Record) -> Record {
    record.probe.flow = FlowId(2);
    (record.probe.source, record.probe.destination) = (VM, CLIENT);
    record
}

const OUT: Option<Direction> = Some(Direction::Out);
const IN: Option<Direction> = Some(Direction::In);

/// A thousand a second each way for two seconds, seen at both hosts' links; those of `lost` of the
/// client's do not arrive.
fn both_ways(lost: Range<u32>) -> Vec<Record> {
    let mut records = Vec::new();
    for k in 0..2000_u32 {
        let sent = u64::from(k) * 1000;
        records.push(record(0, OUT, sent, k));
        if !lost.contains(&k) {
            records.push(record(1, IN, sent + 80, k));
        }
        records.push(back(record(1, OUT, sent + 500, k)));
        records.push(back(record(0, IN, sent + 580, k)));
    }
    records
}

fn read(records: &[Record]) -> Vec<Account> {
    Account::of_capture(records, at(2_300_000), DRAIN)
}

#[test]
fn a_gap_is_found_between_the_hosts_links() {
    let accounts = read(&both_ways(1000..1050));
    let [there, back] = &accounts[..] else {
        panic!("{accounts:?}");
    };
    assert_eq!((there.start, there.end), (PointId(0), Some(PointId(1))));
    assert_eq!((back.start, back.end), (PointId(1), Some(PointId(0))));
    let at_end = there.at_end().unwrap();
    let counts = (at_end.seen, at_end.missing, at_end.duplicated);
    assert_eq!((counts, there.judged()), ((1950, 50, 0), 2000));
    let run = MissingRun {
        first: Sequence(1000),
        last: Sequence(1049),
        missing: 50,
        duration: Measured::between(Duration::from_millis(49), Duration::from_millis(51)),
    };
    assert_eq!(at_end.runs, [run]);
    assert_eq!(back.at_end().unwrap().missing, 0);
}

#[test]
fn one_capture_at_the_receiver_is_enough() {
    let records: Vec<_> = both_ways(1000..1050)
        .into_iter()
        .filter(|record| record.point == PointId(1))
        .map(|record| Record {
            direction: None,
            ..record
        })
        .collect();
    let accounts = read(&records);
    let at_end = accounts[0].at_end().unwrap();
    assert_eq!(at_end.missing, 50);
    // Nobody saw the lost ones: their stamps are worked out.
    let run = at_end.longest().unwrap();
    let bounds = (Duration::from_millis(49), Duration::from_millis(51));
    assert_eq!(run.duration, Measured::between(bounds.0, bounds.1));
    assert_eq!(accounts[1].at_end().unwrap().missing, 0);
}

#[test]
fn other_hosts_that_get_a_flooded_copy_are_not_the_receiver() {
    let mut records = both_ways(1000..1050);
    // A third host's switch floods what is for the VM to it; that host sends a flow of its own.
    for k in 0..2000 {
        records.push(record(2, IN, u64::from(k) * 1000 + 70, k));
        let mut own = record(2, OUT, u64::from(k) * 1000 + 300, k);
        own.probe.flow = FlowId(3);
        own.probe.source = Ipv4Addr::new(10, 0, 0, 2);
        records.push(own);
    }
    let accounts = read(&records);
    assert_eq!(accounts[0].end, Some(PointId(1)));
    // Flow 3 was seen where it was sent, and nowhere else: all of it is lost.
    assert_eq!(accounts[2].end, Some(PointId(1)));
    assert_eq!(accounts[2].at_end().unwrap().missing, 2000);
}

#[test]
fn a_capture_at_the_sender_alone_does_not_say_what_was_lost() {
    let mut records = both_ways(1000..1050);
    records.retain(|record| record.point == PointId(0));
    let accounts = read(&records);
    // It shows both ways, and that what comes in there was sent elsewhere.
    assert_eq!((accounts[0].end, accounts[1].end), (None, Some(PointId(0))));
    assert_eq!(accounts[1].at_end().unwrap().missing, 0);
}

#[test]
fn probes_that_were_on_their_way_at_the_end_are_not_judged() {
    let mut records = both_ways(0..0);
    records.push(record(0, OUT, 2_290_000, 2000));
    let accounts = read(&records);
    assert_eq!(accounts[0].last, Sequence(1999));
    assert_eq!(accounts[0].at_end().unwrap().missing, 0);
    // At the end of a flow that was cut off there is no upper bound.
    let accounts = read(&both_ways(1990..2000));
    let run = *accounts[0].at_end().unwrap().longest().unwrap();
    assert_eq!(run.duration, Measured::at_least(Duration::from_millis(9)));
}

#[test]
fn what_a_capture_cannot_hold_is_no_trouble() {
    assert_eq!(read(&[]), []);
    let wild = [0, u32::MAX, 7].map(|k| record(0, None, 5, k));
    let accounts = read(&wild);
    assert_eq!(accounts[0].judged(), 1 << 32);
    assert_eq!(accounts[0].points[0].missing, (1 << 32) - 3);
}

proptest! {
    /// Against the definitions, word for word.
    #[test]
    fn figures_are_those_of_the_definitions(arrivals in prop::collection::vec(0..60_u32, 1..200)) {
        let mut records: Vec<_> =
            (0..60).map(|k| record(0, OUT, u64::from(k), k)).collect();
        for (position, k) in (0_u64..).zip(&arrivals) {
            records.push(record(1, IN, 1000 + position, *k));
            records.push(back(record(1, OUT, 5000 + position, 0)));
        }
        let accounts = read(&records);
        let at_end = accounts[0].at_end().unwrap();
        let is_first = |i: usize| !arrivals[..i].contains(&arrivals[i]);
        let firsts: Vec<_> = (0..arrivals.len()).filter(|i| is_first(*i)).collect();
        let is_reordered =
            |i: &&usize| arrivals[..**i].iter().any(|earlier| *earlier > arrivals[**i]);
        prop_assert_eq!(at_end.seen, firsts.len() as u64);
        prop_assert_eq!(at_end.missing, 60 - at_end.seen);
        prop_assert_eq!(at_end.duplicated, (arrivals.len() - firsts.len()) as u64);
        prop_assert_eq!(at_end.reordered, firsts.iter().filter(is_reordered).count() as u64);
        let in_runs = |k: u32| at_end.runs.iter().any(|run| (run.first.0..=run.last.0).contains(&k));
        for k in 0..60 {
            prop_assert_eq!(in_runs(k), !arrivals.contains(&k));
        }
        let touching = at_end.runs.windows(2).any(|pair| pair[0].last.0 + 1 >= pair[1].first.0);
        prop_assert!(!touching);
    }
}
