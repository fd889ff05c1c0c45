//! Background churn: a host that announces ever new MACs, so that the IGP always has something to say.

use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use linux_net::interface;
use linux_net::namespace::Namespace;
use linux_net::packet_socket::{PacketRing, RingConfig};
use wire::{MacAddr, arp};

use crate::lab::LabError;
use crate::stop_flag::StopFlag;

/// First octets of the MACs: locally administered, and no host's of a lab, which have `02:5e`.
const PREFIX: [u8; 2] = [0x02, 0xcc];
/// Frames that may wait to leave.
const SLOTS: u32 = 64;

/// Ever new stations at a host's port, until it is dropped.
pub(crate) struct Churn {
    pub(crate) host: String,
    announced: Arc<AtomicU64>,
    _stop: StopFlag,
}

impl Churn {
    /// Starts to announce `rate` new MACs a second from a host's interface. What `run` counts is in the
    /// MACs, so that those of a later churn are new again.
    pub(crate) async fn start(
        namespace: &Namespace,
        name: &str,
        rate: u32,
        run: u8,
    ) -> Result<Self, LabError> {
        let host = namespace.name().to_owned();
        let what = || format!("churn from {host}");
        let name = name.to_owned();
        let open = move || {
            let interface = interface::lookup(&name)?;
            let config = RingConfig {
                receive_slots: 2,
                transmit_slots: SLOTS,
                bypass_qdisc: false,
                ..RingConfig::for_mtu(interface.mtu)
            };
            PacketRing::open(&interface, config)
        };
        let opened = namespace.run(open).await;
        let opened = opened.map_err(|_| LabError::Panicked { what: what() })?;
        let mut ring = opened.map_err(LabError::kernel(what()))?;
        let (stop, announced) = (StopFlag::default(), Arc::new(AtomicU64::new(0)));
        let (stopped, counted) = (stop.shared(), announced.clone());
        let interval = Duration::from_secs(1) / rate.max(1);
        let announce = move || announce(&mut ring, interval, run, &stopped, &counted);
        let thread = namespace.spawn_thread("churn", announce).await;
        // It ends by itself, an interval after it was told to.
        thread.map_err(LabError::kernel(what()))?;
        Ok(Self {
            host,
            announced,
            _stop: stop,
        })
    }

    /// How many MACs it has announced.
    pub(crate) fn announced(&self) -> u64 {
        self.announced.load(Ordering::Relaxed)
    }
}

fn announce(
    ring: &mut PacketRing,
    interval: Duration,
    run: u8,
    stop: &AtomicBool,
    announced: &AtomicU64,
) {
    let begun = std::time::Instant::now();
    for number in 0..=0x00ff_ffff_u32 {
        let due = interval * number;
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let [_, high, middle, low] = number.to_be_bytes();
        let mac = MacAddr::new([PREFIX[0], PREFIX[1], run, high, middle, low]);
        let frame = arp::encode_rarp(mac);
        let marked = ring.transmit(frame.len(), |slot| slot.copy_from_slice(&frame));
        let sent = marked.is_ok() && ring.flush().is_ok();
        // What the interface does not take, as when it is down, is not announced.
        if sent && matches!(ring.take_error(), Ok(None)) {
            announced.fetch_add(1, Ordering::Relaxed);
        }
    }
}
