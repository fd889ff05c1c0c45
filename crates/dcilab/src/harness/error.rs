//! What can go wrong with a lab of a test.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use topology::unknown;

use crate::life_cycle::{ClientError, RuntimeDirectoryError};

/// Why a lab did not do what a test wanted.
#[derive(Debug, thiserror::Error)]
pub enum HarnessError {
    /// The program was not found.
    #[error(
        "no program `dcilab`: build it (`cargo build -p dcilab`), and set DCILAB to its path, put it into \
         PATH, or call `.program(path)`; looked for {}", looked.join(", ")
    )]
    NoProgram {
        /// Where was looked.
        looked: Vec<String>,
    },
    /// The program does not start.
    #[error("cannot start {}: {source}", program.display())]
    Program {
        /// The program.
        program: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The topology could not be handed over.
    #[error("cannot hand the topology over: {source}")]
    Topology {
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// This machine cannot run a lab.
    #[error("{said}")]
    Unable {
        /// Why not, and the cure.
        said: String,
    },
    /// The lab did not come up.
    #[error("the lab did not come up ({status}):\n{said}")]
    Up {
        /// How `dcilab up` ended.
        status: ExitStatus,
        /// What it said.
        said: String,
    },
    /// The lab refused, or is gone.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The user's directory of labs.
    #[error(transparent)]
    Directory(#[from] RuntimeDirectoryError),
    /// There is no such thing.
    #[error("{0}")]
    Unknown(String),
    /// A condition did not come true.
    #[error("not within {within:?}: {what}: {last}")]
    Deadline {
        /// What was waited for.
        what: String,
        /// How long.
        within: Duration,
        /// What there was last in its place.
        last: String,
    },
    /// Something could not be taken down.
    #[error("left behind: {}", problems.join("; "))]
    Left {
        /// Each thing.
        problems: Vec<String>,
    },
    /// What a test itself found wrong.
    #[error("{0}")]
    Test(String),
}

impl HarnessError {
    pub(super) fn unknown<'a>(
        kind: &str,
        name: &str,
        names: impl Iterator<Item = &'a String>,
    ) -> Self {
        Self::Unknown(unknown(kind, name, names.map(String::as_str)))
    }
}
