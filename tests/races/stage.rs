//! The lab of a race: the three sites, of which some have a real edge device.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use dcilab::capture::Capture;
use dcilab::lab::{EdgeProgram, Lab, private_directory};
use dcilab::progress::Progress;
use edge_api::{AdjacencyState, EventKind, TimerProfile};
use lab_tests::PATIENCE;
use lab_tests::topology_text::three_site;
use linux_net::interface;
use linux_net::packet_socket::{PacketRing, RingConfig};
use tokio::time::{Instant, sleep};
use topology::plan::{EdgeDevice, NodeRole};
use wire::{MacAddr, SystemId, arp};

use crate::peer::{Peer, Station};
use crate::race::Race;

/// How often the peers have their turn.
pub(crate) const LOOK: Duration = Duration::from_millis(1);
/// A protocol for experiments (IEEE 802-2014 s9.2.3).
const EXPERIMENT: [u8; 2] = [0x88, 0xb5];

/// The device that is judged.
pub(crate) const JUDGED: &str = "ed-b";

/// A host's end of its cable.
struct Host {
    mac: MacAddr,
    ring: PacketRing,
}

/// The lab, and who plays in it.
pub(crate) struct Stage {
    pub(crate) lab: Lab,
    /// The edge devices of all sites, real or played.
    pub(crate) devices: Vec<EdgeDevice>,
    /// The VM, wherever it is.
    pub(crate) vm: Station,
    peers: BTreeMap<String, Peer>,
    /// The observer of each site.
    hosts: BTreeMap<String, Host>,
    /// Frames for the VM, numbered.
    number: u32,
    capture: Capture,
}

impl Stage {
    /// Builds the lab, starts what is real, and waits until all adjacencies of the judged device are up.
    pub(crate) async fn raise(race: &Race, file: &Path) -> anyhow::Result<Self> {
        let mut plan = three_site()?.with_profile(TimerProfile::Immediate).plan();
        for device in &mut plan.edge_devices {
            (race.adjust)(&mut device.config);
        }
        let devices = plan.edge_devices.clone();
        let is_real = |device: &EdgeDevice| race.real.contains(&device.site.as_str());
        plan.edge_devices.retain(is_real);
        let migration = plan.migration.as_ref();
        let migration = migration.context("the topology has a move")?;
        let vm = Station {
            vlan: migration.vlan,
            mac: migration.vm_mac,
            ip: migration.vm_address,
        };
        let (progress, nodes) = (Progress::start("race"), private_directory().join("nodes"));
        let plan = Arc::new(plan);
        let lab = Lab::build(plan, &EdgeProgram::BuiltIn, &nodes, &progress).await?;
        lab.wait_for_links().await?;
        let capture = Capture::start(&lab, file).await?;
        let mut peers = BTreeMap::new();
        for device in devices.iter().filter(|device| !is_real(device)) {
            peers.insert(device.site.clone(), Peer::take_place(&lab, device).await?);
        }
        let mut stage = Self {
            hosts: hosts(&lab).await?,
            lab,
            devices,
            vm,
            peers,
            number: 0,
            capture,
        };
        stage.until("adjacencies", Self::links_down).await?;
        Ok(stage)
    }

    /// Takes it all down.
    pub(crate) async fn strike(self) -> anyhow::Result<()> {
        self.capture.stop().await?;
        self.lab.tear_down().await?;
        Ok(())
    }

    /// The peer that plays the device of this site.
    pub(crate) fn peer(&mut self, site: &str) -> anyhow::Result<&mut Peer> {
        self.peers.get_mut(site).context("that device is real")
    }

    /// Whether the database of the peer of this site says that `system` lists a station.
    pub(crate) fn knows(&self, site: &str, system: SystemId, station: Station) -> bool {
        self.peers
            .get(site)
            .is_some_and(|peer| peer.knows(system, station))
    }

    /// The frames for the site of this peer.
    pub(crate) fn heard_by(&self, site: &str) -> &[Vec<u8>] {
        self.peers.get(site).map_or(&[], |peer| &peer.heard)
    }

    /// The device of this site.
    pub(crate) fn device(&self, site: &str) -> anyhow::Result<&EdgeDevice> {
        let mut devices = self.devices.iter();
        devices.find(|d| d.site == site).context("no such site")
    }

    /// The peer of this site announces the VM to the judged device; `stamp` in microseconds.
    pub(crate) fn announce(&mut self, site: &str, stamp: Option<u64>) -> anyhow::Result<()> {
        let to = self.device("b")?.config.public.address;
        let vm = self.vm;
        self.peer(site)?.announce(to, vm, stamp)
    }

    /// The VM is in this site now, and says so.
    pub(crate) fn vm_speaks_at(&mut self, site: &str) -> anyhow::Result<()> {
        let frame = arp::encode_gratuitous_request(self.vm.mac, self.vm.ip);
        self.send_by_host(site, &frame)
    }

