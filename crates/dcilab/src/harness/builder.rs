//! What a lab is made from.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use edge_api::{Mode, TimerProfile};
use rustix::fs::{MemfdFlags, memfd_create};

use super::{HarnessError, Lab, program};
use crate::ending::Ending;
use crate::life_cycle::{Client, RuntimeDirectory};

/// How to bring a lab up.
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    topology: Source,
    program: Option<PathBuf>,
    name: Option<String>,
    mode: Option<Mode>,
    profile: Option<TimerProfile>,
    wait: String,
    timeout: Option<Duration>,
    arguments: Vec<String>,
}

#[derive(Clone, Debug)]
enum Source {
    File(PathBuf),
    Text(String),
}

impl Builder {
    pub(super) const fn of_file(file: PathBuf) -> Self {
        Self::new(Source::File(file))
    }

    pub(super) const fn of_text(text: String) -> Self {
        Self::new(Source::Text(text))
    }

    const fn new(topology: Source) -> Self {
        Self {
            topology,
            program: None,
            name: None,
            mode: None,
            profile: None,
            wait: String::new(),
            timeout: None,
            arguments: Vec::new(),
        }
    }

    /// Which `dcilab` to run; by default it is looked for, see [the module](super).
    pub fn program(mut self, program: impl Into<PathBuf>) -> Self {
        self.program = Some(program.into());
        self
    }

    /// The lab's name; by default one that no other lab of this machine has.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// How MAC moves are handled, in place of the topology's way.
    pub const fn mode(mut self, mode: Mode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// IGP timers by profile, in place of the topology's.
    pub const fn igp(mut self, profile: TimerProfile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// What [`Builder::up`] waits for, as `dcilab up --wait` has it: `none`, `links`, `adjacency`, or
    /// `converged`, the default.
    pub fn wait_for(mut self, stage: impl Into<String>) -> Self {
        self.wait = stage.into();
        self
    }

    /// How long it waits for that.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Any other option of `dcilab up`.
    pub fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Brings the lab up.
    ///
    /// # Errors
    /// The program is not found, this machine cannot run a lab ([`HarnessError::Unable`]: skip the test,
    /// or let it fail), or the topology is wrong: all that `dcilab up` says.
    pub fn up(self) -> Result<Lab, HarnessError> {
        let program = match &self.program {
            Some(program) => program.clone(),
            None => program::find()?,
        };
        let name = self.name.clone().unwrap_or_else(unique_name);
        let (file, _held) = self.file()?;
        let mut command = program::command(&program);
        command
            .arg("up")
            .arg(&file)
            .args(["--name", &name, "--hold"]);
        command.args(self.options());
        command.stdin(Stdio::piped());
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let fail = |source| HarnessError::Program {
            program: program.clone(),
            source,
        };
        let mut child = command.spawn().map_err(fail)?;
        let held = child.stdin.take();
        let ended = child.wait_with_output().map_err(fail)?;
        if !ended.status.success() {
            let said = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
            let said = said.replace(&file.display().to_string(), "topology");
            return Err(match ended.status.code() {
                Some(code) if code == Ending::Unable as i32 => HarnessError::Unable { said },
                _ => HarnessError::Up {
                    status: ended.status,
                    said,
                },
            });
        }
        let socket = RuntimeDirectory::open()?.socket(&name)?;
        let client = Client::connect(&name, &socket)?;
        Ok(Lab {
            client: client.into(),
            program,
            held,
        })
    }

    fn options(&self) -> Vec<String> {
        let mut words = Vec::new();
        let mut option = |name: &str, value: Option<String>| {
            words.extend(value.into_iter().flat_map(|value| [name.to_owned(), value]));
        };
        option("--mode", self.mode.map(|mode| mode.name().to_owned()));
        option("--igp", self.profile.map(|profile| profile.to_string()));
        option(
            "--wait",
            Some(self.wait.clone()).filter(|wait| !wait.is_empty()),
        );
        let timeout = self.timeout.map(humantime::format_duration);
        option("--timeout", timeout.map(|timeout| timeout.to_string()));
        words.extend(self.arguments.iter().cloned());
        words
    }

    /// The topology as a file; text in one that has no name and so is never left behind.
    fn file(&self) -> Result<(PathBuf, Option<File>), HarnessError> {
        let text = match &self.topology {
            Source::File(file) => return Ok((file.clone(), None)),
            Source::Text(text) => text,
        };
        let fail = |source| HarnessError::Topology { source };
        let made = memfd_create("topology.toml", MemfdFlags::CLOEXEC);
        let mut file = File::from(made.map_err(|error| fail(error.into()))?);
        file.write_all(text.as_bytes()).map_err(fail)?;
        let path = format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd());
        Ok((path.into(), Some(file)))
    }
}

fn unique_name() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let random = fastrand::u16(..);
    format!("test-{}-{number}-{random:04x}", std::process::id())
}
