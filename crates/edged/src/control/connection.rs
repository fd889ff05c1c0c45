//! One connection to the control socket.

use core::time::Duration;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::os::unix::net::UnixStream;

use edge_api::protocol::{Request, Response};
use rustix::net::{RecvFlags, recv};

use super::About;
use super::event_log::{EventLog, Waited};
use crate::reload::Reloader;

/// Bytes of a request; a longer line is refused.
const REQUEST_LIMIT: u64 = 4096;

/// How often a subscriber that hears nothing is looked after.
const PEER_LOOK: Duration = Duration::from_secs(1);

/// Answers requests until the peer closes.
pub(crate) fn serve(stream: &UnixStream, reloader: &Reloader, log: &EventLog) -> io::Result<()> {
    let mut lines = BufReader::new(stream);
    let mut out = BufWriter::new(stream);
    loop {
        let mut line = String::new();
        if (&mut lines).take(REQUEST_LIMIT).read_line(&mut line)? == 0 {
            return Ok(());
        }
        if !line.ends_with('\n') && line.len() as u64 == REQUEST_LIMIT {
            return refuse(stream, "a request is one line of at most 4096 bytes");
        }
        if line.trim().is_empty() {
            continue;
        }
        let ended = || Response::Error("the device is ending".to_owned());
        let about = match serde_json::from_str(&line) {
            Ok(Request::Subscribe { after }) => return stream_events(stream, &mut out, log, after),
            Ok(Request::Events { after }) => {
                write_line(&mut out, &Response::Events(log.since(after)))?;
                continue;
            }
            Ok(Request::Status) => About::Status,
            Ok(Request::MacTable) => About::MacTable,
            Ok(Request::ArpSnooping) => About::ArpSnooping,
            Ok(Request::ArpSuppression) => About::ArpSuppression,
            Ok(Request::Adjacencies) => About::Adjacencies,
            Ok(Request::Lsdb) => About::Lsdb,
            Ok(Request::Counters) => About::Counters,
            Ok(Request::Security) => About::Security,
            Ok(Request::Thaw { vlan, mac }) => About::Thaw(vlan, mac),
            Ok(Request::Reload) => {
                write_line(&mut out, &reloader.reload().unwrap_or_else(ended))?;
                continue;
            }
            Ok(Request::Shutdown) => About::Shutdown,
            Err(error) => {
                write_line(&mut out, &not_a_request(&error))?;
                continue;
            }
        };
        let answer = reloader.forwarding().ask(about).unwrap_or_else(ended);
        write_line(&mut out, &answer)?;
    }
}

fn not_a_request(error: &serde_json::Error) -> Response {
    let text = format!(r#"not a request: {error}; write, for example, {{"request":"status"}}"#);
    Response::Error(text)
}

/// Says why, and lets the connection close.
pub(crate) fn refuse(stream: &UnixStream, why: &str) -> io::Result<()> {
    write_line(
        &mut BufWriter::new(stream),
        &Response::Error(why.to_owned()),
    )
}

/// Sends events until there will be no more, or the peer has gone.
fn stream_events(
    stream: &UnixStream,
    out: &mut impl Write,
    log: &EventLog,
    mut after: u64,
) -> io::Result<()> {
    loop {
        let events = match log.wait_after(after, PEER_LOOK) {
            Waited::Events(events) => events,
            Waited::Ended => return Ok(()),
            // Where nothing happens nothing is written, and only a look tells that nobody reads.
            Waited::Nothing if has_gone(stream) => return Ok(()),
            Waited::Nothing => continue,
        };
        for event in events {
            after = event.number;
            serde_json::to_writer(&mut *out, &Response::Event(Box::new(event)))?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
    }
}

fn has_gone(stream: &UnixStream) -> bool {
    let look = RecvFlags::PEEK | RecvFlags::DONTWAIT;
    matches!(recv(stream, &mut [0; 1], look), Ok((0, _)))
}

fn write_line(out: &mut impl Write, response: &Response) -> io::Result<()> {
    serde_json::to_writer(&mut *out, response)?;
    out.write_all(b"\n")?;
    out.flush()
}
