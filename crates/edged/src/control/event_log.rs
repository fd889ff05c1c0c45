//! The device's recent events, for subscribers that come late and for those that wait.

use std::collections::VecDeque;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::Context;
use edge_api::Event;

/// Events that are remembered.
const LIMIT: usize = 65_536;
/// Events that a subscriber gets at a time: a slow one holds no more.
const BATCH: usize = 1024;

#[derive(Default)]
pub(crate) struct EventLog {
    state: Mutex<State>,
    grown: Condvar,
}

#[derive(Default)]
struct State {
    recent: VecDeque<Event>,
    ended: bool,
}

impl EventLog {
    /// Starts the thread that takes events from the forwarder, which so never waits for a lock.
    pub(crate) fn start(events: Receiver<Event>) -> anyhow::Result<Arc<Self>> {
        let log = Arc::new(Self::default());
        let writer = log.clone();
        thread::Builder::new()
            .name("event-log".to_owned())
            .spawn(move || {
                for event in events {
                    writer.push(event);
                }
                writer.lock().ended = true;
                writer.grown.notify_all();
            })
            .context("cannot start the event log's thread")?;
        Ok(log)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, event: Event) {
        let mut state = self.lock();
        if state.recent.len() == LIMIT {
            state.recent.pop_front();
        }
        state.recent.push_back(event);
        drop(state);
        self.grown.notify_all();
    }

    /// Waits for events numbered above `after`; empty when there will be no more.
    pub(crate) fn wait_after(&self, after: u64) -> Vec<Event> {
        let mut state = self.lock();
        loop {
            let first = state.recent.partition_point(|event| event.number <= after);
            if first < state.recent.len() {
                return state.recent.range(first..).take(BATCH).cloned().collect();
            }
            if state.ended {
                return Vec::new();
            }
            state = self
                .grown
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}
