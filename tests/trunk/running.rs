//! An edge device that runs, and its control socket.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, bail, ensure};
use edge_api::protocol::{Request, Response};
use edge_api::{Counters, DropReason, EventKind};
use lab_tests::{PATIENCE, eventually};
use linux_net::namespace::Namespace;
use tokio::process::{Child, Command};

/// An edge device as a process.
pub(crate) struct Running {
    name: &'static str,
    socket: PathBuf,
    child: Child,
}

impl Running {
    /// Starts a device and waits until it answers.
    pub(crate) async fn start(
        namespace: &Namespace,
        name: &'static str,
        config: &str,
        directory: &Path,
    ) -> anyhow::Result<Self> {
        let file = directory.join(format!("{name}.toml"));
        let socket = directory.join(format!("{name}.sock"));
        std::fs::write(&file, config)?;
        // This program is `dcilab`, which holds the device.
        let mut command = Command::new("/proc/self/exe");
        command.arg("edged").arg("--config").arg(&file);
        command.arg("--control").arg(&socket);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let mut child = namespace.start(command).await?;
        eventually("the device answers", || {
            if let Some(status) = child.try_wait()? {
                bail!("{name} ended with {status}");
            }
            Ok(UnixStream::connect(&socket).err().map(|e| e.to_string()))
        })?;
        Ok(Self {
            name,
            socket,
            child,
        })
    }

    fn ask(&self, request: &Request) -> anyhow::Result<BufReader<UnixStream>> {
        let mut stream = UnixStream::connect(&self.socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let line = serde_json::to_string(request)? + "\n";
        stream.write_all(line.as_bytes())?;
        Ok(BufReader::new(stream))
    }

    /// Waits for an event, those before now included.
    pub(crate) fn until(
        &self,
        what: &str,
        is_it: impl Fn(&EventKind) -> bool,
    ) -> anyhow::Result<()> {
        for line in self.ask(&Request::Subscribe { after: 0 })?.lines() {
            let line = line.with_context(|| format!("{}: no {what}", self.name))?;
            if let Response::Event(event) = serde_json::from_str(&line)?
                && is_it(&event.kind)
            {
                return Ok(());
            }
        }
        bail!("{} ended: no {what}", self.name)
    }

    fn answer(&self, request: &Request) -> anyhow::Result<Response> {
        let mut line = String::new();
        self.ask(request)?.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }

    pub(crate) fn counters(&self) -> anyhow::Result<Counters> {
        match self.answer(&Request::Counters)? {
            Response::Counters(counters) => Ok(counters),
            other => bail!("{}: {other:?}", self.name),
        }
    }

    /// What it warned of at its start.
    pub(crate) fn warnings(&self) -> anyhow::Result<Vec<String>> {
        match self.answer(&Request::Status)? {
            Response::Status(status) => Ok(status.warnings),
            other => bail!("{}: {other:?}", self.name),
        }
    }

    /// Asks it to end, and waits until it has.
    pub(crate) async fn end(mut self) -> anyhow::Result<()> {
        self.answer(&Request::Shutdown)?;
        let status = self.child.wait().await?;
        ensure!(status.success(), "{} ended with {status}", self.name);
        Ok(())
    }
}

/// How often a port or link has dropped for a reason.
pub(crate) fn drops(counters: &Counters, name: &str, reason: DropReason) -> u64 {
    let mut rows = counters.interfaces.iter();
    let row = rows.find(|row| *row.name == *name);
    let drop = row.and_then(|row| row.drops.iter().find(|drop| drop.reason == reason));
    drop.map_or(0, |drop| drop.count)
}
