//! The forwarder's end of the event log: it never waits.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use edge_api::Event;

/// Events on their way to the log. More wait in the device, which counts those that it loses.
const LIMIT: usize = 4096;

pub(crate) struct EventSender {
    channel: SyncSender<Event>,
    /// One that the channel had no room for.
    held_back: Option<Event>,
}

impl EventSender {
    pub(crate) fn new() -> (Self, Receiver<Event>) {
        let (channel, events) = sync_channel(LIMIT);
        let held_back = None;
        (Self { channel, held_back }, events)
    }

    /// Passes on events for as long as there is room.
    pub(crate) fn pass_on(&mut self, mut events: impl FnMut() -> Option<Event>) {
        while let Some(event) = self.held_back.take().or_else(&mut events) {
            // Without the other side, which lives as long as the process, events have no reader.
            if let Err(TrySendError::Full(event)) = self.channel.try_send(event) {
                self.held_back = Some(event);
                return;
            }
        }
    }

    /// Passes on all events, and waits for room. Only where there is nothing else left to do.
    pub(crate) fn pass_on_all(&mut self, mut events: impl FnMut() -> Option<Event>) {
        while let Some(event) = self.held_back.take().or_else(&mut events) {
            let _ = self.channel.send(event);
        }
    }

    /// Whether events wait for room.
    pub(crate) const fn holds_back(&self) -> bool {
        self.held_back.is_some()
    }
}

#[cfg(test)]
mod tests {
    use edge_api::EventKind;
    use wire::{LspId, Timestamp};

    use super::*;

    fn events(count: u64) -> impl FnMut() -> Option<Event> {
        let mut numbers = 1..=count;
        move || {
            numbers.next().map(|number| Event {
                number,
                at: Timestamp::ZERO,
                kind: EventKind::LspEnded { lsp_id: LspId::MIN },
            })
        }
    }

    #[test]
    fn what_the_log_does_not_take_waits_and_none_is_lost_or_out_of_order() {
        let (mut sender, log) = EventSender::new();
        let count = LIMIT as u64 + 10;
        let mut events = events(count);
        sender.pass_on(&mut events);
        assert!(sender.holds_back());
        let mut numbers: Vec<u64> = log.try_iter().map(|event| event.number).collect();
        assert_eq!(numbers.len(), LIMIT);
        sender.pass_on(&mut events);
        assert!(!sender.holds_back());
        numbers.extend(log.try_iter().map(|event| event.number));
        assert!(numbers.into_iter().eq(1..=count));
    }
}
