//! MAC mobility: learning that a station has arrived, announcing it, hearing that it went elsewhere.

use std::net::Ipv4Addr;

use edge_api::{AnnouncementOutcome, Cause, EventKind, Mode, Trigger};
use wire::{AnnouncementStamp, ArpPacket, FrameRef, MacAddr, TagControl, Timestamp, arp};

use crate::mac_table::{Entry, MacKey, SetOutcome, Target};
use crate::stamp::Stamp;
use crate::{EdgeDevice, Egress, LinkId, PortId};

/// What a frame's source address taught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Learned {
    /// Nothing new.
    Known,
    /// A new entry, or another port of this site.
    New,
    /// The local entry overrode a remote or a flood entry: the station has moved here.
    Arrived,
    /// The table is full.
    TableFull,
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
}

impl EdgeDevice {
    /// A frame from `key` came in at `port`.
    pub(crate) fn learn(&mut self, now: Timestamp, key: MacKey, port: PortId) -> Learned {
        let to = Target::Local(port);
        let from = self.table.get(key).map(|entry| entry.target);
        if from == Some(to) {
            self.table.refresh(now, key);
            return Learned::Known;
        }
        if let SetOutcome::Full = self.rebind(now, key, Some(to), Cause::Learned) {
            return Learned::TableFull;
        }
        match from {
            None | Some(Target::Local(_)) => Learned::New,
            Some(Target::Remote(_) | Target::Flood { .. }) => {
                let stamp = self.stamps.next(now);
                self.table.note_asserted(key, stamp);
                Learned::Arrived
            }
        }
    }

    pub(crate) const fn announces(&self) -> bool {
        match self.mode {
            Mode::IgpOnly => false,
            Mode::GarpFlood => true,
        }
    }

    /// Passes a station's own announcement on to every EVI link at once, with this device's stamp over
    /// whatever its padding held (R-2, R-4, D-6). Returns the number of links.
    pub(crate) fn pass_on(
        &mut self,
        now: Timestamp,
        key: MacKey,
        heard: Announcement,
        frame: FrameRef<'_>,
        tag: TagControl,
        egress: &mut impl Egress,
    ) -> usize {
        // A new stamp each time: the station is here *now*, whatever was asserted elsewhere since it
        // came and not heard here.
        let stamp = self.stamps.next(now);
        self.table.note_asserted(key, stamp);
        let mut bytes = without_trailer(&frame);
        AnnouncementStamp::from_micros(stamp.0).stamp(&mut bytes);
        let trigger = Trigger::StationAnnouncement;
        self.announce(now, key, heard.ip, trigger, &bytes, tag, egress)
    }

    /// Announces an arrived station of the device's own accord, into the own site too (D-9),
    /// but never to the port where the station is.
    ///
    /// Nothing is known here of the station's IP address, so the announcement is a RARP, which
    /// carries the MAC alone.
    pub(crate) fn announce_arrival(
        &mut self,
        now: Timestamp,
        key: MacKey,
        port: PortId,
        tag: TagControl,
        egress: &mut impl Egress,
    ) {
        let Some(stamp) = self.table.get(key).map(|entry| entry.stamp) else {
            return;
        };
        let mut bytes = arp::encode_rarp(key.mac());
        if let Ok(frame) = FrameRef::parse(&bytes) {
            self.send_every_port(key.vlan(), Some(port), frame, egress);
        }
        AnnouncementStamp::from_micros(stamp.0).stamp(&mut bytes);
        self.announce(now, key, None, Trigger::LocalOverride, &bytes, tag, egress);
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one announcement")]
    fn announce(
        &mut self,
        now: Timestamp,
        key: MacKey,
        ip: Option<Ipv4Addr>,
        trigger: Trigger,
        bytes: &[u8],
        tag: TagControl,
        egress: &mut impl Egress,
    ) -> usize {
        let Ok(frame) = FrameRef::parse(bytes) else {
            return 0;
        };
        let links = self.send_every_link(frame.with_tag(Some(tag)), egress);
        let (vlan, mac) = (key.vlan(), key.mac());
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

    /// An announcement from the public side.
    pub(crate) fn hear(&mut self, now: Timestamp, link: LinkId, key: MacKey, heard: Announcement) {
        let outcome = if self.announces() {
            self.install_flood(now, link, key, heard.stamp)
        } else {
            AnnouncementOutcome::ModeIgnores
        };
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

    fn install_flood(
        &mut self,
        now: Timestamp,
        link: LinkId,
        key: MacKey,
        stamp: Option<Stamp>,
    ) -> AnnouncementOutcome {
        let stamp = stamp.and_then(|stamp| self.stamps.believe(now, stamp));
        if let Some(entry) = self.table.get(key)
            && let Some(outcome) = nothing_to_install(entry, link, stamp)
        {
            if let Some(stamp) = stamp {
                self.table.note_heard(now, key, link, stamp);
            }
            return outcome;
        }
        let stamp = stamp.unwrap_or_else(|| self.stamps.next(now));
        let flood = Target::Flood {
            announcer: link,
            until: now + self.flood_hold,
        };
        if let SetOutcome::Full = self.rebind(now, key, Some(flood), Cause::Announced) {
            return AnnouncementOutcome::TableFull;
        }
        self.table.note_heard(now, key, link, stamp);
        if let Some(announcer) = self.isis.neighbour(link.circuit()) {
            self.reachability.renew(now, key, announcer);
        }
        AnnouncementOutcome::FloodInstalled
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

/// Why an announcement on `link` installs nothing over `entry`; `None` when it does.
///
/// An announcement without a stamp comes from a device that does not speak the trailer: it counts as
/// newest, by order of arrival.
fn nothing_to_install(
    entry: &Entry,
    link: LinkId,
    stamp: Option<Stamp>,
) -> Option<AnnouncementOutcome> {
    let is_older = stamp.is_some_and(|stamp| stamp < entry.stamp);
    match entry.target {
        _ if is_older => Some(AnnouncementOutcome::Stale),
        Target::Flood { announcer, .. } if announcer == link => Some(AnnouncementOutcome::Repeated),
        Target::Remote(remote) if remote == link => Some(AnnouncementOutcome::AlreadyPublished),
        Target::Local(_) if stamp == Some(entry.stamp) => Some(AnnouncementOutcome::Stale),
        _ => None,
    }
}
