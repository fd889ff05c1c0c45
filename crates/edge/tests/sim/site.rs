//! Hosts, and what reaches them.

use std::net::Ipv4Addr;

use edge::{PortId, Verdict};
use edge_api::PortVlans;
use wire::{FrameRef, MacAddr, Timestamp, VlanId, arp};

use super::{Ed, Sim, VLAN, frames, vlan};

/// A host, by its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostId(pub usize);

/// A host behind a site port: it takes what is for its address and every group address.
#[derive(Clone, Copy, Debug)]
pub struct Host {
    pub mac: MacAddr,
    pub ip: Ipv4Addr,
    pub vlan: u16,
    pub ed: Ed,
    pub port: u16,
}

/// A frame that a host got.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub at: Timestamp,
    pub host: HostId,
    /// Where the host was.
    pub ed: Ed,
    /// The public network had doubled it.
    pub duplicate: bool,
    pub bytes: Vec<u8>,
}

impl Sim {
    /// A new host, silent so far.
    pub fn host(&mut self, ed: Ed, port: u16) -> HostId {
        let number = u8::try_from(self.hosts.len() + 1).expect("few hosts");
        self.hosts.push(Host {
            mac: frames::mac(number),
            ip: Ipv4Addr::new(10, 0, 0, number),
            vlan: VLAN,
            ed,
            port,
        });
        HostId(self.hosts.len() - 1)
    }

    /// A new host in another VLAN than the usual one; on a trunk it tags what it sends, but for the
    /// native VLAN.
    pub fn host_in(&mut self, ed: Ed, port: u16, vlan: u16) -> HostId {
        let host = self.host(ed, port);
        self.hosts[host.0].vlan = vlan;
        host
    }

    pub fn at(&self, host: HostId) -> Host {
        self.hosts[host.0]
    }

    /// The host is somewhere else from now on; it says nothing about it.
    pub fn move_host(&mut self, host: HostId, ed: Ed) {
        self.hosts[host.0].ed = ed;
    }

    /// The host moves and announces itself.
    pub fn go(&mut self, host: HostId, ed: Ed) {
        self.move_host(host, ed);
        self.announce(host);
    }

    /// The host says where it is.
    pub fn announce(&mut self, host: HostId) -> Verdict {
        let Host { mac, ip, .. } = self.at(host);
        self.say(host, &arp::encode_gratuitous_request(mac, ip))
    }

    /// A unicast frame from one host to another; the number that it carries.
    pub fn talk(&mut self, from: HostId, to: HostId) -> u64 {
        self.numbers += 1;
        let (number, to) = (self.numbers, self.at(to).mac);
        self.say(from, &frames::numbered(self.at(from).mac, to, number));
        number
    }

    /// Hands a host's frame to the device, with a tag where the port wants one.
    pub fn say(&mut self, host: HostId, bytes: &[u8]) -> Verdict {
        let Host { vlan, ed, port, .. } = self.at(host);
        let is_tagged = match &self.ports[usize::from(port)] {
            PortVlans::Access(_) => false,
            PortVlans::Trunk { native, .. } => native.map(VlanId::get) != Some(vlan),
        };
        match is_tagged {
            true => self.site_frame(ed, port, &frames::tagged(bytes, vlan)),
            false => self.site_frame(ed, port, bytes),
        }
    }

    /// The VLAN of a frame that left by a port.
    ///
    /// # Panics
    /// The port does not carry frames that look so.
    pub fn vlan_of(&self, port: PortId, frame: &FrameRef<'_>) -> VlanId {
        let vlans = &self.ports[usize::from(port.0)];
        let Some(tag) = frame.tag() else {
            return vlans.untagged().expect("the port has an untagged VLAN");
        };
        let vlan = tag.vlan().expect("no device sends priority tags");
        let is_trunk = matches!(vlans, PortVlans::Trunk { .. });
        assert!(is_trunk, "access ports carry no tags");
        assert!(vlans.carries(vlan), "{port:?} does not carry {vlan}");
        assert_ne!(vlans.untagged(), Some(vlan), "the native VLAN has no tag");
        vlan
    }

    pub(super) fn deliver(&mut self, ed: Ed, port: PortId, bytes: &[u8]) {
        let frame = FrameRef::parse(bytes).expect("devices send whole frames");
        let vlan = self.vlan_of(port, &frame);
        for (position, host) in self.hosts.iter().enumerate() {
            let for_it = frame.dst().is_group() || frame.dst() == host.mac;
            let hears = (host.ed, host.port) == (ed, port.0) && self.hears(host, vlan);
            if for_it && hears && frame.src() != host.mac {
                let (at, host) = (self.now, HostId(position));
                self.delivered.push(Delivery {
                    at,
                    host,
                    ed,
                    duplicate: self.handled.1,
                    bytes: bytes.to_vec(),
                });
            }
        }
    }

    /// Behind an access port all hosts are in its VLAN, whatever they think.
    fn hears(&self, host: &Host, of: VlanId) -> bool {
        match self.ports[usize::from(host.port)] {
            PortVlans::Access(_) => true,
            PortVlans::Trunk { .. } => vlan(host.vlan) == of,
        }
    }

    /// How often a host got the frame with this number.
    pub fn received(&self, host: HostId, number: u64) -> usize {
        let is_it = |d: &&Delivery| d.host == host && frames::number(&d.bytes) == Some(number);
        self.delivered.iter().filter(is_it).count()
    }

    /// A host's entry in a device, as in `remote evi-c`; `-` when there is none.
    pub fn entry(&self, ed: Ed, host: HostId) -> String {
        self.row(ed, host)
            .map_or("-".to_owned(), |row| row.binding.to_string())
    }

    pub fn row(&self, ed: Ed, host: HostId) -> Option<edge_api::MacRow> {
        let Host { mac, vlan, .. } = self.at(host);
        let mut rows = self.devices[ed].mac_table().entries.into_iter();
        rows.find(|row| row.mac == mac && row.vlan.get() == vlan)
    }

    /// A host's entry in every device, ED-A first.
    pub fn entries(&self, host: HostId) -> Vec<String> {
        (0..self.devices.len())
            .map(|ed| self.entry(ed, host))
            .collect()
    }

    /// The devices whose LSPs list a host, as `ed` knows them.
    pub fn listed_by(&self, ed: Ed, host: HostId) -> Vec<Ed> {
        let Host { mac, vlan, .. } = self.at(host);
        let lists = |row: &edge_api::LspRow| {
            row.macs.iter().any(|(v, m)| (v.get(), *m) == (vlan, mac)) && row.lifetime_seconds > 0
        };
        let lsps = self.devices[ed].lsdb().into_iter().filter(lists);
        lsps.map(|row| usize::from(row.lsp_id.system.octets()[5]) - 1)
            .collect()
    }
}
