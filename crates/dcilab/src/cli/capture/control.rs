//! Captures that go on by themselves: begun, listed, stopped.

use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{List, LiveCapture, Stop, VerbError};
use crate::cli::lab::inspect;
use crate::cli::{Format, output};
use crate::life_cycle::Client;
use crate::life_cycle::protocol::{CaptureRow, CaptureState, Request, Response};
use crate::report::{number, table};

/// A capture has begun within this, or something is wrong.
const BEGIN_LIMIT: Duration = Duration::from_secs(20);
/// How often is looked whether it has.
const LOOK: Duration = Duration::from_millis(5);

impl LiveCapture {
    /// Starts a process that captures, and waits until it does.
    pub(super) fn start(&self) -> Result<(), VerbError> {
        let file = self.file()?;
        if file.as_os_str() == "-" {
            let text = "standard output ends with this command: name a file with -w";
            return Err(VerbError::Usage(text.to_owned()));
        }
        let mut client = self.lab.connect()?;
        // What is wrong is said here, before anything begins.
        self.filter(&inspect(&mut client)?)?;
        self.points(&mut client)?;
        let log = tempfile::tempfile()?;
        let mut command = Command::new("/proc/self/exe");
        command.arg0("dcilab").arg("capture").args(&self.points);
        command
            .args(["--lab", client.lab()])
            .arg("--write")
            .arg(file);
        if let Some(filter) = &self.filter {
            command.args(["--filter", filter]);
        }
        if let Some(count) = self.count {
            command.args(["--count", &count.to_string()]);
        }
        if let Some(duration) = self.duration {
            let text = humantime::format_duration(duration).to_string();
            command.args(["--duration", &text]);
        }
        if let Some(ring) = self.ring {
            command.args(["--ring", &format!("{}x{}", ring.files, ring.bytes)]);
        }
        // A Ctrl-C at the terminal is for what comes after it.
        command.process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.stderr(log.try_clone()?).spawn()?;
        wait(&mut client, child, log)
    }
}

fn wait(client: &mut Client, mut child: Child, mut log: std::fs::File) -> Result<(), VerbError> {
    let deadline = Instant::now() + BEGIN_LIMIT;
    loop {
        let all = rows(client)?;
        if let Some(row) = all.iter().find(|row| row.begun.process == child.id()) {
            let points = row.begun.points.join(", ");
            let (number, file) = (row.number, &row.begun.file);
            eprintln!("capture {number} has begun: {points} into {file}");
            return Ok(());
        }
        if child.try_wait()?.is_some() {
            let mut said = String::new();
            log.seek(SeekFrom::Start(0))?;
            log.read_to_string(&mut said)?;
            let said = said.trim().trim_start_matches("error: ");
            return Err(VerbError::Usage(said.to_owned()));
        }
        if Instant::now() >= deadline {
            let _ = child.kill();
            let text = format!("the capture has not begun within {BEGIN_LIMIT:?}");
            return Err(VerbError::Usage(text));
        }
        std::thread::sleep(LOOK);
    }
}

impl Stop {
    pub(super) fn make(&self) -> Result<(), VerbError> {
        let mut client = self.lab.connect()?;
        let asked = Request::StopCapture {
            number: self.number,
        };
        let ended = match client.ask(&asked)? {
            Response::Captures(rows) => rows,
            other => return Err(client.unexpected(&other).into()),
        };
        for row in ended {
            let CaptureRow {
                number,
                begun,
                tally,
                ..
            } = row;
            let missed = match tally.missed {
                0 => String::new(),
                missed => format!(", {missed} MISSED"),
            };
            let (frames, file) = (tally.frames, begun.file);
            eprintln!("capture {number} has ended: {frames} frames{missed} in {file}");
        }
        Ok(())
    }
}

impl List {
    pub(super) fn make(&self) -> Result<(), VerbError> {
        let rows = rows(&mut self.lab.connect()?)?;
        match self.format {
            Format::Json => output::json(&rows)?,
            Format::Table => output::text(&text(&rows))?,
        }
        Ok(())
    }
}

fn rows(client: &mut Client) -> Result<Vec<CaptureRow>, VerbError> {
    match client.ask(&Request::Captures)? {
        Response::Captures(rows) => Ok(rows),
        other => Err(client.unexpected(&other).into()),
    }
}

fn text(rows: &[CaptureRow]) -> String {
    let mut shown = table([
        "capture", "where", "file", "filter", "frames", "bytes", "missed", "state",
    ]);
    for row in rows {
        let state = match &row.state {
            CaptureState::Running => "running".to_owned(),
            CaptureState::Stopping => "ending".to_owned(),
            CaptureState::Ended(why) => why.clone(),
        };
        shown.add_row(vec![
            number(row.number),
            row.begun.points.join(" ").into(),
            row.begun.file.clone().into(),
            row.begun.filter.clone().unwrap_or_default().into(),
            number(row.tally.frames),
            number(row.tally.bytes),
            number(row.tally.missed),
            state.into(),
        ]);
    }
    format!("{shown}\n")
}
