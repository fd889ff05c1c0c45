//! What the bench has recorded, to be read by tests.

use edge_api::{AnnouncementOutcome, Cause, DropReason, EventKind};
use wire::{FrameRef, Timestamp};

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

    /// What left a device by site ports: port, and the 16 bits of the tag.
    pub fn ways(&self, ed: Ed) -> Vec<(u16, Option<u16>)> {
        let tag = |bytes: &[u8]| FrameRef::parse(bytes).ok()?.tag().map(|tag| tag.bits());
        let of_device = self.left.iter().filter(|(at, ..)| *at == ed);
        of_device
            .map(|(_, port, bytes)| (port.0, tag(bytes)))
            .collect()
    }

    /// How often a device has dropped for a reason, at the port or link of this name.
    pub fn drops(&self, ed: Ed, name: &str, reason: DropReason) -> u64 {
        let rows = self.devices[ed].counters().interfaces;
        let row = rows.iter().find(|row| *row.name == *name);
        let row = row.expect("every interface has a row");
        let drop = row.drops.iter().find(|drop| drop.reason == reason);
        drop.map_or(0, |drop| drop.count)
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
