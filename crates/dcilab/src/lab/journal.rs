//! What the edge devices report, gathered, with a way to wait for it.

use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use edge_api::Event;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::LabError;
use super::awaited::Awaited;

/// One event of one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    /// The device.
    pub device: Arc<str>,
    /// The event.
    pub event: Event,
}

/// All events of all devices, in the order in which they were heard. Clones share it.
#[derive(Clone)]
pub struct Journal(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    grown: watch::Sender<usize>,
}

#[derive(Default)]
struct State {
    entries: Vec<JournalEntry>,
    /// The first device that ended, and what is known of it.
    ended: Option<(String, String)>,
}

impl State {
    fn check(&self) -> Result<(), LabError> {
        let Some((name, last_lines)) = &self.ended else {
            return Ok(());
        };
        Err(LabError::DeviceEnded {
            name: name.clone(),
            status: "unasked".to_owned(),
            last_lines: last_lines.clone(),
        })
    }
}

impl Journal {
    pub(super) fn new() -> Self {
        let (grown, _) = watch::channel(0);
        Self(Arc::new(Shared {
            state: Mutex::default(),
            grown,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, device: Arc<str>, event: Event) {
        self.lock().entries.push(JournalEntry { device, event });
        self.0.grown.send_modify(|version| *version += 1);
    }

    pub(super) fn device_ended(&self, device: &str, last_lines: String) {
        self.lock()
            .ended
            .get_or_insert_with(|| (device.to_owned(), last_lines));
        self.0.grown.send_modify(|version| *version += 1);
    }

    /// Reads the entries.
    pub fn read<T>(&self, read: impl FnOnce(&[JournalEntry]) -> T) -> T {
        read(&self.lock().entries)
    }

    /// The events of one device, in its order.
    #[must_use]
    pub fn of(&self, device: &str) -> Vec<Event> {
        let of_device = |entry: &&JournalEntry| &*entry.device == device;
        self.read(|entries| {
            entries
                .iter()
                .filter(of_device)
                .map(|entry| entry.event.clone())
                .collect()
        })
    }

    /// Waits until `missing` has nothing left, at most for `within`. It is asked again after every
    /// event, and says what is missing, a line each.
    ///
    /// # Errors
    /// The time is over, or an edge device ended.
    pub async fn wait_until(
        &self,
        what: &str,
        within: Duration,
        mut missing: impl FnMut(&[JournalEntry]) -> Vec<String>,
    ) -> Result<(), LabError> {
        let deadline = Instant::now() + within;
        let mut grown = self.0.grown.subscribe();
        loop {
            grown.mark_unchanged();
            let lines = self.look(&mut missing)?;
            if lines.is_empty() {
                return Ok(());
            }
            if timeout_at(deadline, grown.changed()).await.is_err() {
                let missing = format!("  {}", lines.join("\n  "));
                return Err(LabError::Deadline {
                    what: what.to_owned(),
                    within,
                    missing,
                });
            }
        }
    }

    /// Waits until a condition holds, at most for `within`. It is told of every event once.
    ///
    /// # Errors
    /// As [`Journal::wait_until`].
    pub(super) async fn wait_for(
        &self,
        what: &str,
        within: Duration,
        mut awaited: impl Awaited,
    ) -> Result<(), LabError> {
        let deadline = Instant::now() + within;
        let mut grown = self.0.grown.subscribe();
        let mut noted = 0;
        loop {
            grown.mark_unchanged();
            {
                let state = self.lock();
                state.check()?;
                state.entries[noted..]
                    .iter()
                    .for_each(|entry| awaited.note(entry));
                noted = state.entries.len();
            }
            if awaited.holds() {
                return Ok(());
            }
            if timeout_at(deadline, grown.changed()).await.is_err() {
                return Err(LabError::Deadline {
                    what: what.to_owned(),
                    within,
                    missing: format!("  {}", awaited.missing().join("\n  ")),
                });
            }
        }
    }

    fn look(
        &self,
        missing: &mut impl FnMut(&[JournalEntry]) -> Vec<String>,
    ) -> Result<Vec<String>, LabError> {
        let state = self.lock();
        state.check()?;
        Ok(missing(&state.entries))
    }

    /// Whether all edge devices still run.
    ///
    /// # Errors
    /// One has ended.
    pub fn check(&self) -> Result<(), LabError> {
        self.lock().check()
    }

    /// Tells when there are more entries.
    #[must_use]
    pub fn news(&self) -> watch::Receiver<usize> {
        self.0.grown.subscribe()
    }
}
