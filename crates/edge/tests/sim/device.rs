//! A device of the bench, and what it sends.

use std::net::Ipv4Addr;
use std::time::Duration;

use edge::{EdgeDevice, Egress, LinkId, PortId};
use edge_api::{
    DropReason, EdgeConfig, EviLinkConfig, IgpConfig, MobilityConfig, Mode, PublicConfig,
    SitePortConfig, TimerProfile,
};
use wire::{FrameRef, Timestamp, VlanId};

use super::{Ed, Kind, link_name, system};

pub const VLAN: u16 = 100;
pub const VLAN_2: u16 = 200;

fn vlan(id: u16) -> VlanId {
    VlanId::new(id).expect("a VLAN ID")
}

/// What to build. Every device has `ports`, the VLANs of `port1`, `port2`, ...
#[derive(Clone)]
pub struct Setup {
    pub devices: usize,
    pub ports: Vec<u16>,
    pub mode: Mode,
    pub profile: TimerProfile,
    pub flood_hold: Duration,
    pub mac_ageing: Duration,
    pub mac_limit: usize,
    /// Repeats of an announcement; none unless a test is about them.
    pub repeats: u32,
    /// Moves that freeze a MAC; never unless a test is about it.
    pub dampening_moves: u32,
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
            mode: Mode::GarpFlood,
            profile: TimerProfile::ComwareV5,
            flood_hold: Duration::from_secs(30),
            mac_ageing: Duration::from_secs(300),
            mac_limit: 1000,
            repeats: 0,
            dampening_moves: 0,
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
        let port = |(number, vlan_id): (usize, &u16)| SitePortConfig {
            name: format!("port{}", number + 1),
            interface: format!("site{number}"),
            access_vlan: vlan(*vlan_id),
        };
        EdgeConfig {
            name: format!("ed-{ed}"),
            system_id: system(ed),
            mode: self.mode,
            mac_ageing: self.mac_ageing,
            mac_limit: self.mac_limit,
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
                freeze_time: self.freeze_time,
                ..MobilityConfig::default()
            },
            site_ports: self.ports.iter().enumerate().map(port).collect(),
            evi_links: peers
                .map(|peer| EviLinkConfig {
                    name: link_name(peer),
                    peer: address(peer),
                })
                .collect(),
        }
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
    pub links: Vec<(LinkId, Kind, Vec<u8>)>,
    pub refuse: Option<DropReason>,
}

impl Outbox {
    fn answer(&self) -> Result<(), DropReason> {
        self.refuse.map_or(Ok(()), Err)
    }
}

impl Egress for Outbox {
    fn send_site(&mut self, port: PortId, frame: FrameRef<'_>) -> Result<(), DropReason> {
        self.answer()?;
        assert_eq!(frame.tag(), None, "access ports carry no tags");
        self.ports.push((port, frame.to_vec()));
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
}
