//! The far end of a site port's cable, driven frame by frame.

use std::time::Instant;

use anyhow::{Context, ensure};
use lab_tests::PATIENCE;
use linux_net::interface;
use linux_net::namespace::Namespace;
use linux_net::packet_socket::{PacketRing, ReceivedFrame, RingConfig};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use wire::{EtherType, FrameRef, LengthOrType, MacAddr, TagControl};

/// EtherType for local experiments (IEEE 802).
const EXPERIMENT: EtherType = EtherType(0x88b5);

/// A packet socket on an interface.
pub(crate) struct Port {
    name: &'static str,
    ring: PacketRing,
}

/// A frame that arrived.
pub(crate) struct Arrived {
    /// The 16 bits of its 802.1Q tag.
    pub(crate) tag: Option<u16>,
    /// The frame without that tag.
    pub(crate) bytes: Vec<u8>,
}

impl Arrived {
    fn new(frame: &ReceivedFrame<'_>) -> Self {
        Self {
            tag: frame.tag().map(TagControl::bits),
            bytes: frame.data().to_vec(),
        }
    }

    pub(crate) fn frame(&self) -> anyhow::Result<FrameRef<'_>> {
        Ok(FrameRef::parse_untagged(&self.bytes)?)
    }

    /// The word that a frame of [`word`] carries.
    pub(crate) fn word(&self) -> Option<&str> {
        let frame = self.frame().ok()?;
        let is_word = frame.ether_type() == LengthOrType::EtherType(EXPERIMENT);
        let text = is_word.then(|| frame.data().split(|byte| *byte == 0).next())??;
        std::str::from_utf8(text).ok()
    }
}

/// A frame that carries a word, with zeros up to `length` bytes; 60 is the least.
pub(crate) fn word(src: MacAddr, dst: MacAddr, word: &str, length: usize) -> Vec<u8> {
    let mut bytes = [dst.octets(), src.octets()].concat();
    bytes.extend(EXPERIMENT.0.to_be_bytes());
    bytes.extend(word.as_bytes());
    bytes.resize(length.max(60), 0);
    bytes
}

/// The frame with this tag before everything else, a tag that it has already included.
pub(crate) fn tagged(bytes: &[u8], protocol: u16, tag: u16) -> Vec<u8> {
    let (addresses, rest) = bytes.split_at(12);
    [addresses, &protocol.to_be_bytes(), &tag.to_be_bytes(), rest].concat()
}

impl Port {
    pub(crate) async fn open(namespace: &Namespace, name: &'static str) -> anyhow::Result<Self> {
        let open = move || {
            let interface = interface::lookup(name)?;
            let config = RingConfig {
                bypass_qdisc: false,
                ..RingConfig::for_mtu(interface.mtu)
            };
            PacketRing::open(&interface, config)
        };
        let ring = namespace.run(open).await??;
        Ok(Self { name, ring })
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.ring
            .transmit(bytes.len(), |slot| slot.copy_from_slice(bytes))
            .with_context(|| format!("at {}", self.name))?;
        Ok(self.ring.flush()?)
    }

    /// With an 802.1Q tag.
    pub(crate) fn send_tagged(&mut self, bytes: &[u8], tag: u16) -> anyhow::Result<()> {
        self.send(&tagged(bytes, EtherType::VLAN_TAGGED_FRAME.0, tag))
    }

    /// Takes frames until one is what is waited for; the others before it as well.
    pub(crate) fn until(
        &mut self,
        what: &str,
        is_it: impl Fn(&Arrived) -> bool,
    ) -> anyhow::Result<(Arrived, Vec<Arrived>)> {
        let deadline = Instant::now() + PATIENCE;
        let mut others = Vec::new();
        loop {
            let arrived = self.ring.receive().map(|frame| Arrived::new(&frame));
            match arrived {
                Some(arrived) if is_it(&arrived) => return Ok((arrived, others)),
                Some(arrived) => others.push(arrived),
                None => self.wait(what, deadline, &others)?,
            }
        }
    }

    /// Takes frames until one carries this word.
    pub(crate) fn hear(&mut self, word: &str) -> anyhow::Result<Arrived> {
        Ok(self.until(word, |arrived| arrived.word() == Some(word))?.0)
    }

    fn wait(&self, what: &str, deadline: Instant, seen: &[Arrived]) -> anyhow::Result<()> {
        let left = deadline.saturating_duration_since(Instant::now());
        let mut wait = [PollFd::new(&self.ring, PollFlags::IN)];
        let ready = poll(&mut wait, Some(&Timespec::try_from(left)?))?;
        let words: Vec<_> = seen.iter().map(Arrived::word).collect();
        ensure!(ready > 0, "no {what} at {} ({words:?})", self.name);
        Ok(())
    }
}
