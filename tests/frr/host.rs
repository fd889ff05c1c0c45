//! A host of a site: its own kernel's UDP, and frames made by hand.

use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

use anyhow::Context;
use lab_tests::eventually;
use linux_net::interface;
use linux_net::namespace::Namespace;
use linux_net::packet_socket::{PacketRing, RingConfig, TransmitError};
use wire::{MacAddr, arp};

/// How long one datagram is waited for before another is sent.
const TURN: Duration = Duration::from_millis(200);
const PORT: u16 = 4000;
/// EtherType for local experiments (IEEE 802).
const EXPERIMENT: [u8; 2] = [0x88, 0xb5];
const LEAST_FRAME: usize = 60;

pub(crate) struct Host {
    pub(crate) mac: MacAddr,
    pub(crate) address: Ipv4Addr,
    ring: PacketRing,
    socket: UdpSocket,
}

impl Host {
    pub(crate) async fn open(
        namespace: &Namespace,
        mac: MacAddr,
        address: Ipv4Addr,
    ) -> anyhow::Result<Self> {
        let open = move || -> anyhow::Result<(PacketRing, UdpSocket)> {
            let interface = interface::lookup("eth0")?;
            let config = RingConfig {
                receive_slots: 2,
                ..RingConfig::for_mtu(interface.mtu)
            };
            let socket = UdpSocket::bind((address, PORT))?;
            socket.set_read_timeout(Some(TURN))?;
            Ok((PacketRing::open(&interface, config)?, socket))
        };
        let (ring, socket) = namespace.run(open).await??;
        Ok(Self {
            mac,
            address,
            ring,
            socket,
        })
    }

    /// Announces a station by a gratuitous ARP.
    pub(crate) fn announce(&mut self, mac: MacAddr, address: Ipv4Addr) -> anyhow::Result<()> {
        self.send(&arp::encode_gratuitous_request(mac, address))?;
        self.ring.flush().context("send")
    }

    /// One frame from each of these stations, to one that nobody knows.
    pub(crate) fn speak_for(
        &mut self,
        stations: impl Iterator<Item = MacAddr>,
    ) -> anyhow::Result<()> {
        for station in stations {
            let nobody = MacAddr::new([2, 0xff, 0, 0, 0, 1]);
            let mut frame = [nobody.octets(), station.octets()].concat();
            frame.extend(EXPERIMENT);
            frame.resize(LEAST_FRAME, 0);
            self.send(&frame)?;
        }
        self.ring.flush().context("send")
    }

    fn send(&mut self, frame: &[u8]) -> anyhow::Result<()> {
        let fill = |slot: &mut [u8]| slot.copy_from_slice(frame);
        eventually("a frame leaves", || {
            match self.ring.transmit(frame.len(), fill) {
                Ok(()) => Ok(None),
                Err(TransmitError::RingFull) => {
                    self.ring.flush()?;
                    Ok(Some("the ring is full".to_owned()))
                }
                Err(error) => Err(error.into()),
            }
        })
    }

    /// A question to another host and its answer, with all the ARP that the kernels need for it.
    pub(crate) fn talks_to(&self, other: &Self) -> anyhow::Result<()> {
        let mut buffer = [0; 16];
        let what = format!("{} and {} exchange datagrams", self.address, other.address);
        eventually(&what, || {
            self.socket.send_to(b"question", (other.address, PORT))?;
            if other.socket.recv(&mut buffer).is_err() {
                return Ok(Some("the question does not arrive".to_owned()));
            }
            other.socket.send_to(b"answer", (self.address, PORT))?;
            let heard = self.socket.recv(&mut buffer).ok();
            Ok((heard != Some(6)).then(|| "the answer does not arrive".to_owned()))
        })
    }
}
