//! `dcilab`: the orchestrator's command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    dcilab::cli::main()
}
