//! Live state of one flow: enough to tell whether it works now.

use core::time::Duration;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use meter::{FlowId, Sequence};
use wire::Timestamp;

/// A flow whose last probe is older than this is not working.
const FRESH: Duration = Duration::from_millis(100);

/// Written by the receiver, read by whoever waits. The figures of the report come from the logs.
#[derive(Debug)]
pub struct FlowGauge {
    flow: FlowId,
    received: AtomicU64,
    /// Arrival of the first probe after the last gap.
    good_since: AtomicU64,
    last_at: AtomicU64,
    expected: AtomicU32,
}

impl FlowGauge {
    pub(super) const fn new(flow: FlowId) -> Self {
        Self {
            flow,
            received: AtomicU64::new(0),
            good_since: AtomicU64::new(u64::MAX),
            last_at: AtomicU64::new(0),
            expected: AtomicU32::new(0),
        }
    }

    /// The flow.
    #[must_use]
    pub const fn flow(&self) -> FlowId {
        self.flow
    }

    /// Probes that have arrived.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    pub(super) fn record(&self, sequence: Sequence, at: Timestamp) {
        let expected = self.expected.load(Ordering::Relaxed);
        if self.received() == 0 || sequence.0 > expected {
            self.good_since.store(at.as_nanos(), Ordering::Relaxed);
        }
        self.expected.store(
            expected.max(sequence.0.saturating_add(1)),
            Ordering::Relaxed,
        );
        self.last_at.store(at.as_nanos(), Ordering::Relaxed);
        self.received.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether probes arrive now, and have done so for `span` without a gap.
    #[must_use]
    pub fn is_clean_for(&self, span: Duration, now: Timestamp) -> bool {
        let last = Timestamp::from_nanos(self.last_at.load(Ordering::Relaxed));
        let good_since = Timestamp::from_nanos(self.good_since.load(Ordering::Relaxed));
        self.received() > 0
            && now.saturating_since(last) < FRESH
            && now.saturating_since(good_since) >= span
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: u64) -> Timestamp {
        Timestamp::from_nanos(millis * 1_000_000)
    }

    #[test]
    fn a_gap_starts_the_clean_span_anew() {
        let gauge = FlowGauge::new(FlowId(0));
        let span = Duration::from_millis(100);
        assert!(!gauge.is_clean_for(span, at(1000)));
        for n in 0..=100 {
            gauge.record(Sequence(n), at(u64::from(n)));
        }
        assert!(gauge.is_clean_for(span, at(100)));
        gauge.record(Sequence(150), at(150));
        assert!(!gauge.is_clean_for(span, at(150)));
        for n in 151..=250 {
            gauge.record(Sequence(n), at(u64::from(n)));
        }
        assert!(gauge.is_clean_for(span, at(250)));
        assert!(!gauge.is_clean_for(span, at(400)), "silent since 150 ms");
    }
}
