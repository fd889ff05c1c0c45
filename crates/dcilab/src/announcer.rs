//! A host that announces itself: a gratuitous ARP, sent as a frame from inside its namespace.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use linux_net::interface;
use linux_net::namespace::Namespace;
use linux_net::packet_socket::{PacketRing, RingConfig};
use wire::{MacAddr, Timestamp, arp};

use crate::lab::LabError;

/// Ready to announce: the socket is open, so that nothing but the frame is left to do on arrival.
pub struct Announcer<'a> {
    namespace: &'a Namespace,
    ring: Arc<Mutex<PacketRing>>,
}

impl<'a> Announcer<'a> {
    /// Opens a socket on a host's interface.
    ///
    /// # Errors
    /// There is no such interface, or the kernel refuses.
    pub async fn open(namespace: &'a Namespace, name: &str) -> Result<Self, LabError> {
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
        Ok(Self { namespace, ring })
    }

    /// Broadcasts a gratuitous ARP, and says when.
    ///
    /// # Errors
    /// The interface does not take the frame.
    pub async fn announce(&self, mac: MacAddr, ip: Ipv4Addr) -> Result<Timestamp, LabError> {
        let what = format!("announcement of {}", self.namespace.name());
        let frame = arp::encode_gratuitous_request(mac, ip);
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.transmit(frame.len(), |slot| slot.copy_from_slice(&frame))
            .map_err(|error| LabError::File {
                what: what.clone(),
                source: std::io::Error::other(error),
            })?;
        let at = linux_net::clock::monotonic();
        ring.flush().map_err(LabError::file(what))?;
        Ok(at)
    }
}
