//! The other end of the control socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use edge_api::protocol::{Request, Response};

use crate::control_path;

/// A connection to a running device.
pub(super) struct Client {
    lines: BufReader<UnixStream>,
    path: PathBuf,
}

impl Client {
    /// Connects to the device at `control`, or to the only one that runs here.
    pub(super) fn connect(control: Option<&Path>) -> anyhow::Result<Self> {
        let path = match control {
            Some(path) => path.to_owned(),
            None => control_path::only_one()?,
        };
        let stream = UnixStream::connect(&path).with_context(|| {
            format!(
                "no device answers at {}: is it running, and may you open its socket?",
                path.display()
            )
        })?;
        let lines = BufReader::new(stream);
        Ok(Self { lines, path })
    }

    /// Asks for one thing, and waits for the answer.
    pub(super) fn ask(&mut self, request: &Request) -> anyhow::Result<Response> {
        self.send(request)?;
        match self.next()? {
            Some(Response::Error(text)) => bail!("{}: {text}", self.path.display()),
            Some(response) => Ok(response),
            None => bail!(
                "{} closed the connection: is it ending?",
                self.path.display()
            ),
        }
    }

    pub(super) fn send(&mut self, request: &Request) -> anyhow::Result<()> {
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        let sent = self.lines.get_mut().write_all(&line);
        sent.with_context(|| format!("cannot ask {}", self.path.display()))
    }

    /// The next answer; `None` when the device has ended.
    pub(super) fn next(&mut self) -> anyhow::Result<Option<Response>> {
        let mut line = String::new();
        let read = self.lines.read_line(&mut line);
        if read.with_context(|| format!("cannot hear {}", self.path.display()))? == 0 {
            return Ok(None);
        }
        let response = serde_json::from_str(&line).with_context(|| {
            format!(
                "{} answers what this version does not know: use the same version of edged",
                self.path.display()
            )
        })?;
        Ok(Some(response))
    }

    /// Waits until the device has closed its end, which it does when its process ends.
    pub(super) fn wait_for_end(mut self) -> anyhow::Result<()> {
        let waited = self.lines.read_to_end(&mut Vec::new());
        waited.with_context(|| format!("cannot hear {}", self.path.display()))?;
        Ok(())
    }
}

/// An answer to another question.
pub(super) fn unexpected(response: &Response) -> anyhow::Error {
    anyhow::anyhow!("the device answered another question: {response:?}")
}
