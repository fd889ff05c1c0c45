//! An edge device as a process, its configuration's file, and its control socket.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use anyhow::{Context, bail, ensure};
use edge_api::protocol::{Request, Response};
use edge_api::{AdjacencyState, Event, EventKind, MacRow, Protection, ReloadOutcome, Status};
use lab_tests::{PATIENCE, eventually};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::time::timeout;
use wire::MacAddr;

use crate::site::{Site, address_of};

/// What a test changes of a configuration.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) number: u8,
    pub(crate) peers: Vec<u8>,
    pub(crate) mode: &'static str,
    pub(crate) mac_ageing: &'static str,
    pub(crate) flood_hold: &'static str,
}

impl Settings {
    pub(crate) fn new(number: u8, peers: &[u8]) -> Self {
        Self {
            number,
            peers: peers.to_vec(),
            mode: "garp-flood",
            mac_ageing: "5m",
            flood_hold: "30s",
        }
    }

    /// The file; its fourth line is that of `mac_ageing`.
    pub(crate) fn text(&self) -> String {
        let number = self.number;
        let mut text = format!(
            "name = \"ed{number}\"\nsystem_id = \"0200.0000.000{number}\"\nmode = \"{}\"\n\
             mac_ageing = \"{}\"\n\
             public = {{ interface = \"uplink\", address = \"{}\" }}\n\
             igp = {{ profile = \"immediate\" }}\nmobility = {{ flood_hold = \"{}\" }}\n\
             [[site_port]]\nname = \"port1\"\ninterface = \"port1\"\naccess_vlan = 100\n",
            self.mode,
            self.mac_ageing,
            address_of(number),
            self.flood_hold,
        );
        for peer in &self.peers {
            let address = address_of(*peer);
            let _ = write!(
                text,
                "[[evi_link]]\nname = \"to{peer}\"\npeer = \"{address}\"\n"
            );
        }
        text
    }
}

pub(crate) struct Device {
    child: Child,
    config: PathBuf,
    control: PathBuf,
}

impl Device {
    /// Starts a device in `directory` and waits until it answers.
    pub(crate) async fn start(
        site: &Site,
        directory: &Path,
        settings: &Settings,
    ) -> anyhow::Result<Self> {
        let file = |kind: &str| directory.join(format!("ed{}.{kind}", site.number));
        let (config, control) = (file("toml"), file("sock"));
        fs::write(&config, settings.text())?;
        let mut command = Command::new("/proc/self/exe");
        command.arg("edged").arg("--config").arg(&config);
        command.arg("--control").arg(&control).kill_on_drop(true);
        let child = site.namespace.start(command).await?;
        let device = Self {
            child,
            config,
            control,
        };
        eventually("the device answers", || {
            Ok(device.status().err().map(|error| format!("{error:#}")))
        })?;
        Ok(device)
    }

    /// Puts another file in the place of the configuration's, as editors do.
    pub(crate) fn replace(&self, text: &str) -> anyhow::Result<()> {
        let new = self.config.with_extension("new");
        fs::write(&new, text)?;
        fs::rename(&new, &self.config).context("replace the configuration")
    }

    /// Makes the configuration a link to another file.
    pub(crate) fn link_to(&self, target: &Path) -> anyhow::Result<()> {
        let new = self.config.with_extension("new");
        symlink(target, &new)?;
        fs::rename(&new, &self.config).context("replace the link")
    }

    /// Whether the kernel keeps files from the device.
    pub(crate) fn is_confined(&self) -> anyhow::Result<bool> {
        match self.ask(&Request::Security)? {
            Response::Security(security) => Ok(matches!(security.landlock, Protection::InForce(_))),
            other => bail!("another answer: {other:?}"),
        }
    }

    pub(crate) fn remove_file(&self) -> anyhow::Result<()> {
        fs::remove_file(&self.config).context("remove the configuration")
    }

