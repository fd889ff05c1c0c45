//! Against definitions written out naively, and against values known from elsewhere.

use core::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::Ratio;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Durations that are known exactly.
fn points(values: &[u64]) -> Vec<Measured> {
    let point = |value: &u64| Measured::between(ms(*value), ms(*value));
    values.iter().map(point).collect()
}

/// Durations known to a millisecond either way.
fn coarse(values: &[u64]) -> Vec<Measured> {
    let known = |value: &u64| Measured::between(ms(value - 1), ms(value + 1));
    values.iter().map(known).collect()
}

/// Bounds, and a true duration between them.
fn sample() -> impl Strategy<Value = (Measured, Duration)> {
    (0u64..50, 0u64..10, 0u64..=10).prop_map(|(lower, width, share)| {
        let truth = Duration::from_micros(lower * 1000 + width * 1000 * share / 10);
        (Measured::between(ms(lower), ms(lower + width)), truth)
    })
}

fn samples(most: usize) -> impl Strategy<Value = Vec<(Measured, Duration)>> {
    prop::collection::vec(sample(), 1..most)
}

fn split(samples: &[(Measured, Duration)]) -> (Vec<Measured>, Vec<Duration>) {
    samples.iter().copied().unzip()
}

proptest! {
    #[test]
    fn the_true_quantile_lies_between_the_bounds(samples in samples(12)) {
        let (known, mut truths) = split(&samples);
        truths.sort();
        let n = truths.len();
        let naive = |which| match which {
            Quantile::Minimum => truths[0],
            Quantile::Median => (truths[(n - 1) / 2] + truths[n / 2]) / 2,
            Quantile::P95 => truths[(95 * n).div_ceil(100) - 1],
            Quantile::Maximum => truths[n - 1],
        };
        for which in Quantile::ALL {
            let found = quantile(&known, which).unwrap();
            let truth = naive(which);
            prop_assert!(found.lower <= truth, "{which:?}: {found:?}, {truth:?}");
            prop_assert!(truth <= found.upper.unwrap(), "{which:?}: {found:?}, {truth:?}");
            prop_assert!(found.lower <= found.value && found.value <= found.upper.unwrap());
        }
    }

    #[test]
    fn the_true_effect_lies_between_the_bounds(a in samples(7), b in samples(7)) {
        let ((known_a, a), (known_b, b)) = (split(&a), split(&b));
        let effect = Effect::of(&known_a, &known_b).unwrap();
        let (mut net, mut differences) = (0.0, Vec::new());
        for x in &a {
            for y in &b {
                net += f64::from(x.cmp(y) as i8);
                let nanos = |d: &Duration| i64::try_from(d.as_nanos()).unwrap();
                differences.push(nanos(x) - nanos(y));
            }
        }
        let delta = net / differences.len() as f64;
        prop_assert!(effect.delta_lower <= delta + 1e-9 && delta - 1e-9 <= effect.delta_upper);
        differences.sort();
        let n = differences.len();
        let middle = i64::midpoint(differences[(n - 1) / 2], differences[n / 2]);
        let Difference { lower_ns, upper_ns, .. } = effect.difference;
        prop_assert!(lower_ns.unwrap() <= middle && middle <= upper_ns.unwrap());
        // Seen from the other side it is the opposite.
        let back = Effect::of(&known_b, &known_a).unwrap();
        prop_assert!((effect.cliffs_delta + back.cliffs_delta).abs() < 1e-9);
    }

    #[test]
    fn an_exact_test_is_the_definition(
        a in prop::collection::vec(1u64..9, 1..6),
        b in prop::collection::vec(1u64..9, 1..6),
    ) {
        let found = Permutation::is_longer(&points(&a), &points(&b), 1).unwrap();
        let all: Vec<_> = b.iter().chain(&a).copied().collect();
        // Mann-Whitney's U of a division, by comparing every pair.
        let u = |mask: u32| {
            let (mut second, mut first) = (Vec::new(), Vec::new());
            for (index, value) in all.iter().enumerate() {
                if mask >> index & 1 == 1 { second.push(value) } else { first.push(value) }
            }
            let pairs = second.iter().flat_map(|s| first.iter().map(move |f| s.cmp(f) as i64));
            pairs.sum::<i64>()
        };
        let observed = u((1 << b.len()) - 1);
        let divisions = (0u32..1 << all.len()).filter(|m| m.count_ones() as usize == b.len());
        let all_of_them: Vec<_> = divisions.map(u).collect();
        let extreme = all_of_them.iter().filter(|other| **other >= observed).count();
        prop_assert_eq!(found.divisions, all_of_them.len() as u64);
        prop_assert!((found.p - extreme as f64 / all_of_them.len() as f64).abs() < 1e-9);
    }

    #[test]
    fn a_confidence_interval_holds_the_median_and_its_resolution(
        samples in prop::collection::vec(sample(), FEWEST_FOR_INTERVAL..9), seed: u64,
    ) {
        let (known, _) = split(&samples);
        let summary = Summary::of(&known, seed).unwrap();
        let interval = summary.median_interval.unwrap();
        prop_assert!(interval.lower <= summary.median.lower);
        prop_assert!(interval.upper >= summary.median.upper);
        prop_assert!(interval.lower >= summary.minimum.lower);
        prop_assert!(interval.upper <= summary.maximum.upper);
        prop_assert_eq!(&summary, &Summary::of(&known, seed).unwrap());
    }
}

