//! From a command line to a running device: read, open everything, start the threads, forward.

use core::time::Duration;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::mpsc;

use edge::EdgeDevice;
use edge_api::EdgeConfig;
use linux_net::clock;
use tracing::{error, info, warn};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::Arguments;
use crate::configuration::ConfigFile;
use crate::control::{self, Forwarding, Waker};
use crate::forwarder::Forwarder;
use crate::gre_tunnel::GreTunnel;
use crate::isis_circuits::IsisCircuits;
use crate::reload::Reloader;
use crate::shutdown::{Hangups, Signals};
use crate::site_ports::SitePorts;
use crate::tunnel::Tunnel;

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    start_log(arguments);
    let file = ConfigFile::new(&arguments.config);
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
    let (signals, hangups) = (Signals::block()?, Hangups::block()?);
    let ports = SitePorts::open(config)?;
    let tunnel = GreTunnel::open(config)?;
    let circuits = IsisCircuits::open(config)?;
    let mut warnings = ports.mtu_warnings(config, tunnel.path_mtu());
    warnings.extend(circuits.mtu_warnings());
    for warning in &warnings {
        warn!("{warning}");
    }
    let now = clock::monotonic();
    let device = EdgeDevice::new(config, now, wall_at_epoch()).map_err(|errors| {
        let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
        anyhow::anyhow!(lines.join("; "))
    })?;
    let (events, recorded) = mpsc::channel();
    let (questions, asked) = mpsc::channel();
    let waker = Waker::new()?;
    let reloader = Reloader::new(file, Forwarding::new(questions, waker.clone()));
    let _control = control::serve(&arguments.control, recorded, reloader.clone())?;
    reloader.follow(hangups)?;
    info!(name = config.name, mode = %config.mode, igp = %config.igp.profile, "running");
    let forwarder = Forwarder::new(config, device, ports, tunnel, circuits, warnings);
    forwarder.run(&signals, &waker, &asked, &events)?;
    info!("ended");
    Ok(())
}

/// The wall clock at the epoch of `CLOCK_MONOTONIC`.
fn wall_at_epoch() -> Duration {
    Duration::from_nanos(u64::try_from(clock::realtime_minus_monotonic()).unwrap_or(0))
}
