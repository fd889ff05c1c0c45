//! A host that announces itself: a gratuitous ARP, sent as a frame from inside its namespace.

use core::time::Duration;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use linux_net::namespace::Namespace;
use linux_net::packet_socket::{PacketRing, RingConfig};
use linux_net::{clock, interface};
use tokio::time::{Instant, sleep};
use wire::{MacAddr, Timestamp, arp};

use crate::announcement_script::Utterance;
use crate::lab::LabError;

/// An interface that is up takes a frame within this.
const LEAVE_LIMIT: Duration = Duration::from_secs(2);
/// How often it is tried.
const LOOK: Duration = Duration::from_micros(500);

/// Ready to announce: the socket is open, so that nothing but the frame is left to do on arrival.
#[derive(Clone)]
pub struct Announcer {
    name: String,
    ring: Arc<Mutex<PacketRing>>,
}

impl Announcer {
    /// Opens a socket on a host's interface.
    ///
    /// # Errors
    /// There is no such interface, or the kernel refuses.
    pub async fn open(namespace: &Namespace, name: &str) -> Result<Self, LabError> {
        let what = || format!("announcements of {}", namespace.name());
        let name = name.to_owned();
        let open = move || {
            let interface = interface::lookup(&name)?;
            let config = RingConfig {
                receive_slots: 2,
                transmit_slots: 2,
                bypass_qdisc: false,
                ..RingConfig::for_mtu(interface.mtu)
            };
            PacketRing::open(&interface, config)
        };
        let opened = namespace
            .run(open)
            .await
            .map_err(|_| LabError::Panicked { what: what() })?;
        let ring = Arc::new(Mutex::new(opened.map_err(LabError::kernel(what()))?));
        Ok(Self {
            name: namespace.name().to_owned(),
            ring,
        })
    }

    /// Broadcasts what a station says about itself, and says when it had left.
    ///
    /// # Errors
    /// The interface does not take the frame.
    pub(crate) async fn say(
        &self,
        what: Utterance,
        mac: MacAddr,
        ip: Ipv4Addr,
    ) -> Result<Timestamp, LabError> {
        let frame = match what {
            Utterance::GratuitousArp => arp::encode_gratuitous_request(mac, ip),
            Utterance::Rarp => arp::encode_rarp(mac),
            Utterance::Probe => arp::encode_probe(mac, ip),
        };
        self.broadcast(&frame).await
    }

    /// Broadcasts a gratuitous ARP, and says when it had left.
    ///
    /// # Errors
    /// The interface does not take the frame.
    pub async fn announce(&self, mac: MacAddr, ip: Ipv4Addr) -> Result<Timestamp, LabError> {
        self.say(Utterance::GratuitousArp, mac, ip).await
    }

    /// Sends a frame, again until it has left: just after a link came up, its queue may not take
    /// anything yet, and what it refuses is gone.
    async fn broadcast(&self, frame: &[u8]) -> Result<Timestamp, LabError> {
        let deadline = Instant::now() + LEAVE_LIMIT;
        let mut attempt = self.attempt(frame)?;
        while !self.has_left(&mut attempt, frame)? {
            if Instant::now() >= deadline {
                return Err(LabError::Deadline {
                    what: format!("the announcement of {}", self.name),
                    within: LEAVE_LIMIT,
                    missing: "  its interface takes no frame".to_owned(),
                });
            }
            sleep(LOOK).await;
        }
        Ok(clock::monotonic())
    }

    /// Marks a frame for sending.
    fn attempt(&self, frame: &[u8]) -> Result<Attempt, LabError> {
        let mut ring = self.ring();
        let lost_before = self.lost(&mut ring)?;
        match ring.transmit(frame.len(), |slot| slot.copy_from_slice(frame)) {
            Ok(()) => Ok(Attempt { lost_before }),
            Err(error) => Err(LabError::File {
                what: format!("announcement of {}", self.name),
                source: std::io::Error::other(error),
            }),
        }
    }

    /// Whether the frame of an attempt has left. If it was lost, there is a new attempt.
    fn has_left(&self, attempt: &mut Attempt, frame: &[u8]) -> Result<bool, LabError> {
        let mut ring = self.ring();
        let what = format!("announcement of {}", self.name);
        ring.flush().map_err(LabError::file(what))?;
        if ring.has_marked() {
            return Ok(false);
        }
        let is_lost = self.lost(&mut ring)? != attempt.lost_before;
        drop(ring);
        if is_lost {
            *attempt = self.attempt(frame)?;
        }
        Ok(!is_lost)
    }

    /// What the ring has discarded, and how often it was congested: any more, and a frame was lost.
    fn lost(&self, ring: &mut PacketRing) -> Result<(u64, u64), LabError> {
        let what = format!("announcement of {}", self.name);
        let counted = ring.statistics().map_err(LabError::file(what))?;
        Ok((counted.transmit_discarded, counted.transmit_congested))
    }

    fn ring(&self) -> MutexGuard<'_, PacketRing> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A frame that is on its way out.
struct Attempt {
    lost_before: (u64, u64),
}
