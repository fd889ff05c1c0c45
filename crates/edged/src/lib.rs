//! The edge device as a process: one thread forwards and never waits for anything but frames; others
//! serve the control socket.
//!
//! ```text
//! site ports, uplink (packet rings) -> forwarder -> edge::EdgeDevice -> rings
//!                                         |   ^
//!                        events (channel) v   | questions (channel + eventfd)
//!                                    control socket
//! ```
//!
//! Everything is opened before the first thread starts, so that a device that cannot run says so and
//! ends with nothing half done. Then the process gives up what it does not need any more
//! (`sandbox`).

mod attached_ring;
mod command;
mod config_file;
mod control;
mod control_path;
mod egress;
mod forwarder;
mod gre_tunnel;
mod isis_circuits;
mod outer_header;
mod peer_path;
mod peers;
mod readiness;
mod reload;
mod replies;
mod sandbox;
mod shutdown;
mod site_ports;
mod start;
mod tunnel;
mod warnings;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

pub use command::{Arguments, Command};

/// Does what the command line says: runs an edge device, checks a configuration, or asks a device
/// that runs. The first argument is the program's name.
///
/// Returns 0 after an orderly end, 2 for a bad command line or configuration, 1 for anything else.
#[must_use]
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    match &arguments.command {
        Some(command) => command::run(command),
        None => start::run(&arguments),
    }
}
