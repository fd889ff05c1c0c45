//! What happens in the lab, above the prompt, as it happens.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustyline::ExternalPrinter;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::show::event_line;
use crate::life_cycle::protocol::{Request, Response};
use crate::life_cycle::{Client, RuntimeDirectory};

/// How often is asked what is new.
const LOOK: Duration = Duration::from_millis(200);
/// Of more at once, only the number is told.
const MANY: usize = 20;

/// Ctrl-C ends the command that runs, which has the usual handling of it, and not the shell. Holds as
/// long as what is returned lives.
pub(super) fn keep_from_interrupts() -> std::io::Result<Runtime> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let guard = runtime.enter();
    // The handler stays when the stream goes.
    let _ = signal(SignalKind::interrupt())?;
    drop(guard);
    Ok(runtime)
}

/// Whose the terminal is: the command's that runs, or the prompt's, above which the news is told.
#[derive(Clone, Debug, Default)]
pub(super) struct Turn(Arc<Mutex<()>>);

impl Turn {
    /// Takes the terminal; it is given back on drop.
    pub(super) fn take(&self) -> MutexGuard<'_, ()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts to tell what happens; ends with the lab. News waits while a command has the terminal: a table
/// that is watched is drawn where it was before.
pub(super) fn follow(lab: &str, turn: Turn, mut printer: impl ExternalPrinter + Send + 'static) {
    let lab = lab.to_owned();
    std::thread::spawn(move || {
        let mut seen = None;
        while let Some(lines) = new_lines(&lab, &mut seen) {
            let text = match lines.len() {
                0 => String::new(),
                n if n > MANY => format!("({n} events: `show events` tells them)\n"),
                _ => lines.join("\n") + "\n",
            };
            let mine = turn.take();
            if !text.is_empty() && printer.print(text).is_err() {
                return;
            }
            drop(mine);
            std::thread::sleep(LOOK);
        }
        let _mine = turn.take();
        let _ = printer.print(format!("lab `{lab}` is gone: `exit` leaves the shell\n"));
    });
}

/// What has happened since; nothing the first time. `None` when the lab is gone.
fn new_lines(lab: &str, seen: &mut Option<usize>) -> Option<Vec<String>> {
    let socket = RuntimeDirectory::open().ok()?.socket(lab).ok()?;
    let mut client = Client::connect(lab, &socket).ok()?;
    let inspection = super::inspect(&mut client).ok()?;
    let after = seen.unwrap_or(0);
    let Response::Events(events) = client.ask(&Request::Events { after }).ok()? else {
        return None;
    };
    let is_first = seen.replace(after + events.len()).is_none();
    let lines = events
        .iter()
        .filter_map(|event| event_line(event, &inspection));
    Some(if is_first {
        Vec::new()
    } else {
        lines.collect()
    })
}
