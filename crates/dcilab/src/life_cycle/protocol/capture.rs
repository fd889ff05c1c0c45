//! What a live capture and its lab tell each other.

use serde::{Deserialize, Serialize};

/// A capture, as it tells the lab of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaptureBegun {
    /// Where: `NODE:INTERFACE` each.
    pub points: Vec<String>,
    /// The file that it writes, `-` for standard output.
    pub file: String,
    /// Which frames; `None`: all.
    pub filter: Option<String>,
    /// Number of its process.
    pub process: u32,
}

/// What a capture has captured so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaptureTally {
    /// Frames written.
    pub frames: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Frames that the kernel had no room for.
    pub missed: u64,
}

/// A capture of a lab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureRow {
    /// Its number in this lab.
    pub number: u32,
    /// What it is.
    #[serde(flatten)]
    pub begun: CaptureBegun,
    /// What it has captured.
    #[serde(flatten)]
    pub tally: CaptureTally,
    /// Whether it goes on.
    #[serde(flatten)]
    pub state: CaptureState,
}

/// Whether a capture goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", content = "why", rename_all = "kebab-case")]
pub enum CaptureState {
    /// It does.
    Running,
    /// It was told to end.
    Stopping,
    /// It has ended; why.
    Ended(String),
}
