//! MAC mobility: hearing that a station is elsewhere now.

use edge_api::{AnnouncementOutcome, Cause, DropReason, EventKind, Mode};
use wire::{EviAnnouncement, FrameRef, Timestamp};

use crate::announcement_limits::Admission;
use crate::arp_tables::Heard;
use crate::mac_table::{Entry, MacKey, SetOutcome, Target};
use crate::mobility::Announcement;
use crate::stamp::Stamp;
use crate::{EdgeDevice, Egress, LinkId, Verdict};

impl EdgeDevice {
    /// A frame from the public side to a group address: an announcement is heard, and the frame
    /// goes on into the site, as the broadcast that hosts and switches understand (D-9).
    pub(crate) fn public_broadcast(
        &mut self,
        now: Timestamp,
        link: LinkId,
        from: MacKey,
        frame: FrameRef<'_>,
        egress: &mut impl Egress,
    ) -> Verdict {
        let message = match EviAnnouncement::from_frame(&frame) {
            None => None,
            Some(Ok(message)) if MacKey::new(message.vlan, message.mac) == from => Some(message),
            Some(_) => return Verdict::Dropped(DropReason::Malformed),
        };
        let heard = message.map(Announcement::of_message);
        if let Some(heard) = heard.or_else(|| Announcement::in_frame(&frame))
            && let Admission::OverLimit | Admission::OverLimitTold =
                self.hear_within_limit(now, link, from, heard)
        {
            return Verdict::Dropped(DropReason::AnnouncementRate);
        }
        if self.is_false_claim(from, link) {
            return Verdict::Dropped(DropReason::StaticMac);
        }
        let translated = heard.map(|heard| heard.for_hosts());
        let translated = translated
            .as_ref()
            .map(|bytes| FrameRef::parse_untagged(bytes));
        let translated = translated.and_then(Result::ok);
        // The site's ports keep its priority.
        let frame = translated.map_or(frame, |said| said.with_tag(frame.tag()));
        let site = self.send_every_port(from.vlan(), None, frame, egress);
        Verdict::Forwarded { site, public: 0 }
    }

    /// An announcement from the public side counts, unless it is one too many, or cannot be (D-6).
    fn hear_within_limit(
        &mut self,
        now: Timestamp,
        link: LinkId,
        key: MacKey,
        heard: Announcement,
    ) -> Admission {
        let admission = self.limits.admit_public(now, link);
        match admission {
            Admission::Granted if self.is_false_announcement(key, link) => {
                self.tell_heard(now, link, key, heard, AnnouncementOutcome::Static);
            }
            Admission::Granted => self.hear(now, link, key, heard),
            Admission::OverLimit => {}
            Admission::OverLimitTold => {
                self.tell_heard(now, link, key, heard, AnnouncementOutcome::RateLimited);
            }
        }
        admission
    }

    /// An announcement from the public side.
    pub(crate) fn hear(&mut self, now: Timestamp, link: LinkId, key: MacKey, heard: Announcement) {
        let outcome = match self.settings.mode {
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
        self.tell_heard(now, link, key, heard, outcome);
    }

    fn tell_heard(
        &mut self,
        now: Timestamp,
        link: LinkId,
        key: MacKey,
        heard: Announcement,
        outcome: AnnouncementOutcome,
    ) {
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
        let not_from_here = self.settings.mode == Mode::GarpFloodVerified
            && !heard.ip.is_some_and(|ip| self.arp.is_snooped(now, key, ip));
        let outcome = match known {
            Some(known) => known,
            None if not_from_here => self.yield_to_publication(now, link, key),
            None => return self.install(now, link, key, stamp),
        };
        if let Some(stamp) = stamp {
            let awaited_until = now + self.settings.flood_hold;
            self.table.note_heard(awaited_until, key, link, stamp);
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
        let announcer = self.system_behind(link);
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
        let (announcer, until) = (link, now + self.settings.flood_hold);
        let (target, outcome) = match self.settings.mode {
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
        match self.rebind(now, key, Some(target), Cause::Announced) {
            SetOutcome::Full => return AnnouncementOutcome::TableFull,
            SetOutcome::Static => return AnnouncementOutcome::Static,
            SetOutcome::Changed(_) | SetOutcome::Same => {}
        }
        self.table.note_heard(until, key, link, stamp);
        if let Some(announcer) = self.system_behind(link) {
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
