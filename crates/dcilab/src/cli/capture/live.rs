//! The process that captures.

use std::io::ErrorKind;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};

use linux_net::interface;
use linux_net::isolate::{self, Joined};
use linux_net::signal_fd::SignalFd;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use topology::unknown;

use super::points::{Point, choose};
use super::{LiveCapture, VerbError};
use crate::capture::{Destination, Ended, Filter, HostAddresses, Limits, Live, Output, Tap};
use crate::cli::lab::inspect;
use crate::ending::Ending;
use crate::life_cycle::Client;
use crate::life_cycle::protocol::{CaptureBegun, CaptureTally, Inspection, Request, Response};

/// How often the lab is told how it goes.
const TOLD: Duration = Duration::from_millis(250);

impl LiveCapture {
    /// Call it before any thread exists.
    pub(super) fn run(&self) -> Result<Ending, VerbError> {
        let file = self.file()?;
        let mut client = self.lab.connect()?;
        let filter = self.filter(&inspect(&mut client)?)?;
        let points = self.points(&mut client)?;
        // Before the lab is joined: from within it these files may not be there.
        let destination = Destination::open(file, self.ring).map_err(VerbError::Usage)?;
        let signals = match SignalFd::terminations() {
            Ok(signals) => signals,
            Err(error) => return Ok(unable(&error)),
        };
        let joined = match isolate::join(client.process()?) {
            Ok(joined) => joined,
            Err(error) => return Ok(unable(&error)),
        };
        let taps = match open(&joined, &points) {
            Ok(taps) => taps,
            Err(error) => return Ok(unable(&error)),
        };
        let snap_length = taps.iter().map(Tap::snap_length).max().unwrap_or_default();
        let names = points.iter().map(ToString::to_string).collect();
        let output = match Output::begin(destination, names, snap_length) {
            Ok(output) => output,
            Err(error) => {
                eprintln!("error: cannot write to {}: {error}", file.display());
                return Ok(Ending::Unable);
            }
        };
        self.begin(&mut client, file, &points)?;
        let limits = Limits {
            count: self.count,
            duration: self.duration,
        };
        let mut watch = Watch {
            client: &mut client,
            signals: &signals,
            joined: &joined,
            points: &points,
            gone: vec![false; points.len()],
            told: (Instant::now(), CaptureTally::default()),
        };
        let also = [watch.client.as_fd(), signals.as_fd()].map(|fd| fd.try_clone_to_owned());
        let [lab, signal] = also;
        let (lab, signal) = (lab?, signal?);
        let live = Live::new(taps, filter, limits, output);
        let also = [lab.as_fd(), signal.as_fd()];
        let (tally, ended) = live.run(&also, |tally, taps| watch.look(tally, taps));
        end(&mut client, file, tally, &ended)
    }

    pub(super) fn points(&self, client: &mut Client) -> Result<Vec<Point>, VerbError> {
        let all = match client.ask(&Request::Interfaces)? {
            Response::Interfaces(all) => all,
            other => return Err(client.unexpected(&other).into()),
        };
        choose(&self.points, &all).map_err(VerbError::WhichLab)
    }

    pub(super) fn filter(&self, lab: &Inspection) -> Result<Option<Filter>, VerbError> {
        let host = |name: &str| {
            let found = lab.hosts.iter().find(|host| host.name == name);
            let addresses = found.map(|host| HostAddresses {
                mac: Some(host.mac),
                ip: Some(host.address),
            });
            let names = || lab.hosts.iter().map(|host| host.name.as_str());
            addresses.ok_or_else(|| unknown("host", name, names()))
        };
        let parsed = self.filter.as_deref().map(|text| Filter::parse(text, host));
        let parsed = parsed.transpose();
        parsed.map_err(|error| VerbError::Usage(error.to_string()))
    }

