//! What one place of a capture shows of one flow.

use core::time::Duration;
use std::collections::BTreeMap;

use serde::Serialize;
use wire::Timestamp;

use super::Record;
use crate::capture::{Direction, PointId};
use crate::{Measured, Sequence};

/// Judged probes of one flow at one place, one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PointAccount {
    /// Where.
    pub point: PointId,
    /// Which way, where the capture says so.
    pub direction: Option<Direction>,
    /// Different probes that were seen.
    pub seen: u64,
    /// Probes that were not: lost before they came here, or on another way.
    pub missing: u64,
    /// Further sightings of probes that had been seen: duplicates, or copies to several peers.
    pub duplicated: u64,
    /// Probes first seen after one of a higher number (RFC 4737 s3).
    pub reordered: u64,
    /// Every run of consecutive missing probes, in the order of their numbers.
    pub runs: Vec<MissingRun>,
}

/// Consecutive probes that were not seen at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MissingRun {
    /// The first.
    pub first: Sequence,
    /// The last.
    pub last: Sequence,
    /// How many: `last - first + 1`.
    pub missing: u64,
    /// How long the way here was broken: by the stamps at which the probes were first seen anywhere. For
    /// probes that were seen nowhere, their neighbours' stamps are divided evenly.
    pub duration: Measured,
}

impl PointAccount {
    /// No probe came here.
    pub(super) fn nothing(point: PointId, first: Sequence, last: Sequence) -> Self {
        let missing = u64::from(last.0) - u64::from(first.0) + 1;
        let run = MissingRun {
            first,
            last,
            missing,
            duration: Measured::at_least(Duration::ZERO),
        };
        Self {
            point,
            direction: Some(Direction::In),
            seen: 0,
            missing,
            duplicated: 0,
            reordered: 0,
            runs: vec![run],
        }
    }

    /// Whether probes come in here, as far as is known.
    pub(super) fn arrives(&self) -> bool {
        self.direction != Some(Direction::Out)
    }

    /// The run with the most missing probes, the first of equals.
    #[must_use]
    pub fn longest(&self) -> Option<&MissingRun> {
        // The last of equals, from behind.
        self.runs.iter().rev().max_by_key(|run| run.missing)
    }
}

/// `records` in order of time.
pub(super) fn of_points(
    records: &[&Record],
    first_seen: &BTreeMap<Sequence, &Record>,
    (first, last): (Sequence, Sequence),
) -> Vec<PointAccount> {
    let mut places: BTreeMap<_, Vec<Sequence>> = BTreeMap::new();
    for record in records {
        let sequence = record.probe.sequence;
        if sequence <= last {
            let place = places.entry((record.point, record.direction)).or_default();
            place.push(sequence);
        }
    }
    let account = |((point, direction), sightings): (_, Vec<Sequence>)| {
        let order = Order::of(sightings);
        let runs = runs(&order.seen, first_seen, (first, last));
        PointAccount {
            point,
            direction,
            seen: order.seen.len() as u64,
            missing: runs.iter().map(|run| run.missing).sum(),
            duplicated: order.duplicated,
            reordered: order.reordered,
            runs,
        }
    };
    places.into_iter().map(account).collect()
}

/// Numbers in the order in which they were seen, sorted out.
struct Order {
    /// Each once, rising.
    seen: Vec<Sequence>,
    duplicated: u64,
    reordered: u64,
}

impl Order {
    fn of(sightings: Vec<Sequence>) -> Self {
        let total = sightings.len();
        let mut first_of: BTreeMap<Sequence, usize> = BTreeMap::new();
        for (position, sequence) in sightings.into_iter().enumerate() {
            first_of.entry(sequence).or_insert(position);
        }
        // A probe is reordered if one of a higher number was seen before it.
        let (mut reordered, mut earliest_above) = (0, usize::MAX);
        for position in first_of.values().rev() {
            reordered += u64::from(earliest_above < *position);
            earliest_above = earliest_above.min(*position);
        }
        Self {
            duplicated: (total - first_of.len()) as u64,
            reordered,
            seen: first_of.into_keys().collect(),
        }
    }
}

fn runs(
    seen: &[Sequence],
    first_seen: &BTreeMap<Sequence, &Record>,
    (first, last): (Sequence, Sequence),
) -> Vec<MissingRun> {
    let mut runs = Vec::new();
    let mut before: Option<Sequence> = None;
    // The numbers that were seen, and one past the last that is judged.
    let ends = seen.iter().map(|s| (u64::from(s.0), Some(*s)));
    for (number, after) in ends.chain([(u64::from(last.0) + 1, None)]) {
        let from = before.map_or(u64::from(first.0), |s| u64::from(s.0) + 1);
        if from < number {
            runs.extend(run(first_seen, (from, number - 1), (before, after)));
        }
        before = after;
    }
    runs
}

fn run(
    first_seen: &BTreeMap<Sequence, &Record>,
    (from, to): (u64, u64),
    (before, after): (Option<Sequence>, Option<Sequence>),
) -> Option<MissingRun> {
    let sequence = |number| u32::try_from(number).ok().map(Sequence);
    let (first, last) = (sequence(from)?, sequence(to)?);
    let stamp = |sequence: Sequence| stamp(first_seen, sequence);
    let lower = match (stamp(first), stamp(last)) {
        (Some(first), Some(last)) => last.saturating_since(first),
        _ => Duration::ZERO,
    };
    let neighbours = before.and_then(stamp).zip(after.and_then(stamp));
    let duration = match neighbours {
        Some((before, after)) => Measured::between(lower, after.saturating_since(before)),
        None => Measured::at_least(lower),
    };
    Some(MissingRun {
        first,
        last,
        missing: to - from + 1,
        duration,
    })
}

/// When a probe was first seen; for one that was seen nowhere, by its place between its neighbours.
/// `None` outside what was seen.
fn stamp(first_seen: &BTreeMap<Sequence, &Record>, sequence: Sequence) -> Option<Timestamp> {
    let (below, before) = first_seen.range(..=sequence).next_back()?;
    if *below == sequence {
        return Some(before.at);
    }
    let (above, after) = first_seen.range(sequence..).next()?;
    let span = after.at.saturating_since(before.at).as_nanos();
    let (part, whole) = (sequence.0 - below.0, above.0 - below.0);
    let share = span * u128::from(part) / u128::from(whole);
    Some(before.at + Duration::from_nanos(u64::try_from(share).unwrap_or(u64::MAX)))
}
