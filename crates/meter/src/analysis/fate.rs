//! What became of each judged probe.

use wire::Timestamp;

use super::gap::{Gap, Good};
use crate::log::{SendOutcome, SentProbe};
use crate::{ReceivedLog, SentLog, Sequence};

/// The judged probes and their first arrivals, both by sequence.
pub(super) struct Fates<'a> {
    sent: &'a [SentProbe],
    arrivals: Vec<Option<Timestamp>>,
    pub(super) duplicated: u64,
    pub(super) reordered: u64,
    pub(super) unknown: u64,
}

impl<'a> Fates<'a> {
    pub(super) fn new(sent: &'a SentLog, received: &ReceivedLog, until: Timestamp) -> Self {
        let offered = sent.probes();
        let judged = offered
            .iter()
            .take_while(|probe| probe.sent_at <= until)
            .count();
        let mut fates = Self {
            sent: &offered[..judged],
            arrivals: vec![None; judged],
            duplicated: 0,
            reordered: 0,
            unknown: 0,
        };
        // As NextExp of RFC 4737 s3.3, the expectation also moves on with probes that are not judged.
        let mut expected = 0;
        for arrival in received.probes() {
            let index = arrival.sequence.index();
            match fates.arrivals.get_mut(index) {
                Some(Some(_)) => fates.duplicated += 1,
                Some(first @ None) => {
                    *first = Some(arrival.received_at);
                    fates.reordered += u64::from(index < expected);
                }
                None if index >= offered.len() => {
                    fates.unknown += 1;
                    continue;
                }
                None => {}
            }
            expected = expected.max(index + 1);
        }
        fates
    }

    pub(super) fn len(&self) -> usize {
        self.sent.len()
    }

    pub(super) fn sent(&self) -> &[SentProbe] {
        self.sent
    }

    pub(super) fn lost(&self) -> usize {
        self.arrivals
            .iter()
            .filter(|arrival| arrival.is_none())
            .count()
    }

    /// Probes that were refused, as far as they did not arrive all the same (an error of an earlier
    /// datagram is reported by a later send call).
    pub(super) fn refused(&self) -> usize {
        let refused = |probe: &SentProbe| matches!(probe.outcome, SendOutcome::Refused { .. });
        self.probes()
            .filter(|(probe, arrival)| refused(probe) && arrival.is_none())
            .count()
    }

    /// Send and receive stamps of the good probes.
    pub(super) fn delays(&self) -> impl Iterator<Item = (Timestamp, Timestamp)> + '_ {
        self.probes()
            .filter_map(|(probe, arrival)| Some((probe.sent_at, arrival?)))
    }

    /// The same for probes that arrived before `trigger`.
    pub(super) fn delays_before(
        &self,
        trigger: Timestamp,
    ) -> impl Iterator<Item = (Timestamp, Timestamp)> + '_ {
        self.delays().filter(move |(_, arrival)| *arrival < trigger)
    }

    /// The good probe at `index`, if it is one.
    pub(super) fn good(&self, index: usize) -> Option<Good> {
        let received_at = (*self.arrivals.get(index)?)?;
        let sent_at = self.sent.get(index)?.sent_at;
        Some(Good {
            sequence: Sequence::at_index(index),
            sent_at,
            received_at,
        })
    }

    /// Runs of consecutive lost probes, in sending order.
    pub(super) fn gaps(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        let mut first = None;
        for (index, arrival) in self.arrivals.iter().enumerate() {
            match (arrival, first) {
                (None, None) => first = Some(index),
                (Some(_), Some(begin)) => {
                    gaps.push(self.gap(begin, index - 1));
                    first = None;
                }
                _ => {}
            }
        }
        if let Some(begin) = first {
            gaps.push(self.gap(begin, self.len() - 1));
        }
        gaps
    }

    fn gap(&self, first: usize, last: usize) -> Gap {
        let before = first.checked_sub(1).and_then(|index| self.good(index));
        let stamps = (self.sent[first].sent_at, self.sent[last].sent_at);
        Gap::new(first, last, stamps, before, self.good(last + 1))
    }

    fn probes(&self) -> impl Iterator<Item = (&SentProbe, Option<Timestamp>)> + '_ {
        self.sent.iter().zip(self.arrivals.iter().copied())
    }
}
