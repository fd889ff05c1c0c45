//! An edge device as a child process.

use core::time::Duration;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use edge_api::EdgeConfig;
use linux_net::namespace::Namespace;
use tokio::process::{Child, Command};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::device_files::write_configuration;
use super::{EdgeControl, Journal, LabError};

/// A device answers on its control socket within this, or does not run.
const START_LIMIT: Duration = Duration::from_secs(10);
/// A device ends within this when asked, or is killed.
const END_LIMIT: Duration = Duration::from_secs(3);
/// How often a device that is starting is looked at.
const LOOK: Duration = Duration::from_millis(2);
/// Lines of a log that an error shows.
const LAST_LINES: usize = 12;

/// What to run as an edge device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum EdgeProgram {
    /// This very program: the edge device is built in.
    #[default]
    BuiltIn,
    /// Another one, with the command line of `edged`.
    File(PathBuf),
}

impl EdgeProgram {
    fn command(&self) -> Command {
        match self {
            Self::BuiltIn => {
                let mut command = Command::new("/proc/self/exe");
                command.arg("edged");
                command
            }
            Self::File(path) => Command::new(path),
        }
    }
}

/// An edge device, whether it runs or was ended on purpose.
pub(super) struct EdgeProcess {
    control: EdgeControl,
    running: Mutex<Option<Running>>,
    /// It is up, or on its way; what ends it on purpose says so first.
    state: Arc<AtomicU8>,
    /// How often it was started.
    starts: AtomicU32,
}

struct Running {
    child: Child,
    follower: JoinHandle<()>,
}

/// Values of [`EdgeProcess::state`].
const RUNS: u8 = 0;
const STOPPED: u8 = 1;

/// What a device is started with.
pub(super) struct Start<'a> {
    pub(super) namespace: &'a Namespace,
    pub(super) config: &'a EdgeConfig,
    pub(super) program: &'a EdgeProgram,
    /// Its configuration and log are below this.
    pub(super) nodes: &'a Path,
    /// Its control socket is in this.
    pub(super) sockets: &'a Path,
    pub(super) journal: &'a Journal,
}

impl EdgeProcess {
    /// Starts a device and waits until it answers.
    pub(super) async fn start(start: &Start<'_>) -> Result<Self, LabError> {
        let name = &start.config.name;
        let socket = start.sockets.join(format!("{name}.sock"));
        let process = Self {
            control: EdgeControl::new(name, &socket),
            running: Mutex::new(None),
            state: Arc::new(AtomicU8::new(RUNS)),
            starts: AtomicU32::new(0),
        };
        let running = process.launch(start, &socket).await?;
        *process.running.lock().await = Some(running);
        Ok(process)
    }

