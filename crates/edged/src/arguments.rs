//! The command line.

use std::path::PathBuf;

use clap::Parser;
use tracing::Level;

/// An edge device: extends VLANs to other sites by Ethernet in GRE, with IS-IS and MAC mobility.
#[derive(Debug, Parser)]
#[command(
    name = "edged",
    version,
    after_help = "\
Examples:
  edged --config ed-a.toml --control /run/edged/ed-a.sock
  echo '{\"request\":\"mac-table\"}' | socat - UNIX-CONNECT:/run/edged/ed-a.sock

It needs CAP_NET_RAW and CAP_NET_ADMIN in its network namespace, and nothing else."
)]
pub struct Arguments {
    /// Configuration, TOML
    #[arg(long, value_name = "FILE", env = "EDGED_CONFIG")]
    pub config: PathBuf,
    /// Where to listen for requests: JSON lines on a Unix socket
    #[arg(long, value_name = "PATH", env = "EDGED_CONTROL")]
    pub control: PathBuf,
    /// What to log on standard error: error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL", default_value = "info", env = "EDGED_LOG")]
    pub log: Level,
}
