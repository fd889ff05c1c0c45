//! `dcilab capture`: frames of a standing lab, live.
//!
//! A capture is a process of its own that joins the lab, as `exec` does. It tells the lab of itself, so
//! that it can be listed and stopped by others.

mod control;
mod live;
mod points;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::Format;
use super::lab::{LabName, VerbError, finish};
use crate::capture::Ring;

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  dcilab capture ed-a:uplink -w a.pcapng               # until Ctrl-C
  dcilab capture 'ed-*:uplink' -w - | tshark -r -      # or wireshark -k -i -
  dcilab capture vm1 -w vm1.pcapng --filter 'arp or host client-b' --count 100
  dcilab capture '*' -w all.pcapng --ring 5x10MB       # all.00001.pcapng and on; the last five stay
  dcilab capture start ed-c:port1 -w c.pcapng && dcilab migrate vm1 c && dcilab capture stop

A filter knows isis, arp, ip, icmp, udp, tcp, gre, probe, broadcast, vlan [N], [src|dst] host NAME|IP|MAC,
ether [src|dst] host MAC, and, or, not and parentheses. A frame in a tunnel is looked at twice: as it is,
and as what it carries; `arp and not gre` leaves the tunnel out. `tshark -Y` on the file knows the rest."
)]
pub(super) struct Capture {
    #[command(subcommand)]
    control: Option<Control>,
    #[command(flatten)]
    live: LiveCapture,
}

#[derive(Debug, Subcommand)]
enum Control {
    /// Begin a capture that goes on by itself, until it is stopped or the lab ends
    Start(LiveCapture),
    /// End captures
    Stop(Stop),
    /// The captures that go on, and the last that have ended
    List(List),
}

/// What to capture, and where to.
#[derive(Debug, Args)]
struct LiveCapture {
    /// NODE:INTERFACE, or a node for all its interfaces; `*` stands for anything
    #[arg(value_name = "NODE:IF")]
    points: Vec<String>,
    /// The file, in pcapng; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Which frames
    #[arg(long, value_name = "WORDS")]
    filter: Option<String>,
    /// End after so many frames
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// End after this time
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    duration: Option<Duration>,
    /// A ring of files, as 5x10MB: the last five, of 10 MB each
    #[arg(long, value_name = "NxSIZE")]
    ring: Option<Ring>,
    #[command(flatten)]
    lab: LabName,
}

#[derive(Debug, Args)]
struct Stop {
    /// The capture's number; default: all of the lab
    number: Option<u32>,
    #[command(flatten)]
    lab: LabName,
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    lab: LabName,
    /// What to write on standard output
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

impl Capture {
    /// Call it before any thread exists.
    pub(super) fn run(self) -> ExitCode {
        match &self.control {
            Some(Control::Start(live)) => finish(live.start()),
            Some(Control::Stop(stop)) => finish(stop.make()),
            Some(Control::List(list)) => finish(list.make()),
            None => self.live.run().unwrap_or_else(|error| error.end()).into(),
        }
    }
}

impl LiveCapture {
    /// The file, if it was said what to capture and where to.
    fn file(&self) -> Result<&Path, VerbError> {
        let lacks = match (self.points.as_slice(), &self.write) {
            ([], _) => "say what to capture",
            (_, None) => "say where to, with -w FILE or -w -",
            (_, Some(file)) => return Ok(file),
        };
        Err(VerbError::Usage(format!(
            "{lacks}, as `dcilab capture ed-a:uplink -w a.pcapng`"
        )))
    }
}
