//! `dcilab gc`: remove what killed labs have left.

use std::process::ExitCode;

use clap::Args;

use super::lab::{VerbError, finish};
use crate::life_cycle::RuntimeDirectory;
use crate::life_cycle::visible::{self, Swept, Whose};

/// A lab whose outer process is killed leaves its socket, and the names that `up --visible` gave; the
/// kernel takes the rest. What is removed is told; nothing is touched that a living lab, or somebody
/// else, has made.
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
    let names = collect_names(Whose::AllThatEnded)?;
    if removed.is_empty() && names == 0 {
        eprintln!(
            "nothing to remove: no dead socket in {}, no name of a lab that has ended",
            directory.path().display()
        );
    }
    Ok(())
}

/// Removes names of labs that have ended, and tells of it; how many labs they were.
pub(super) fn collect_names(whose: Whose) -> Result<usize, VerbError> {
    let swept = visible::sweep(whose)?;
    for Swept {
        lab,
        run,
        removed,
        foreign,
    } in &swept
    {
        eprintln!("removed {removed} names of lab `{lab}`, run {run}, from /run/netns");
        for name in foreign {
            eprintln!("left {name} alone: it is not what the lab put there");
        }
    }
    Ok(swept.len())
}