#[test]
fn effects_have_their_known_values() {
    // The example of R's effsize::cliff.delta.
    let treated = points(&[10, 10, 20, 20, 20, 30, 30, 30, 40, 50]);
    let control = points(&[10, 20, 30, 40, 40, 50]);
    let effect = Effect::of(&treated, &control).unwrap();
    assert!((effect.cliffs_delta + 0.25).abs() < 1e-9, "{effect:?}");
    // Known exactly, and yet equal: nobody says which is longer.
    assert_eq!(effect.undecided, 11);
    let apart = Effect::of(&coarse(&[2000, 2010]), &coarse(&[20, 21])).unwrap();
    assert!((apart.delta_lower - 1.0).abs() < 1e-9, "{apart:?}");
    assert_eq!(apart.ratio.to_string(), "97.9 (93.2 to 103.0)");
    assert_eq!(
        apart.difference.to_string(),
        "+1984.5 ms (+1982.5 to +1986.5 ms)"
    );
}

#[test]
fn what_cannot_be_told_apart_is_no_effect() {
    let none = vec![Measured::none_within(ms(1)); 6];
    let effect = Effect::of(&none, &none).unwrap();
    assert_eq!(
        (effect.pairs, effect.undecided, effect.ratio),
        (36, 36, Ratio::Undetermined)
    );
    let test = Permutation::is_longer(&none, &none, 1).unwrap();
    assert!((test.p - 1.0).abs() < 1e-9, "{test:?}");
    assert_eq!(Effect::of(&none, &[]), None);
    assert_eq!(Summary::of(&[], 1), None);
}

#[test]
fn a_test_needs_enough_repeats() {
    let p = |a: &[u64], b: &[u64]| Permutation::is_longer(&coarse(a), &coarse(b), 1).unwrap();
    let three = p(&[20, 21, 22], &[50, 51, 52]);
    assert!((three.p - 0.05).abs() < 1e-9, "{three:?}");
    let two = p(&[20, 21], &[50, 51]);
    assert!((two.smallest_p - 1.0 / 6.0).abs() < 1e-9, "{two:?}");
    // Shorter is not longer.
    assert!(p(&[50, 51, 52], &[20, 21, 22]).p > 0.9);
}

#[test]
fn great_groups_are_drawn_by_a_seed() {
    let (low, high): (Vec<_>, Vec<_>) = ((10..30).collect(), (20..40).collect());
    let test = |seed| Permutation::is_longer(&coarse(&low), &coarse(&high), seed).unwrap();
    assert!(
        test(1).p < 0.001 && test(1).divisions == 10_001,
        "{:?}",
        test(1)
    );
    assert_eq!(test(7), test(7));
    let same = Permutation::is_longer(&coarse(&low), &coarse(&low), 1).unwrap();
    assert!((0.4..0.6).contains(&same.p), "{same:?}");
}

#[test]
fn without_an_end_there_is_no_upper_bound() {
    let mut samples = coarse(&[20, 20, 20, 20, 20, 20, 20, 20]);
    samples.push(Measured::at_least(ms(500)));
    let summary = Summary::of(&samples, 1).unwrap();
    assert_eq!(summary.maximum, Measured::at_least(ms(500)));
    assert_eq!(summary.median, coarse(&[20])[0]);
    assert_eq!(summary.median_interval.unwrap().lower, ms(19));
}
