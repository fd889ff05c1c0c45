//! Capture: every edge device's ports and uplink and every host's link, into one pcapng file; or, live,
//! whatever somebody wants to look at ([`Live`]).
//!
//! In this process, not by a tool: tcpdump cannot drop its rights in a user namespace, and attribution
//! needs the same frames.

mod filter;
mod live;
mod output;
mod points;
mod recorder;
mod reorder;
mod writer;

use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;

use linux_net::capture_socket::{CaptureConfig, CaptureSocket};
use linux_net::interface;
use meter::{CapturePoint, Seen};
use wire::Timestamp;

pub use filter::{Filter, FilterError, HostAddresses};
pub use live::{Ended, Limits, Live, Tap};
pub use output::{Destination, Output, Ring};

use crate::lab::{Lab, LabError};
use crate::stop_flag::StopFlag;
use points::PlannedPoint;
use recorder::Recorder;

/// Room for a burst while the recording thread has no turn: slots of 2 KiB.
const SLOTS: u32 = 8192;
const SNAP_LENGTH: u32 = 1700;

/// A capture that runs. Dropped, it ends, and its file with it.
pub struct Capture {
    thread: JoinHandle<std::io::Result<Captured>>,
    stop: StopFlag,
    comments: mpsc::Sender<Comment>,
}

/// A remark for the next frame after its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// When the thing happened that it remarks on.
    pub at: Timestamp,
    /// What happened.
    pub text: String,
}

/// What was captured.
pub struct Captured {
    /// The interfaces, with what each missed.
    pub points: Vec<CapturePoint>,
    /// Every probe that was seen.
    pub seen: Vec<Seen>,
    /// Frames in the file.
    pub frames: u64,
}

impl Capture {
    /// Starts to capture into `file`.
    ///
    /// # Errors
    /// A socket or the file could not be opened.
    pub async fn start(lab: &Lab, file: &Path) -> Result<Self, LabError> {
        let mut taps = Vec::new();
        for planned in points::of(lab.plan()) {
            let socket = open(lab, &planned).await?;
            taps.push((planned.point, socket));
        }
        let (comments, remarks) = mpsc::channel();
        let stop = StopFlag::default();
        let what = || format!("capture into {}", file.display());
        let recorder = Recorder::new(taps, file, remarks).map_err(LabError::file(what()))?;
        let stopped = stop.shared();
        let thread = std::thread::Builder::new()
            .name("capture".to_owned())
            .spawn(move || recorder.run(&stopped))
            .map_err(LabError::file(what()))?;
        Ok(Self {
            thread,
            stop,
            comments,
        })
    }

    /// Where to send comments.
    #[must_use]
    pub fn comments(&self) -> mpsc::Sender<Comment> {
        self.comments.clone()
    }

    /// Ends the capture and closes the file.
    ///
    /// # Errors
    /// The file could not be written.
    pub async fn stop(self) -> Result<Captured, LabError> {
        self.stop.stop();
        let thread = self.thread;
        let joined = tokio::task::spawn_blocking(move || thread.join()).await;
        match joined {
            Ok(Ok(captured)) => captured.map_err(LabError::file("write the capture")),
            _ => Err(LabError::Panicked {
                what: "capture".to_owned(),
            }),
        }
    }
}

async fn open(lab: &Lab, planned: &PlannedPoint) -> Result<CaptureSocket, LabError> {
    let name = planned.point.interface.to_string();
    let what = || {
        format!(
            "capture on {} of {}",
            planned.point.interface, planned.point.node
        )
    };
    let open = move || {
        let interface = interface::lookup(&name)?;
        CaptureSocket::open(
            &interface,
            CaptureConfig {
                slots: SLOTS,
                snap_length: SNAP_LENGTH,
            },
        )
    };
    let opened = lab.namespace(&planned.namespace)?.run(open).await;
    opened
        .map_err(|_| LabError::Panicked { what: what() })?
        .map_err(LabError::kernel(what()))
}
