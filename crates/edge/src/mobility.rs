//! MAC mobility: learning that a station has arrived, and announcing it.

use std::net::Ipv4Addr;

use edge_api::{AnnouncementMessage, Cause, EventKind, Mode, Trigger};
use wire::{
    AnnouncementStamp, ArpPacket, EviAnnouncement, FrameRef, MacAddr, TagControl, Timestamp, arp,
};

use crate::announcement_limits::Admission;
use crate::arp_tables::Heard;
use crate::mac_table::{MacKey, SetOutcome, Target};
use crate::repeats::Repeat;
use crate::stamp::Stamp;
use crate::{EdgeDevice, Egress, PortId};

/// What a frame's source address taught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Learned {
    /// Nothing new.
    Known,
    /// A new entry, or another port of this site.
    New,
    /// The local entry overrode a remote or a flood entry: the station has moved here. Or it is
    /// here still, and others do not know (D-5).
    Arrived,
    /// The table is full, or the MAC is frozen where it was.
    Refused,
    /// The MAC is static at another port of this site, or at another device.
    StaticElsewhere,
}

/// A station's announcement of itself, as a frame carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Announcement {
    pub(crate) mac: MacAddr,
    pub(crate) ip: Option<Ipv4Addr>,
    pub(crate) stamp: Option<Stamp>,
}

impl Announcement {
    /// The announcement in a broadcast frame, if it is one: gratuitous ARP, RFC 5227 announcement or
    /// RARP of the station that sent the frame. An ARP probe (sender 0.0.0.0) is none.
    pub(crate) fn in_frame(frame: &FrameRef<'_>) -> Option<Self> {
        let packet = ArpPacket::from_frame(frame)?.ok()?;
        let of_sender = packet.sender_mac == frame.src();
        (packet.kind.announces() && of_sender).then(|| Self {
            mac: packet.sender_mac,
            ip: packet.claimed_ip(),
            stamp: AnnouncementStamp::from_frame(frame).map(|stamp| Stamp(stamp.as_micros())),
        })
    }

    /// The announcement that an edge device's own message carries.
    pub(crate) fn of_message(message: EviAnnouncement) -> Self {
        Self {
            mac: message.mac,
            ip: message.ip,
            stamp: Some(Stamp(message.stamp.as_micros())),
        }
    }

    /// The frame that says it to hosts and switches: a gratuitous ARP, or a RARP, which carries the MAC
    /// alone.
    pub(crate) fn for_hosts(self) -> [u8; arp::FRAME_LEN] {
        match self.ip {
            Some(ip) => arp::encode_gratuitous_request(self.mac, ip),
            None => arp::encode_rarp(self.mac),
        }
    }
}

impl EdgeDevice {
    /// A frame from `key` came in at `port`.
    pub(crate) fn learn(&mut self, now: Timestamp, key: MacKey, port: PortId) -> Learned {
        let to = Target::Local(port);
        let entry = self.table.get(key);
        let from = entry.map(|entry| entry.target);
        if from == Some(to) {
            let is_contested = entry.is_some_and(|entry| self.is_contested(now, key, entry));
            self.table.refresh(now, key);
            if !is_contested {
                return Learned::Known;
            }
            let stamp = self.stamps.next(now);
            self.table.note_asserted(now, key, stamp);
            return Learned::Arrived;
        }
        if self.is_static_elsewhere(key, None) {
            return Learned::StaticElsewhere;
        }
        if self.is_frozen_move(key, to) {
            return Learned::Refused;
        }
        match self.rebind(now, key, Some(to), Cause::Learned) {
            SetOutcome::Full => return Learned::Refused,
            SetOutcome::Static => return Learned::StaticElsewhere,
            SetOutcome::Changed(_) | SetOutcome::Same => {}
        }
        match from {
            None | Some(Target::Local(_)) => Learned::New,
            Some(Target::Remote(_) | Target::Flood { .. } | Target::Redirect { .. }) => {
                let stamp = self.stamps.next(now);
                self.table.note_asserted(now, key, stamp);
                Learned::Arrived
            }
        }
    }

    pub(crate) const fn announces(&self) -> bool {
        match self.settings.mode {
            Mode::IgpOnly => false,
            Mode::GarpFlood | Mode::GarpFloodVerified | Mode::GarpRedirect => true,
        }
    }

    /// Whether a station at a site port may be announced now (D-6); counts those that have arrived and
    /// may not.
    pub(crate) fn admit(
        &mut self,
        now: Timestamp,
        key: MacKey,
        port: PortId,
        learned: Learned,
    ) -> Admission {
        let of_mac = self.table.announcements_of(key);
        let admission = self.limits.admit_site(now, port, of_mac);
        if admission != Admission::Granted && learned == Learned::Arrived && self.announces() {
            self.arrivals_not_announced += 1;
        }
        admission
    }

    /// Takes note of what a station of the own site says of its address.
    pub(crate) fn snoop(
        &mut self,
        now: Timestamp,
        key: MacKey,
        port: PortId,
        heard: Option<Announcement>,
    ) {
        if let Some(ip) = heard.and_then(|heard| heard.ip) {
            self.arp.learn(now, key, ip, Heard::Site(port));
        }
    }

