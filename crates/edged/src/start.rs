//! From a command line to a running device: read, open everything, start the threads, forward.

use core::time::Duration;
use std::fs;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::mpsc;

use anyhow::{Context, bail};
use edge::EdgeDevice;
use edge_api::EdgeConfig;
use linux_net::clock;
use tracing::{error, info, warn};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::Arguments;
use crate::control::{self, EventSender, Waker};
use crate::forwarder::Forwarder;
use crate::gre_tunnel::GreTunnel;
use crate::shutdown;
use crate::site_ports::SitePorts;

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    start_log(arguments);
    let config = match read_config(arguments) {
        Ok(config) => config,
        Err(problem) => {
            error!("{problem:#}");
            return ExitCode::from(2);
        }
    };
    match serve(arguments, &config) {
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

fn read_config(arguments: &Arguments) -> anyhow::Result<EdgeConfig> {
    let path = arguments.config.display();
    let text = fs::read_to_string(&arguments.config)
        .with_context(|| format!("cannot read the configuration {path}"))?;
    let config: EdgeConfig =
        toml::from_str(&text).with_context(|| format!("in the configuration {path}"))?;
    if let Err(errors) = config.validate() {
        let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
        bail!("in the configuration {path}:\n  {}", lines.join("\n  "));
    }
    Ok(config)
}

fn serve(arguments: &Arguments, config: &EdgeConfig) -> anyhow::Result<()> {
    let signals = shutdown::Signals::block()?;
    let ports = SitePorts::open(config)?;
    let tunnel = GreTunnel::open(config)?;
    let warnings = ports.mtu_warnings(tunnel.path_mtu());
    for warning in &warnings {
        warn!("{warning}");
    }
    let now = clock::monotonic();
    let device = EdgeDevice::new(config, now, wall_at_epoch()).map_err(|errors| {
        let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
        anyhow::anyhow!(lines.join("; "))
    })?;
    let (mut events, recorded) = EventSender::new();
    let (questions, asked) = mpsc::channel();
    let waker = Waker::new()?;
    let _control = control::serve(&arguments.control, recorded, questions, waker.clone())?;
    info!(name = config.name, mode = %config.mode, igp = %config.igp.profile, "running");
    let forwarder = Forwarder::new(config, device, ports, tunnel, warnings);
    forwarder.run(&signals, &waker, &asked, &mut events)?;
    info!("ended");
    Ok(())
}

/// The wall clock at the epoch of `CLOCK_MONOTONIC`.
fn wall_at_epoch() -> Duration {
    Duration::from_nanos(u64::try_from(clock::realtime_minus_monotonic()).unwrap_or(0))
}
