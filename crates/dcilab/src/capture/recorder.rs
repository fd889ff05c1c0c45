//! The capturing thread: takes frames from all sockets, notes the probes, writes the file.

use core::time::Duration;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;

use linux_net::capture_socket::{CaptureSocket, CaptureStatistics, Direction};
use linux_net::clock;
use meter::{CapturePoint, Seen, capture};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use wire::Timestamp;

use super::reorder::{Frame, Reorder};
use super::writer::CaptureWriter;
use super::{Captured, Comment, SNAP_LENGTH};

/// How often the thread looks whether it is to stop.
const LOOK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 20_000_000,
};
/// How long a frame waits for earlier ones of other interfaces, and for comments on it.
const HOLD: Duration = Duration::from_millis(400);

pub(super) struct Recorder {
    taps: Vec<(CapturePoint, CaptureSocket)>,
    writer: CaptureWriter<BufWriter<File>>,
    remarks: Receiver<Comment>,
    comments: Vec<Comment>,
    reorder: Reorder,
    seen: Vec<Seen>,
    number: u64,
    written: u64,
    /// What the wall clock is ahead of the monotonic one, nanoseconds: both stamp what is recorded.
    realtime_ahead: i64,
}

impl Recorder {
    pub(super) fn new(
        taps: Vec<(CapturePoint, CaptureSocket)>,
        file: &Path,
        remarks: Receiver<Comment>,
    ) -> io::Result<Self> {
        let points: Vec<_> = taps.iter().map(|(point, _)| point).collect();
        let writer = CaptureWriter::create(file, &points, SNAP_LENGTH)?;
        Ok(Self {
            taps,
            writer,
            remarks,
            comments: Vec::new(),
            reorder: Reorder::default(),
            seen: Vec::new(),
            number: 0,
            written: 0,
            realtime_ahead: clock::realtime_minus_monotonic(),
        })
    }

    pub(super) fn run(mut self, stop: &AtomicBool) -> io::Result<Captured> {
        while !stop.load(Ordering::Relaxed) {
            let mut fds: Vec<_> = self
                .taps
                .iter()
                .map(|(_, socket)| PollFd::new(socket, PollFlags::IN))
                .collect();
            // Interrupted or not: what is there is taken.
            let _ = poll(&mut fds, Some(&LOOK));
            self.take_all();
            let hold = u64::try_from(HOLD.as_nanos()).unwrap_or(u64::MAX);
            self.write_before(clock::realtime_nanos().saturating_sub(hold))?;
        }
        self.take_all();
        self.write_before(u64::MAX)?;
        self.finish()
    }

    fn take_all(&mut self) {
        for (interface, (point, socket)) in (0..).zip(&mut self.taps) {
            // The socket of a link that goes down has an error that poll would report for ever.
            let _ = socket.take_error();
            while let Some(frame) = socket.receive() {
                let mut bytes = Vec::with_capacity(frame.data().len() + 4);
                frame.write_to(&mut bytes);
                let (at, direction) = (frame.timestamp_realtime_ns(), frame.direction());
                let original_length = frame.original_length();
                let monotonic = at.checked_add_signed(-self.realtime_ahead).unwrap_or(0);
                let way = match direction {
                    Direction::Received => capture::Direction::In,
                    Direction::Transmitted => capture::Direction::Out,
                };
                let stamp = Timestamp::from_nanos(monotonic);
                self.seen.extend(Seen::in_frame(
                    point.id,
                    way,
                    stamp,
                    &bytes,
                    original_length,
                ));
                self.number += 1;
                let number = self.number;
                self.reorder.push(Frame {
                    at,
                    number,
                    interface,
                    direction,
                    original_length,
                    bytes,
                });
            }
        }
    }

    fn write_before(&mut self, until: u64) -> io::Result<()> {
        self.comments.extend(self.remarks.try_iter());
        self.comments.sort_by_key(|comment| comment.at);
        while let Some(frame) = self.reorder.pop_before(until) {
            let at = frame
                .at
                .checked_add_signed(-self.realtime_ahead)
                .unwrap_or(0);
            let due = self
                .comments
                .partition_point(|c| c.at <= Timestamp::from_nanos(at));
            let texts: Vec<_> = self
                .comments
                .drain(..due)
                .map(|comment| comment.text)
                .collect();
            self.writer.write(&frame, &texts)?;
            self.written += 1;
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<Captured> {
        let mut statistics = Vec::new();
        for (point, socket) in &mut self.taps {
            let counted: CaptureStatistics = socket.statistics()?;
            point.missed = counted.drops;
            statistics.push(counted);
        }
        self.writer.finish(clock::realtime_nanos(), &statistics)?;
        let points = self.taps.into_iter().map(|(point, _)| point).collect();
        Ok(Captured {
            points,
            seen: self.seen,
            frames: self.written,
        })
    }
}
