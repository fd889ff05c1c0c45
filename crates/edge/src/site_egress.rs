//! Out of the site ports of a VLAN, each frame with its tag or without, as the port has it.

use edge_api::DropReason;
use wire::{FrameRef, TagControl, VlanId};

use crate::counters::Tally;
use crate::vlan_ports::{Member, Tagging};
use crate::{EdgeDevice, Egress, PortId, Verdict};

impl EdgeDevice {
    /// Out of one port of the VLAN.
    pub(crate) fn send_one_port(
        &mut self,
        vlan: VlanId,
        port: PortId,
        frame: FrameRef<'_>,
        egress: &mut impl Egress,
    ) -> Verdict {
        let tagging = self.interfaces.port(port).tagging(vlan);
        let member = Member { port, tagging };
        let site = send_to_member(&mut self.port_tallies, vlan, member, frame, egress);
        Verdict::Forwarded { site, public: 0 }
    }

    /// Out of every port of the VLAN but `except`.
    pub(crate) fn send_every_port(
        &mut self,
        vlan: VlanId,
        except: Option<PortId>,
        frame: FrameRef<'_>,
        egress: &mut impl Egress,
    ) -> usize {
        let mut copies = 0;
        for member in self.interfaces.members(vlan) {
            if Some(member.port) != except {
                copies += send_to_member(&mut self.port_tallies, vlan, *member, frame, egress);
            }
        }
        copies
    }
}

/// Sends a frame of `vlan` out of a port, tagged as the port has it, and counts; the number of copies.
fn send_to_member(
    tallies: &mut [Tally],
    vlan: VlanId,
    member: Member,
    frame: FrameRef<'_>,
    egress: &mut impl Egress,
) -> usize {
    let tag = match member.tagging {
        Tagging::Untagged => None,
        Tagging::Tagged => Some(match frame.tag() {
            Some(tag) => tag.with_vlan(vlan),
            None => TagControl::new(vlan, 0),
        }),
    };
    let frame = frame.with_tag(tag);
    let tally = &mut tallies[usize::from(member.port.0)];
    // What is inside the first tag is payload; but a frame that loses the first would be in the VLAN
    // of the second from here on: a host could send into VLANs that it is not in.
    let sent = match tag.is_none() && frame.has_inner_tag() {
        true => Err(DropReason::DoubleTagged),
        false => egress.send_site(member.port, frame),
    };
    match sent {
        Ok(()) => tally.sent(frame.encoded_len()),
        Err(reason) => tally.dropped(reason),
    }
    usize::from(sent.is_ok())
}
