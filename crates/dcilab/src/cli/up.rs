//! `dcilab up`: bring a lab up and let it stand. `lab-process`, hidden, is what stands.

use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use clap::Args;
use edge_api::{Mode, TimerProfile};
use topology::Resolved;

use super::came_up::CameUp;
use super::lab::{VerbError, finish, inspect};
use super::topology_file::TopologyFile;
use super::{Format, inside, output, plan};
use crate::ending::Ending;
use crate::lab::EdgeProgram;
use crate::life_cycle::protocol::{Request, Response, Stage, Timing};
use crate::life_cycle::{Client, Hold, RuntimeDirectory, Standing, remove_dead, serve, visible};
use crate::progress::Progress;

/// The lab's process listens within this, or something is wrong.
const LISTEN_LIMIT: Duration = Duration::from_secs(10);
/// How often is looked whether it does.
const LOOK: Duration = Duration::from_millis(2);

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dcilab up topologies/three-site.toml
  dcilab up topologies/three-site.toml --name blue --mode igp-only --igp immediate
  dcilab up topologies/three-site.toml --timings       # where the time goes
  dcilab up topologies/three-site.toml --wait links -f json | jq .timings
  dcilab up topologies/three-site.toml --set site_network.attachment=direct
  dcilab up my.toml --dry-run -f json                # what would be made
  dcilab show mac && dcilab migrate vm1 c && dcilab down
  sleep 60 | dcilab up topologies/three-site.toml --hold       # for a minute

The lab stands until `dcilab down`. It is its user's alone, needs no root, and has nothing outside but
a socket in $XDG_RUNTIME_DIR/dcilab (or /run/dcilab, or /tmp/dcilab-UID).")]
pub(super) struct Up {
    #[command(flatten)]
    topology: TopologyFile,
    /// Name of the lab; default: the topology's
    #[arg(long, value_name = "LAB")]
    name: Option<String>,
    /// What to wait for; the lab goes on towards `converged` by itself
    #[arg(long, value_name = "STAGE", value_enum, default_value = "converged")]
    wait: Stage,
    /// How long to wait for it
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, default_value = "3m")]
    timeout: Duration,
    /// Print the plan, and make nothing
    #[arg(long)]
    dry_run: bool,
    /// Tell how long each step took
    #[arg(long)]
    timings: bool,
    /// How to print the plan, or what came up and how long each step took
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
    /// End the lab when standard input, a pipe, is closed: it does not outlive whoever holds the pipe
    #[arg(long)]
    hold: bool,
    /// Give its namespaces names that `ip netns` of this machine shows; needs root
    #[arg(long)]
    visible: bool,
    #[command(flatten)]
    settings: Settings,
}

/// What can be set in place of the file's.
#[derive(Clone, Debug, Args)]
pub(super) struct Settings {
    /// How MAC moves are handled, in place of the file's
    #[arg(long, value_name = "MODE", env = "DCILAB_MODE")]
    mode: Option<Mode>,
    /// IGP timers by profile, in place of the file's
    #[arg(long, value_name = "PROFILE", env = "DCILAB_IGP")]
    igp: Option<TimerProfile>,
    /// Edge device program to run in place of the built-in one
    #[arg(long, value_name = "PATH", env = "DCILAB_EDGED")]
    edged: Option<PathBuf>,
}

impl Settings {
    fn apply(&self, mut topology: Resolved) -> Resolved {
        if let Some(mode) = self.mode {
            topology = topology.with_mode(mode);
        }
        if let Some(profile) = self.igp {
            topology = topology.with_profile(profile);
        }
        topology
    }

    fn hand_on(&self, command: &mut Command) {
        if let Some(mode) = self.mode {
            command.args(["--mode", mode.name()]);
        }
        if let Some(profile) = self.igp {
            command.args(["--igp", &profile.to_string()]);
        }
        if let Some(program) = &self.edged {
            command.arg("--edged").arg(program);
        }
    }
}

impl Up {
    pub(super) fn run(self) -> ExitCode {
        if let Err(error) = self.hold().check() {
            return finish(Err(VerbError::Usage(error)));
        }
        if self.visible
            && let Err(error) = visible::check()
        {
            eprintln!("error: {error}");
            return Ending::Unable.into();
        }
        let twice = [
            (self.settings.mode.is_some(), "--mode", "mechanism.mode"),
            (self.settings.igp.is_some(), "--igp", "igp.profile"),
        ];
        if let Some(ending) = self.topology.settings.refuse_twice(&twice) {
            return ending.into();
        }
        let Some(loaded) = self.topology.load() else {
            return Ending::Invalid.into();
        };
        let topology = self.settings.apply(loaded.topology);
        if let Some(ending) = super::conduct::refused(&topology) {
            return ending.into();
        }
        if self.dry_run {
            return plan::print(&topology.plan(), self.format).into();
        }
        let name = self
            .name
            .clone()
            .unwrap_or_else(|| topology.name().to_owned());
        match self.bring_up(&name) {
            Ok(ending) => ending.into(),
            Err(error) => finish(Err(error)),
        }
    }

    const fn hold(&self) -> Hold {
        match self.hold {
            true => Hold::StandardInput,
            false => Hold::UntilDown,
        }
    }

