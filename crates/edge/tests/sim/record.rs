//! What the bench has recorded, to be read by tests.

use edge_api::{AnnouncementOutcome, Cause, EventKind};
use wire::Timestamp;

use super::{Ed, Kind, Sim};

/// A frame that left a device on an EVI link.
#[derive(Clone, Debug)]
pub struct Copy {
    pub at: Timestamp,
    pub from: Ed,
    pub to: Ed,
    pub kind: Kind,
    /// Which crossing of the public network this is for the frame; more than one is a loop.
    pub hops: u32,
    pub lost: bool,
    pub bytes: Vec<u8>,
}

impl Sim {
    /// The events of one device that `pick` takes, oldest first.
    pub fn picked<T>(&self, ed: Ed, pick: impl Fn(&EventKind) -> Option<T>) -> Vec<T> {
        let own = self.events.iter().filter(|(at, _)| *at == ed);
        own.filter_map(|(_, event)| pick(&event.kind)).collect()
    }

    /// Copies of data frames between two devices.
    pub fn data_copies(&self, from: Ed, to: Ed) -> Vec<&Copy> {
        let data = |c: &&Copy| c.kind != Kind::Control && (c.from, c.to) == (from, to);
        self.copies.iter().filter(data).collect()
    }

    /// What a device made of the announcements it heard.
    pub fn outcomes(&self, ed: Ed) -> Vec<AnnouncementOutcome> {
        self.picked(ed, |event| match event {
            EventKind::AnnouncementHeard { outcome, .. } => Some(*outcome),
            _ => None,
        })
    }

    /// Why a device's MAC entries changed.
    pub fn causes(&self, ed: Ed) -> Vec<Cause> {
        self.picked(ed, |event| match event {
            EventKind::MacEntry { cause, .. } => Some(*cause),
            _ => None,
        })
    }
}
