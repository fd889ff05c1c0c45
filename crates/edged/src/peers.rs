//! The peers of the EVI links: by link for what leaves, by address for what arrives.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use edge::LinkId;
use foldhash::fast::RandomState;

use crate::peer_path::PeerPath;

/// The peers. Both ways cost the same however many there are: each received frame asks.
#[derive(Default)]
pub(crate) struct Peers {
    /// By [`LinkId`]; none where a link was closed.
    paths: Vec<Option<PeerPath>>,
    /// Strangers' addresses come in, too, so the hash has a secret.
    links: HashMap<Ipv4Addr, LinkId, RandomState>,
}

impl Peers {
    pub(crate) fn path(&self, link: LinkId) -> Option<&PeerPath> {
        self.paths.get(usize::from(link.0))?.as_ref()
    }

    pub(crate) fn link_of(&self, peer: Ipv4Addr) -> Option<LinkId> {
        self.links.get(&peer).copied()
    }

    pub(crate) fn open(&mut self, link: LinkId, path: PeerPath) {
        let slot = usize::from(link.0);
        let room = self.paths.len().max(slot + 1);
        self.paths.resize_with(room, || None);
        self.links.insert(path.peer, link);
        self.paths[slot] = Some(path);
    }

    pub(crate) fn close(&mut self, link: LinkId) {
        let slot = self.paths.get_mut(usize::from(link.0));
        let Some(path) = slot.and_then(Option::take) else {
            return;
        };
        // A reload that renames a link opens the new one first: then the address is that one's.
        if self.link_of(path.peer) == Some(link) {
            self.links.remove(&path.peer);
        }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &PeerPath> {
        self.paths.iter().flatten()
    }

    pub(crate) fn all_mut(&mut self) -> impl Iterator<Item = &mut PeerPath> {
        self.paths.iter_mut().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(number: u8) -> Ipv4Addr {
        Ipv4Addr::new(192, 0, 2, number)
    }

    fn peers(count: u8) -> Peers {
        let mut peers = Peers::default();
        for number in 0..count {
            peers.open(LinkId(number.into()), PeerPath::new(peer(number)));
        }
        peers
    }

    #[test]
    fn a_peer_is_found_both_ways() {
        let peers = peers(99);
        for number in 0..99 {
            let link = LinkId(number.into());
            assert_eq!(peers.link_of(peer(number)), Some(link));
            assert_eq!(peers.path(link).map(|path| path.peer), Some(peer(number)));
        }
        assert_eq!(peers.link_of(peer(99)), None);
        assert_eq!(peers.all().count(), 99);
    }

    #[test]
    fn a_link_that_is_closed_is_found_no_more() {
        let mut peers = peers(3);
        peers.close(LinkId(1));
        peers.close(LinkId(7));
        assert_eq!(peers.link_of(peer(1)), None);
        assert!(peers.path(LinkId(1)).is_none());
        assert_eq!(peers.link_of(peer(2)), Some(LinkId(2)));
    }

    #[test]
    fn a_link_with_another_name_keeps_its_peer_when_the_old_one_is_closed_last() {
        let mut peers = peers(2);
        peers.open(LinkId(2), PeerPath::new(peer(1)));
        peers.close(LinkId(1));
        assert_eq!(peers.link_of(peer(1)), Some(LinkId(2)));
    }
}