    async fn launch(&self, start: &Start<'_>, socket: &Path) -> Result<Running, LabError> {
        let name = &start.config.name;
        let directory = start.nodes.join(name);
        let what = |verb: &str| format!("{verb} {}", directory.display());
        fs::create_dir_all(&directory).map_err(LabError::file(what("make")))?;
        let file = write_configuration(start.config, &directory)?;
        let log_path = directory.join("edged.log");
        // What a device said before it was started anew is kept.
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log_path);
        let log = log.map_err(LabError::file(what("write to")))?;
        let mut command = start.program.command();
        command
            .arg("--config")
            .arg(&file)
            .arg("--control")
            .arg(socket);
        command
            .env_remove("EDGED_CONFIG")
            .env_remove("EDGED_CONTROL");
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true);
        let mut child = start
            .namespace
            .start(command)
            .await
            .map_err(LabError::kernel(format!("start {name}")))?;
        wait_until_listening(&self.control, &mut child, &log_path).await?;
        let (control, journal) = (self.control.clone(), start.journal.clone());
        let follower = tokio::spawn(follow(control, journal, log_path, self.state.clone()));
        self.starts.fetch_add(1, Ordering::SeqCst);
        Ok(Running { child, follower })
    }

    pub(super) const fn control(&self) -> &EdgeControl {
        &self.control
    }

    /// How often it was started.
    pub(super) fn starts(&self) -> u32 {
        self.starts.load(Ordering::SeqCst)
    }

    /// Whether it was not ended on purpose.
    pub(super) fn is_running(&self) -> bool {
        self.state.load(Ordering::SeqCst) == RUNS
    }

    /// Kills the device; it says nothing any more. Nothing happens to one that was ended already.
    pub(super) async fn kill(&self, journal: &Journal) -> Result<(), LabError> {
        let mut running = self.running.lock().await;
        let Some(mut running) = running.take() else {
            return Ok(());
        };
        self.state.store(STOPPED, Ordering::SeqCst);
        let killed = running.child.kill().await;
        self.forget(running, journal).await;
        killed.map_err(|error| self.problem(error.to_string()))
    }

    /// Asks the device to purge its LSPs and end, for good or until it is started anew.
    pub(super) async fn stop(&self, journal: &Journal) -> Result<(), LabError> {
        let mut running = self.running.lock().await;
        let Some(mut running) = running.take() else {
            return Ok(());
        };
        self.state.store(STOPPED, Ordering::SeqCst);
        let stopped = self.finish(&mut running.child).await;
        self.forget(running, journal).await;
        stopped
    }

    /// Starts a device anew that was ended.
    pub(super) async fn start_again(&self, start: &Start<'_>) -> Result<(), LabError> {
        let mut running = self.running.lock().await;
        if running.is_some() {
            return Err(self.problem("it runs already".to_owned()));
        }
        let socket = start.sockets.join(format!("{}.sock", self.control.name()));
        // A device that was killed has left its socket.
        let _ = fs::remove_file(&socket);
        self.state.store(RUNS, Ordering::SeqCst);
        match self.launch(start, &socket).await {
            Ok(launched) => {
                *running = Some(launched);
                Ok(())
            }
            Err(error) => {
                self.state.store(STOPPED, Ordering::SeqCst);
                Err(error)
            }
        }
    }

    /// What it reported last is heard, and counts no more.
    async fn forget(&self, running: Running, journal: &Journal) {
        let abort = running.follower.abort_handle();
        if timeout(END_LIMIT, running.follower).await.is_err() {
            abort.abort();
        }
        journal.device_stopped(self.control.name());
    }

    /// Asks the device to end, and kills it if it does not. One that was ended already is no problem.
    pub(super) async fn end(&self) -> Result<(), LabError> {
        let mut running = self.running.lock().await;
        let Some(running) = running.as_mut() else {
            return Ok(());
        };
        running.follower.abort();
        self.finish(&mut running.child).await
    }

    async fn finish(&self, child: &mut Child) -> Result<(), LabError> {
        // The device may be gone before its answer is: how it ended is what counts.
        let asked = self.control.shut_down().await;
        match timeout(END_LIMIT, child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(self.problem(format!("it ended with {status}"))),
            Ok(Err(error)) => Err(self.problem(error.to_string())),
            Err(_) => {
                child
                    .kill()
                    .await
                    .map_err(|error| self.problem(error.to_string()))?;
                let why = asked.map_or_else(|e| e.to_string(), |()| "it had agreed".to_owned());
                Err(self.problem(format!(
                    "killed: it did not end within {END_LIMIT:?} ({why})"
                )))
            }
        }
    }

    fn problem(&self, problem: String) -> LabError {
        LabError::Control {
            name: self.control.name().to_string(),
            problem,
        }
    }
}

/// Adds the device's events to the journal; when they end unasked, the device has.
async fn follow(control: EdgeControl, journal: Journal, log: PathBuf, state: Arc<AtomicU8>) {
    let heard = control.follow(journal.clone()).await;
    if state.load(Ordering::SeqCst) == STOPPED {
        return;
    }
    let mut lines = last_lines(&log);
    if let Err(error) = heard {
        lines.push_str(&format!("\n  ({error})"));
    }
    journal.device_ended(control.name(), lines);
}

async fn wait_until_listening(
    control: &EdgeControl,
    child: &mut Child,
    log: &Path,
) -> Result<(), LabError> {
    let deadline = Instant::now() + START_LIMIT;
    loop {
        if control.is_listening().await {
            return Ok(());
        }
        if let Ok(Some(status)) = child.try_wait() {
            return Err(LabError::DeviceEnded {
                name: control.name().to_string(),
                status: status.to_string(),
                last_lines: last_lines(log),
            });
        }
        if Instant::now() >= deadline {
            return Err(LabError::Deadline {
                what: format!("the start of {}", control.name()),
                within: START_LIMIT,
                missing: last_lines(log),
            });
        }
        sleep(LOOK).await;
    }
}

fn last_lines(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    let first = lines.len().saturating_sub(LAST_LINES);
    let shown: Vec<_> = lines[first..]
        .iter()
        .map(|line| format!("  {line}"))
        .collect();
    if shown.is_empty() {
        "  (its log is empty)".to_owned()
    } else {
        shown.join("\n")
    }
}