    fn bring_up(&self, name: &str) -> Result<Ending, VerbError> {
        let started = Instant::now();
        let directory = RuntimeDirectory::open()?;
        let socket = directory.socket(name)?;
        if directory.labs()?.iter().any(|lab| lab.name == name) {
            return Err(VerbError::WhichLab(format!(
                "lab `{name}` is up already: `dcilab down --lab {name}`, or give this one a --name"
            )));
        }
        let mut process = self.start(name, &socket)?;
        let progress = Progress::start(name);
        let reached = match process.connect(name, &socket)? {
            Some(client) => self.wait(client, &progress),
            None => return Ok(process.tell_why()),
        };
        drop(progress);
        match reached {
            Ok(_) if self.visible && !show_names(name, &socket)? => Ok(Ending::Unable),
            Ok((stage, timings)) => {
                eprintln!(
                    "lab `{name}` is up ({stage}): `dcilab show mac`, `dcilab shell`, `dcilab down`"
                );
                let took = started.elapsed();
                self.tell(&CameUp {
                    lab: name,
                    stage,
                    took,
                    timings,
                })?;
                Ok(Ending::Pass)
            }
            Err(error) => {
                eprintln!("error: {error}");
                Ok(Ending::BringUp)
            }
        }
    }

    fn tell(&self, came_up: &CameUp<'_>) -> std::io::Result<()> {
        match (self.format, self.timings) {
            (Format::Json, _) => output::json(came_up),
            (Format::Table, true) => output::text(&came_up.table()),
            (Format::Table, false) => Ok(()),
        }
    }

    fn start(&self, name: &str, socket: &Path) -> std::io::Result<Started> {
        // Unnamed: it is for this process to read, and is gone with the lab.
        let log = tempfile::tempfile()?;
        let mut command = Command::new("/proc/self/exe");
        command.arg0("dcilab").arg("lab-process");
        self.topology.hand_on(&mut command);
        command.args(["--name", name]).arg("--socket").arg(socket);
        self.settings.hand_on(&mut command);
        let input = match self.hold() {
            Hold::StandardInput => {
                command.arg("--hold");
                Stdio::inherit()
            }
            // Nothing is written to it: its end tells the lab that this process is gone.
            Hold::UntilDown => Stdio::piped(),
        };
        command
            .stdin(input)
            .stdout(Stdio::null())
            .stderr(log.try_clone()?);
        let child = command.spawn()?;
        Ok(Started { child, log })
    }

    fn wait(
        &self,
        mut client: Client,
        progress: &Progress,
    ) -> Result<(Stage, Vec<Timing>), VerbError> {
        let deadline = Instant::now() + self.timeout;
        // What is to be seen has to be there.
        let until = match self.visible {
            true => self.wait.max(Stage::Links),
            false => self.wait,
        };
        client.send(&Request::Wait {
            until,
            or_end: true,
        })?;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            client.set_timeout(left.max(LOOK))?;
            match client.answer()? {
                Response::Progress(step) => progress.step(&step),
                Response::Reached(stage) => {
                    return Ok((stage, inspect(&mut client)?.timings));
                }
                other => return Err(client.unexpected(&other).into()),
            }
        }
    }
}

/// Gives the lab's namespaces their names on the machine. Where that fails, the lab is taken down.
fn show_names(name: &str, socket: &Path) -> Result<bool, VerbError> {
    let mut client = Client::connect(name, socket)?;
    let nodes = inspect(&mut client)?.nodes;
    match visible::show(name, client.process()?, &nodes) {
        Ok(shown) => {
            eprintln!("`ip netns exec {shown}-NODE ...` runs commands in its nodes");
            Ok(true)
        }
        Err(error) => {
            eprintln!("error: {error}: the lab is taken down again");
            client.ask(&Request::Down)?;
            Ok(false)
        }
    }
}

/// The lab's outer process.
struct Started {
    child: Child,
    log: std::fs::File,
}

impl Started {
    /// `None` when the process ended instead of listening.
    fn connect(&mut self, name: &str, socket: &Path) -> Result<Option<Client>, VerbError> {
        let deadline = Instant::now() + LISTEN_LIMIT;
        loop {
            match Client::connect(name, socket) {
                Ok(client) => return Ok(Some(client)),
                Err(error) if Instant::now() >= deadline => return Err(error.into()),
                Err(_) if self.child.try_wait()?.is_some() => return Ok(None),
                Err(_) => std::thread::sleep(LOOK),
            }
        }
    }

    /// What the process said before it ended, and how it ended.
    fn tell_why(&mut self) -> Ending {
        let mut said = String::new();
        let read = self
            .log
            .seek(SeekFrom::Start(0))
            .and_then(|_| self.log.read_to_string(&mut said));
        if read.is_ok() {
            eprint!("{said}");
        }
        match self.child.wait().ok().and_then(|status| status.code()) {
            Some(code) if code == Ending::Unable as i32 => Ending::Unable,
            _ => Ending::BringUp,
        }
    }
}

/// The process of a standing lab; `dcilab up` starts it.
#[derive(Debug, Args)]
pub(super) struct LabProcess {
    #[command(flatten)]
    topology: TopologyFile,
    #[arg(long)]
    name: String,
    #[arg(long)]
    socket: PathBuf,
    #[arg(long)]
    hold: bool,
    #[command(flatten)]
    settings: Settings,
}

impl LabProcess {
    pub(super) fn run(self) -> ExitCode {
        // A terminal that closes, or a Ctrl-C there, is not for this process.
        let _ = rustix::process::setsid();
        let Some(loaded) = self.topology.load() else {
            return Ending::Invalid.into();
        };
        let standing = Standing {
            name: self.name,
            topology: self.settings.apply(loaded.topology),
            program: self
                .settings
                .edged
                .map_or(EdgeProgram::BuiltIn, EdgeProgram::File),
            hold: match self.hold {
                true => Hold::StandardInput,
                false => Hold::UntilDown,
            },
        };
        let socket = self.socket.clone();
        let code = inside::run(|| async move { serve(standing, &socket).await });
        // Only the outer process comes here: the lab has ended, however it did.
        remove_dead(&self.socket);
        code
    }
}
