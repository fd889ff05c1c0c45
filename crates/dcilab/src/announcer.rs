//! A host that announces itself: a gratuitous ARP, sent as a frame from inside its namespace.

use core::time::Duration;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use linux_net::namespace::Namespace;
use linux_net::packet_socket::{PacketRing, RingConfig, TransmitError};
use linux_net::{clock, interface};
use tokio::time::{Instant, sleep};
use wire::{MacAddr, Timestamp, arp};

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

    /// Broadcasts a gratuitous ARP, and says when it had left.
    ///
    /// # Errors
    /// The interface does not take the frame.
    pub async fn announce(&self, mac: MacAddr, ip: Ipv4Addr) -> Result<Timestamp, LabError> {
        self.broadcast(&arp::encode_gratuitous_request(mac, ip))
            .await
    }

    /// Sends a frame, again until it has left: just after a link came up, its queue may not take
    /// anything yet, and what it refuses is gone.
    async fn broadcast(&self, frame: &[u8]) -> Result<Timestamp, LabError> {
        let deadline = Instant::now() + LEAVE_LIMIT;
        while !self.try_broadcast(frame)? {
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

    /// Whether the frame has left.
    fn try_broadcast(&self, frame: &[u8]) -> Result<bool, LabError> {
        let what = || format!("announcement of {}", self.name);
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let lost = |ring: &mut PacketRing| {
            let counted = ring.statistics().map_err(LabError::file(what()))?;
            Ok::<_, LabError>((counted.transmit_discarded, counted.transmit_congested))
        };
        let before = lost(&mut ring)?;
        if !ring.has_marked() {
            match ring.transmit(frame.len(), |slot| slot.copy_from_slice(frame)) {
                Ok(()) | Err(TransmitError::RingFull) => {}
                Err(error) => {
                    let source = std::io::Error::other(error);
                    return Err(LabError::File {
                        what: what(),
                        source,
                    });
                }
            }
        }
        ring.flush().map_err(LabError::file(what()))?;
        Ok(!ring.has_marked() && lost(&mut ring)? == before)
    }
}
