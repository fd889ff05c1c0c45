//! The relay's thread: takes frames from the edge devices, and hands them to the kernel when they are due.

use core::time::Duration;
use std::io;
use std::os::fd::AsFd;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::sync::{Arc, PoisonError};

use impairment::{Due, Line};
use linux_net::clock;
use linux_net::packet_socket::{PacketRing, TransmitError};
use wire::{MacAddr, Timestamp};

use super::course::{Addresses, Course};
use super::wake::Alarm;
use super::{Command, Shared};

/// Frames that are taken from one port in turn.
const BATCH: usize = 64;
/// How long the offset between the clocks is believed.
const OFFSET_LIFE: Duration = Duration::from_secs(1);

/// A whole frame, ready to go on.
pub(super) type Frame = Arc<[u8]>;

/// The public network's port to a site, as long as what comes there is carried.
pub(super) struct Port {
    pub(super) site: usize,
    pub(super) mac: MacAddr,
    pub(super) ring: PacketRing,
    /// The kernel has routed what came before this, by its stamp.
    pub(super) since: u64,
    pub(super) dropped: u64,
}

pub(super) struct Carrier {
    pub(super) addresses: Arc<Addresses>,
    pub(super) shared: Arc<Shared>,
    pub(super) commands: Receiver<Command>,
    pub(super) ports: Vec<Port>,
    /// Towards the kernel, which routes what comes there.
    pub(super) onward: PacketRing,
    /// Destination and source of what goes there.
    pub(super) header: [u8; 12],
    pub(super) clocks: Clocks,
}

/// The kernel stamps frames by the wall clock; deadlines are on the monotonic one.
pub(super) struct Clocks {
    ahead: i64,
    read: Timestamp,
}

impl Clocks {
    pub(super) fn read() -> Self {
        Self {
            ahead: clock::realtime_minus_monotonic(),
            read: clock::monotonic(),
        }
    }

    /// When a frame came; never later than now.
    fn arrival(&mut self, stamp: u64, now: Timestamp) -> Timestamp {
        if now.saturating_since(self.read) > OFFSET_LIFE {
            *self = Self::read();
        }
        let at = i128::from(stamp) - i128::from(self.ahead);
        Timestamp::from_nanos(u64::try_from(at).unwrap_or(0)).min(now)
    }
}

/// Whether there is more to do.
#[derive(PartialEq, Eq)]
enum Told {
    GoOn,
    End,
}

impl Carrier {
    /// Carries until its owner is gone.
    pub(super) fn run(mut self) {
        if let Err(error) = self.carry() {
            self.shared.fail(&error);
        }
    }

    fn carry(&mut self) -> io::Result<()> {
        let mut alarm = Alarm::new()?;
        loop {
            let shared = self.shared.clone();
            let mut line = shared.line.lock().unwrap_or_else(PoisonError::into_inner);
            if self.obey(&mut line) == Told::End {
                return Ok(());
            }
            let more = self.take(&mut line)?;
            self.send_due(&mut line)?;
            let deadline = line.next_deadline();
            drop(line);
            if !more {
                let ports = self.ports.iter().map(|port| port.ring.as_fd());
                alarm.wait(deadline, &self.shared.waker, ports)?;
            }
        }
    }

    fn obey(&mut self, line: &mut Line<Frame>) -> Told {
        self.shared.waker.clear();
        loop {
            match self.commands.try_recv() {
                Ok(Command::Carry(port)) => self.ports.push(*port),
                Ok(Command::Release { site, until }) => {
                    if let Some(at) = self.ports.iter().position(|port| port.site == site) {
                        let mut port = self.ports.swap_remove(at);
                        while self.take_from(&mut port, line, until) == BATCH {}
                    }
                }
                Err(TryRecvError::Empty) => return Told::GoOn,
                Err(TryRecvError::Disconnected) => return Told::End,
            }
        }
    }

    /// A batch from each port; whether there may be more.
    fn take(&mut self, line: &mut Line<Frame>) -> io::Result<bool> {
        let mut ports = core::mem::take(&mut self.ports);
        let mut more = false;
        for port in &mut ports {
            more |= self.take_from(port, line, u64::MAX) == BATCH;
            // An error that waits would wake for ever.
            port.ring.take_error()?;
            let dropped = port.ring.statistics()?.drops;
            let new = dropped - core::mem::replace(&mut port.dropped, dropped);
            self.shared.overruns.fetch_add(new, Ordering::Relaxed);
        }
        self.ports = ports;
        Ok(more)
    }

    fn take_from(&mut self, port: &mut Port, line: &mut Line<Frame>, until: u64) -> usize {
        let now = clock::monotonic();
        for taken in 0..BATCH {
            let Some(frame) = port.ring.receive() else {
                return taken;
            };
            let stamp = frame.timestamp_realtime_ns();
            if stamp < port.since || stamp >= until {
                continue;
            }
            let length = u32::try_from(frame.data().len()).unwrap_or(u32::MAX);
            let make = || onward_frame(&self.header, frame.data());
            match self.addresses.course(port.site, port.mac, frame.data()) {
                Course::Kernel => {}
                Course::Path(path) => {
                    let at = self.clocks.arrival(stamp, now);
                    if line.offer(path, at, length, make).is_none() {
                        send(&mut self.onward, &make());
                    }
                }
                Course::Onward => {
                    send(&mut self.onward, &make());
                }
            }
        }
        BATCH
    }

    /// Sends what is due, and notes when it has left.
    fn send_due(&mut self, line: &mut Line<Frame>) -> io::Result<()> {
        let now = clock::monotonic();
        let mut sent: Vec<Due<Frame>> = Vec::new();
        while let Some(due) = line.take_due(now) {
            match send(&mut self.onward, &due.packet) {
                Sent::Yes => sent.push(due),
                Sent::No => line.refused(&due),
            }
        }
        if self.onward.has_marked() {
            self.onward.flush()?;
        }
        let at = clock::monotonic();
        for due in &sent {
            line.left(due, at);
        }
        Ok(())
    }
}

/// The frame with the addresses of the cable to the kernel.
fn onward_frame(header: &[u8; 12], frame: &[u8]) -> Frame {
    let rest = frame.get(header.len()..).unwrap_or_default();
    header.iter().chain(rest).copied().collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sent {
    Yes,
    No,
}

fn send(onward: &mut PacketRing, frame: &[u8]) -> Sent {
    let mut mark = || onward.transmit(frame.len(), |slot| slot.copy_from_slice(frame));
    let marked = match mark() {
        Err(TransmitError::RingFull) => {
            let _ = onward.flush();
            onward.transmit(frame.len(), |slot| slot.copy_from_slice(frame))
        }
        other => other,
    };
    match marked {
        Ok(()) => Sent::Yes,
        Err(_) => Sent::No,
    }
}