    pub(crate) fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let pid = self.child.id().context("the device has ended")?;
        let pid = Pid::from_raw(i32::try_from(pid)?).context("a process ID")?;
        kill_process(pid, signal).context("cannot send a signal")
    }

    /// Sends SIGHUP and waits until it has done its work; what came of it.
    pub(crate) fn hang_up(&self) -> anyhow::Result<ReloadOutcome> {
        let before = self.status()?.reloads;
        self.signal(Signal::HUP)?;
        let mut last = None;
        eventually("the device has read its configuration again", || {
            let now = self.status()?.reloads;
            let is_new = now.done + now.refused > before.done + before.refused;
            last = now.last.filter(|_| is_new);
            Ok(last.is_none().then(|| "not yet".to_owned()))
        })?;
        last.map(|last| last.outcome).context("a last reload")
    }

    /// Replaces the file and reloads by a signal.
    pub(crate) fn take_over(&self, settings: &Settings) -> anyhow::Result<()> {
        self.replace(&settings.text())?;
        match self.hang_up()? {
            ReloadOutcome::Done { changes } if !changes.is_empty() => Ok(()),
            other => bail!("nothing has changed: {other:?}"),
        }
    }

    pub(crate) fn reload(&self) -> anyhow::Result<ReloadOutcome> {
        match self.ask(&Request::Reload)? {
            Response::Reload(outcome) => Ok(outcome),
            other => bail!("another answer: {other:?}"),
        }
    }

    pub(crate) fn status(&self) -> anyhow::Result<Status> {
        match self.ask(&Request::Status)? {
            Response::Status(status) => Ok(*status),
            other => bail!("another answer: {other:?}"),
        }
    }

    /// The entry of a MAC.
    pub(crate) fn entry(&self, mac: MacAddr) -> anyhow::Result<Option<MacRow>> {
        match self.ask(&Request::MacTable)? {
            Response::MacTable(table) => Ok(table.entries.into_iter().find(|row| row.mac == mac)),
            other => bail!("another answer: {other:?}"),
        }
    }

    pub(crate) fn wait_for_entry(&self, mac: MacAddr, binding: &str) -> anyhow::Result<MacRow> {
        let mut found = None;
        eventually(&format!("{mac} is {binding}"), || {
            found = self.entry(mac)?;
            let text = found.as_ref().map(|row| row.binding.to_string());
            Ok((text.as_deref() != Some(binding)).then(|| format!("{text:?}")))
        })?;
        found.context("an entry")
    }

    /// Waits until the device has just these links, all of them up; since when each is.
    pub(crate) fn wait_for_links(&self, wanted: &[&str]) -> anyhow::Result<Vec<u64>> {
        let mut since = Vec::new();
        eventually(&format!("links {wanted:?} are up"), || {
            let rows = match self.ask(&Request::Adjacencies)? {
                Response::Adjacencies(rows) => rows,
                other => bail!("another answer: {other:?}"),
            };
            since = rows.iter().map(|row| row.since.as_nanos()).collect();
            let up = rows.iter().filter(|row| row.state == AdjacencyState::Up);
            let up: Vec<&str> = up.map(|row| &*row.link).collect();
            Ok((up != wanted || rows.len() != up.len()).then(|| format!("{rows:?}")))
        })?;
        Ok(since)
    }

    /// Everything that the device has dropped, by interface and reason.
    pub(crate) fn drops(&self) -> anyhow::Result<Vec<String>> {
        let Response::Counters(counters) = self.ask(&Request::Counters)? else {
            bail!("another answer");
        };
        let rows = counters.interfaces.iter();
        let drops = rows.flat_map(|row| row.drops.iter().map(move |drop| (&row.name, drop)));
        let text = drops.map(|(name, drop)| format!("{name} {} {}", drop.reason, drop.count));
        Ok(text.collect())
    }

    /// The events from the first on, up to one that `is_last` takes.
    pub(crate) fn events_until(
        &self,
        mut is_last: impl FnMut(&EventKind) -> bool,
    ) -> anyhow::Result<Vec<Event>> {
        let mut events = Vec::new();
        for line in self.send(&Request::Subscribe { after: 0 })?.lines() {
            match serde_json::from_str(&line?)? {
                Response::Event(event) => events.push(*event),
                other => bail!("another answer: {other:?}"),
            }
            if events.last().is_some_and(|event| is_last(&event.kind)) {
                return Ok(events);
            }
        }
        bail!("the device has closed the connection")
    }

    fn ask(&self, request: &Request) -> anyhow::Result<Response> {
        let mut line = String::new();
        let read = self.send(request)?.read_line(&mut line)?;
        ensure!(read > 0, "the device has closed the connection");
        Ok(serde_json::from_str(&line)?)
    }

    fn send(&self, request: &Request) -> anyhow::Result<BufReader<UnixStream>> {
        let mut stream = UnixStream::connect(&self.control)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        writeln!(stream, "{}", serde_json::to_string(request)?)?;
        Ok(BufReader::new(stream))
    }

    /// Waits for its end; its socket is gone then.
    pub(crate) async fn end(mut self) -> anyhow::Result<ExitStatus> {
        let status = timeout(PATIENCE, self.child.wait()).await??;
        ensure!(!self.control.exists(), "the socket's file is still there");
        Ok(status)
    }
}
