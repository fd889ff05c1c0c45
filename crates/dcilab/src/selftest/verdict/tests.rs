//! A meter that is broken on purpose is found out.

use meter::log::{SendOutcome, SentProbe};
use meter::schedule::Rate;
use meter::{FlowId, Limits, Probe, ReceivedLog, SentLog, Window};
use wire::Timestamp;

use super::super::injector::{Fault, Injector, Treatment};
use super::*;

const PROBES: u32 = 2000;

fn at(micros: u64) -> Timestamp {
    Timestamp::from_nanos(micros * 1000)
}

fn probe(flow: u16, k: u32) -> Probe {
    Probe {
        flow: FlowId(flow),
        sequence: Sequence(k),
        sent_at: at(u64::from(k) * 1000),
    }
}

/// The logs of one flow with a fault in its path, and the truth.
fn logs(flow: u16, fault: Fault) -> (SentLog, ReceivedLog, Truth) {
    let mut injector = Injector::new(FlowId(0), fault);
    let mut sent = SentLog::with_capacity(FlowId(flow), PROBES as usize);
    let mut received = ReceivedLog::with_capacity(FlowId(flow), 2 * PROBES as usize);
    let mut held = None;
    for k in 0..PROBES {
        let probe = probe(flow, k);
        let (due, outcome) = (probe.sent_at, SendOutcome::Sent);
        let logged = SentProbe {
            due,
            sent_at: due,
            outcome,
        };
        sent.record(logged).unwrap();
        let arrival = due + Duration::from_micros(60);
        let mut arrive = |probe: &Probe| received.record(probe, arrival);
        match injector.treat(due + Duration::from_micros(30), &probe) {
            Treatment::Drop => {}
            Treatment::Later => held = Some(probe),
            Treatment::Forward => {
                arrive(&probe);
                held.take().map(|held| arrive(&held));
            }
            Treatment::Twice => {
                arrive(&probe);
                arrive(&probe);
            }
        }
    }
    (sent, received, injector.into_truth())
}

fn fault(case: Case) -> Fault {
    case.fault(at(1_000_500), 7)
}

fn judge(sent: &SentLog, received: &ReceivedLog) -> FlowReport {
    let window = Window {
        trigger: at(1_000_500),
        settled_until: at(10_000_000),
    };
    let rate = Rate::per_second(1000).unwrap();
    FlowReport::new(sent, received, rate, window, &Limits::default())
}

fn other() -> FlowReport {
    let (sent, received, _) = logs(1, fault(super::super::CASES[0]));
    judge(&sent, &received)
}

/// The outcome of a case whose report went through `broken`.
fn outcome(case: Case, broken: impl Fn(&mut FlowReport)) -> Outcome {
    let (sent, received, truth) = logs(0, fault(case));
    let mut report = judge(&sent, &received);
    broken(&mut report);
    Verdict::new(case, &truth, &report, &other()).outcome
}

fn is_wrong(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Wrong(_))
}

#[test]
fn a_meter_that_works_is_right_in_every_case() {
    for case in super::super::CASES {
        assert_eq!(outcome(case, |_| {}), Outcome::Right, "{case:?}");
    }
}

#[test]
fn every_way_to_be_wrong_is_found_in_some_case() {
    type Broken = fn(&mut FlowReport);
    let ways: [(&str, Broken); 8] = [
        ("loses a probe too many", |r| r.lost += 1),
        ("overlooks a lost probe", |r| {
            r.lost = r.lost.saturating_sub(1)
        }),
        ("overlooks duplicates", |r| r.duplicated = 0),
        ("overlooks reordering", |r| r.reordered = 0),
        ("takes duplicates for reordering", |r| {
            r.reordered += r.duplicated
        }),
        ("is off by two intervals", |r| shift(r, 2)),
        ("claims to be finer than it is", |r| {
            let sharp = r.outage.duration.lower + Duration::from_micros(1);
            r.outage.duration = Measured::between(r.outage.duration.lower, sharp);
        }),
        ("names other probes", |r| {
            for gap in &mut r.gaps {
                (gap.first.0, gap.last.0) = (gap.first.0 + 1, gap.last.0 + 1);
            }
        }),
    ];
    for (name, broken) in ways {
        let found = super::super::CASES
            .iter()
            .any(|case| is_wrong(&outcome(*case, broken)));
        assert!(found, "a meter that {name} passes");
    }
}

fn shift(report: &mut FlowReport, millis: u64) {
    let by = Duration::from_millis(millis);
    let duration = &mut report.outage.duration;
    duration.value += by;
    duration.lower += by;
    duration.upper = duration.upper.map(|upper| upper + by);
}

#[test]
fn a_receiver_that_forgets_an_arrival_is_found() {
    let case = super::super::CASES[0];
    let (sent, _, truth) = logs(0, fault(case));
    let mut received = ReceivedLog::with_capacity(FlowId(0), PROBES as usize);
    for k in (0..PROBES).filter(|k| *k != 1500) {
        received.record(&probe(0, k), at(u64::from(k) * 1000 + 60));
    }
    let verdict = Verdict::new(case, &truth, &judge(&sent, &received), &other());
    assert!(is_wrong(&verdict.outcome), "{verdict:?}");
}

#[test]
fn a_disturbed_meter_proves_nothing() {
    let case = super::super::CASES[3];
    let (sent, mut received, truth) = logs(0, fault(case));
    received.set_socket_drops(1);
    let verdict = Verdict::new(case, &truth, &judge(&sent, &received), &other());
    assert!(
        matches!(verdict.outcome, Outcome::Inconclusive(_)),
        "{verdict:?}"
    );
}