    fn begin(&self, client: &mut Client, file: &Path, points: &[Point]) -> Result<(), VerbError> {
        let begun = CaptureBegun {
            points: points.iter().map(ToString::to_string).collect(),
            file: file.display().to_string(),
            filter: self.filter.clone(),
            process: std::process::id(),
        };
        match client.ask(&Request::Capture(begun))? {
            Response::CaptureNumber(number) => {
                let names: Vec<_> = points.iter().take(4).map(ToString::to_string).collect();
                let more = points.len().saturating_sub(names.len());
                let more = match more {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                let names = names.join(", ");
                eprintln!(
                    "capture {number}: {names}{more}; Ctrl-C or `dcilab capture stop` ends it"
                );
                Ok(())
            }
            other => Err(client.unexpected(&other).into()),
        }
    }
}

/// Tells the lab and people how it ended.
fn end(
    client: &mut Client,
    file: &Path,
    tally: CaptureTally,
    ended: &Ended,
) -> Result<Ending, VerbError> {
    let why = why(file, ended);
    let told = Request::CaptureEnded {
        tally,
        why: why.clone(),
    };
    // A lab that is gone needs not know.
    let _ = client.send(&told);
    let missed = match tally.missed {
        0 => String::new(),
        missed => format!("; {missed} MISSED: the capture has holes"),
    };
    let CaptureTally { frames, bytes, .. } = tally;
    eprintln!("{why}: {frames} frames, {bytes} bytes{missed}");
    Ok(match ended {
        Ended::Unwritten(_) => Ending::Unable,
        _ => Ending::Pass,
    })
}

fn why(file: &Path, ended: &Ended) -> String {
    match ended {
        Ended::Asked => "ended as asked".to_owned(),
        Ended::Count => "as many frames as wanted".to_owned(),
        Ended::Duration => "the time is over".to_owned(),
        Ended::ReaderGone => "the reader has gone".to_owned(),
        Ended::LabGone => "the lab is gone".to_owned(),
        Ended::InterfacesGone => "every interface is gone".to_owned(),
        Ended::Unwritten(error) => {
            let file = file.display();
            let cure = match error.kind() {
                ErrorKind::StorageFull => "the disk is full: free some room, or use --ring; ",
                _ => "",
            };
            format!("error: cannot write to {file}: {error}: {cure}the lab goes on")
        }
    }
}

fn unable(error: &linux_net::Error) -> Ending {
    eprintln!("error: {error}");
    Ending::Unable
}

fn open(joined: &Joined, points: &[Point]) -> Result<Vec<Tap>, linux_net::Error> {
    let mut taps = Vec::new();
    for point in points {
        joined.enter_node(&point.node)?;
        let interface = interface::lookup(&point.interface)?;
        taps.push(Tap::open(point.to_string(), &interface, points.len())?);
    }
    Ok(taps)
}

/// What else may end a capture.
struct Watch<'a> {
    client: &'a mut Client,
    signals: &'a SignalFd,
    joined: &'a Joined,
    points: &'a [Point],
    gone: Vec<bool>,
    told: (Instant, CaptureTally),
}

impl Watch<'_> {
    fn look(&mut self, tally: CaptureTally, taps: &[Tap]) -> Option<Ended> {
        if self.signals.read().is_some() {
            return Some(Ended::Asked);
        }
        if self.lab_speaks() {
            return Some(match self.client.answer() {
                Ok(Response::CaptureStop) => Ended::Asked,
                _ => Ended::LabGone,
            });
        }
        if self.told.1 != tally && self.told.0.elapsed() >= TOLD {
            self.told = (Instant::now(), tally);
            if self.client.send(&Request::CaptureTold(tally)).is_err() {
                return Some(Ended::LabGone);
            }
        }
        let down = (0..).zip(taps).filter(|(_, tap)| tap.has_gone_down());
        for (number, _) in down.collect::<Vec<(usize, _)>>() {
            self.look_for(number);
        }
        let is_over = !self.gone.is_empty() && self.gone.iter().all(|gone| *gone);
        is_over.then_some(Ended::InterfacesGone)
    }

    fn lab_speaks(&self) -> bool {
        let mut fds = [PollFd::from_borrowed_fd(self.client.as_fd(), PollFlags::IN)];
        poll(&mut fds, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
    }

    /// An interface that is only down comes back; one that has moved, as a VM's port does, is gone.
    fn look_for(&mut self, number: usize) {
        let (Some(point), Some(gone)) = (self.points.get(number), self.gone.get_mut(number)) else {
            return;
        };
        let found = self
            .joined
            .enter_node(&point.node)
            .and_then(|()| interface::lookup(&point.interface));
        if found.is_err() && !*gone {
            *gone = true;
            eprintln!("{point} is gone from there: nothing more is captured at it");
        }
    }
}
