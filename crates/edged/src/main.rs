//! `edged`: one edge device as a process.

use std::process::ExitCode;

fn main() -> ExitCode {
    edged::main(std::env::args_os())
}
