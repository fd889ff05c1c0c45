//! Which `dcilab` a test runs.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::HarnessError;

/// Finds the program, or says where it was looked for.
pub(super) fn find() -> Result<PathBuf, HarnessError> {
    let mut looked = Vec::new();
    for variable in ["DCILAB", "CARGO_BIN_EXE_dcilab"] {
        match env::var_os(variable).map(PathBuf::from) {
            Some(path) if path.is_file() => return Ok(path),
            Some(path) => looked.push(format!("{} ({variable})", path.display())),
            None => looked.push(format!("{variable}, which is not set")),
        }
    }
    // A test is target/debug/deps/NAME, and the program target/debug/dcilab.
    let own = env::current_exe().unwrap_or_default();
    let beside = own.ancestors().skip(1).take(2).map(|at| at.join("dcilab"));
    let in_path = env::var_os("PATH").unwrap_or_default();
    let in_path: Vec<_> = env::split_paths(&in_path)
        .map(|at| at.join("dcilab"))
        .collect();
    for path in beside.chain(in_path) {
        if path.is_file() {
            return Ok(path);
        }
        looked.push(path.display().to_string());
    }
    Err(HarnessError::NoProgram { looked })
}

/// The program, without what somebody may have set for it at a prompt.
pub(super) fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    for variable in ["DCILAB_LAB", "DCILAB_MODE", "DCILAB_IGP"] {
        command.env_remove(variable);
    }
    command
}
