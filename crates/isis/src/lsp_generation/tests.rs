use core::time::Duration;

use wire::Timestamp;

use super::{GenerationThrottle, LspGeneration};
use crate::TimerProfile;

const fn at(ms: u64) -> Timestamp {
    Timestamp::from_nanos(ms * 1_000_000)
}

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Changes at these times; the times of the generations that follow.
fn generations(rule: LspGeneration, changes: &[u64]) -> Vec<u64> {
    let mut throttle = GenerationThrottle::new(rule);
    let mut done = Vec::new();
    let mut changes = changes.iter().copied().peekable();
    loop {
        let due = throttle.due();
        match (due, changes.peek().copied()) {
            (None, None) => return done,
            (Some(due), next) if next.is_none_or(|n| due <= at(n)) => {
                done.push(due.as_nanos() / 1_000_000);
                throttle.generated(due);
            }
            (_, Some(next)) => {
                throttle.change(at(next));
                changes.next();
            }
            (Some(_), None) => unreachable!("the arm above took it"),
        }
    }
}

fn rule(profile: TimerProfile) -> LspGeneration {
    profile.timers().lsp_generation
}

#[test]
fn one_shot_waits_the_same_every_time_and_joins_changes() {
    let done = generations(rule(TimerProfile::ComwareV5), &[0, 500, 1999, 2100, 90_000]);
    assert_eq!(done, [2000, 4100, 92_000]);
}

#[test]
fn cisco_second_change_waits_for_the_second_interval() {
    let done = generations(rule(TimerProfile::Cisco), &[0, 100, 5100, 60_000]);
    assert_eq!(done, [50, 5050, 10_050, 60_050]);
}

#[test]
fn backoff_doubles_up_to_the_maximum_and_starts_over_after_twice_the_maximum() {
    let rule = LspGeneration::Backoff {
        initial: ms(10),
        second: ms(100),
        maximum: ms(500),
    };
    let done = generations(rule, &[0, 20, 120, 320, 720, 1300, 2200, 3201, 3220]);
    assert_eq!(done, [10, 110, 310, 710, 1210, 1710, 2210, 3211, 3311]);
}

#[test]
fn comware_v7_adds_a_doubled_increment_to_the_minimum() {
    let done = generations(rule(TimerProfile::ComwareV7), &[0, 30, 250, 700]);
    assert_eq!(done, [20, 240, 660, 1480]);
}

#[test]
fn frr_keeps_30_s_between_two_generations() {
    let done = generations(rule(TimerProfile::Frr), &[0, 200, 40_000, 65_000]);
    assert_eq!(done, [100, 30_100, 60_100, 90_100]);
    assert_eq!(
        generations(rule(TimerProfile::Frr), &[0, 40_000]),
        [100, 40_100]
    );
}

#[test]
fn frr_counts_a_refresh_as_a_generation() {
    let mut throttle = GenerationThrottle::new(rule(TimerProfile::Frr));
    throttle.change(at(0));
    throttle.generated(at(100));
    throttle.refreshed(at(900_000));
    throttle.change(at(900_500));
    assert_eq!(throttle.due(), Some(at(930_000)));
}

#[test]
fn immediate_does_not_wait() {
    assert_eq!(generations(LspGeneration::Immediate, &[0, 1, 2]), [0, 1, 2]);
}

#[test]
fn long_churn_does_not_overflow() {
    let changes: Vec<u64> = (0..200).map(|i| i * 5000).collect();
    let done = generations(rule(TimerProfile::ComwareV7), &changes);
    assert!(done.windows(2).all(|w| w[1] - w[0] <= 5000 + 5000));
    assert!(done.len() > 190);
}

#[test]
fn sentences_name_the_times() {
    let sentence = rule(TimerProfile::Cisco).describe();
    assert!(
        sentence.contains("50ms") && sentence.contains("5s"),
        "{sentence}"
    );
}
