//! What holds for any logs.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn gaps_partition_the_losses(
        arrived in prop::collection::vec(0..320_u32, 0..900),
        trigger in 0..330_u32,
        settled in 0..310_u32,
    ) {
        let sent = sent(300);
        let window = Window { trigger: due(trigger), settled_until: due(settled) };
        let log = received(&sent, arrived.iter().copied());
        let report = FlowReport::new(&sent, &log, rate(), window, &Limits::default());

        let judged = (settled + 1).min(300);
        let unique: BTreeSet<_> = arrived.iter().copied().filter(|k| *k < judged).collect();
        let lost: Vec<_> = (0..judged).filter(|k| !unique.contains(k)).collect();
        prop_assert_eq!(report.judged, u64::from(judged));
        prop_assert_eq!(report.received, unique.len() as u64);
        prop_assert_eq!(report.received + report.lost, report.judged);
        prop_assert_eq!(report.lost_sequences().map(|s| s.0).collect::<Vec<_>>(), lost);
        prop_assert_eq!(report.gaps.iter().map(|gap| gap.lost).sum::<u64>(), report.lost);
        let losses = report.losses;
        prop_assert_eq!(losses.before_event + losses.outage + losses.other, report.lost);
        let copies = arrived.iter().filter(|k| **k < judged).count();
        prop_assert_eq!(report.duplicated, copies as u64 - report.received);
        for pair in report.gaps.windows(2) {
            prop_assert!(pair[0].last.0 + 1 < pair[1].first.0);
        }
        for gap in &report.gaps {
            prop_assert!(gap.duration.lower <= gap.duration.value);
            prop_assert!(gap.duration.upper.is_none_or(|upper| gap.duration.value <= upper));
        }
    }

    #[test]
    fn a_true_interruption_lies_within_the_bounds(
        begin in 1_000_000_000..1_500_000_000_u64,
        length in 0..800_000_000_u64,
        lateness in prop::collection::vec(0..3_000_000_u64, 3000),
    ) {
        // The path drops what is sent in [begin, begin + length), the sender is late at random.
        let mut previous = Timestamp::ZERO;
        let mut stamps = Vec::new();
        for (k, late) in (0..3000).zip(lateness) {
            previous = previous.max(due(k) + Duration::from_nanos(late));
            stamps.push(previous);
        }
        let begin = due(0) + Duration::from_nanos(begin);
        let end = begin + Duration::from_nanos(length);
        let sent = sent_with(3000, |k| (stamps[k as usize], SendOutcome::Sent));
        let passes = |k: &u32| !(begin..end).contains(&stamps[*k as usize]);
        let log = received(&sent, (0..3000).filter(passes));
        let window = Window { trigger: trigger(), settled_until: due(9999) };
        let report = FlowReport::new(&sent, &log, rate(), window, &Limits::default());
        let truth = Duration::from_nanos(length);
        let measured = report.outage.duration;
        prop_assert!(measured.lower <= truth);
        prop_assert!(truth <= measured.upper.unwrap());
        let error = truth.abs_diff(measured.value);
        prop_assert!(error <= measured.resolution().unwrap());
    }
}
