//! Which EVI link of a device leads where, and devices that get another configuration.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use edge::{EviLinks, LinkId, Verdict};
use edge_api::{ConfigChange, DropReason, EdgeConfig, ReloadError};

use super::device::Outbox;
use super::{Ed, Setup, Sim, link_name};

/// The peer of each link, for as long as its number is not another one's.
pub struct Wiring {
    peers: BTreeMap<(Ed, LinkId), Ed>,
    open: BTreeMap<(Ed, Ed), LinkId>,
}

impl Wiring {
    /// Links are numbered by peer, the device itself left out.
    pub fn mesh(devices: usize) -> Self {
        let (peers, open) = (BTreeMap::new(), BTreeMap::new());
        let mut wiring = Self { peers, open };
        for ed in 0..devices {
            wiring.restart(ed, devices);
        }
        wiring
    }

    /// A device has its first configuration again, whatever reloads it has had.
    pub fn restart(&mut self, ed: Ed, devices: usize) {
        self.peers.retain(|(of, _), _| *of != ed);
        self.open.retain(|(of, _), _| *of != ed);
        for (number, peer) in (0..).zip((0..devices).filter(|peer| *peer != ed)) {
            self.open(ed, peer, LinkId(number));
        }
    }

    fn open(&mut self, ed: Ed, peer: Ed, link: LinkId) {
        self.peers.insert((ed, link), peer);
        self.open.insert((ed, peer), link);
    }

    pub fn link_to(&self, ed: Ed, peer: Ed) -> Option<LinkId> {
        self.open.get(&(ed, peer)).copied()
    }

    /// Also of a link that was just closed: its last word is on the way.
    pub fn peer_on(&self, ed: Ed, link: LinkId) -> Ed {
        self.peers[&(ed, link)]
    }
}

/// What a device did with its links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkAct {
    Opened(LinkId, Ipv4Addr),
    Closed(LinkId),
}

impl EviLinks for Outbox {
    fn open_link(&mut self, link: LinkId, peer: Ipv4Addr) {
        self.acts.push(LinkAct::Opened(link, peer));
    }

    fn close_link(&mut self, link: LinkId) {
        self.acts.push(LinkAct::Closed(link));
    }
}

impl Sim {
    /// Reloads a device.
    pub fn reload(
        &mut self,
        ed: Ed,
        config: &EdgeConfig,
    ) -> Result<Vec<ConfigChange>, Vec<ReloadError>> {
        self.drive(ed, |device, now, out| device.reconfigure(now, config, out))
    }

    /// The device's links have changed: frames find their way by the new ones.
    pub(super) fn rewire(&mut self, ed: Ed, acts: &[LinkAct]) {
        for act in acts {
            match *act {
                LinkAct::Opened(link, address) => {
                    let peer = usize::from(address.octets()[3]) - 1;
                    self.wiring.open(ed, peer, link);
                }
                LinkAct::Closed(link) => {
                    let peer = self.wiring.peer_on(ed, link);
                    self.wiring.open.remove(&(ed, peer));
                    self.accounts.close(ed, peer);
                }
            }
        }
    }

    /// What a driver does with a packet of somebody whom it does not know.
    pub(super) fn refuse_stranger(&mut self, ed: Ed) -> Verdict {
        self.devices[ed].count_uplink_drop(DropReason::UnknownPeer);
        Verdict::Dropped(DropReason::UnknownPeer)
    }

    /// Every device's events are numbered without a gap.
    pub fn expect_numbered(&self) {
        for ed in 0..self.devices.len() {
            let own = self.events.iter().filter(|(at, _)| *at == ed);
            let numbers: Vec<u64> = own.map(|(_, event)| event.number).collect();
            let follows = |pair: &[u64]| pair[1] == pair[0] + 1;
            assert!(numbers.windows(2).all(follows), "ED {ed}");
        }
    }
}

impl Setup {
    /// A device's configuration without its links to some peers.
    pub fn without(&self, ed: Ed, peers: &[Ed]) -> EdgeConfig {
        let mut config = self.config(ed);
        let names: Vec<_> = peers.iter().map(|peer| link_name(*peer)).collect();
        config.evi_links.retain(|link| !names.contains(&link.name));
        config
    }
}
