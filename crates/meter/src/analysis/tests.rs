//! A punctual sender at 1000/s whose trigger falls just before probe 1000, delay 100 µs, unless a test
//! says otherwise.

mod properties;

use super::*;
use crate::log::{SendOutcome, SentProbe};
use crate::{Measured, Probe, Schedule};

const FLOW: FlowId = FlowId(7);
const TRIGGER: u32 = 1000;

fn rate() -> Rate {
    Rate::per_second(1000).unwrap()
}

fn due(sequence: u32) -> Timestamp {
    Schedule::new(Timestamp::from_nanos(1_000_000_000), rate()).due(Sequence(sequence))
}

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn trigger() -> Timestamp {
    due(TRIGGER) - Duration::from_micros(1)
}

fn sent(count: u32) -> SentLog {
    sent_with(count, |k| (due(k), SendOutcome::Sent))
}

fn sent_with(count: u32, probe: impl Fn(u32) -> (Timestamp, SendOutcome)) -> SentLog {
    let mut log = SentLog::with_capacity(FLOW, count as usize);
    for k in 0..count {
        let (sent_at, outcome) = probe(k);
        log.record(SentProbe {
            due: due(k),
            sent_at,
            outcome,
        })
        .unwrap();
    }
    log
}

/// Arrivals in the order given.
fn received(sent: &SentLog, sequences: impl IntoIterator<Item = u32>) -> ReceivedLog {
    let mut log = ReceivedLog::with_capacity(FLOW, 100_000);
    for (order, k) in sequences.into_iter().enumerate() {
        let sent_at = sent
            .probes()
            .get(k as usize)
            .map_or(due(k), |probe| probe.sent_at);
        let probe = Probe {
            flow: FLOW,
            sequence: Sequence(k),
            sent_at,
        };
        log.record(
            &probe,
            sent_at + Duration::from_nanos(100_000 + order as u64),
        );
    }
    log
}

fn judge(sent: &SentLog, received: &ReceivedLog) -> FlowReport {
    let end = sent.probes().last().unwrap().sent_at;
    let window = Window {
        trigger: trigger(),
        settled_until: end,
    };
    FlowReport::new(sent, received, rate(), window, &Limits::default())
}

/// 3000 probes, those of `lost` do not arrive.
fn with_lost(lost: impl Fn(u32) -> bool) -> FlowReport {
    let sent = sent(3000);
    judge(&sent, &received(&sent, (0..3000).filter(|k| !lost(*k))))
}

#[test]
fn known_gaps_give_their_length_plus_minus_one_interval() {
    for lost in [1, 5, 50, 500_u32] {
        let report = with_lost(|k| (TRIGGER..TRIGGER + lost).contains(&k));
        let expected = ms(lost.into());
        assert_eq!(report.outage.duration.value, expected);
        assert_eq!(report.outage.duration.lower, expected - ms(1));
        assert_eq!(report.outage.duration.upper, Some(expected + ms(1)));
        assert_eq!(report.outage.duration.resolution(), Some(ms(1)));
        assert_eq!(report.loss_derived, expected);
        assert_eq!(
            (report.outage.lost, report.lost),
            (lost.into(), lost.into())
        );
        let gap = report.outage.gap.unwrap();
        assert_eq!((gap.first.0, gap.last.0), (TRIGGER, TRIGGER + lost - 1));
        assert_eq!(gap.first_good_after.unwrap().sequence.0, TRIGGER + lost);
        assert_eq!(gap.last_good_before.unwrap().sequence.0, TRIGGER - 1);
        assert_eq!(report.quality, Quality::Good);
    }
}

#[test]
fn nothing_lost_is_an_outage_below_the_resolution() {
    let report = with_lost(|_| false);
    assert_eq!(report.outage.duration, Measured::none_within(ms(1)));
    assert_eq!((report.outage.lost, report.outage.gap), (0, None));
    assert_eq!(report.recovery, Recovery::Undisturbed);
    assert_eq!(
        (report.gaps.len(), report.lost, report.received),
        (0, 0, 3000)
    );
    assert!(report.quality.is_good());
}

