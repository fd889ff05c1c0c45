//! Numbered frames from one host to another, without a pause: the next ones leave when the ones before
//! have come.

use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;

use anyhow::{Context, anyhow, ensure};
use lab_tests::{PATIENCE, eventually};
use linux_net::packet_socket::PacketRing;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use wire::MacAddr;

/// Frames on their way at the most: few enough that no ring is ever full.
const WINDOW: u64 = 16;
/// EtherType for local experiments (IEEE 802).
const EXPERIMENT: [u8; 2] = [0x88, 0xb5];
const LENGTH: usize = 60;

/// Traffic that goes on until it is stopped.
pub(crate) struct Traffic {
    stop: Arc<AtomicBool>,
    received: Arc<AtomicU64>,
    thread: JoinHandle<anyhow::Result<()>>,
}

/// Both ends of the traffic.
pub(crate) struct Ends {
    pub(crate) from: PacketRing,
    pub(crate) to: PacketRing,
    pub(crate) source: MacAddr,
    pub(crate) destination: MacAddr,
}

impl Traffic {
    pub(crate) fn start(ends: Ends) -> Self {
        let (stop, received) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let (ending, counting) = (stop.clone(), received.clone());
        let thread = std::thread::spawn(move || ends.carry(&ending, &counting));
        Self {
            stop,
            received,
            thread,
        }
    }

    /// Waits until frames have crossed that left after this call.
    pub(crate) fn wait_for_more(&self) -> anyhow::Result<()> {
        let wanted = self.received.load(Ordering::Relaxed) + 4 * WINDOW;
        eventually("frames cross", || {
            ensure!(!self.thread.is_finished(), "the traffic has ended");
            let received = self.received.load(Ordering::Relaxed);
            Ok((received < wanted).then(|| format!("{received} of {wanted}")))
        })
    }

    /// Ends the traffic: how many frames were sent, each of which has come once and in order.
    pub(crate) fn stop(self) -> anyhow::Result<u64> {
        self.stop.store(true, Ordering::Relaxed);
        let ended = self.thread.join();
        ended.map_err(|_| anyhow!("the traffic's thread has failed"))??;
        Ok(self.received.load(Ordering::Relaxed))
    }
}

impl Ends {
    fn carry(mut self, stop: &AtomicBool, received: &AtomicU64) -> anyhow::Result<()> {
        let (mut sent, mut next) = (0, 0);
        loop {
            let is_over = stop.load(Ordering::Relaxed);
            if is_over && next == sent {
                return Ok(());
            }
            while !is_over && sent < next + WINDOW {
                self.send(sent)?;
                sent += 1;
            }
            self.from.flush()?;
            self.wait(next, sent)?;
            while let Some(number) = self.receive() {
                ensure!(number >= next, "frame {number} came twice");
                ensure!(
                    number == next,
                    "frame {next} was lost: {number} came after it"
                );
                next += 1;
                received.store(next, Ordering::Relaxed);
            }
        }
    }

    fn send(&mut self, number: u64) -> anyhow::Result<()> {
        let mut frame = [0; LENGTH];
        frame[..6].copy_from_slice(&self.destination.octets());
        frame[6..12].copy_from_slice(&self.source.octets());
        frame[12..14].copy_from_slice(&EXPERIMENT);
        frame[14..22].copy_from_slice(&number.to_be_bytes());
        let sent = self
            .from
            .transmit(LENGTH, |slot| slot.copy_from_slice(&frame));
        sent.map_err(|error| anyhow!("{error:?}"))
    }

    fn wait(&self, next: u64, sent: u64) -> anyhow::Result<()> {
        let left = Timespec::try_from(PATIENCE)?;
        let mut ready = [PollFd::from_borrowed_fd(self.to.as_fd(), PollFlags::IN)];
        let count = poll(&mut ready, Some(&left)).context("wait for frames")?;
        ensure!(
            count > 0,
            "frame {next} of {sent} was lost: nothing comes any more"
        );
        Ok(())
    }

    /// The number of the next frame of the traffic.
    fn receive(&mut self) -> Option<u64> {
        loop {
            let frame = self.to.receive()?;
            let payload = frame
                .data()
                .get(12..)
                .and_then(|rest| rest.strip_prefix(&EXPERIMENT));
            if let Some(number) = payload.and_then(|payload| payload.first_chunk()) {
                return Some(u64::from_be_bytes(*number));
            }
        }
    }
}
