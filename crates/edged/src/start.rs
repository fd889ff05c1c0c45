//! From a command line to a running device: read, open everything, give up privileges, start the
//! threads, forward.

use core::time::Duration;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc;

use edge::EdgeDevice;
use edge_api::EdgeConfig;
use linux_net::clock;
use linux_net::privileges::file_access::Within;
use tracing::{error, info};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::Arguments;
use crate::config_file::ConfigFile;
use crate::control::{self, EventSender, Forwarding, Waker};
use crate::control_path;
use crate::forwarder::{self, Forwarder};
use crate::gre_tunnel::GreTunnel;
use crate::isis_circuits::IsisCircuits;
use crate::reload::Reloader;
use crate::sandbox::{Sandbox, Wish};
use crate::shutdown::{Hangups, Signals};
use crate::site_ports::SitePorts;

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    start_log(arguments);
    // The command line cannot leave it out.
    let file = ConfigFile::new(arguments.config.as_deref().unwrap_or(Path::new("")));
    let config = match file.read() {
        Ok(config) => config,
        Err(problems) => {
            problems.iter().for_each(|problem| error!("{problem}"));
            return ExitCode::from(2);
        }
    };
    match serve(arguments, file, &config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            error!("{problem:#}");
            ExitCode::FAILURE
        }
    }
}

fn start_log(arguments: &Arguments) {
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none());
    // An embedding program may have set its own log up already; that one is kept.
    let _ = tracing_subscriber::registry()
        .with(LevelFilter::from_level(arguments.log))
        .with(lines)
        .try_init();
}

fn serve(arguments: &Arguments, file: ConfigFile, config: &EdgeConfig) -> anyhow::Result<()> {
    let control = match &arguments.control {
        Some(path) => path.clone(),
        None => control_path::of_device(&config.name)?,
    };
    let (signals, hangups) = (Signals::block()?, Hangups::block()?);
    let ports = SitePorts::open(config)?;
    let tunnel = GreTunnel::open(config)?;
    let circuits = IsisCircuits::open(config)?;
    let now = clock::monotonic();
    let device = EdgeDevice::new(config, now, wall_at_epoch()).map_err(|errors| {
        let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
        anyhow::anyhow!(lines.join("; "))
    })?;
    let (mut events, recorded) = EventSender::new();
    let (questions, asked) = mpsc::channel();
    let waker = Waker::new()?;
    let listening = control::listen(&control)?;
    let readiness = forwarder::readiness(&signals, &waker, &tunnel, &ports, &circuits)?;
    // From here on nothing new can be opened. Threads that start later inherit it.
    let sandbox = give_up(arguments, file.directories(), listening.directory())?;
    let reloader = Reloader::new(file, Forwarding::new(questions, waker.clone()));
    let _control = control::serve(listening, recorded, reloader.clone())?;
    reloader.follow(hangups)?;
    let at = control.display();
    info!(name = config.name, mode = %config.mode, igp = %config.igp.profile, control = %at, "running");
    let forwarder = Forwarder::new(config, device, ports, tunnel, circuits, sandbox);
    forwarder.run(readiness, &signals, &waker, &asked, &mut events)?;
    info!("ended");
    Ok(())
}

/// Gives up what a running device does not need, if that is wanted.
fn give_up(arguments: &Arguments, readable: &[PathBuf], sockets: &Path) -> anyhow::Result<Sandbox> {
    let wish = match arguments.no_sandbox {
        true => Wish::Nothing,
        false => Wish::Everything,
    };
    let within = Within {
        readable,
        removable: sockets,
    };
    Sandbox::enter(wish, within)
}

/// The wall clock at the epoch of `CLOCK_MONOTONIC`.
fn wall_at_epoch() -> Duration {
    Duration::from_nanos(u64::try_from(clock::realtime_minus_monotonic()).unwrap_or(0))
}
