//! A control socket in rough hands: the device answers those who ask properly, and forwards.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

use anyhow::{Context, ensure};
use lab_tests::{PATIENCE, eventually};

use crate::Test;
use crate::stage::Stage;

pub(crate) const TESTS: &[(&str, Test)] = &[
    (
        "bad_requests_are_refused_and_forwarding_goes_on",
        bad_requests,
    ),
    ("the_last_connection_too_many_is_refused", too_many),
    ("subscribers_that_have_gone_make_room", gone_subscribers),
];

/// As the device limits them.
const CONNECTIONS: usize = 64;

fn connect(control: &Path) -> anyhow::Result<UnixStream> {
    let stream = UnixStream::connect(control)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// The answer to these bytes, a line.
fn answer(control: &Path, bytes: &[u8]) -> anyhow::Result<String> {
    let mut stream = connect(control)?;
    // It may refuse before it has read all.
    let _ = stream.write_all(bytes);
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line)
}

fn bad_requests() -> anyhow::Result<()> {
    let mut stage = Stage::build(1600)?;
    let (a, _b) = stage.start(&[])?;
    let mode = fs::metadata(&a.control)?.permissions().mode();
    ensure!(mode & 0o777 == 0o600, "mode {mode:o}");
    let long = [b'x'; 5000];
    let bad: [&[u8]; 6] = [
        b"garbage\n",
        b"{\"request\":\"reboot\"}\n",
        b"{\"request\":\"subscribe\",\"after\":1,\"and\":2}\n",
        b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n",
        b"\"\\ud800\"\n",
        &long,
    ];
    for bytes in bad {
        let line = answer(&a.control, bytes)?;
        ensure!(line.contains("\"response\":\"error\""), "{line}");
    }
    ensure!(answer(&a.control, &long)?.contains("4096"));
    // No text at all: the connection ends.
    ensure!(answer(&a.control, b"\xff\xfe\n")?.is_empty());
    // Half a request, and gone; half open, and gone; asked, and not listened to.
    connect(&a.control)?.write_all(b"{\"request\":")?;
    let half = connect(&a.control)?;
    half.shutdown(Shutdown::Write)?;
    ensure!((&half).read(&mut [0])? == 0, "it waits for nobody");
    for _ in 0..100 {
        connect(&a.control)?.write_all(b"{\"request\":\"lsdb\"}\n")?;
    }
    stage.expect_passing()?;
    a.status().map(|_| ())
}

fn too_many() -> anyhow::Result<()> {
    let mut stage = Stage::build(1600)?;
    let (a, _b) = stage.start(&[])?;
    let mut held = Vec::new();
    let refused = loop {
        let mut stream = connect(&a.control)?;
        // The device counts those that it has accepted: an answer shows it.
        let _ = stream.write_all(b"{\"request\":\"counters\"}\n");
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line)?;
        if line.contains("too many") {
            break line;
        }
        held.push(stream);
        ensure!(held.len() <= CONNECTIONS, "{} connections", held.len());
    };
    ensure!(refused.contains("close one"), "{refused}");
    ensure!(held.len() == CONNECTIONS, "refused after {}", held.len());
    stage.expect_passing()?;
    drop(held);
    eventually("there is room again", || {
        Ok(a.status().err().map(|e| format!("{e:#}")))
    })
}

fn gone_subscribers() -> anyhow::Result<()> {
    let mut stage = Stage::build(1600)?;
    let (a, _b) = stage.start(&[])?;
    for _ in 0..CONNECTIONS {
        let mut stream = connect(&a.control)?;
        let after = u64::MAX;
        writeln!(stream, "{{\"request\":\"subscribe\",\"after\":{after}}}").context("subscribe")?;
    }
    // Nothing is ever written to them, so that only a look can tell.
    eventually("there is room again", || {
        Ok(a.status().err().map(|e| format!("{e:#}")))
    })
}
