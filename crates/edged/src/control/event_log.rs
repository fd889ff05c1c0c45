//! The device's recent events, for subscribers that come late and for those that wait.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::Context;
use edge_api::{AdjacencyState, Event, EventKind};
use tracing::{info, warn};

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
                    tell(&event);
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

    /// The events numbered above `after` that are remembered.
    pub(crate) fn since(&self, after: u64) -> Vec<Event> {
        self.lock().above(after).cloned().collect()
    }

    /// Waits for events numbered above `after`, for `patience` at the most.
    pub(crate) fn wait_after(&self, after: u64, patience: Duration) -> Waited {
        let state = self.lock();
        let (state, _) = self
            .grown
            .wait_timeout_while(state, patience, |state| {
                !state.ended && state.newest() <= after
            })
            .unwrap_or_else(PoisonError::into_inner);
        let events: Vec<_> = state.above(after).take(BATCH).cloned().collect();
        match (events.is_empty(), state.ended) {
            (false, _) => Waited::Events(events),
            (true, true) => Waited::Ended,
            (true, false) => Waited::Nothing,
        }
    }
}

impl State {
    fn newest(&self) -> u64 {
        self.recent.back().map_or(0, |event| event.number)
    }

    fn above(&self, after: u64) -> impl Iterator<Item = &Event> {
        let first = self.recent.partition_point(|event| event.number <= after);
        self.recent.range(first..)
    }
}

/// What waiting for events came to.
pub(crate) enum Waited {
    /// These.
    Events(Vec<Event>),
    /// None yet.
    Nothing,
    /// There will be no more.
    Ended,
}

/// One line for what whoever watches a device wants to know at once.
fn tell(event: &Event) {
    match &event.kind {
        EventKind::Adjacency {
            link,
            neighbour,
            from,
            to,
            reason,
        } => {
            let level = (*to == AdjacencyState::Up, *from == AdjacencyState::Up);
            match level {
                (false, true) => warn!(%link, %neighbour, "adjacency {from} to {to}: {reason}"),
                _ => info!(%link, %neighbour, "adjacency {from} to {to}: {reason}"),
            }
        }
        EventKind::MacFrozen { vlan, mac, .. } => warn!(
            %vlan, %mac,
            "frozen: it moved too often; `edged thaw {vlan} {mac}` ends that before its time"
        ),
        EventKind::MacThawed { vlan, mac } => info!(%vlan, %mac, "may move again"),
        _ => {}
    }
}
