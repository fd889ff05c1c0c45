//! A table that is shown again and again, as it changes.

use std::io::IsTerminal;
use std::time::Duration;

use crate::cli::lab::VerbError;
use crate::cli::output;

/// Shows what `text` gives, until the lab is gone or somebody ends the program. On a terminal each
/// table takes the place of the one before.
pub(super) fn again_and_again(
    every: Duration,
    mut text: impl FnMut() -> Result<String, VerbError>,
) -> Result<(), VerbError> {
    let on_terminal = std::io::stdout().is_terminal();
    let mut start = String::new();
    loop {
        let now = text()?;
        output::text(&format!("{start}{now}"))?;
        start = match on_terminal {
            // Up to where it began, and clear what is below.
            true => format!("\x1b[{}F\x1b[J", now.lines().count().max(1)),
            false => "\n".to_owned(),
        };
        std::thread::sleep(every);
    }
}
