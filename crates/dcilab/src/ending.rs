//! How the program ends: what each exit code means.

use std::process::ExitCode;

/// How a command ended. The number is the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Ending {
    /// It did what was asked.
    Pass = 0,
    /// A gate failed, or a regression was found.
    Fail = 1,
    /// The command line, the topology or the scenario is invalid.
    Invalid = 2,
    /// The meter was disturbed: the figures do not count.
    Inconclusive = 3,
    /// This machine cannot run it.
    Unable = 4,
    /// The lab could not be brought up, or broke.
    BringUp = 5,
    /// Something could not be taken down.
    CleanUp = 6,
    /// Ended by SIGINT (Ctrl-C), with a clean teardown.
    Interrupted = 130,
    /// Ended by SIGTERM, with a clean teardown.
    Terminated = 143,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        Self::from(ending as u8)
    }
}

/// The exit codes, for `--help`.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  it did what was asked          4  this machine cannot run it
  1  a gate failed                  5  the lab could not be brought up, or broke
  2  bad command line or topology   6  clean-up incomplete
  3  inconclusive: the meter was disturbed
  130, 143  ended by a signal, with a clean teardown";
