//! `dcilab edged`: the built-in edge device.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Args;

/// The arguments go to the edge device as they are.
#[derive(Debug, Args)]
pub(super) struct Edged {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

impl Edged {
    pub(super) fn run(self) -> ExitCode {
        ::edged::main(std::iter::once(OsString::from("edged")).chain(self.arguments))
    }
}
