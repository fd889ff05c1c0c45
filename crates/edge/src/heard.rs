//! The announcements of one station heard from other devices: which device asserted it, and when.
//!
//! An LSP carries no stamp. So a publication is dated by the announcement that came before it: the
//! one heard on the same link (D-2).

use wire::Timestamp;

use crate::LinkId;
use crate::stamp::Stamp;

/// Links remembered for one station; of more, those with the newest stamps.
const SLOTS: usize = 4;

/// An announcement heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Announcement {
    link: LinkId,
    stamp: Stamp,
    /// Publications that belong to it have come by then: the hold time that was in force when it came.
    awaited_until: Timestamp,
}

/// The newest announcement of each of the last few links.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Heard {
    slots: [Option<Announcement>; SLOTS],
}

impl Heard {
    /// Takes note of an announcement; an older one of the same link changes nothing.
    pub(crate) fn note(&mut self, awaited_until: Timestamp, link: LinkId, stamp: Stamp) {
        let same = self.slots.iter().flatten().find(|a| a.link == link);
        if same.is_some_and(|announcement| announcement.stamp >= stamp) {
            return;
        }
        self.forget_before(link, stamp);
        // An empty slot is older than any.
        if let Some(slot) = self
            .slots
            .iter_mut()
            .min_by_key(|slot| slot.map(|a| a.stamp))
        {
            *slot = Some(Announcement {
                link,
                stamp,
                awaited_until,
            });
        }
    }

    /// Forgets an announcement on `link` that is older than `stamp`.
    pub(crate) fn forget_before(&mut self, link: LinkId, stamp: Stamp) {
        for slot in &mut self.slots {
            *slot = slot.filter(|a| a.link != link || a.stamp >= stamp);
        }
    }

    /// Forgets what was heard on links that are no more.
    pub(crate) fn forget_links(&mut self, gone: impl Fn(LinkId) -> bool) {
        for slot in &mut self.slots {
            *slot = slot.filter(|a| !gone(a.link));
        }
    }

    /// The stamp to which a publication by the device behind `link` belongs: that of an
    /// announcement not longer ago than publications take at the most.
    pub(crate) fn stamp_of_publication(&self, now: Timestamp, link: LinkId) -> Option<Stamp> {
        let mut heard = self.slots.iter().flatten();
        let announcement = heard.find(|a| a.link == link)?;
        (now < announcement.awaited_until).then_some(announcement.stamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Timestamp {
        Timestamp::from_nanos(seconds * 1_000_000_000)
    }

    fn stamp_on(heard: &Heard, seconds: u64, link: u16) -> Option<u64> {
        let stamp = heard.stamp_of_publication(at(seconds), LinkId(link));
        stamp.map(|stamp| stamp.0)
    }

    #[test]
    fn the_newest_of_each_link_counts_for_as_long_as_publications_take() {
        let mut heard = Heard::default();
        heard.note(at(30), LinkId(1), Stamp(10));
        heard.note(at(31), LinkId(2), Stamp(20));
        heard.note(at(32), LinkId(1), Stamp(9));
        assert_eq!(stamp_on(&heard, 29, 1), Some(10));
        assert_eq!(stamp_on(&heard, 30, 1), None);
        assert_eq!(stamp_on(&heard, 30, 2), Some(20));
        heard.forget_before(LinkId(2), Stamp(20));
        assert_eq!(stamp_on(&heard, 30, 2), Some(20));
        heard.forget_before(LinkId(2), Stamp(21));
        assert_eq!(stamp_on(&heard, 30, 2), None);
    }

    #[test]
    fn of_many_links_the_oldest_stamp_gives_way() {
        let mut heard = Heard::default();
        for link in [3, 0, 1, 2, 4] {
            heard.note(at(30), LinkId(link), Stamp(u64::from(link) + 10));
        }
        let stamps = |heard: &Heard| [0, 1, 2, 3, 4].map(|link| stamp_on(heard, 1, link));
        assert_eq!(
            stamps(&heard),
            [None, Some(11), Some(12), Some(13), Some(14)]
        );
        heard.forget_links(|link| link == LinkId(3));
        assert_eq!(stamps(&heard), [None, Some(11), Some(12), None, Some(14)]);
    }
}
