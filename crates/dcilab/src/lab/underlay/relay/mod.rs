//! The relay: impairs what edge devices send, on every kernel.
//!
//! ```text
//! edge device -- cable --+--> kernel: does not forward what comes here
//!                        |
//!                        +--> packet ring --> Line --(when due)--> relay0 -- cable -- relay1 --> kernel: forwards
//! ```
//!
//! A frame is taken at the public network's end of an edge device's cable, held back, and handed to the kernel
//! by a cable of the relay's own. The kernel then routes it as ever: TTL, header checksum, fragmentation and
//! what ICMP has to say of them are the kernel's and not made again here. Only edge devices of which
//! something is asked are carried; for all others the kernel forwards as without the relay.

mod cable;
mod carrier;
mod course;
mod wake;

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use impairment::{Line, PathId, Statistics, path_seed};
use linux_net::namespace::Namespace;
use linux_net::{clock, offload, sysctl};
use topology::plan::NodeName;

use super::super::{Lab, LabError};
use super::site::{Site, public_network, sites};
use super::{Asked, SitePath};
use carrier::{Carrier, Clocks, Frame, Port};
use course::Addresses;
use wake::Waker;

/// Frames that wait when the machine lets the relay wait.
const RECEIVE_SLOTS: u32 = 2048;
/// A port is only looked at, but its ring goes both ways.
const UNUSED_SLOTS: u32 = 1;

/// What the relay's thread is told.
enum Command {
    Carry(Box<Port>),
    Release { site: usize, until: u64 },
}

/// What the thread and its owner share.
struct Shared {
    line: Mutex<Line<Frame>>,
    waker: Waker,
    overruns: AtomicU64,
    failure: Mutex<Option<String>>,
}

impl Shared {
    fn line(&self) -> MutexGuard<'_, Line<Frame>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fail(&self, error: &std::io::Error) {
        tracing::error!("the relay of the underlay ended: {error}");
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.get_or_insert(error.to_string());
    }
}

/// A running relay. Dropped, it ends: what it holds is lost.
pub(super) struct Relay {
    wan: NodeName,
    sites: Vec<Site>,
    addresses: Arc<Addresses>,
    shared: Arc<Shared>,
    commands: Option<Sender<Command>>,
    thread: Option<JoinHandle<()>>,
    /// The paths that are impaired.
    paths: BTreeSet<(usize, usize)>,
    /// The sites whose frames it carries.
    carried: BTreeSet<usize>,
    seed: u64,
}

impl Relay {
    /// Starts a relay that carries nothing yet.
    pub(super) async fn start(lab: &Lab) -> Result<Self, LabError> {
        let plan = lab.plan();
        let wan = public_network(plan)?;
        let namespace = lab.namespace(&wan)?;
        let onward = cable::make(namespace, plan).await?;
        let what = "relay of the underlay";
        let shared = Arc::new(Shared {
            line: Mutex::default(),
            waker: Waker::new().map_err(LabError::file(what))?,
            overruns: AtomicU64::new(0),
            failure: Mutex::default(),
        });
        let devices = plan.edge_devices.iter();
        let own = plan.addresses.iter().filter(|address| address.node == wan);
        let addresses = Arc::new(Addresses::new(
            devices.clone().map(|device| device.config.public.address),
            own.map(|address| address.address)
                .collect::<Vec<Ipv4Addr>>(),
        ));
        let sites = sites(plan)?;
        let (commands, told) = mpsc::channel();
        let carrier = Carrier {
            addresses: addresses.clone(),
            shared: shared.clone(),
            commands: told,
            ports: Vec::new(),
            onward,
            header: cable::header(),
            clocks: Clocks::read(),
        };
        let thread = std::thread::Builder::new().name("relay".to_owned());
        let thread = thread
            .spawn(move || carrier.run())
            .map_err(LabError::file(what))?;
        Ok(Self {
            wan,
            sites,
            addresses,
            shared,
            commands: Some(commands),
            thread: Some(thread),
            paths: BTreeSet::new(),
            carried: BTreeSet::new(),
            seed: plan.seed,
        })
    }

