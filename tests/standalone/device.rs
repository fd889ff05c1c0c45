//! One edge device, started and asked by its own command line.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, bail, ensure};
use lab_tests::cast::{self, DCILAB, own_program};
use lab_tests::{PATIENCE, eventually};
use linux_net::namespace::Namespace;
use serde_json::Value;
use tokio::process::Child;

use crate::stage::{Site, Stage};

/// A device that runs.
pub(crate) struct Device {
    pub(crate) control: PathBuf,
    pub(crate) config: PathBuf,
    log: PathBuf,
    child: Child,
}

/// A configuration of two sites, with an IGP that is quick to notice.
pub(crate) fn config(site: &Site, peer: &Site) -> String {
    format!(
        "name = \"ed-{name}\"\nsystem_id = \"0200.0000.00{number:02x}\"\n\n\
         [public]\ninterface = \"uplink\"\naddress = \"{own}\"\n\n\
         [igp]\nprofile = \"immediate\"\n\n[igp.timers]\nhello_interval = \"1s\"\n\n\
         [[site_port]]\nname = \"port1\"\ninterface = \"port1\"\naccess_vlan = 100\n\n\
         [[evi_link]]\nname = \"evi-link1\"\npeer = \"{other}\"\n",
        name = site.name,
        number = site.address().octets()[3],
        own = site.address(),
        other = peer.address(),
    )
}

impl Device {
    pub(crate) fn start(
        stage: &Stage,
        site: &Site,
        peer: &Site,
        arguments: &[&str],
    ) -> anyhow::Result<Self> {
        let file = |ending: &str| stage.scratch().join(format!("ed-{}.{ending}", site.name));
        let (path, log) = (file("toml"), file("log"));
        fs::write(&path, config(site, peer))?;
        let control = file("sock");
        let mut command = edged();
        command
            .arg("--config")
            .arg(&path)
            .arg("--control")
            .arg(&control);
        command.args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(File::create(&log)?);
        let mut command = tokio::process::Command::from(command);
        command.kill_on_drop(true);
        let mut device = Self {
            control,
            config: path,
            log,
            child: stage.runtime.block_on(site.device.start(command))?,
        };
        eventually("the device answers", || {
            if let Some(status) = device.child.try_wait()? {
                bail!("it ended with {status}:\n{}", device.said());
            }
            Ok(device.status().err().map(|e| format!("{e:#}")))
        })?;
        Ok(device)
    }

    /// What `edged show WHAT --format json` prints.
    pub(crate) fn show(&self, what: &str) -> anyhow::Result<Value> {
        let text = self.show_table(&format!("{what} --format json"))?;
        Ok(serde_json::from_str(&text)?)
    }

    /// What `edged show WHAT` prints for people.
    pub(crate) fn show_table(&self, what: &str) -> anyhow::Result<String> {
        let output = self.run(&format!("show {what}"))?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "show {what}: {said}\n{}",
            self.said()
        );
        Ok(String::from_utf8(output.stdout)?)
    }

    pub(crate) fn status(&self) -> anyhow::Result<Value> {
        self.show("status")
    }

    /// One of its commands, run to its end.
    pub(crate) fn run(&self, arguments: &str) -> anyhow::Result<Output> {
        let mut command = edged();
        command.args(arguments.split_whitespace());
        Ok(command.arg("--control").arg(&self.control).output()?)
    }

    /// Its log.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// How often frames were dropped for this reason, at any of its ports and links.
    pub(crate) fn drops(&self, reason: &str) -> anyhow::Result<u64> {
        let rows = self.show("drops")?;
        let rows = rows.as_array().context("drops are a list")?;
        let of_reason = rows.iter().filter(|row| row["reason"] == reason);
        Ok(of_reason.filter_map(|row| row["count"].as_u64()).sum())
    }

    /// Waits until a warning with this text holds, or none does.
    pub(crate) fn expect_warning(&self, text: &str, holds: bool) -> anyhow::Result<()> {
        eventually("a warning", || {
            let status = self.status()?;
            let warnings = status["warnings"].to_string();
            let complaint = format!("`{text}` {holds}: {warnings}");
            Ok((warnings.contains(text) != holds).then_some(complaint))
        })
    }

    /// The entry of a MAC.
    pub(crate) fn entry(&self, mac: impl ToString) -> anyhow::Result<Value> {
        let table = self.show(&format!("mac --mac {}", mac.to_string()))?;
        let entry = table["entries"].get(0).cloned();
        entry.with_context(|| format!("no entry of {}: {table}", mac.to_string()))
    }

    /// Waits until it has a peer in IS-IS.
    pub(crate) fn expect_adjacency(&self, state: &str) -> anyhow::Result<()> {
        eventually("an adjacency", || {
            let peers = self.show("isis peer")?;
            let is_so = peers[0]["state"] == state;
            Ok((!is_so).then(|| format!("{state} wanted: {peers}")))
        })
    }

    /// The process, in the `/proc` that is mounted here.
    pub(crate) fn process(&self) -> anyhow::Result<PathBuf> {
        let config = self.config.to_string_lossy().into_owned();
        for entry in fs::read_dir("/proc")? {
            let path = entry?.path();
            let line = fs::read(path.join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line);
            if line.split('\0').any(|word| word == config) && line.contains("--control") {
                return Ok(path);
            }
        }
        bail!("no process has {config} on its command line")
    }

    /// Waits for its end, and expects it to be orderly.
    pub(crate) fn expect_end(mut self, stage: &Stage) -> anyhow::Result<()> {
        let ended = stage
            .runtime
            .block_on(async { tokio::time::timeout(PATIENCE, self.child.wait()).await });
        let status = ended.context("it does not end")??;
        ensure!(status.success(), "it ended with {status}:\n{}", self.said());
        ensure!(!self.control.exists(), "its control socket is left");
        Ok(())
    }
}

/// `dcilab edged`, which is `edged`.
pub(crate) fn edged() -> Command {
    let mut command = cast::dcilab();
    for name in ["EDGED_CONFIG", "EDGED_CONTROL", "EDGED_LOG"] {
        command.env_remove(name);
    }
    command.arg("edged");
    command
}

/// Runs `edged` with these arguments in a namespace, to its end.
pub(crate) fn run_in(
    stage: &Stage,
    namespace: &Namespace,
    arguments: &[&Path],
) -> anyhow::Result<Output> {
    use std::os::unix::process::CommandExt;
    let mut command = Command::new(own_program());
    command.arg0(DCILAB).arg("edged").args(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    stage.runtime.block_on(async {
        let child = namespace.start(command.into()).await?;
        Ok(child.wait_with_output().await?)
    })
}
