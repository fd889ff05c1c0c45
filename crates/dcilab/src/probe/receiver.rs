//! A host's receiving thread.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use linux_net::clock;
use linux_net::timestamped_udp::TimestampedUdp;
use meter::{Probe, ReceivedLog};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use wire::Timestamp;

use super::{FlowGauge, lock};

/// How often the thread looks whether it is to stop.
const LOOK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 20_000_000,
};
/// The longest probe.
const BUFFER: usize = 65_536;

/// A flow that ends here.
pub(super) struct Incoming {
    pub(super) socket: TimestampedUdp,
    pub(super) log: Arc<Mutex<ReceivedLog>>,
    pub(super) gauge: Arc<FlowGauge>,
}

impl Incoming {
    fn take_all(&mut self, buffer: &mut [u8], realtime_ahead: i64) {
        // An error is the answer to something this socket sent; it sends nothing.
        while let Ok(Some(datagram)) = self.socket.receive(buffer) {
            let now = clock::monotonic();
            let stamped = datagram
                .received_realtime_ns
                .and_then(|stamp| stamp.checked_add_signed(-realtime_ahead))
                .map_or(now, Timestamp::from_nanos);
            let Some(probe) = buffer
                .get(..datagram.length)
                .and_then(|b| Probe::decode(b).ok())
            else {
                continue;
            };
            lock(&self.log).record(&probe, stamped);
            self.gauge.record(probe.sequence, stamped);
        }
    }
}

/// Receives until told to stop.
pub(super) fn run(mut flows: Vec<Incoming>, stop: &AtomicBool) {
    let realtime_ahead = clock::realtime_minus_monotonic();
    let mut buffer = vec![0; BUFFER];
    while !stop.load(Ordering::Relaxed) {
        let mut fds: Vec<_> = flows
            .iter()
            .map(|flow| PollFd::new(&flow.socket, PollFlags::IN))
            .collect();
        // Interrupted or not: what is there is taken.
        let _ = poll(&mut fds, Some(&LOOK));
        for flow in &mut flows {
            flow.take_all(&mut buffer, realtime_ahead);
        }
    }
    for flow in flows {
        lock(&flow.log).set_socket_drops(flow.socket.drops().into());
    }
}