    fn send_by_host(&mut self, site: &str, frame: &[u8]) -> anyhow::Result<()> {
        let ring = &mut self.hosts.get_mut(site).context("no host there")?.ring;
        ring.transmit(frame.len(), |slot| slot.copy_from_slice(frame))?;
        Ok(ring.flush()?)
    }

    /// Gives every peer its turn.
    pub(crate) fn turn(&mut self) -> anyhow::Result<()> {
        for peer in self.peers.values_mut() {
            peer.turn()?;
        }
        Ok(self.lab.journal().check()?)
    }

    /// Waits until there is nothing to complain of; the peers go on meanwhile.
    pub(crate) async fn until(
        &mut self,
        what: &str,
        complaint: impl Fn(&Self) -> Option<String>,
    ) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.turn()?;
            let Some(complaint) = complaint(self) else {
                return Ok(());
            };
            ensure!(
                Instant::now() < deadline,
                "not within {PATIENCE:?}: {what}: {complaint}"
            );
            sleep(LOOK).await;
        }
    }

    /// The observer of the judged device's site sends a frame for the VM: it reaches the peers of these
    /// sites, and no other. A broadcast after it makes sure that it has had its time.
    pub(crate) async fn expect_traffic(&mut self, sites: &[&str]) -> anyhow::Result<()> {
        self.number += 1;
        let source = self.hosts.get("b").context("no host there")?.mac;
        let number = self.number;
        let (for_vm, mark) = (
            format!("race {number} for {}.", sites.concat()),
            format!("race {number} is over."),
        );
        for (to, text) in [(self.vm.mac, &for_vm), (MacAddr::BROADCAST, &mark)] {
            self.send_by_host("b", &frame(to, source, text))?;
        }
        let reached = |stage: &Self, text: &str| {
            let has = |peer: &Peer| peer.heard.iter().any(|frame| contains(frame, text));
            let peers = stage.peers.iter().filter(|(_, peer)| has(peer));
            peers.map(|(site, _)| site.clone()).collect::<Vec<_>>()
        };
        self.until("the frames arrive", |stage| {
            let (vm, over) = (reached(stage, &for_vm), reached(stage, &mark));
            let is_all = sites.iter().all(|site| vm.iter().any(|at| at == site));
            let missing = !is_all || over.len() < stage.peers.len();
            missing.then(|| format!("`{for_vm}` came to {vm:?}, the broadcast to {over:?}"))
        })
        .await?;
        let came = reached(self, &for_vm);
        ensure!(came == sites, "`{for_vm}` came to {came:?}");
        Ok(())
    }

    /// The links of the judged device on which no neighbour is up.
    fn links_down(&self) -> Option<String> {
        let events = self.lab.journal().of(JUDGED);
        let is_up = |name: &str| {
            let of_link = events.iter().rev().find_map(|event| match &event.kind {
                EventKind::Adjacency { link, to, .. } if **link == *name => Some(*to),
                _ => None,
            });
            of_link == Some(AdjacencyState::Up)
        };
        let judged = self.devices.iter().find(|d| d.config.name == JUDGED)?;
        let links = judged.config.evi_links.iter().map(|link| &link.name);
        let down: Vec<_> = links.filter(|name| !is_up(name)).collect();
        (!down.is_empty()).then(|| format!("{down:?} are not up"))
    }
}

/// The observers' ends of their cables, by site.
async fn hosts(lab: &Lab) -> anyhow::Result<BTreeMap<String, Host>> {
    let mut hosts = BTreeMap::new();
    for planned in &lab.plan().namespaces {
        let NodeRole::Host {
            site,
            interface,
            mac,
            ..
        } = &planned.role
        else {
            continue;
        };
        let moved = lab.plan().migration.as_ref();
        if moved.is_some_and(|moved| moved.vm == planned.node) {
            continue;
        }
        let name = interface.to_string();
        let open = move || -> anyhow::Result<_> {
            let found = interface::lookup(&name)?;
            // By the queueing discipline, so that the capture sees it leave.
            let config = RingConfig {
                bypass_qdisc: false,
                ..RingConfig::for_mtu(found.mtu)
            };
            Ok(PacketRing::open(&found, config)?)
        };
        let ring = lab.namespace(&planned.node)?.run(open).await??;
        hosts.insert(site.clone(), Host { mac: *mac, ring });
    }
    Ok(hosts)
}

fn frame(to: MacAddr, from: MacAddr, text: &str) -> Vec<u8> {
    let mut bytes = [to.octets(), from.octets()].concat();
    bytes.extend_from_slice(&EXPERIMENT);
    bytes.extend_from_slice(text.as_bytes());
    bytes.resize(bytes.len().max(60), 0);
    bytes
}

fn contains(frame: &[u8], text: &str) -> bool {
    frame
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}
