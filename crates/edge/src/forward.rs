//! The frame path: classify, learn, look up, send. Nothing here allocates unless a table changes.

use edge_api::DropReason;
use wire::{EviAnnouncement, FrameRef, MacAddr, TagControl, Timestamp, llc};

use crate::announcement_limits::Admission;
use crate::arp_suppression::Answer;
use crate::mac_table::{MacKey, Target};
use crate::mobility::{Announcement, Learned, without_trailer};
use crate::{EdgeDevice, Egress, LinkId, PortId, Verdict};

/// A frame from a site port, in its VLAN.
#[derive(Clone, Copy)]
struct SiteFrame<'a> {
    port: PortId,
    /// The station that sent it.
    key: MacKey,
    /// The VLAN's tag, with the priority that the frame came with.
    tag: TagControl,
    /// The frame with this tag.
    frame: FrameRef<'a>,
    announcement: Option<Announcement>,
    is_extended: bool,
}

impl EdgeDevice {
    /// A frame from the own site.
    ///
    /// # Panics
    /// If `port` is not one of the configuration.
    pub fn handle_site_frame(
        &mut self,
        now: Timestamp,
        port: PortId,
        frame: FrameRef<'_>,
        egress: &mut impl Egress,
    ) -> Verdict {
        self.port_tallies[usize::from(port.0)].received(frame.encoded_len());
        let verdict = self.site_verdict(now, port, frame, egress);
        if let Verdict::Dropped(reason) = verdict {
            self.port_tallies[usize::from(port.0)].dropped(reason);
        }
        self.run_igp(now, egress);
        verdict
    }

    /// A frame from the public side, out of its tunnel.
    ///
    /// # Panics
    /// If `link` is not one of the configuration.
    pub fn handle_public_frame(
        &mut self,
        now: Timestamp,
        link: LinkId,
        frame: FrameRef<'_>,
        egress: &mut impl Egress,
    ) -> Verdict {
        self.link_tallies[usize::from(link.0)].received(frame.encoded_len());
        let verdict = match (frame.tag(), llc::decode_osi_frame(&frame)) {
            (None, Ok(pdu)) => self.handle_isis_pdu(now, link.circuit(), pdu, egress),
            _ => self.public_verdict(now, link, frame, egress),
        };
        if let Verdict::Dropped(reason) = verdict {
            self.link_tallies[usize::from(link.0)].dropped(reason);
        }
        self.run_igp(now, egress);
        verdict
    }

    /// Counts a frame that the driver dropped before it was one of a site port's.
    pub fn count_site_drop(&mut self, port: PortId, reason: DropReason) {
        self.port_tallies[usize::from(port.0)].dropped(reason);
    }

    /// Counts a packet that the driver dropped at the uplink, before it belonged to an EVI link.
    pub fn count_uplink_drop(&mut self, reason: DropReason) {
        self.uplink_tally.dropped(reason);
    }

    fn site_verdict(
        &mut self,
        now: Timestamp,
        port: PortId,
        frame: FrameRef<'_>,
        egress: &mut impl Egress,
    ) -> Verdict {
        let came = match self.classify(port, frame) {
            Ok(came) => came,
            Err(reason) => return Verdict::Dropped(reason),
        };
        let SiteFrame {
            key, announcement, ..
        } = came;
        let learned = self.learn(now, key, port);
        if learned == Learned::StaticElsewhere {
            return Verdict::Dropped(DropReason::StaticMac);
        }
        if announcement.is_some()
            && came.is_extended
            && self.admit(now, key, port, learned) != Admission::Granted
        {
            return Verdict::Dropped(DropReason::AnnouncementRate);
        }
        // What is refused is not asserted either: here the station counts as elsewhere.
        if learned != Learned::Refused && came.is_extended {
            self.snoop(now, key, port, announcement);
        }
        let mut is_told = learned == Learned::Known;
        if learned == Learned::Arrived && announcement.is_none() && self.announces() {
            let admission = self.announce_arrival(now, key, port, came.tag, egress);
            is_told = admission == Admission::Granted;
        }
        let destination = came.frame.dst();
        if !destination.is_group() {
            let to = MacKey::new(key.vlan(), destination);
            return self.forward_site_unicast(now, to, port, came.frame, egress);
        }
        // Of a station that has come, also from another port of this site, every switch must hear (D-9).
        if is_told && self.answer_arp(now, key, port, frame, egress) == Answer::Given {
            return Verdict::Consumed;
        }
        self.forward_site_group(now, came, learned, egress)
    }

