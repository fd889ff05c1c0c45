//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use tracing::Level;
use wire::MacAddr;

use super::show::Show;

/// An edge device: extends VLANs to other sites by Ethernet in GRE, with IS-IS and MAC mobility.
#[derive(Debug, Parser)]
#[command(
    name = "edged",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  edged check ed-a.toml --here
  edged --config ed-a.toml
  edged show mac --vlan 100 --state local
  edged show isis lsdb detail --format json
  edged show events --follow
  edged thaw 100 02:00:00:00:00:01
  edged reload
  edged stop

To start it needs CAP_NET_RAW in its network namespace; it gives it up once its sockets
are open. By default it listens, and is asked, at /run/edged/NAME.sock for root, and at
$XDG_RUNTIME_DIR/edged/NAME.sock for others."
)]
pub struct Arguments {
    /// What else to do than to run a device
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Configuration, TOML
    #[arg(long, value_name = "FILE", env = "EDGED_CONFIG", required = true)]
    pub config: Option<PathBuf>,
    /// Where to listen for requests: JSON lines on a Unix socket
    #[arg(long, value_name = "PATH", env = "EDGED_CONTROL")]
    pub control: Option<PathBuf>,
    /// What to log on standard error: error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL", default_value = "info", env = "EDGED_LOG")]
    pub log: Level,
    /// Keep all privileges, for debugging: no capability is given up, no file or system call forbidden
    #[arg(long)]
    pub no_sandbox: bool,
}

/// What to do with a configuration, or with a device that runs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check a configuration file
    Check(Check),
    /// Show a table of a running device
    Show(Show),
    /// End the freeze of a MAC that moved too often
    Thaw(Thaw),
    /// Have a running device read its configuration again, and say what is different now
    Reload(Reload),
    /// End a running device in good order, and wait until it has ended
    Stop(Stop),
}

/// `edged check`.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 nothing is wrong, 2 something is.

Examples:
  edged check ed-a.toml
  edged check ed-a.toml --here")]
pub struct Check {
    /// Configuration, TOML
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Check it against this machine, too: interfaces, MTU, addresses, routes, capabilities
    #[arg(long)]
    pub here: bool,
}

/// `edged thaw`.
#[derive(Debug, Args)]
pub struct Thaw {
    /// VLAN
    #[arg(value_name = "VLAN", value_parser = super::vlan)]
    pub vlan: wire::VlanId,
    /// MAC address
    #[arg(value_name = "MAC")]
    pub mac: MacAddr,
    /// Which device
    #[command(flatten)]
    pub device: Device,
}

/// `edged reload`.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 the file is in force, 1 it is not: the device goes on with what it had.

The device reads the file that it was started with, as on SIGHUP.")]
pub struct Reload {
    /// Which device
    #[command(flatten)]
    pub device: Device,
}

/// `edged stop`.
#[derive(Debug, Args)]
pub struct Stop {
    /// Which device
    #[command(flatten)]
    pub device: Device,
}

/// Which device to ask.
#[derive(Debug, Args)]
pub struct Device {
    /// Control socket of the device; by default that of the only one that runs here
    #[arg(long, value_name = "PATH", env = "EDGED_CONTROL", global = true)]
    pub control: Option<PathBuf>,
}
