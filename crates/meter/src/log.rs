//! What the sender and the receiver of a flow record. Both logs are allocated before the run and never
//! grow: what does not fit is counted, and makes the run inconclusive.

use serde::{Deserialize, Serialize};
use wire::Timestamp;

use crate::{FlowId, Probe, Sequence};

/// What became of the send call of one probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum SendOutcome {
    /// The kernel took it.
    Sent,
    /// The kernel refused it.
    Refused {
        /// The error number, as of `errno(3)`.
        errno: i32,
    },
}

/// One probe as its sender saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentProbe {
    /// When it was due.
    pub due: Timestamp,
    /// When the send call was made.
    pub sent_at: Timestamp,
    /// What the kernel said.
    #[serde(flatten)]
    pub outcome: SendOutcome,
}

/// A log is full: it was allocated for fewer probes than were sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the log of flow {flow} is full after {capacity} probes: allocate it for the whole run")]
pub struct LogFull {
    /// The flow.
    pub flow: FlowId,
    /// Probes that fit.
    pub capacity: usize,
}

/// All probes of one flow in sending order: the probe at index `k` has sequence `k`.
///
/// A sender that is late sends the missed probes at once and records their true stamps; it never skips
/// a sequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentLog {
    flow: FlowId,
    capacity: usize,
    probes: Vec<SentProbe>,
}

impl SentLog {
    /// An empty log with room for `capacity` probes ([`crate::Schedule::due_before`]).
    #[must_use]
    pub fn with_capacity(flow: FlowId, capacity: usize) -> Self {
        Self {
            flow,
            capacity,
            probes: Vec::with_capacity(capacity),
        }
    }

    /// Sequence of the probe to be sent next.
    #[must_use]
    pub fn next_sequence(&self) -> Sequence {
        Sequence::at_index(self.probes.len())
    }

    /// Records the probe [`SentLog::next_sequence`].
    ///
    /// # Errors
    /// The log is full; nothing is recorded.
    pub fn record(&mut self, probe: SentProbe) -> Result<(), LogFull> {
        if self.probes.len() >= self.capacity {
            return Err(LogFull {
                flow: self.flow,
                capacity: self.capacity,
            });
        }
        self.probes.push(probe);
        Ok(())
    }

    /// The flow.
    #[must_use]
    pub const fn flow(&self) -> FlowId {
        self.flow
    }

    /// The probes, in sending order.
    #[must_use]
    pub fn probes(&self) -> &[SentProbe] {
        &self.probes
    }
}

/// One arrival, duplicates included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedProbe {
    /// Number of the probe.
    pub sequence: Sequence,
    /// The sender's stamp, as the probe carried it.
    pub sent_at: Timestamp,
    /// The kernel's stamp of the arrival, converted to `CLOCK_MONOTONIC`.
    pub received_at: Timestamp,
}

/// What became of an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It is in the log.
    Logged,
    /// It is of another flow, an earlier run's perhaps; counted as foreign.
    Foreign,
    /// The log is full; counted as overflowed.
    Overflowed,
}

/// All arrivals of one flow, in order of arrival.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedLog {
    flow: FlowId,
    capacity: usize,
    probes: Vec<ReceivedProbe>,
    foreign: u64,
    overflowed: u64,
    socket_drops: u64,
}

impl ReceivedLog {
    /// An empty log with room for `capacity` arrivals; allow for duplicates.
    #[must_use]
    pub fn with_capacity(flow: FlowId, capacity: usize) -> Self {
        let probes = Vec::with_capacity(capacity);
        Self {
            flow,
            capacity,
            probes,
            foreign: 0,
            overflowed: 0,
            socket_drops: 0,
        }
    }

    /// Records an arrival.
    pub fn record(&mut self, probe: &Probe, received_at: Timestamp) -> Recorded {
        if probe.flow != self.flow {
            self.foreign += 1;
            return Recorded::Foreign;
        }
        if self.probes.len() >= self.capacity {
            self.overflowed += 1;
            return Recorded::Overflowed;
        }
        let Probe {
            sequence, sent_at, ..
        } = *probe;
        self.probes.push(ReceivedProbe {
            sequence,
            sent_at,
            received_at,
        });
        Recorded::Logged
    }

    /// States how many datagrams the receiving socket itself dropped so far (`SO_RXQ_OVFL`).
    pub const fn set_socket_drops(&mut self, drops: u64) {
        self.socket_drops = drops;
    }

    /// The flow.
    #[must_use]
    pub const fn flow(&self) -> FlowId {
        self.flow
    }

    /// The arrivals, in order of arrival.
    #[must_use]
    pub fn probes(&self) -> &[ReceivedProbe] {
        &self.probes
    }

    /// Probes of other flows that came in.
    #[must_use]
    pub const fn foreign(&self) -> u64 {
        self.foreign
    }

    /// Arrivals that did not fit.
    #[must_use]
    pub const fn overflowed(&self) -> u64 {
        self.overflowed
    }

    /// Datagrams that the receiving socket dropped.
    #[must_use]
    pub const fn socket_drops(&self) -> u64 {
        self.socket_drops
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_never_grow() {
        let at = Timestamp::ZERO;
        let mut sent = SentLog::with_capacity(FlowId(1), 1);
        let probe = SentProbe {
            due: at,
            sent_at: at,
            outcome: SendOutcome::Sent,
        };
        assert_eq!(sent.record(probe), Ok(()));
        assert_eq!(sent.next_sequence(), Sequence(1));
        assert_eq!(
            sent.record(probe),
            Err(LogFull {
                flow: FlowId(1),
                capacity: 1
            })
        );
        assert_eq!(sent.probes().len(), 1);

        let mut received = ReceivedLog::with_capacity(FlowId(1), 1);
        let probe = Probe {
            flow: FlowId(1),
            sequence: Sequence(0),
            sent_at: at,
        };
        let other = Probe {
            flow: FlowId(2),
            ..probe
        };
        assert_eq!(received.record(&other, at), Recorded::Foreign);
        assert_eq!(received.record(&probe, at), Recorded::Logged);
        assert_eq!(received.record(&probe, at), Recorded::Overflowed);
        let counts = (
            received.probes().len(),
            received.foreign(),
            received.overflowed(),
        );
        assert_eq!(counts, (1, 1, 1));
    }
}
