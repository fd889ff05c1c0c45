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
//! ends with nothing half done.

mod arguments;
mod control;
mod forwarder;
mod gre_tunnel;
mod outer_header;
mod peer_path;
mod readiness;
mod replies;
mod shutdown;
mod site_ports;
mod start;
mod tunnel;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

pub use arguments::Arguments;

/// Runs an edge device as the command line says; the first argument is the program's name.
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
    start::run(&arguments)
}