#[test]
fn the_longest_gap_is_the_outage_and_the_last_one_ends_the_recovery() {
    let report = with_lost(|k| {
        (1002..1010).contains(&k)
            || (1100..1200).contains(&k)
            || (1300..1400).contains(&k)
            || k == 1500
    });
    assert_eq!(report.outage.gap.unwrap().first, Sequence(1100)); // the first of equals
    assert_eq!(report.gaps.len(), 4);
    assert_eq!(
        report.losses,
        Losses {
            before_event: 0,
            outage: 100,
            other: 109
        }
    );
    assert_eq!(report.loss_derived, ms(209));
    let Recovery::Recovered {
        first_good,
        after,
        sustained,
    } = report.recovery
    else {
        panic!("{:?}", report.recovery)
    };
    assert_eq!(first_good.sequence, Sequence(1501));
    assert_eq!(after.upper, Some(ms(501) + Duration::from_micros(1)));
    assert_eq!(sustained, ms(2999 - 1501));
}

#[test]
fn a_loss_before_the_trigger_is_inconclusive() {
    let report = with_lost(|k| k == 500 || (1000..1050).contains(&k));
    assert_eq!(
        report.losses,
        Losses {
            before_event: 1,
            outage: 50,
            other: 0
        }
    );
    let reason = Disturbance::LossBeforeTrigger { lost: 1 };
    assert_eq!(report.quality.disturbances(), [reason]);
    assert_eq!(report.outage.duration.value, ms(50));
}

#[test]
fn a_probe_in_flight_at_the_trigger_belongs_to_the_event() {
    let report = with_lost(|k| k == TRIGGER - 1);
    assert_eq!((report.outage.lost, report.losses.before_event), (1, 0));
    assert!(report.quality.is_good());
    let earlier = with_lost(|k| k == TRIGGER - 3);
    assert_eq!((earlier.outage.lost, earlier.losses.before_event), (0, 1));
}

#[test]
fn a_gap_at_the_start_has_no_upper_bound() {
    let sent = sent(100);
    let log = received(&sent, 40..100);
    let window = Window {
        trigger: due(0),
        settled_until: due(99),
    };
    let limits = Limits {
        baseline: Duration::ZERO,
        sustained: Duration::ZERO,
        ..Limits::default()
    };
    let report = FlowReport::new(&sent, &log, rate(), window, &limits);
    assert_eq!(report.outage.duration, Measured::at_least(ms(39)));
    assert_eq!(report.outage.gap.unwrap().last_good_before, None);
    assert!(matches!(report.recovery, Recovery::Recovered { .. }));
}

#[test]
fn a_gap_until_the_end_is_no_recovery() {
    let report = with_lost(|k| k >= 1200);
    assert_eq!(report.outage.duration, Measured::at_least(ms(1799)));
    let Recovery::NotRecovered { after } = report.recovery else {
        panic!("{:?}", report.recovery)
    };
    assert_eq!(
        after,
        Measured::at_least(ms(1999) + Duration::from_micros(1))
    );
}

#[test]
fn probes_still_in_flight_at_the_end_are_not_judged() {
    let sent = sent(3000);
    let log = received(&sent, 0..2990);
    let end = due(2999) + Duration::from_micros(10);
    let window = Window::new(trigger(), end, ms(20));
    let report = FlowReport::new(&sent, &log, rate(), window, &Limits::default());
    assert_eq!(
        (report.offered, report.judged, report.lost),
        (3000, 2980, 0)
    );
    assert!(report.quality.is_good());
}

#[test]
fn duplicates_and_reordering_are_no_loss() {
    let sent = sent(3000);
    let order = (0..1500)
        .chain([1501, 1500, 1502, 1502, 1502])
        .chain(1503..3000)
        .chain([3]);
    let report = judge(&sent, &received(&sent, order));
    let counts = (
        report.duplicated,
        report.reordered,
        report.lost,
        report.received,
    );
    assert_eq!(counts, (3, 1, 0, 3000)); // a late duplicate is not reordered
}

#[test]
fn refused_probes_are_lost_and_counted() {
    let refuse = |k| (1000..1030).contains(&k);
    let sent = sent_with(3000, |k| match refuse(k) {
        true => (due(k), SendOutcome::Refused { errno: 100 }),
        false => (due(k), SendOutcome::Sent),
    });
    let report = judge(&sent, &received(&sent, (0..3000).filter(|k| !refuse(*k))));
    assert_eq!(
        (report.lost, report.refused, report.sender.refused),
        (30, 30, 30)
    );
    assert_eq!(report.outage.duration.value, ms(30));
}