    /// The frame in its VLAN, if it may enter it here.
    fn classify<'a>(&self, port: PortId, frame: FrameRef<'a>) -> Result<SiteFrame<'a>, DropReason> {
        let (vlan, tag) = self.interfaces.port(port).admit(frame.tag())?;
        let (source, destination) = (frame.src(), frame.dst());
        if !source.is_station() {
            return Err(DropReason::InvalidSource);
        }
        if is_reserved(destination) {
            return Err(DropReason::ReservedMulticast);
        }
        let is_group = destination.is_group();
        // Others would trust it (D-6).
        if is_group && EviAnnouncement::from_frame(&frame).is_some() {
            return Err(DropReason::EdgeMessageFromSite);
        }
        let announcement = is_group.then(|| Announcement::in_frame(&frame));
        Ok(SiteFrame {
            port,
            key: MacKey::new(vlan, source),
            tag,
            frame: frame.with_tag(Some(tag)),
            announcement: announcement.flatten(),
            is_extended: self.interfaces.is_extended(vlan),
        })
    }

    /// To all other ports of the VLAN and, where it is extended, on all links.
    fn forward_site_group(
        &mut self,
        now: Timestamp,
        came: SiteFrame<'_>,
        learned: Learned,
        egress: &mut impl Egress,
    ) -> Verdict {
        let SiteFrame {
            port,
            key,
            tag,
            frame,
            announcement,
            is_extended,
        } = came;
        let vlan = key.vlan();
        let has_link = is_extended && self.interfaces.has_links();
        if !self.interfaces.has_other_port(vlan, port) && !has_link {
            return Verdict::Dropped(DropReason::NoOtherPort);
        }
        let site = self.send_every_port(vlan, Some(port), frame, egress);
        let public = match announcement {
            // What is local stays in the site, announcements too.
            _ if !is_extended => 0,
            Some(_) if self.announces() && learned != Learned::Refused => {
                self.pass_on(now, key, frame, tag, egress)
            }
            Some(_) => self.send_without_trailer(frame, tag, egress),
            None => self.send_every_link(frame, egress),
        };
        Verdict::Forwarded { site, public }
    }

    /// An announcement as the ordinary broadcast that it is where announcements mean nothing.
    fn send_without_trailer(
        &mut self,
        frame: FrameRef<'_>,
        tag: TagControl,
        egress: &mut impl Egress,
    ) -> usize {
        let bytes = without_trailer(&frame);
        let frame = FrameRef::parse_untagged(&bytes).unwrap_or(frame);
        self.send_every_link(frame.with_tag(Some(tag)), egress)
    }

    fn forward_site_unicast(
        &mut self,
        now: Timestamp,
        key: MacKey,
        port: PortId,
        frame: FrameRef<'_>,
        egress: &mut impl Egress,
    ) -> Verdict {
        let target = self.table.get(key).map(|entry| entry.target);
        match target.or_else(|| self.recall(now, key)) {
            Some(Target::Local(to)) if to == port => Verdict::Dropped(DropReason::LocalSamePort),
            Some(Target::Local(to)) => self.send_one_port(key.vlan(), to, frame, egress),
            Some(Target::Remote(link) | Target::Redirect { link, .. }) => {
                let sent = self.send_one_link(link, frame, egress);
                Verdict::Forwarded {
                    site: 0,
                    public: sent,
                }
            }
            Some(Target::Flood { .. }) => {
                let public = self.send_every_link(frame, egress);
                Verdict::Forwarded { site: 0, public }
            }
            None if !self.interfaces.has_other_port(key.vlan(), port) => {
                Verdict::Dropped(DropReason::UnknownUnicast)
            }
            None => {
                let site = self.send_every_port(key.vlan(), Some(port), frame, egress);
                Verdict::Forwarded { site, public: 0 }
            }
        }
    }

    fn public_verdict(
        &mut self,
        now: Timestamp,
        link: LinkId,
        frame: FrameRef<'_>,
        egress: &mut impl Egress,
    ) -> Verdict {
        let Some(vlan) = frame.tag().and_then(TagControl::vlan) else {
            return Verdict::Dropped(DropReason::VlanNotExtended);
        };
        if !self.interfaces.is_extended(vlan) {
            return Verdict::Dropped(DropReason::VlanNotExtended);
        }
        let (source, destination) = (frame.src(), frame.dst());
        if !source.is_station() {
            return Verdict::Dropped(DropReason::InvalidSource);
        }
        if is_reserved(destination) {
            return Verdict::Dropped(DropReason::ReservedMulticast);
        }
        let from = MacKey::new(vlan, source);
        if destination.is_group() {
            return self.public_broadcast(now, link, from, frame, egress);
        }
        if self.table.is_static(from) {
            return Verdict::Dropped(DropReason::StaticMac);
        }
        match self
            .table
            .get(MacKey::new(vlan, destination))
            .map(|entry| entry.target)
        {
            Some(Target::Local(port)) => self.send_one_port(vlan, port, frame, egress),
            Some(Target::Flood { .. }) => Verdict::Dropped(DropReason::FloodFromPublic),
            Some(Target::Remote(_) | Target::Redirect { .. }) => {
                Verdict::Dropped(DropReason::SplitHorizon)
            }
            None => Verdict::Dropped(DropReason::NoEntryFromPublic),
        }
    }
}

/// 01:80:c2:00:00:00 to 0f: bridges never forward them (IEEE 802.1Q-2018 table 8-1).
fn is_reserved(destination: MacAddr) -> bool {
    matches!(
        destination.octets(),
        [0x01, 0x80, 0xc2, 0x00, 0x00, 0x00..=0x0f]
    )
}
