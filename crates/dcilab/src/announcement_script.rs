//! What a VM says on arrival, and when.

use core::time::Duration;

use topology::Announce;

/// A frame that a VM sends about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Utterance {
    /// Gratuitous ARP request, which is an announcement of RFC 5227, too.
    GratuitousArp,
    /// RARP, as hypervisors send it.
    Rarp,
    /// ARP probe: announces nothing.
    Probe,
}

const fn at(millis: u64, what: Utterance) -> (Duration, Utterance) {
    (Duration::from_millis(millis), what)
}

type Script = &'static [(Duration, Utterance)];

const GARP: Script = &[at(0, Utterance::GratuitousArp)];

/// QEMU's `announce-initial` 50 ms, `announce-step` 100 ms, `announce-rounds` 5.
const QEMU: Script = &[
    at(0, Utterance::Rarp),
    at(50, Utterance::Rarp),
    at(200, Utterance::Rarp),
    at(450, Utterance::Rarp),
    at(800, Utterance::Rarp),
];

/// RFC 5227 s1.1: three probes, `PROBE_MIN` 1 s apart; `ANNOUNCE_WAIT` 2 s; two announcements,
/// `ANNOUNCE_INTERVAL` 2 s apart. The random waits are left out.
const RFC5227: Script = &[
    at(0, Utterance::Probe),
    at(1000, Utterance::Probe),
    at(2000, Utterance::Probe),
    at(4000, Utterance::GratuitousArp),
    at(6000, Utterance::GratuitousArp),
];

/// What is said, each with its time since the arrival, in order.
pub(crate) const fn of(announce: Announce) -> Script {
    match announce {
        Announce::Garp => GARP,
        Announce::Qemu => QEMU,
        Announce::Rfc5227 => RFC5227,
        Announce::Silent => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_in_order_of_time() {
        for announce in Announce::ALL {
            assert!(of(*announce).is_sorted_by_key(|(at, _)| *at), "{announce}");
        }
    }
}
