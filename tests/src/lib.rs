//! Shared support of the end-to-end tests.
//!
//! The tests run `dcilab` as people do, as a process with arguments, and look at it from outside: exit
//! code, standard output, `result.json`, the capture, and what is left on the machine. No binary has to
//! be built for that: a test program plays `dcilab` when it is started under that name
//! ([`cast`]).
//!
//! - A lab that cannot be had here is a loud skip, decided when tests are listed; `DCILAB_REQUIRE` makes
//!   it a failure ([`requirement`]).
//! - Nothing sleeps: a test waits for a condition, with a deadline.

pub mod cast;
pub mod dissection;
pub mod invocation;
pub mod pcapng;
pub mod process;
pub mod requirement;
pub mod result;
pub mod stored;
pub mod topology_text;
pub mod traces;

use std::time::{Duration, Instant};

/// How long a test waits for a condition before it fails. Nothing takes so long unless it is broken or
/// the machine is.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// Asks again and again until there is nothing left to complain of.
///
/// # Errors
/// The last complaint, when [`PATIENCE`] is over.
pub fn eventually(
    what: &str,
    mut complaint: impl FnMut() -> anyhow::Result<Option<String>>,
) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while let Some(complaint) = complaint()? {
        anyhow::ensure!(
            Instant::now() < deadline,
            "not within {PATIENCE:?}: {what}: {complaint}"
        );
        std::thread::yield_now();
    }
    Ok(())
}
