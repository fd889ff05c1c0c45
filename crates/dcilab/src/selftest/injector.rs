//! What is done to each probe, and the truth about it. Pure: time is an argument.

use core::time::Duration;

use meter::{FlowId, Probe, Sequence};
use wire::Timestamp;

/// A fault to be put into a flow. Times are those at which probes come to the line.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// What comes from `from` on and before `until` is lost.
    Gap { from: Timestamp, until: Timestamp },
    /// The first so many from then on go on twice.
    Duplicates { from: Timestamp, left: u32 },
    /// Every second one from then on waits for the one behind it, so many times.
    Swaps { from: Timestamp, left: u32 },
    /// One of so many that come in that time is lost.
    Loss {
        from: Timestamp,
        until: Timestamp,
        one_in: u32,
        random: fastrand::Rng,
    },
}

/// What becomes of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Treatment {
    Forward,
    Drop,
    Twice,
    /// After the next one.
    Later,
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Truth {
    /// Probes that were lost, in the order of their numbers.
    pub(super) lost: Vec<Sequence>,
    /// Probes that went on twice.
    pub(super) duplicated: u64,
    /// Probes that went on behind a later one.
    pub(super) reordered: u64,
    /// From the sender's stamp to the line's, of each probe: how far the line's clock is from the meter's.
    pub(super) delays: Vec<(Sequence, Duration)>,
}

pub(super) struct Injector {
    flow: FlowId,
    fault: Fault,
    truth: Truth,
}

impl Injector {
    pub(super) fn new(flow: FlowId, fault: Fault) -> Self {
        Self {
            flow,
            fault,
            truth: Truth::default(),
        }
    }

    /// Decides about a probe that came `at`.
    pub(super) fn treat(&mut self, at: Timestamp, probe: &Probe) -> Treatment {
        if probe.flow != self.flow {
            return Treatment::Forward;
        }
        let delay = at.saturating_since(probe.sent_at);
        self.truth.delays.push((probe.sequence, delay));
        let treatment = self.fault.treat(at, probe.sequence);
        match treatment {
            Treatment::Forward => {}
            Treatment::Drop => self.truth.lost.push(probe.sequence),
            Treatment::Twice => self.truth.duplicated += 1,
            Treatment::Later => self.truth.reordered += 1,
        }
        treatment
    }

    /// Whether nothing more will be done.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        match self.fault {
            Fault::Gap { until, .. } | Fault::Loss { until, .. } => now >= until,
            Fault::Duplicates { left, .. } | Fault::Swaps { left, .. } => left == 0,
        }
    }

    pub(super) fn into_truth(self) -> Truth {
        self.truth
    }
}

impl Fault {
    fn treat(&mut self, at: Timestamp, sequence: Sequence) -> Treatment {
        match self {
            Self::Gap { from, until } if (*from..*until).contains(&at) => Treatment::Drop,
            Self::Duplicates { from, left } if at >= *from && *left > 0 => {
                *left -= 1;
                Treatment::Twice
            }
            // Even numbers: two that wait are never neighbours.
            Self::Swaps { from, left }
                if at >= *from && *left > 0 && sequence.0.is_multiple_of(2) =>
            {
                *left -= 1;
                Treatment::Later
            }
            Self::Loss {
                from,
                until,
                one_in,
                random,
            } if (*from..*until).contains(&at) => match random.u32(..*one_in) {
                0 => Treatment::Drop,
                _ => Treatment::Forward,
            },
            _ => Treatment::Forward,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(micros: u64) -> Timestamp {
        Timestamp::from_nanos(micros * 1000)
    }

    /// A thousand a second, which take 30 us to the line.
    fn treat(fault: Fault) -> (Vec<Treatment>, Truth) {
        let mut injector = Injector::new(FlowId(0), fault);
        let probe = |k: u32| Probe {
            flow: FlowId(0),
            sequence: Sequence(k),
            sent_at: at(u64::from(k) * 1000),
        };
        let treatments = (0..100).map(|k| injector.treat(at(u64::from(k) * 1000 + 30), &probe(k)));
        (treatments.collect(), injector.into_truth())
    }

    #[test]
    fn a_gap_is_what_comes_in_its_time() {
        let (treatments, truth) = treat(Fault::Gap {
            from: at(10_000),
            until: at(15_000),
        });
        let expected: Vec<_> = (10..15).map(Sequence).collect();
        assert_eq!(truth.lost, expected);
        assert_eq!(treatments[9], Treatment::Forward);
        assert!(
            truth
                .delays
                .iter()
                .all(|(_, d)| *d == Duration::from_micros(30))
        );
    }

    #[test]
    fn counted_faults_are_counted() {
        let from = at(10_000);
        let (treatments, truth) = treat(Fault::Duplicates { from, left: 3 });
        assert_eq!(
            treatments[9..14],
            [
                Treatment::Forward,
                Treatment::Twice,
                Treatment::Twice,
                Treatment::Twice,
                Treatment::Forward
            ]
        );
        assert_eq!(truth.duplicated, 3);
        let (treatments, truth) = treat(Fault::Swaps { from, left: 2 });
        let later: Vec<_> = (0..100)
            .filter(|k| treatments[*k] == Treatment::Later)
            .collect();
        assert_eq!(later, [10, 12]);
        assert_eq!((truth.reordered, truth.lost.len()), (2, 0));
    }

    #[test]
    fn other_flows_are_left_alone() {
        let fault = Fault::Gap {
            from: at(0),
            until: at(1_000_000),
        };
        let mut injector = Injector::new(FlowId(1), fault);
        let probe = Probe {
            flow: FlowId(0),
            sequence: Sequence(0),
            sent_at: at(0),
        };
        assert_eq!(injector.treat(at(5), &probe), Treatment::Forward);
        assert_eq!(injector.into_truth(), Truth::default());
    }
}
