//! A host's sending thread: every probe at its absolute deadline.

use std::net::SocketAddrV4;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use linux_net::clock;
use linux_net::timestamped_udp::TimestampedUdp;
use meter::log::{SendOutcome, SentProbe};
use meter::{FlowId, Probe, Schedule, SentLog};
use rustix::thread::{ClockId, clock_nanosleep_absolute};
use rustix::time::Timespec;
use wire::Timestamp;

use super::lock;

/// A flow that starts here.
pub(super) struct Outgoing {
    socket: TimestampedUdp,
    to: SocketAddrV4,
    schedule: Schedule,
    flow: FlowId,
    log: Arc<Mutex<SentLog>>,
    due: Timestamp,
}

impl Outgoing {
    pub(super) fn new(
        socket: TimestampedUdp,
        to: SocketAddrV4,
        schedule: Schedule,
        log: Arc<Mutex<SentLog>>,
    ) -> Self {
        let (flow, next) = {
            let log = lock(&log);
            (log.flow(), log.next_sequence())
        };
        let due = schedule.due(next);
        Self {
            socket,
            to,
            schedule,
            flow,
            log,
            due,
        }
    }

    /// Sends the probe that is due. `false` when the log is full: then the flow is over.
    fn send(&mut self, payload: &mut [u8]) -> bool {
        let sequence = lock(&self.log).next_sequence();
        let sent_at = clock::monotonic();
        let probe = Probe {
            flow: self.flow,
            sequence,
            sent_at,
        };
        if probe.encode(payload).is_err() {
            return false;
        }
        let outcome = match self.socket.send_to(payload, self.to) {
            Ok(()) => SendOutcome::Sent,
            Err(error) => SendOutcome::Refused {
                errno: error.raw_os_error().unwrap_or(0),
            },
        };
        let mut log = lock(&self.log);
        let recorded = log.record(SentProbe {
            due: self.due,
            sent_at,
            outcome,
        });
        self.due = self.schedule.due(log.next_sequence());
        recorded.is_ok()
    }
}

/// Sends until told to stop.
pub(super) fn run(mut flows: Vec<Outgoing>, payload: usize, stop: &AtomicBool) {
    let mut payload = vec![0; payload.max(meter::probe::HEADER_LENGTH)];
    while !stop.load(Ordering::Relaxed) {
        let Some(next) = flows.iter_mut().min_by_key(|flow| flow.due) else {
            break;
        };
        sleep_until(next.due);
        if !next.send(&mut payload) {
            break;
        }
    }
}

fn sleep_until(at: Timestamp) {
    const SECOND: u64 = 1_000_000_000;
    let nanos = at.as_nanos();
    let at = Timespec {
        tv_sec: i64::try_from(nanos / SECOND).unwrap_or(i64::MAX),
        tv_nsec: i64::try_from(nanos % SECOND).unwrap_or(0),
    };
    // Interrupted by a signal it ends early; the probe then leaves early, by no more than that.
    let _ = clock_nanosleep_absolute(ClockId::Monotonic, &at);
}
