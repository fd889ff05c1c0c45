//! `dcilab gc`: remove what killed labs have left.

use std::process::ExitCode;

use clap::Args;

use super::lab::{VerbError, finish};
use crate::life_cycle::RuntimeDirectory;

/// A lab whose outer process is killed leaves its socket and nothing else: the kernel takes the rest.
#[derive(Debug, Args)]
pub(super) struct Gc {}

impl Gc {
    pub(super) fn run(self) -> ExitCode {
        finish(sweep())
    }
}

fn sweep() -> Result<(), VerbError> {
    let directory = RuntimeDirectory::open()?;
    let removed = directory.sweep()?;
    for socket in &removed {
        eprintln!("removed {}", socket.display());
    }
    if removed.is_empty() {
        eprintln!(
            "nothing to remove: no dead socket in {}",
            directory.path().display()
        );
    }
    Ok(())
}
