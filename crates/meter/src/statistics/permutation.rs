//! Whether the second of two groups of repeats is longer, or only looks so by chance.

use core::cmp::Ordering;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::effect::compare;
use crate::Measured;

/// Up to so many divisions into two groups, each is tried; of more, [`RANDOM`] are drawn.
const EXACT_LIMIT: u64 = 20_000;
/// Divisions that are drawn.
const RANDOM: u64 = 10_000;

/// A permutation test of the sum of ranks (Mann-Whitney), one-sided. Samples whose bounds overlap are
/// tied: what cannot be told apart is no evidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Permutation {
    /// How probable so great a sum of ranks of the second group is, were there no difference.
    pub p: f64,
    /// The smallest `p` that groups of these sizes can give: above the level that is asked for, no
    /// difference could be shown, however great.
    pub smallest_p: f64,
    /// Divisions tried.
    pub divisions: u64,
}

impl Permutation {
    /// Is `second` longer than `first`? `None` when one of them is empty.
    #[must_use]
    pub fn is_longer(first: &[Measured], second: &[Measured], seed: u64) -> Option<Self> {
        if first.is_empty() || second.is_empty() {
            return None;
        }
        let all: Vec<_> = second.iter().chain(first).collect();
        let scores: Vec<i64> = all.iter().map(|a| score(a, &all)).collect();
        let chosen = second.len();
        let observed: i64 = scores[..chosen].iter().sum();
        let exact = binomial(scores.len(), chosen).filter(|n| *n <= EXACT_LIMIT);
        Some(match exact {
            Some(divisions) => {
                let extreme = count_extreme(&scores, chosen, observed);
                Self::new(extreme, divisions, divisions)
            }
            None => {
                // The observed division counts as one that was drawn.
                let extreme = draw_extreme(scores, chosen, observed, seed) + 1;
                Self::new(extreme, RANDOM + 1, RANDOM + 1)
            }
        })
    }

    #[allow(clippy::cast_precision_loss, reason = "at most 20,000")]
    fn new(extreme: u64, of: u64, divisions: u64) -> Self {
        Self {
            p: extreme as f64 / of as f64,
            smallest_p: 1.0 / of as f64,
            divisions,
        }
    }
}

/// How many samples this one is known to be longer than, less how many it is known to be shorter than.
fn score(a: &Measured, all: &[&Measured]) -> i64 {
    let sign = |b: &&Measured| match compare(a, b) {
        Ordering::Greater => 1,
        Ordering::Less => -1,
        Ordering::Equal => 0,
    };
    all.iter().map(sign).sum()
}

/// How many ways there are to choose `k` of `n`; `None` when there are too many to count.
fn binomial(n: usize, k: usize) -> Option<u64> {
    let mut ways: u64 = 1;
    for i in 0..k.min(n - k) {
        ways = ways.checked_mul((n - i) as u64)? / (i as u64 + 1);
    }
    Some(ways)
}

/// Of all ways to choose `left` scores, how many sum up to `needed` or more.
fn count_extreme(scores: &[i64], left: usize, needed: i64) -> u64 {
    match scores.split_first() {
        _ if left == 0 => u64::from(needed <= 0),
        _ if scores.len() < left => 0,
        None => 0,
        Some((score, rest)) => {
            count_extreme(rest, left - 1, needed - score) + count_extreme(rest, left, needed)
        }
    }
}

fn draw_extreme(mut scores: Vec<i64>, chosen: usize, observed: i64, seed: u64) -> u64 {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut extreme = 0;
    for _ in 0..RANDOM {
        random.shuffle(&mut scores);
        extreme += u64::from(scores[..chosen].iter().sum::<i64>() >= observed);
    }
    extreme
}
