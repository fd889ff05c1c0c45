//! A device of the bench, and what it sends.

use std::net::Ipv4Addr;
use std::time::Duration;

use edge::{EdgeDevice, Egress, EthernetCircuitId, LinkId, PortId};
use edge_api::{
    AnnouncementMessage, DropReason, EdgeConfig, EviLinkConfig, IgpConfig, MobilityConfig, Mode,
    PortVlans, PublicConfig, RateLimit, SitePortConfig, StaticMacConfig, TimerProfile,
};
use wire::{FrameRef, Timestamp, VlanId, VlanSet};

use super::links::LinkAct;
use super::{Ed, Kind, link_name, system};

pub const VLAN: u16 = 100;
pub const VLAN_2: u16 = 200;

pub fn vlan(id: u16) -> VlanId {
    VlanId::new(id).expect("a VLAN ID")
}

/// A trunk: its VLANs, and the native one of them.
pub type Trunk = (Vec<u16>, Option<u16>);

/// What to build. Every device has `ports`, the VLANs of `port1`, `port2`, ..., and then `trunks`.
#[derive(Clone, Debug)]
pub struct Setup {
    pub devices: usize,
    pub ports: Vec<u16>,
    pub trunks: Vec<Trunk>,
    /// Where a VLAN is not extended.
    pub local_vlans: Vec<(Ed, u16)>,
    pub mode: Mode,
    pub profile: TimerProfile,
    pub flood_hold: Duration,
    pub mac_ageing: Duration,
    pub mac_limit: usize,
    /// Repeats of an announcement; none unless a test is about them.
    pub repeats: u32,
    /// Moves that freeze a MAC; never unless a test is about it.
    pub dampening_moves: u32,
    /// What an announcement is.
    pub message: AnnouncementMessage,
    /// Whether devices answer ARP requests.
    pub arp_suppression: bool,
    /// Announcements of one MAC, at one port and on one link.
    pub rates: [RateLimit; 3],
    /// Static MACs, by the device whose they are.
    pub static_macs: Vec<(Ed, StaticMacConfig)>,
    pub freeze_time: Duration,
    /// Key of the area.
    pub key: Option<&'static str>,
    /// How far each device's wall clock is ahead of the first one's.
    pub clock_skew: Duration,
    /// What passes with all adjacencies up before a test begins.
    pub warm_up: Duration,
    pub seed: u64,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            devices: 3,
            ports: vec![VLAN],
            trunks: Vec::new(),
            local_vlans: Vec::new(),
            mode: Mode::GarpFlood,
            profile: TimerProfile::ComwareV5,
            flood_hold: Duration::from_secs(30),
            mac_ageing: Duration::from_secs(300),
            mac_limit: 1000,
            repeats: 0,
            dampening_moves: 0,
            message: AnnouncementMessage::Garp,
            arp_suppression: true,
            rates: [RateLimit::PER_MAC, RateLimit::PER_PORT, RateLimit::PER_LINK],
            static_macs: Vec::new(),
            freeze_time: MobilityConfig::default().freeze_time,
            key: None,
            clock_skew: Duration::ZERO,
            warm_up: Duration::from_secs(60),
            seed: 1,
        }
    }
}

impl Setup {
    pub fn devices(devices: usize) -> Self {
        Self {
            devices,
            ..Self::default()
        }
    }

    pub fn mode(mode: Mode) -> Self {
        Self {
            mode,
            ..Self::default()
        }
    }

