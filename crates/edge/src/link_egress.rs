//! Out on EVI links, each frame tagged with its VLAN.

use edge_api::DropReason;
use wire::FrameRef;

use crate::{EdgeDevice, Egress, LinkId};

impl EdgeDevice {
    /// On one EVI link; the number of copies.
    pub(crate) fn send_one_link(
        &mut self,
        link: LinkId,
        frame: FrameRef<'_>,
        egress: &mut impl Egress,
    ) -> usize {
        let sent = egress.send_link(link, frame);
        self.tally_link(link, frame.encoded_len(), sent);
        usize::from(sent.is_ok())
    }

    /// Counts what became of a frame on a link.
    pub(crate) fn tally_link(&mut self, link: LinkId, bytes: usize, sent: Result<(), DropReason>) {
        let tally = &mut self.link_tallies[usize::from(link.0)];
        match sent {
            Ok(()) => tally.sent(bytes),
            Err(reason) => tally.dropped(reason),
        }
    }

    /// On every EVI link. Only for frames that did not come from one.
    pub(crate) fn send_every_link(
        &mut self,
        frame: FrameRef<'_>,
        egress: &mut impl Egress,
    ) -> usize {
        let mut copies = 0;
        let mut next = self.interfaces.link_from(0);
        while let Some(link) = next {
            copies += self.send_one_link(link, frame, egress);
            next = self.interfaces.link_from(link.0 + 1);
        }
        copies
    }
}
