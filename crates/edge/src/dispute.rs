//! Two devices that each take a station for one of their own: what settles it (D-1, D-5).
//!
//! Where announcements get lost, the old device may not know that the station had left, and a frame
//! that it hears after the station's return changes no entry and makes no announcement. So a `local`
//! entry is as new as the last frame of its station, not as its last announcement; and a frame that
//! others contradict is an arrival, to be announced.

use core::time::Duration;

use wire::{TagControl, Timestamp};

use crate::EdgeDevice;
use crate::mac_table::{Entry, MacKey, Target};
use crate::repeats::Repeat;
use crate::stamp::Stamp;

/// What the public network needs at the most for an announcement, in a case that clocks are to decide.
const ON_ITS_WAY: Duration = Duration::from_millis(100);

impl EdgeDevice {
    /// When the station was last known to be where the entry says.
    ///
    /// A frame heard before any announcement that comes now can have been made is older than that one
    /// without a look at a clock. So clocks decide about the last moment alone, and devices whose clocks
    /// differ by more still believe each other.
    pub(crate) fn last_asserted(&self, now: Timestamp, entry: &Entry) -> Stamp {
        let is_recent = now.saturating_since(entry.last_seen) < self.settings.announcement_age;
        match entry.target {
            Target::Local(_) if is_recent => entry.stamp.max(self.stamps.at(entry.last_seen)),
            _ => entry.stamp,
        }
    }

    /// Another device has announced a station that was heard here since, at `stamp`. The others believe
    /// it: they are told better, as soon as the frame that did it has been dealt with. With the stamp
    /// of the station's last frame, so that the other device can tell if it has heard a later one.
    pub(crate) fn contradict(&mut self, now: Timestamp, key: MacKey, stamp: Stamp) {
        self.table.note_asserted(now, key, stamp);
        let tag = TagControl::new(key.vlan(), 0);
        let repeat = Repeat { key, stamp, tag };
        self.repeats.push(now, repeat);
        self.schedule_repeats(now, repeat);
    }

    /// Whether a frame of a `local` station contradicts another device, which lists it for longer than
    /// a publication takes: that device has not heard what was announced here.
    pub(crate) fn is_contested(&self, now: Timestamp, key: MacKey, entry: &Entry) -> bool {
        let is_overdue =
            entry.is_listed && now.saturating_since(entry.asserted_at) >= self.settings.flood_hold;
        let can_be_told = || {
            let mut listing = self.reachability.newest_first(key);
            listing.any(|a| self.link_to(a.system).is_some())
        };
        is_overdue && self.announces() && can_be_told()
    }
}

/// How old an announcement can be when it arrives: that of the last repeat, and its way here.
pub(crate) fn oldest_announcement(interval: Duration, repeats: u32) -> Duration {
    let intervals = 1_u32.checked_shl(repeats).map_or(u32::MAX, |n| n - 1);
    interval
        .saturating_mul(intervals)
        .saturating_add(ON_ITS_WAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_announcement_is_the_last_repeat() {
        let ms = Duration::from_millis;
        assert_eq!(oldest_announcement(ms(100), 0), ON_ITS_WAY);
        assert_eq!(oldest_announcement(ms(100), 3), ms(700) + ON_ITS_WAY);
        assert!(oldest_announcement(Duration::MAX, 99) > Duration::from_secs(1 << 40));
    }
}