    /// Passes a station's own announcement on to every EVI link at once, with this device's stamp over
    /// whatever its padding held (R-2, R-4, D-6). Returns the number of links.
    pub(crate) fn pass_on(
        &mut self,
        now: Timestamp,
        key: MacKey,
        frame: FrameRef<'_>,
        tag: TagControl,
        egress: &mut impl Egress,
    ) -> usize {
        // A new stamp each time: the station is here *now*, whatever was asserted elsewhere since it
        // came and not heard here.
        let stamp = self.stamps.next(now);
        self.table.note_asserted(now, key, stamp);
        let repeat = Repeat { key, stamp, tag };
        self.schedule_repeats(now, repeat);
        let bytes = without_trailer(&frame);
        self.announce(now, repeat, Trigger::StationAnnouncement, bytes, egress)
    }

    /// Announces an arrived station of the device's own accord, into the own site too (D-9),
    /// but never to the port where the station is. Over a rate limit it is left to IS-IS: the entry is
    /// there, and published as ever (D-6).
    pub(crate) fn announce_arrival(
        &mut self,
        now: Timestamp,
        key: MacKey,
        port: PortId,
        tag: TagControl,
        egress: &mut impl Egress,
    ) -> Admission {
        let Some(stamp) = self.table.get(key).map(|entry| entry.stamp) else {
            return Admission::OverLimit; // Not of a station that has arrived.
        };
        let announcement = self.own_announcement(now, key);
        if let Some(ip) = announcement.ip {
            self.arp.learn(now, key, ip, Heard::Site(port));
        }
        let admission = self.admit(now, key, port, Learned::Arrived);
        if admission != Admission::Granted {
            return admission;
        }
        let bytes = announcement.for_hosts();
        if let Ok(frame) = FrameRef::parse(&bytes) {
            self.send_every_port(key.vlan(), Some(port), frame.with_tag(Some(tag)), egress);
        }
        let repeat = Repeat { key, stamp, tag };
        self.schedule_repeats(now, repeat);
        self.announce(now, repeat, Trigger::LocalOverride, bytes, egress);
        admission
    }

    /// What the device itself says of a station, with its address where the ARP tables know one.
    fn own_announcement(&self, now: Timestamp, key: MacKey) -> Announcement {
        Announcement {
            mac: key.mac(),
            ip: self.arp.address_of(now, key),
            stamp: None,
        }
    }

    /// Plans the repeats of an announcement, each after twice the time of the one before (D-4).
    pub(crate) fn schedule_repeats(&mut self, now: Timestamp, repeat: Repeat) {
        let mut at = now;
        let mut interval = self.settings.announcement_interval;
        for _ in 0..self.settings.announcement_repeats {
            at = at + interval;
            interval = interval.saturating_mul(2);
            self.repeats.push(at, repeat);
        }
    }

    /// Sends the repeats that are due, of stations that are here still and were not asserted anew. Where
    /// the mode has changed to one without announcements there are none any more.
    pub(crate) fn send_repeats(&mut self, now: Timestamp, egress: &mut impl Egress) {
        while let Some(repeat) = self.repeats.poll(now) {
            let is_here = self.announces()
                && self.table.get(repeat.key).is_some_and(|entry| {
                    matches!(entry.target, Target::Local(_)) && entry.stamp == repeat.stamp
                });
            if is_here {
                let bytes = self.own_announcement(now, repeat.key).for_hosts();
                self.announce(now, repeat, Trigger::Repeat, bytes, egress);
            }
        }
    }

    /// Sends an announcement on every EVI link, stamped: the ARP in `bytes`, or what it says as a
    /// message of the edge devices' own in its place.
    fn announce(
        &mut self,
        now: Timestamp,
        what: Repeat,
        trigger: Trigger,
        mut bytes: [u8; arp::FRAME_LEN],
        egress: &mut impl Egress,
    ) -> usize {
        let (vlan, mac) = (what.key.vlan(), what.key.mac());
        let said = FrameRef::parse(&bytes);
        let mut ip = said.ok().and_then(|f| Announcement::in_frame(&f)?.ip);
        let stamp = AnnouncementStamp::from_micros(what.stamp.0);
        match self.settings.announcement_message {
            AnnouncementMessage::Garp => stamp.stamp(&mut bytes),
            AnnouncementMessage::Evi => {
                ip = ip.or_else(|| self.arp.address_of(now, what.key));
                let message = EviAnnouncement {
                    vlan,
                    mac,
                    ip,
                    stamp,
                };
                bytes = message.encode();
            }
        }
        let Ok(frame) = FrameRef::parse(&bytes) else {
            return 0;
        };
        let links = self.send_every_link(frame.with_tag(Some(what.tag)), egress);
        self.events.push(
            now,
            EventKind::AnnouncementSent {
                vlan,
                mac,
                ip,
                trigger,
                links,
            },
        );
        links
    }
}

/// The announcement in `frame` with zeros for padding. Anyone in a site can write a trailer there; it
/// must not reach a device that trusts it (D-6).
pub(crate) fn without_trailer(frame: &FrameRef<'_>) -> [u8; arp::FRAME_LEN] {
    let mut bytes = [0; arp::FRAME_LEN];
    let packet = &frame.payload()[..arp::LEN + 2];
    bytes[..6].copy_from_slice(&frame.dst().octets());
    bytes[6..12].copy_from_slice(&frame.src().octets());
    bytes[12..12 + packet.len()].copy_from_slice(packet);
    bytes
}