    /// Asks this of a path from now on.
    pub(super) async fn set(
        &mut self,
        lab: &Lab,
        path: &SitePath,
        asked: &Asked,
    ) -> Result<(), LabError> {
        self.check()?;
        let Some((numbers, id)) = self.find(path) else {
            return Ok(());
        };
        let seed = path_seed(self.seed, &path.from, &path.to);
        let impairment = asked.impairment().clone();
        self.shared.line().set(id, seed, impairment, asked.traffic);
        self.paths.insert(numbers);
        self.carry(lab, numbers.0).await
    }

    /// Asks nothing of a path from now on.
    pub(super) async fn remove(&mut self, lab: &Lab, path: &SitePath) -> Result<(), LabError> {
        let Some((numbers, id)) = self.find(path) else {
            return Ok(());
        };
        self.paths.remove(&numbers);
        self.shared.line().remove(id);
        if self.paths.iter().any(|(from, _)| *from == numbers.0) {
            return Ok(());
        }
        self.release(lab, numbers.0).await
    }

    /// The sites' numbers of a path, and its number.
    fn find(&self, path: &SitePath) -> Option<((usize, usize), PathId)> {
        let number = |name: &str| self.sites.iter().position(|site| site.name == name);
        let (from, to) = (number(&path.from)?, number(&path.to)?);
        Some(((from, to), self.addresses.path(from, to)))
    }

    pub(super) fn statistics(&self, path: &SitePath) -> Result<Statistics, LabError> {
        self.check()?;
        let found = self
            .find(path)
            .map(|(_, id)| self.shared.line().statistics(id));
        Ok(found.unwrap_or_default())
    }

    pub(super) fn overruns(&self) -> u64 {
        self.shared.overruns.load(Ordering::Relaxed)
    }

    /// Whether it still carries.
    pub(super) fn check(&self) -> Result<(), LabError> {
        let failure = self
            .shared
            .failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        failure.as_ref().map_or(Ok(()), |failure| {
            Err(LabError::Impossible {
                what: "the relay of the underlay".to_owned(),
                problem: format!(
                    "it has ended: {failure}; take the lab down and bring it up again"
                ),
            })
        })
    }

    /// Takes over what a site's edge device sends: from the moment on when the kernel does not forward it.
    async fn carry(&mut self, lab: &Lab, site: usize) -> Result<(), LabError> {
        if self.carried.contains(&site) {
            return Ok(());
        }
        let Site {
            device,
            uplink,
            port: name,
            ..
        } = &self.sites[site];
        let what = format!("relay at {name}");
        // Checksums that are left to the cable would be missing in what the relay hands on.
        let refused = offload::disable_tx(lab.namespace(device)?, uplink).await;
        for refused in refused.map_err(LabError::kernel(what.clone()))? {
            tracing::warn!(node = device.as_str(), "{refused}");
        }
        let namespace = lab.namespace(&self.wan)?;
        let slots = (RECEIVE_SLOTS, UNUSED_SLOTS);
        let (ring, mac) = cable::open(namespace, name, slots, &what).await?;
        let since = switch(namespace, name, Forwarding::Off).await?;
        self.tell(Command::Carry(Box::new(Port {
            site,
            mac,
            ring,
            since,
            dropped: 0,
        })));
        self.carried.insert(site);
        Ok(())
    }

    /// Has the kernel forward again what a site's edge device sends.
    async fn release(&mut self, lab: &Lab, site: usize) -> Result<(), LabError> {
        if self.carried.remove(&site) {
            let namespace = lab.namespace(&self.wan)?;
            let until = switch(namespace, &self.sites[site].port, Forwarding::On).await?;
            self.tell(Command::Release { site, until });
        }
        Ok(())
    }

    fn tell(&self, command: Command) {
        if let Some(commands) = &self.commands {
            // A thread that has ended has said why.
            let _ = commands.send(command);
        }
        self.shared.waker.wake();
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.commands = None;
        self.shared.waker.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Whether the kernel forwards what comes at a port.
#[derive(Clone, Copy)]
enum Forwarding {
    On,
    Off,
}

/// Switches the kernel's forwarding; the wall clock just after.
async fn switch(namespace: &Namespace, port: &str, to: Forwarding) -> Result<u64, LabError> {
    let value = match to {
        Forwarding::On => "1",
        Forwarding::Off => "0",
    };
    let path = format!("net/ipv4/conf/{port}/forwarding");
    let written = sysctl::write(namespace, &path, value).await;
    written.map_err(LabError::kernel(format!("forwarding at {port}")))?;
    Ok(clock::realtime_nanos())
}
