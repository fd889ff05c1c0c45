//! ARP suppression at work: a request for the address of a station of another site is answered here
//! and need not cross the public network.
//!
//! Only what the tables are sure of is answered. What mobility lives on is none of it: announcements
//! are no requests, and an answered probe (RFC 5227 s2.1.1) would be taken for an address conflict.

use edge_api::ArpStatus;
use wire::{ArpKind, ArpPacket, FrameRef, MacAddr, Timestamp, arp};

use crate::arp_tables::{ArpEntry, Heard};
use crate::mac_table::{MacKey, Target};
use crate::{EdgeDevice, Egress, PortId};

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It was answered out of the port that it came in on.
    Given,
    /// It goes its way like any broadcast.
    NotGiven,
}

impl EdgeDevice {
    /// Answers the request in `frame`, if it is one and a suppression entry holds the answer. The reply
    /// carries the same tag as the request.
    pub(crate) fn answer_arp(
        &mut self,
        now: Timestamp,
        asker: MacKey,
        port: PortId,
        frame: FrameRef<'_>,
        egress: &mut impl Egress,
    ) -> Answer {
        let Some(reply) = self.reply_to(now, asker, &frame) else {
            return Answer::NotGiven;
        };
        let Ok(reply) = FrameRef::parse_untagged(&reply) else {
            return Answer::NotGiven;
        };
        let reply = reply.with_tag(frame.tag());
        let tally = &mut self.port_tallies[usize::from(port.0)];
        match egress.reply_site(port, reply) {
            Ok(()) => {
                tally.sent(reply.encoded_len());
                self.arp_answered += 1;
                Answer::Given
            }
            Err(reason) => {
                tally.dropped(reason);
                Answer::NotGiven
            }
        }
    }

    fn reply_to(
        &self,
        now: Timestamp,
        asker: MacKey,
        frame: &FrameRef<'_>,
    ) -> Option<[u8; arp::FRAME_LEN]> {
        if !self.settings.arp_suppression || frame.dst() != MacAddr::BROADCAST {
            return None;
        }
        let request = ArpPacket::from_frame(frame)?.ok()?;
        let is_plain = request.kind == ArpKind::Request && request.sender_mac == asker.mac();
        let entry = self.arp.get(now, asker.vlan(), request.target_ip)?;
        let is_elsewhere = matches!(entry.heard, Heard::Public(_)) && entry.key != asker;
        // Whoever uses another station's address must be heard by that station (RFC 5227 s2.4).
        let claimed = self.arp.get(now, asker.vlan(), request.sender_ip);
        let is_honest = claimed.is_none_or(|entry| entry.key == asker);
        let is_sure = self.arp_status(now, entry) == ArpStatus::Valid;
        (is_plain && is_elsewhere && is_honest && is_sure).then(|| {
            let owner = (entry.key.mac(), request.target_ip);
            arp::encode_reply(owner, (request.sender_mac, request.sender_ip))
        })
    }

    /// What an ARP entry can be relied on for, as the MAC table has it now.
    pub(crate) fn arp_status(&self, now: Timestamp, entry: &ArpEntry) -> ArpStatus {
        if entry.is_contested(now) {
            return ArpStatus::Collision;
        }
        let target = self.table.get(entry.key).map(|entry| entry.target);
        let agrees = match (entry.heard, target) {
            (Heard::Site(port), Some(Target::Local(at))) => port == at,
            (Heard::Public(link), Some(Target::Remote(by) | Target::Redirect { link: by, .. })) => {
                link == by
            }
            (Heard::Public(_), Some(Target::Flood { .. })) => true,
            (Heard::Site(_) | Heard::Public(_), _) => false,
        };
        match agrees {
            true => ArpStatus::Valid,
            false => ArpStatus::Invalid,
        }
    }
}