#[test]
fn a_stall_at_an_edge_widens_the_bounds_and_is_inconclusive() {
    // Probes 980 to 1039 leave together at 1040, and those from 1000 on are lost until 1049.
    let late = |k| {
        if (980..1040).contains(&k) {
            due(1040)
        } else {
            due(k)
        }
    };
    let sent = sent_with(3000, |k| (late(k), SendOutcome::Sent));
    let report = judge(
        &sent,
        &received(&sent, (0..3000).filter(|k| !(980..1050).contains(k))),
    );
    let duration = report.outage.duration;
    assert_eq!((duration.lower, duration.upper), (ms(9), Some(ms(71))));
    assert_eq!(report.sender.greatest_lateness, ms(60));
    assert_eq!(report.sender.late, 55); // that of 1035 is late by exactly the limit, 5 ms
    assert_eq!(report.sender.longest_stall, ms(61));
    let coarse = Disturbance::CoarseResolution {
        resolution: ms(31),
        limit: ms(6),
    };
    assert_eq!(report.quality.disturbances(), [coarse]);
}

#[test]
fn a_stall_inside_the_outage_leaves_its_bounds_alone() {
    let late = |k| {
        if (1020..1060).contains(&k) {
            due(1060)
        } else {
            due(k)
        }
    };
    let sent = sent_with(3000, |k| (late(k), SendOutcome::Sent));
    let report = judge(
        &sent,
        &received(&sent, (0..3000).filter(|k| !(1000..1100).contains(k))),
    );
    assert_eq!(report.outage.duration, Measured::between(ms(99), ms(101)));
    assert!(report.quality.is_good());
}

/// Late is what is too late to tell an edge of the outage as finely as promised; an interval is no measure of
/// it, since at 20,000 probes a second every scheduler is later than that.
#[test]
fn a_sender_is_late_by_the_measure_of_the_resolution() {
    let report = |lateness| {
        // One probe of five, the edges of the outage aside.
        let sent_at = |k| {
            let late = k % 5 == 0 && !(990..1060).contains(&k);
            due(k) + if late { lateness } else { Duration::ZERO }
        };
        let sent = sent_with(3000, |k| (sent_at(k), SendOutcome::Sent));
        let arrived = (0..3000).filter(|k| !(1000..1050).contains(k));
        judge(&sent, &received(&sent, arrived))
    };
    let punctual = report(ms(5));
    assert_eq!(punctual.sender.late, 0);
    assert!(punctual.quality.is_good());
    let overloaded = report(ms(6));
    let often = Disturbance::SenderOftenLate {
        per_mille: 195,
        limit: 100,
    };
    assert_eq!(overloaded.quality.disturbances(), [often]);
}

#[test]
fn faults_of_the_meter_are_named() {
    let sent = sent(1100);
    let mut log = received(&sent, (0..1050).chain(1051..1100).chain([5000]));
    log.set_socket_drops(3);
    let window = Window {
        trigger: due(1000),
        settled_until: due(1099),
    };
    let limits = Limits {
        baseline: ms(2000),
        ..Limits::default()
    };
    let report = FlowReport::new(&sent, &log, rate(), window, &limits);
    let expected = [
        Disturbance::BaselineTooShort {
            baseline: ms(1000),
            limit: ms(2000),
        },
        Disturbance::NotSustained {
            sustained: ms(48),
            limit: ms(200),
        },
        Disturbance::SocketDrops { drops: 3 },
        Disturbance::UnknownSequences { arrivals: 1 },
    ];
    assert_eq!(report.quality.disturbances(), expected);
    let early = Window {
        trigger: due(2000),
        settled_until: due(1099),
    };
    let report = FlowReport::new(&sent, &log, rate(), early, &Limits::default());
    assert!(
        report
            .quality
            .disturbances()
            .contains(&Disturbance::NothingAfterTrigger)
    );
}

#[test]
fn empty_logs_are_inconclusive() {
    let sent = SentLog::with_capacity(FLOW, 0);
    let log = ReceivedLog::with_capacity(FLOW, 0);
    let window = Window {
        trigger: trigger(),
        settled_until: trigger(),
    };
    let report = FlowReport::new(&sent, &log, rate(), window, &Limits::default());
    assert_eq!((report.judged, report.lost, report.delay), (0, 0, None));
    assert!(!report.quality.is_good());
}
