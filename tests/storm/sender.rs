//! Where random frames enter, and what the good flow is.

use std::net::Ipv4Addr;
use std::time::Instant;

use anyhow::{Context, ensure};
use lab_tests::PATIENCE;
use linux_net::interface;
use linux_net::namespace::Namespace;
use linux_net::packet_socket::{PacketRing, RingConfig, TransmitError};
use noise::{Circuit, Draw};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use wire::{MacAddr, gre};

/// EtherType for local experiments (IEEE 802).
const EXPERIMENT: [u8; 2] = [0x88, 0xb5];
/// Shortest and longest frame that a link takes.
const LENGTHS: core::ops::RangeInclusive<usize> = 14..=1514;

/// A ring on an interface of a namespace.
pub(crate) async fn ring(namespace: &Namespace, name: &str) -> anyhow::Result<PacketRing> {
    let name = name.to_owned();
    let opened = namespace.run(move || -> anyhow::Result<PacketRing> {
        let interface = interface::lookup(&name)?;
        Ok(PacketRing::open(
            &interface,
            RingConfig::for_mtu(interface.mtu),
        )?)
    });
    opened.await.context("the namespace's thread panicked")?
}

/// Hands a frame to the kernel; one that no link would take is left out.
fn send(ring: &mut PacketRing, bytes: &[u8]) -> anyhow::Result<()> {
    if !LENGTHS.contains(&bytes.len()) {
        return Ok(());
    }
    let fill = |slot: &mut [u8]| slot.copy_from_slice(bytes);
    if ring.transmit(bytes.len(), fill) == Err(TransmitError::RingFull) {
        ring.flush()?;
        let again = ring.transmit(bytes.len(), fill);
        ensure!(again.is_ok(), "the ring stays full: {again:?}");
    }
    Ok(())
}

/// The uplink of the device under test, seen from the public network.
pub(crate) struct Public {
    pub(crate) ring: PacketRing,
    /// Of this end of the cable, and of the device's.
    pub(crate) macs: (MacAddr, MacAddr),
    /// The peer that seems to send, and the device.
    pub(crate) addresses: (Ipv4Addr, Ipv4Addr),
    pub(crate) circuit: Circuit,
}

impl Public {
    /// Random frames in tunnel packets, some of them damaged or from nobody known.
    pub(crate) fn send(&mut self, draw: &mut impl Draw) -> anyhow::Result<()> {
        let frame = noise::frame(draw, Some(self.circuit));
        let mut packet = self.tunnel_packet(draw.one_in(32), &frame);
        if draw.one_in(8) {
            noise::damage(draw, &mut packet);
        }
        send(&mut self.ring, &packet)
    }

    fn tunnel_packet(&self, from_nobody: bool, frame: &[u8]) -> Vec<u8> {
        let (peer, own) = self.addresses;
        let source = if from_nobody {
            Ipv4Addr::new(192, 0, 2, 99)
        } else {
            peer
        };
        let mut header = [0_u8; 20];
        header[0] = 0x45;
        let length = u16::try_from(24 + frame.len()).unwrap_or(u16::MAX);
        header[2..4].copy_from_slice(&length.to_be_bytes());
        header[6] = 0x40; // do not fragment
        header[8..10].copy_from_slice(&[64, gre::IP_PROTOCOL]);
        header[12..16].copy_from_slice(&source.octets());
        header[16..].copy_from_slice(&own.octets());
        let words = header.chunks_exact(2);
        let sum: u32 = words
            .map(|w| u32::from(u16::from_be_bytes([w[0], w[1]])))
            .sum();
        let folded = (sum & 0xffff) + (sum >> 16);
        let checksum = !u16::try_from((folded & 0xffff) + (folded >> 16)).unwrap_or(0);
        header[10..12].copy_from_slice(&checksum.to_be_bytes());
        let (here, there) = self.macs;
        let ethernet = [&there.octets()[..], &here.octets(), &[8, 0]].concat();
        [&ethernet[..], &header, &[0, 0, 0x65, 0x58], frame].concat()
    }

    pub(crate) fn flush(&mut self) -> anyhow::Result<()> {
        Ok(self.ring.flush()?)
    }
}

/// Numbered frames from a host of the attacked site to one behind another device.
pub(crate) struct GoodFlow {
    pub(crate) from: (PacketRing, MacAddr),
    pub(crate) to: (PacketRing, MacAddr),
    pub(crate) number: u64,
}

impl GoodFlow {
    /// Random frames as of the site's hosts.
    pub(crate) fn send_noise(&mut self, draw: &mut impl Draw) -> anyhow::Result<()> {
        send(&mut self.from.0, &noise::frame(draw, None))
    }

    /// Sends the next frame, and waits until it has arrived: it and nothing else of the flow.
    pub(crate) fn pass(&mut self) -> anyhow::Result<()> {
        self.number += 1;
        let mut bytes = [self.to.1.octets(), self.from.1.octets()].concat();
        bytes.extend(EXPERIMENT);
        bytes.extend(self.number.to_be_bytes());
        bytes.resize(60, 0);
        send(&mut self.from.0, &bytes)?;
        self.from.0.flush()?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let arrived = self.receive();
            if let Some(number) = arrived {
                ensure!(
                    number == self.number,
                    "{number} in place of {}",
                    self.number
                );
                return Ok(());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            ensure!(
                !left.is_zero(),
                "frame {} of the good flow is lost",
                self.number
            );
            let mut wait = [PollFd::new(&self.to.0, PollFlags::IN)];
            poll(&mut wait, Some(&Timespec::try_from(left)?))?;
        }
    }

    /// The number of the next frame of the flow, of those that have arrived.
    fn receive(&mut self) -> Option<u64> {
        let (from, to) = (self.from.1, self.to.1);
        while let Some(frame) = self.to.0.receive() {
            let data = frame.data();
            let is_ours = data.get(..6) == Some(&to.octets())
                && data.get(6..12) == Some(&from.octets())
                && data.get(12..14) == Some(&EXPERIMENT);
            if let Some(number) = data.get(14..22).filter(|_| is_ours) {
                return number.first_chunk().map(|n| u64::from_be_bytes(*n));
            }
        }
        None
    }
}
