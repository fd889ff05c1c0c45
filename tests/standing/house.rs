//! A user with a runtime directory of their own, and the commands that they type.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use anyhow::{Context, ensure};
use lab_tests::process::{MARK, Marked};
use lab_tests::traces::{Before, Traces, expect_empty};
use lab_tests::{cast, eventually, topology_text};
use serde_json::Value;
use tempfile::TempDir;

/// Commands of one user. Labs that are left when it is dropped are taken down.
pub(crate) struct House {
    place: TempDir,
    mark: String,
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl House {
    pub(crate) fn new(name: &str) -> anyhow::Result<Self> {
        let house = Self {
            place: TempDir::new()?,
            mark: format!("{}-{name}", std::process::id()),
        };
        std::fs::create_dir(house.runtime())?;
        std::fs::create_dir(house.temporary())?;
        topology_text::write(house.place.path(), None)?;
        Ok(house)
    }

    /// Where a lab of this user has its socket.
    pub(crate) fn runtime(&self) -> std::path::PathBuf {
        self.place.path().join("run")
    }

    /// What is this user's.
    pub(crate) fn place(&self) -> &Path {
        self.place.path()
    }

    /// Where commands of this user put what they need for a moment.
    pub(crate) fn temporary(&self) -> std::path::PathBuf {
        self.place.path().join("tmp")
    }

    /// What tells this user's processes from others'.
    pub(crate) fn mark(&self) -> &str {
        &self.mark
    }

    /// A file of this user.
    pub(crate) fn file(&self, name: &str) -> std::path::PathBuf {
        self.place.path().join(name)
    }

    pub(crate) fn topology(&self) -> String {
        self.place
            .path()
            .join("three-site.toml")
            .display()
            .to_string()
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = cast::dcilab();
        let words = words.iter().map(OsString::from);
        command
            .args(words)
            .env("XDG_RUNTIME_DIR", self.runtime())
            .env("TMPDIR", self.temporary())
            .env("NO_COLOR", "1")
            .env(MARK, &self.mark)
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end; the words are split at spaces.
    pub(crate) fn say(&self, line: &str) -> anyhow::Result<Said> {
        self.say_words(&line.split_whitespace().collect::<Vec<_>>())
    }

    pub(crate) fn say_words(&self, words: &[&str]) -> anyhow::Result<Said> {
        Said::of(self.command(words).output()?)
    }

    pub(crate) fn start(&self, line: &str) -> anyhow::Result<Child> {
        let words: Vec<_> = line.split_whitespace().collect();
        let mut command = self.command(&words);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(command.spawn()?)
    }

    /// Brings the three sites up, with an IGP that is quick.
    pub(crate) fn up(&self, more: &str) -> anyhow::Result<()> {
        let line = format!("up {} --igp immediate {more}", self.topology());
        self.say(&line)?.expect(0)?;
        Ok(())
    }

    pub(crate) fn json(&self, line: &str) -> anyhow::Result<Value> {
        let said = self.say(line)?.expect(0)?;
        serde_json::from_str(&said.out).with_context(|| format!("no JSON: {}", said.out))
    }

    /// The lab's own process.
    pub(crate) fn lab_process(&self) -> anyhow::Result<i32> {
        let labs = self.json("ps -f json")?;
        let process = labs[0]["process"].as_i64().context("no lab is up")?;
        Ok(i32::try_from(process)?)
    }

    /// What the only lab of this user has on the machine.
    pub(crate) fn traces(&self, before: Before) -> anyhow::Result<Traces> {
        let outer = u32::try_from(ancestor(self.lab_process()?, 2)?)?;
        before.traces(Marked::new(&self.mark, outer))
    }

    /// The processes of this user's labs and commands that run.
    pub(crate) fn running(&self) -> Vec<i32> {
        Marked::new(&self.mark, 0).running()
    }

    /// The process of an edge device.
    pub(crate) fn edge_device(&self, name: &str) -> Option<i32> {
        Marked::new(&self.mark, 0).edge_device(name)
    }

    /// Waits until none runs any more.
    pub(crate) fn expect_no_process(&self) -> anyhow::Result<()> {
        eventually("no process is left", || {
            let left = self.running();
            Ok((!left.is_empty()).then(|| format!("{left:?}")))
        })
    }

    /// Nothing of a lab is left, inside or out.
    pub(crate) fn expect_nothing_left(&self, traces: &Traces) -> anyhow::Result<()> {
        traces.expect_gone(&topology_text::link_names()?)?;
        let said = self.say("ps")?.expect(0)?;
        ensure!(said.err.contains("no lab is up"), "{said:?}");
        expect_empty(&self.runtime().join("dcilab"))
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.say("down --all");
    }
}

impl Said {
    pub(crate) fn of(output: Output) -> anyhow::Result<Self> {
        Ok(Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout)?,
            err: String::from_utf8(output.stderr)?,
        })
    }

    pub(crate) fn expect(self, code: i32) -> anyhow::Result<Self> {
        ensure!(self.code == Some(code), "not {code}: {self:?}");
        Ok(self)
    }

    /// Fails unless all of this was said on standard error.
    pub(crate) fn complains(self, texts: &[&str]) -> anyhow::Result<Self> {
        for text in texts {
            ensure!(self.err.contains(text), "`{text}` is missing: {self:?}");
        }
        Ok(self)
    }

    /// Fails unless all of this was said on standard output.
    pub(crate) fn tells(self, texts: &[&str]) -> anyhow::Result<Self> {
        for text in texts {
            ensure!(self.out.contains(text), "`{text}` is missing: {self:?}");
        }
        Ok(self)
    }
}

/// Where the host with this name is, in the table of each edge device: state and port.
pub(crate) fn entries_of(house: &House, host: &str) -> anyhow::Result<Vec<(String, String)>> {
    let inspection = house.json("inspect -f json")?;
    let hosts = inspection["hosts"].as_array().context("hosts")?;
    let of_host = hosts.iter().find(|found| found["name"] == host);
    let mac = &of_host.context("no such host")?["mac"];
    let tables = house.json("show mac -f json")?;
    let tables = tables.as_object().context("tables")?;
    let entry = |(device, table): (&String, &Value)| {
        let rows = table["entries"].as_array()?;
        let row = rows.iter().find(|row| row["mac"] == *mac)?;
        let state = row["state"].as_str()?;
        Some((device.clone(), state.to_owned()))
    };
    Ok(tables.iter().filter_map(entry).collect())
}

/// Whether a file exists below a directory.
pub(crate) fn has_socket(directory: &Path, lab: &str) -> bool {
    directory
        .join("dcilab")
        .join(format!("{lab}.sock"))
        .exists()
}

/// The parent of a process, or its parent's parent.
pub(crate) fn ancestor(process: i32, up: usize) -> anyhow::Result<i32> {
    (0..up).try_fold(process, |pid, _| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
        let (_, fields) = stat.rsplit_once(')').context("no name")?;
        let parent = fields.split_whitespace().nth(1).context("no parent")?;
        Ok(parent.parse()?)
    })
}

/// A number from the environment, for those who want more than `cargo test` does.
pub(crate) fn number_from(name: &str, usual: u64) -> anyhow::Result<u64> {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .with_context(|| format!("{name}={text} is no number")),
        Err(_) => Ok(usual),
    }
}