    pub fn config(&self, ed: Ed) -> EdgeConfig {
        let address = |ed: Ed| Ipv4Addr::new(192, 0, 2, u8::try_from(ed + 1).expect("few devices"));
        let peers = (0..self.devices).filter(|peer| *peer != ed);
        let port = |(number, vlans): (usize, PortVlans)| SitePortConfig {
            name: format!("port{}", number + 1),
            interface: format!("site{number}"),
            vlans,
            optional: false,
        };
        let local = self.local_vlans.iter().filter(|(at, _)| *at == ed);
        EdgeConfig {
            name: format!("ed-{ed}"),
            system_id: system(ed),
            mode: self.mode,
            mac_ageing: self.mac_ageing,
            mac_limit: self.mac_limit,
            local_vlans: local.map(|(_, id)| vlan(*id)).collect(),
            public: PublicConfig {
                interface: "uplink0".to_owned(),
                address: address(ed),
                bypass_qdisc: false,
            },
            igp: IgpConfig {
                profile: self.profile,
                authentication: self.key.map(|key| key.parse().expect("not empty")),
                ..IgpConfig::default()
            },
            mobility: MobilityConfig {
                flood_hold: self.flood_hold,
                announcement_repeats: self.repeats,
                dampening_moves: self.dampening_moves,
                announcement_message: self.message,
                arp_suppression: self.arp_suppression,
                announcements_per_mac: self.rates[0],
                announcements_per_port: self.rates[1],
                announcements_per_link: self.rates[2],
                freeze_time: self.freeze_time,
                ..MobilityConfig::default()
            },
            site_ports: self.port_vlans().enumerate().map(port).collect(),
            evi_links: peers
                .map(|peer| EviLinkConfig {
                    name: link_name(peer),
                    peer: address(peer),
                    isis: true,
                })
                .collect(),
            isis_circuits: Vec::new(),
            static_macs: self.static_macs_of(ed),
        }
    }

    fn static_macs_of(&self, ed: Ed) -> Vec<StaticMacConfig> {
        let own = self.static_macs.iter().filter(|(of, _)| *of == ed);
        own.map(|(_, fixed)| fixed.clone()).collect()
    }

    /// What each port carries.
    pub fn port_vlans(&self) -> impl Iterator<Item = PortVlans> {
        let access = self.ports.iter().map(|id| PortVlans::Access(vlan(*id)));
        let trunk = |(vlans, native): &Trunk| PortVlans::Trunk {
            vlans: vlans.iter().copied().map(vlan).collect::<VlanSet>(),
            native: native.map(vlan),
        };
        access.chain(self.trunks.iter().map(trunk))
    }

    pub fn device(&self, ed: Ed, now: Timestamp) -> EdgeDevice {
        let skew = self.clock_skew * u32::try_from(ed).expect("few devices");
        let wall = Duration::from_secs(1_700_000_000) + skew;
        EdgeDevice::new(&self.config(ed), now, wall).expect("a good configuration")
    }
}

/// Records what a device sends; refuses what it is told to.
#[derive(Default)]
pub struct Outbox {
    pub ports: Vec<(PortId, Vec<u8>)>,
    /// What the device answered out of the port that its question came in on.
    pub replies: Vec<(PortId, Vec<u8>)>,
    pub links: Vec<(LinkId, Kind, Vec<u8>)>,
    pub circuits: Vec<(EthernetCircuitId, Vec<u8>)>,
    pub refuse: Option<DropReason>,
    /// What became of the links, in order.
    pub acts: Vec<LinkAct>,
    /// The same for replies alone.
    pub refuse_replies: Option<DropReason>,
}

impl Outbox {
    fn answer(&self) -> Result<(), DropReason> {
        self.refuse.map_or(Ok(()), Err)
    }
}

impl Egress for Outbox {
    fn send_site(&mut self, port: PortId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.answer()?;
        self.ports.push((port, frame.to_vec()));
        Ok(())
    }

    fn reply_site(&mut self, port: PortId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.refuse_replies.map_or(Ok(()), Err)?;
        self.replies.push((port, frame.to_vec()));
        Ok(())
    }

    fn send_link(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.answer()?;
        assert!(
            frame.tag().and_then(|tag| tag.vlan()).is_some(),
            "links carry tags"
        );
        self.links
            .push((link, Kind::of(&frame.with_tag(None)), frame.to_vec()));
        Ok(())
    }

    fn send_control(&mut self, link: LinkId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.answer()?;
        self.links.push((link, Kind::Control, frame.to_vec()));
        Ok(())
    }

    fn send_circuit(
        &mut self,
        circuit: EthernetCircuitId,
        frame: FrameRef<'_>,
    ) -> Result<(), DropReason> {
        self.answer()?;
        self.circuits.push((circuit, frame.to_vec()));
        Ok(())
    }
}
