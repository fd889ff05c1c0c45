//! MAC mobility: hearing that a station is elsewhere now.

use edge_api::{AnnouncementOutcome, Cause, EventKind, Mode};
use wire::Timestamp;

use crate::arp_tables::Heard;
use crate::mac_table::{Entry, MacKey, SetOutcome, Target};
use crate::mobility::Announcement;
use crate::stamp::Stamp;
use crate::{EdgeDevice, LinkId};

impl EdgeDevice {
    /// An announcement from the public side.
    pub(crate) fn hear(&mut self, now: Timestamp, link: LinkId, key: MacKey, heard: Announcement) {
        let outcome = match self.mode {
            Mode::IgpOnly => AnnouncementOutcome::ModeIgnores,
            Mode::GarpFlood | Mode::GarpFloodVerified | Mode::GarpRedirect => {
                self.take_announcement(now, link, key, heard)
            }
        };
        let is_refused = matches!(
            outcome,
            AnnouncementOutcome::Stale
                | AnnouncementOutcome::Frozen
                | AnnouncementOutcome::TableFull
        );
        if let Some(ip) = heard.ip.filter(|_| !is_refused) {
            self.arp.learn(now, key, ip, Heard::Public(link));
        }
        let (vlan, mac, ip) = (key.vlan(), key.mac(), heard.ip);
        let link = self.interfaces.link(link).name.clone();
        self.events.push(
            now,
            EventKind::AnnouncementHeard {
                vlan,
                mac,
                ip,
                link,
                outcome,
            },
        );
    }

    fn take_announcement(
        &mut self,
        now: Timestamp,
        link: LinkId,
        key: MacKey,
        heard: Announcement,
    ) -> AnnouncementOutcome {
        let stamp = heard
            .stamp
            .and_then(|stamp| self.stamps.believe(now, stamp));
        let entry = self.table.get(key);
        let last_asserted = entry.map_or(Stamp::NONE, |entry| self.last_asserted(now, entry));
        let known = entry.and_then(|entry| nothing_to_install(entry, last_asserted, link, stamp));
        let is_contradicted =
            known == Some(AnnouncementOutcome::Stale) && entry.map(|e| e.stamp) < stamp;
        let not_from_here = self.mode == Mode::GarpFloodVerified
            && !heard.ip.is_some_and(|ip| self.arp.is_snooped(now, key, ip));
        let outcome = match known {
            Some(known) => known,
            None if not_from_here => self.yield_to_publication(now, link, key),
            None => return self.install(now, link, key, stamp),
        };
        if let Some(stamp) = stamp {
            self.table.note_heard(now, key, link, stamp);
        }
        if is_contradicted {
            self.contradict(now, key, last_asserted);
        }
        outcome
    }

    /// No snooping entry shows that the station has left. But if the announcing device lists it already,
    /// and it counts as being here, that publication is newer than this entry from now on (D-5).
    fn yield_to_publication(
        &mut self,
        now: Timestamp,
        link: LinkId,
        key: MacKey,
    ) -> AnnouncementOutcome {
        let (entry, to) = (self.table.get(key), Target::Remote(link));
        let is_here = entry.is_some_and(|entry| matches!(entry.target, Target::Local(_)));
        let announcer = self.isis.neighbour(link.circuit());
        let lists = announcer.filter(|system| self.reachability.is_listed_by(key, *system));
        let Some(announcer) = lists.filter(|_| is_here && !self.is_frozen_move(key, to)) else {
            return AnnouncementOutcome::NotFromHere;
        };
        self.reachability.renew(now, key, announcer);
        self.rebind(now, key, Some(to), Cause::Published);
        AnnouncementOutcome::AlreadyPublished
    }

    /// Installs the entry that bridges the time until the IGP has published (R-5, D-8).
    fn install(
        &mut self,
        now: Timestamp,
        link: LinkId,
        key: MacKey,
        stamp: Option<Stamp>,
    ) -> AnnouncementOutcome {
        let stamp = stamp.unwrap_or_else(|| self.stamps.next(now));
        let (announcer, until) = (link, now + self.flood_hold);
        let (target, outcome) = match self.mode {
            Mode::GarpRedirect => {
                let redirect = Target::Redirect { link, until };
                (redirect, AnnouncementOutcome::Redirected)
            }
            Mode::IgpOnly | Mode::GarpFlood | Mode::GarpFloodVerified => {
                let flood = Target::Flood { announcer, until };
                (flood, AnnouncementOutcome::FloodInstalled)
            }
        };
        if self.is_frozen_move(key, target) {
            return AnnouncementOutcome::Frozen;
        }
        if let SetOutcome::Full = self.rebind(now, key, Some(target), Cause::Announced) {
            return AnnouncementOutcome::TableFull;
        }
        self.table.note_heard(now, key, link, stamp);
        if let Some(announcer) = self.isis.neighbour(link.circuit()) {
            self.reachability.renew(now, key, announcer);
        }
        outcome
    }
}

/// Why an announcement on `link` installs nothing over `entry`, which was last asserted at
/// `last_asserted`; `None` when it does.
///
/// An announcement without a stamp comes from a device that does not speak the trailer: it counts as
/// newest, by order of arrival.
fn nothing_to_install(
    entry: &Entry,
    last_asserted: Stamp,
    link: LinkId,
    stamp: Option<Stamp>,
) -> Option<AnnouncementOutcome> {
    let is_older = stamp.is_some_and(|stamp| stamp < last_asserted);
    match entry.target {
        _ if is_older => Some(AnnouncementOutcome::Stale),
        Target::Flood {
            announcer: known, ..
        }
        | Target::Redirect { link: known, .. }
            if known == link =>
        {
            Some(AnnouncementOutcome::Repeated)
        }
        Target::Remote(remote) if remote == link => Some(AnnouncementOutcome::AlreadyPublished),
        Target::Local(_) if stamp == Some(entry.stamp) => Some(AnnouncementOutcome::Stale),
        _ => None,
    }
}
