//! An edge device as a child process.

use core::time::Duration;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

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

pub(super) struct EdgeProcess {
    control: EdgeControl,
    child: Arc<Mutex<Child>>,
    follower: JoinHandle<()>,
}

impl EdgeProcess {
    /// Starts a device and waits until it answers. Its configuration and log are below `nodes`, its control
    /// socket is in `sockets`.
    pub(super) async fn start(
        namespace: &Namespace,
        config: &EdgeConfig,
        program: &EdgeProgram,
        (nodes, sockets): (&Path, &Path),
        journal: Journal,
    ) -> Result<Self, LabError> {
        let name = &config.name;
        let directory = nodes.join(name);
        let what = |verb: &str| format!("{verb} {}", directory.display());
        fs::create_dir_all(&directory).map_err(LabError::file(what("make")))?;
        let file = write_configuration(config, &directory)?;
        let log_path = directory.join("edged.log");
        let log = fs::File::create(&log_path).map_err(LabError::file(what("write to")))?;
        let socket = sockets.join(format!("{name}.sock"));
        let mut command = program.command();
        command
            .arg("--config")
            .arg(&file)
            .arg("--control")
            .arg(&socket);
        command
            .env_remove("EDGED_CONFIG")
            .env_remove("EDGED_CONTROL");
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true);
        let mut child = namespace
            .start(command)
            .await
            .map_err(LabError::kernel(format!("start {name}")))?;
        let control = EdgeControl::new(name, &socket);
        wait_until_listening(&control, &mut child, &log_path).await?;
        let child = Arc::new(Mutex::new(child));
        let follower = tokio::spawn(follow(control.clone(), journal, log_path));
        Ok(Self {
            control,
            child,
            follower,
        })
    }

    pub(super) const fn control(&self) -> &EdgeControl {
        &self.control
    }

    /// Asks the device to end, and kills it if it does not.
    pub(super) async fn end(&self) -> Result<(), LabError> {
        self.follower.abort();
        let mut child = self.child.lock().await;
        // The device may be gone before its answer is: how it ended is what counts.
        let asked = self.control.shut_down().await;
        let problem = |text: String| LabError::Control {
            name: self.control.name().to_string(),
            problem: text,
        };
        match timeout(END_LIMIT, child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(problem(format!("it ended with {status}"))),
            Ok(Err(error)) => Err(problem(error.to_string())),
            Err(_) => {
                child
                    .kill()
                    .await
                    .map_err(|error| problem(error.to_string()))?;
                let why = asked.map_or_else(|e| e.to_string(), |()| "it had agreed".to_owned());
                Err(problem(format!(
                    "killed: it did not end within {END_LIMIT:?} ({why})"
                )))
            }
        }
    }
}

/// Adds the device's events to the journal; when they end unasked, the device has.
async fn follow(control: EdgeControl, journal: Journal, log: PathBuf) {
    let heard = control.follow(journal.clone()).await;
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
