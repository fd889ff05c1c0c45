//! The line between the two hosts: a thread that carries every frame from one cable to the other, and
//! does to the probes what the injector decides.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use linux_net::packet_socket::{PacketRing, RingConfig};
use linux_net::{clock, interface};
use meter::{FlowId, Probe};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use wire::Timestamp;

use super::bench;
use super::injector::{Fault, Injector, Treatment, Truth};
use crate::lab::{Lab, LabError};
use crate::stop_flag::StopFlag;

/// How often the thread looks whether it is to stop.
const LOOK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 20_000_000,
};
/// Ethernet, IPv4 without options, and UDP headers: what is before a probe on this line.
const HEADERS: usize = 14 + 20 + 8;

/// The line. Dropped, it carries nothing any more.
pub(super) struct Line {
    injector: Arc<Mutex<Option<Injector>>>,
    _stop: StopFlag,
}

impl Line {
    /// Joins the two cables.
    pub(super) async fn start(lab: &Lab) -> Result<Self, LabError> {
        let [one, other] = bench::cables(lab)?;
        let namespace = lab.namespace(&one.far.node)?;
        let names = [one, other].map(|veth| veth.far.name.as_str().to_owned());
        let what = || "the line between the hosts".to_owned();
        let open = move || {
            let mut rings = Vec::new();
            for name in &names {
                let interface = interface::lookup(name)?;
                let config = RingConfig::for_mtu(interface.mtu);
                rings.push(PacketRing::open(&interface, config)?);
            }
            Ok(rings)
        };
        let opened = namespace.run(open).await;
        let rings: Result<_, linux_net::Error> =
            opened.map_err(|_| LabError::Panicked { what: what() })?;
        let rings = rings.map_err(LabError::kernel(what()))?;
        let (stop, injector) = (StopFlag::default(), Arc::new(Mutex::new(None)));
        let carrier = Carrier {
            rings,
            held: None,
            injector: injector.clone(),
            realtime_ahead: clock::realtime_minus_monotonic(),
        };
        let stopped = stop.shared();
        let run = move || carrier.run(&stopped);
        let thread = namespace.spawn_thread("selftest-line", run).await;
        thread.map_err(LabError::kernel(what()))?;
        Ok(Self {
            injector,
            _stop: stop,
        })
    }

    /// Puts a fault into a flow, in place of what was there.
    pub(super) fn inject(&self, flow: FlowId, fault: Fault) {
        *lock(&self.injector) = Some(Injector::new(flow, fault));
    }

    /// Whether nothing more will be done.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        lock(&self.injector).as_ref().is_none_or(|i| i.is_over(now))
    }

    /// What was done since the fault was put in.
    pub(super) fn take_truth(&self) -> Truth {
        lock(&self.injector)
            .take()
            .map(Injector::into_truth)
            .unwrap_or_default()
    }
}

fn lock(injector: &Mutex<Option<Injector>>) -> MutexGuard<'_, Option<Injector>> {
    injector.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Carrier {
    rings: Vec<PacketRing>,
    /// A frame that waits for the next one, and the ring that it goes out by.
    held: Option<Vec<u8>>,
    injector: Arc<Mutex<Option<Injector>>>,
    realtime_ahead: i64,
}

impl Carrier {
    fn run(mut self, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            let mut fds: Vec<_> = self
                .rings
                .iter()
                .map(|ring| PollFd::new(ring, PollFlags::IN))
                .collect();
            // Interrupted or not: what is there is taken.
            let _ = poll(&mut fds, Some(&LOOK));
            let [one, other] = &mut self.rings[..] else {
                return;
            };
            let (injector, ahead) = (&self.injector, self.realtime_ahead);
            carry(one, other, &mut self.held, injector, ahead);
            carry(other, one, &mut self.held, injector, ahead);
        }
    }
}

/// Carries what has come in at one ring out by the other.
fn carry(
    from: &mut PacketRing,
    to: &mut PacketRing,
    held: &mut Option<Vec<u8>>,
    injector: &Mutex<Option<Injector>>,
    realtime_ahead: i64,
) {
    // A link that comes up late has an error that poll would report for ever.
    let _ = from.take_error();
    while let Some(frame) = from.receive() {
        let data = frame.data();
        let stamp = frame
            .timestamp_realtime_ns()
            .checked_add_signed(-realtime_ahead);
        let at = Timestamp::from_nanos(stamp.unwrap_or(0));
        let probe = data
            .get(HEADERS..)
            .and_then(|payload| Probe::decode(payload).ok());
        let treatment = probe.and_then(|probe| {
            let mut injector = lock(injector);
            injector.as_mut().map(|injector| injector.treat(at, &probe))
        });
        let mut copies = match treatment.unwrap_or(Treatment::Forward) {
            Treatment::Forward => vec![data.to_vec()],
            Treatment::Twice => vec![data.to_vec(), data.to_vec()],
            Treatment::Drop => Vec::new(),
            Treatment::Later => {
                *held = Some(data.to_vec());
                continue;
            }
        };
        // The next one of the same flow: all that comes in here goes the same way.
        if treatment.is_some() && probe.is_some_and(|p| held_before(held.as_deref(), &p)) {
            copies.extend(held.take());
        }
        for copy in copies {
            send(to, &copy);
        }
    }
    let _ = to.flush();
}

/// Whether the held frame is the probe just before this one.
fn held_before(held: Option<&[u8]>, probe: &Probe) -> bool {
    let held = held.and_then(|frame| Probe::decode(frame.get(HEADERS..)?).ok());
    held.is_some_and(|held| held.flow == probe.flow && held.sequence < probe.sequence)
}

/// A frame that finds no room is lost, and the meter's own check of a clean line says so.
fn send(ring: &mut PacketRing, frame: &[u8]) {
    let fill = |slot: &mut [u8]| slot.copy_from_slice(frame);
    if ring.transmit(frame.len(), fill).is_err() {
        let _ = ring.flush();
        let _ = ring.transmit(frame.len(), fill);
    }
}
