//! An edge device as a process, and its control socket.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, bail, ensure};
use edge_api::protocol::{Request, Response};
use edge_api::{AdjacencyState, LspRow, MacRow};
use lab_tests::eventually;
use linux_net::namespace::Namespace;
use tokio::process::Child;
use wire::{MacAddr, SystemId};

/// The VLAN of every site.
pub(crate) const VLAN: u16 = 100;

/// An edge device; its process is killed when this is dropped.
pub(crate) struct Device {
    pub(crate) name: String,
    pub(crate) number: u8,
    socket: PathBuf,
    log: PathBuf,
    child: Child,
}

/// What a device is made of.
#[derive(Clone, Debug)]
pub(crate) struct Make<'a> {
    /// From 1.
    pub(crate) number: u8,
    /// How many there are.
    pub(crate) of: u8,
    pub(crate) key: Option<&'a str>,
    /// IGP timers.
    pub(crate) profile: &'a str,
}

pub(crate) fn name(number: u8) -> String {
    format!("ed{number}")
}

pub(crate) fn link_name(to: u8) -> String {
    format!("evi-{}", name(to))
}

pub(crate) const fn system(number: u8) -> SystemId {
    SystemId::new([2, 0, 0, 0, 0, number])
}

impl Make<'_> {
    fn config(&self) -> String {
        let Self {
            number,
            of,
            key,
            profile,
        } = self;
        let key = key.map_or(String::new(), |key| format!("authentication = \"{key}\"\n"));
        let (name, system) = (name(*number), system(*number));
        let mut text = format!(
            "name = \"{name}\"\nsystem_id = \"{system}\"\n\
             [public]\ninterface = \"uplink\"\naddress = \"192.0.2.{number}\"\n\
             [igp]\nprofile = \"{profile}\"\n{key}\
             [igp.timers]\nhello_interval = \"1s\"\nhold_multiplier = 3\npsnp_interval = \"100ms\"\n\
             [[site_port]]\nname = \"port1\"\ninterface = \"port1\"\naccess_vlan = {VLAN}\n\
             [[isis_circuit]]\nname = \"core1\"\ninterface = \"core1\"\n\
             address = \"10.0.{number}.1\"\n"
        );
        for peer in (1..=*of).filter(|peer| peer != number) {
            let link = link_name(peer);
            text.push_str(&format!(
                "[[evi_link]]\nname = \"{link}\"\npeer = \"192.0.2.{peer}\"\nisis = false\n"
            ));
        }
        text
    }

    /// Starts the device and waits until it answers.
    pub(crate) async fn start(
        &self,
        namespace: &Namespace,
        directory: &Path,
    ) -> anyhow::Result<Device> {
        let name = name(self.number);
        let file = directory.join(format!("{name}.toml"));
        fs::write(&file, self.config())?;
        let (socket, log) = (
            directory.join(format!("{name}.sock")),
            directory.join(format!("{name}.log")),
        );
        let mut command = tokio::process::Command::new("/proc/self/exe");
        command
            .arg("edged")
            .arg("--config")
            .arg(&file)
            .arg("--control")
            .arg(&socket)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log)?)
            .kill_on_drop(true);
        let child = namespace.start(command).await?;
        let device = Device {
            name,
            number: self.number,
            socket,
            log,
            child,
        };
        eventually(&format!("{} answers", device.name), || {
            Ok(device.ask(&Request::Status).err().map(|e| format!("{e:#}")))
        })?;
        Ok(device)
    }
}

impl Device {
    pub(crate) fn ask(&self, request: &Request) -> anyhow::Result<Response> {
        let mut stream = UnixStream::connect(&self.socket)
            .with_context(|| fs::read_to_string(&self.log).unwrap_or_default())?;
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        stream.write_all(&line)?;
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer)?;
        Ok(serde_json::from_str(&answer)?)
    }

    /// How many changes the MAC table has had.
    pub(crate) fn epoch(&self) -> anyhow::Result<u64> {
        match self.ask(&Request::Status)? {
            Response::Status(status) => Ok(status.epoch.0),
            other => bail!("{other:?}"),
        }
    }

    pub(crate) fn macs(&self) -> anyhow::Result<Vec<MacRow>> {
        match self.ask(&Request::MacTable)? {
            Response::MacTable(table) => Ok(table.entries),
            other => bail!("{other:?}"),
        }
    }

    /// A station's entry, as in `remote evi-ed2`; `-` when there is none.
    pub(crate) fn entry(&self, mac: MacAddr) -> anyhow::Result<String> {
        let row = self.macs()?.into_iter().find(|row| row.mac == mac);
        Ok(row.map_or("-".to_owned(), |row| row.binding.to_string()))
    }

    pub(crate) fn wait_for_entry(&self, mac: MacAddr, wanted: &str) -> anyhow::Result<()> {
        let what = format!("{mac} is `{wanted}` at {}", self.name);
        eventually(&what, || {
            let entry = self.entry(mac)?;
            Ok((entry != wanted).then(|| format!("it is `{entry}`")))
        })
    }

    pub(crate) fn lsps(&self) -> anyhow::Result<Vec<LspRow>> {
        match self.ask(&Request::Lsdb)? {
            Response::Lsdb(rows) => Ok(rows),
            other => bail!("{other:?}"),
        }
    }

    /// The state on an EVI link or a circuit.
    pub(crate) fn state(&self, link: &str) -> anyhow::Result<AdjacencyState> {
        match self.ask(&Request::Adjacencies)? {
            Response::Adjacencies(rows) => {
                let row = rows.into_iter().find(|row| &*row.link == link);
                Ok(row.with_context(|| format!("no row `{link}`"))?.state)
            }
            other => bail!("{other:?}"),
        }
    }

    pub(crate) fn wait_for_state(&self, link: &str, wanted: AdjacencyState) -> anyhow::Result<()> {
        let what = format!("{link} of {} is {wanted}", self.name);
        eventually(&what, || {
            let state = self.state(link)?;
            Ok((state != wanted).then(|| format!("it is {state}")))
        })
    }

    /// How many IS-IS PDUs it has refused for this reason.
    pub(crate) fn isis_drops(&self, reason: &str) -> anyhow::Result<u64> {
        match self.ask(&Request::Counters)? {
            Response::Counters(counters) => {
                let mut drops = counters.isis_drops.into_iter();
                Ok(drops.find(|(name, _)| name == reason).map_or(0, |d| d.1))
            }
            other => bail!("{other:?}"),
        }
    }

    /// Ends without a word.
    pub(crate) async fn kill(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Ends in good order.
    pub(crate) async fn shut_down(mut self) -> anyhow::Result<()> {
        self.ask(&Request::Shutdown)?;
        let status = self.child.wait().await?;
        ensure!(status.success(), "{} ended with {status}", self.name);
        Ok(())
    }
}
