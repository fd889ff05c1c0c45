//! What `netem` is asked for, in its own units (linux/pkt_sched.h, `sch_netem.c`).

use core::time::Duration;

use netlink_packet_route::tc::TcMessage;

use super::SourceClass;
use super::request::{self, attribute, handle, options};

/// `TCA_NETEM_...`
const REORDER: u16 = 3;
const LOSS: u16 = 5;
const RATE: u16 = 6;
const RATE64: u16 = 8;
const PRNG_SEED: u16 = 14;
/// `NLA_F_NESTED`.
const NESTED: u16 = 0x8000;
/// `NETEM_LOSS_GE`.
const GILBERT_ELLIOTT: u16 = 2;
/// The kernel counts in units of 64 ns (`PSCHED_SHIFT`).
const TICK_NANOS: u128 = 64;

/// Which packets are lost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NetemLoss {
    /// Each by itself; from 0 to 1.
    Single(f64),
    /// In bursts (Gilbert-Elliott).
    Burst {
        /// Good to bad, after each packet; from 0 to 1.
        worsen: f64,
        /// Bad to good, after each packet; from 0 to 1.
        recover: f64,
    },
}

/// What `netem` does to packets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NetemOptions {
    /// Packets held at the most.
    pub limit: u32,
    /// How much later each comes.
    pub delay: Duration,
    /// Half the width of the even distribution around it.
    pub jitter: Duration,
    /// Losses.
    pub loss: NetemLoss,
    /// Bytes a second; `None` for no limit.
    pub rate: Option<u64>,
    /// Packets that are not delayed; from 0 to 1.
    pub reorder: f64,
    /// Seed of what is random. Kernels before Linux 6.6 have a seed of their own.
    pub seed: u64,
}

/// A share in 32 bits.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn share(fraction: f64) -> [u8; 4] {
    let scaled = (fraction.clamp(0.0, 1.0) * f64::from(u32::MAX)).round();
    (scaled as u32).to_ne_bytes()
}

fn ticks(time: Duration) -> [u8; 4] {
    let ticks = time.as_nanos() / TICK_NANOS;
    u32::try_from(ticks).unwrap_or(u32::MAX).to_ne_bytes()
}

/// `struct tc_netem_qopt`, then attributes.
pub(super) fn bytes(asked: &NetemOptions) -> Vec<u8> {
    let single = match asked.loss {
        NetemLoss::Single(fraction) => share(fraction),
        NetemLoss::Burst { .. } => [0; 4],
    };
    let gap = u32::from(asked.reorder > 0.0).to_ne_bytes();
    let (limit, none) = (asked.limit.to_ne_bytes(), [0; 4]);
    let fixed = [
        ticks(asked.delay),
        limit,
        single,
        gap,
        none,
        ticks(asked.jitter),
    ];
    let mut bytes = fixed.concat();
    if asked.reorder > 0.0 {
        bytes.extend(attribute(REORDER, &[share(asked.reorder), none].concat()));
    }
    if let NetemLoss::Burst { worsen, recover } = asked.loss {
        // Probability to be lost in the bad state, less one, and in the good state: both none.
        let states = [share(worsen), share(recover), none, none].concat();
        bytes.extend(attribute(
            LOSS | NESTED,
            &attribute(GILBERT_ELLIOTT, &states),
        ));
    }
    if let Some(rate) = asked.rate {
        let small = u32::try_from(rate).unwrap_or(u32::MAX);
        if small == u32::MAX {
            bytes.extend(attribute(RATE64, &rate.to_ne_bytes()));
        }
        let overheads = [0; 12];
        bytes.extend(attribute(
            RATE,
            &[&small.to_ne_bytes()[..], &overheads].concat(),
        ));
    }
    bytes.extend(attribute(PRNG_SEED, &asked.seed.to_ne_bytes()));
    bytes
}

pub(super) fn message_of(index: i32, class: SourceClass, bytes: Vec<u8>) -> TcMessage {
    let mut parent = TcMessage::with_index(index);
    parent.header.parent = handle(1, class.minor());
    request::message(parent, handle(class.major(), 0), "netem", options(bytes))
}

pub(super) fn message(index: i32, class: SourceClass, asked: &NetemOptions) -> TcMessage {
    message_of(index, class, bytes(asked))
}
