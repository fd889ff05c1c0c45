//! A second witness: what a capture alone says became of the probes.
//!
//! It knows nothing of what senders and receivers recorded, and shares no code with
//! [`crate::analysis`]: two ways to one figure, so that a fault of one of them shows. Captures of
//! anybody's will do, as long as they hold probes ([`crate::probe`]); whose link an interface is, is
//! worked out from where each probe was seen first.

mod account;
mod agreement;
#[cfg(test)]
mod tests;

use core::time::Duration;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::Serialize;
use wire::Timestamp;

pub use account::{MissingRun, PointAccount};
pub use agreement::{Disagreement, Figure, compare};

use crate::capture::{Direction, PointId};
use crate::{FlowId, Sequence, Sighting};

/// A probe in a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where.
    pub point: PointId,
    /// Which way, where the capture says so.
    pub direction: Option<Direction>,
    /// The capture's stamp, of one clock for all records.
    pub at: Timestamp,
    /// The probe.
    pub probe: Sighting,
}

/// What the capture says of one flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The flow's number.
    pub flow: FlowId,
    /// Address of the host that sent it.
    pub source: Ipv4Addr,
    /// Address of the host that it was for.
    pub destination: Ipv4Addr,
    /// The lowest number seen anywhere.
    pub first: Sequence,
    /// The highest number that was sent early enough to have arrived by the end of the capture.
    pub last: Sequence,
    /// Where its probes were seen first: the captured place nearest to the sender.
    pub start: PointId,
    /// The captured place nearest to the receiver: where what the receiver's host sends is seen first. What
    /// is missing there was lost before it. `None` when nothing tells where that is.
    pub end: Option<PointId>,
    /// What was seen at each place, in the order of their numbers.
    pub points: Vec<PointAccount>,
}

/// Who sends what to whom.
type Key = (FlowId, Ipv4Addr, Ipv4Addr);

impl Account {
    /// Reads a capture that ended at `end`. Probes first seen within `drain` before that are not
    /// judged: they may still have been on their way. Flows come in the order of their numbers; one of
    /// which no probe can be judged is left out.
    #[must_use]
    pub fn of_capture(records: &[Record], end: Timestamp, drain: Duration) -> Vec<Self> {
        let mut flows: BTreeMap<Key, Vec<&Record>> = BTreeMap::new();
        for record in records {
            let Sighting {
                flow,
                source,
                destination,
                ..
            } = record.probe;
            let flow = flows.entry((flow, source, destination)).or_default();
            flow.push(record);
        }
        let settled_until = end - drain;
        let accounts = flows
            .into_iter()
            .filter_map(|(key, records)| Self::of_flow(key, records, settled_until));
        let (mut accounts, homes): (Vec<_>, Vec<_>) = accounts.unzip();
        let homes = homes.into_iter().flatten().collect();
        for account in &mut accounts {
            account.find_end(&homes);
        }
        accounts
    }

    fn of_flow(
        (flow, source, destination): Key,
        mut records: Vec<&Record>,
        settled_until: Timestamp,
    ) -> Option<(Self, Home)> {
        records.sort_by_key(|record| record.at);
        let mut first_seen: BTreeMap<Sequence, &Record> = BTreeMap::new();
        for record in &records {
            first_seen.entry(record.probe.sequence).or_insert(record);
        }
        let first = *first_seen.keys().next()?;
        let judged = first_seen.values().filter(|r| r.at <= settled_until);
        let last = judged.map(|record| record.probe.sequence).max()?;
        let (start, direction) = start(&first_seen)?;
        let account = Self {
            flow,
            source,
            destination,
            first,
            last,
            start,
            end: None,
            points: account::of_points(&records, &first_seen, (first, last)),
        };
        // What comes in there was sent elsewhere.
        let home = (direction != Some(Direction::In)).then_some((source, start));
        Some((account, home))
    }

    /// What was seen nearest to the receiver.
    #[must_use]
    pub fn at_end(&self) -> Option<&PointAccount> {
        let end = self.end?;
        self.points
            .iter()
            .find(|at| at.point == end && at.arrives())
    }

    /// Probes that were judged, seen or not.
    #[must_use]
    pub fn judged(&self) -> u64 {
        u64::from(self.last.0) - u64::from(self.first.0) + 1
    }

    /// The receiver's link, if it was captured. Where nothing tells which that is, a capture of one place
    /// alone is taken for it.
    fn find_end(&mut self, homes: &BTreeMap<Ipv4Addr, PointId>) {
        let mut places: Vec<_> = self.points.iter().map(|at| at.point).collect();
        places.dedup();
        let arrives = self.points.iter().any(PointAccount::arrives);
        let only = match places[..] {
            [place] if arrives => Some(place),
            _ => None,
        };
        self.end = homes.get(&self.destination).copied().or(only);
        if let (Some(end), None) = (self.end, self.at_end()) {
            let nothing = PointAccount::nothing(end, self.first, self.last);
            self.points.push(nothing);
        }
    }
}

/// An address, and the link of the host that has it.
type Home = Option<(Ipv4Addr, PointId)>;

/// Where most probes were seen first, and which way.
fn start(first_seen: &BTreeMap<Sequence, &Record>) -> Option<(PointId, Option<Direction>)> {
    let mut counts: BTreeMap<_, u64> = BTreeMap::new();
    for record in first_seen.values() {
        *counts.entry((record.point, record.direction)).or_default() += 1;
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.map(|(place, _)| place)
}
