//! Cables, frames, and waiting with a deadline.

use std::future::Future;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use linux_net::interface::{self, Interface};
use linux_net::link::{self, Condition, VethEnd};
use linux_net::namespace::Namespace;
use linux_net::packet_socket::{PacketRing, RingConfig};
use linux_net::sysctl;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use wire::MacAddr;

pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
pub(crate) const MAC_A: MacAddr = MacAddr::new([2, 0, 0, 0, 0, 0xa]);
pub(crate) const MAC_B: MacAddr = MacAddr::new([2, 0, 0, 0, 0, 0xb]);
/// A protocol for experiments (IEEE 802-2014 s9.2.3): nobody else sends it.
pub(crate) const EXPERIMENT: [u8; 2] = [0x88, 0xb5];

pub(crate) fn own_binary() -> PathBuf {
    std::env::current_exe().expect("a running program has a path")
}

pub(crate) fn trial<F>(name: &'static str, test: fn() -> F) -> Trial
where
    F: Future<Output = ()> + 'static,
{
    Trial::test(name, move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Failed::from)?;
        runtime.block_on(test());
        Ok(())
    })
}

/// Two namespaces and a cable between them, up: `a0` in the one, `b0` in the other.
pub(crate) struct Cable {
    pub(crate) a: Namespace,
    pub(crate) b: Namespace,
}

impl Cable {
    pub(crate) async fn plug(name: &str, mtu: u32) -> Self {
        let a = quiet(&format!("{name}-a")).await;
        let b = quiet(&format!("{name}-b")).await;
        let cable = Self { a, b };
        cable.plug_again(mtu).await;
        cable
    }

    /// The cable itself: once, or again after it was deleted.
    pub(crate) async fn plug_again(&self, mtu: u32) {
        let (a, b) = (&self.a, &self.b);
        let end = |namespace, name, mac| VethEnd {
            namespace,
            name,
            mac,
            mtu,
        };
        link::add_veth(end(a, "a0", MAC_A), end(b, "b0", MAC_B))
            .await
            .unwrap();
        link::set_up(a, "a0").await.unwrap();
        link::set_up(b, "b0").await.unwrap();
        for (namespace, name) in [(a, "a0"), (b, "b0")] {
            link::wait_until(namespace, name, Condition::Carrier, PATIENCE)
                .await
                .unwrap();
        }
    }

    pub(crate) async fn rings(&self, config: RingConfig) -> (PacketRing, PacketRing) {
        let a = open(&self.a, "a0", config).await;
        (a, open(&self.b, "b0", config).await)
    }
}

/// A namespace whose kernel does not talk of its own accord.
pub(crate) async fn quiet(name: &str) -> Namespace {
    let namespace = Namespace::create(name).await.unwrap();
    for scope in ["all", "default"] {
        let path = format!("net/ipv6/conf/{scope}/disable_ipv6");
        // A kernel without IPv6 is quiet anyway.
        let _ = sysctl::write(&namespace, &path, "1").await;
    }
    namespace
}

pub(crate) async fn interface(namespace: &Namespace, name: &'static str) -> Interface {
    namespace
        .run(move || interface::lookup(name))
        .await
        .unwrap()
        .unwrap()
}

pub(crate) async fn open(
    namespace: &Namespace,
    name: &'static str,
    config: RingConfig,
) -> PacketRing {
    namespace
        .run(move || PacketRing::open(&interface::lookup(name).unwrap(), config))
        .await
        .unwrap()
        .unwrap()
}

/// A frame of `length` bytes from A to B whose content tells its number.
pub(crate) fn frame(number: u32, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length);
    bytes.extend_from_slice(&MAC_B.octets());
    bytes.extend_from_slice(&MAC_A.octets());
    bytes.extend_from_slice(&EXPERIMENT);
    bytes.extend_from_slice(&number.to_be_bytes());
    let mut state = number;
    while bytes.len() < length {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        bytes.push(state.to_be_bytes()[0]);
    }
    bytes.truncate(length);
    bytes
}

pub(crate) fn send(ring: &mut PacketRing, bytes: &[u8]) {
    ring.transmit(bytes.len(), |slot| slot.copy_from_slice(bytes))
        .unwrap();
    ring.flush().unwrap();
}

/// Waits until a socket has something to read; false after the deadline.
pub(crate) fn readable(socket: &impl AsFd, deadline: Instant) -> bool {
    let left = deadline.saturating_duration_since(Instant::now());
    let left = Timespec::try_from(left).unwrap();
    let mut wait = [PollFd::new(socket, PollFlags::IN)];
    poll(&mut wait, Some(&left)).unwrap() > 0
}

/// The next frames of the experiment, copied; fails after the deadline.
pub(crate) fn receive(ring: &mut PacketRing, count: usize) -> Vec<Vec<u8>> {
    let deadline = Instant::now() + PATIENCE;
    let mut frames = Vec::new();
    while frames.len() < count {
        if let Some(frame) = ring.receive() {
            if is_experiment(frame.data()) {
                frames.push(frame.data().to_vec());
            }
        } else {
            let came = frames.len();
            assert!(readable(ring, deadline), "{came} of {count} frames came");
        }
    }
    frames
}

pub(crate) fn is_experiment(data: &[u8]) -> bool {
    data.get(12..14) == Some(&EXPERIMENT)
}

/// Asks again and again, by the scheduler's leave, until the answer is yes.
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        std::thread::yield_now();
    }
}
