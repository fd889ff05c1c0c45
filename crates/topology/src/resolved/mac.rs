//! MAC addresses derived from names.

use std::collections::BTreeSet;

use wire::MacAddr;

/// Derives MAC addresses that differ from each other and from those given.
///
/// An address depends on the seed and the names alone, so that a lab keeps its addresses when something
/// is added to it.
#[derive(Clone, Debug)]
pub(crate) struct MacPool {
    seed: u64,
    taken: BTreeSet<MacAddr>,
}

impl MacPool {
    /// A pool that derives none of `taken`.
    pub(crate) fn new(seed: u64, taken: impl IntoIterator<Item = MacAddr>) -> Self {
        Self {
            seed,
            taken: taken.into_iter().collect(),
        }
    }

    /// The address of an interface: locally administered, unicast.
    pub(crate) fn derive(&mut self, node: &str, interface: &str) -> MacAddr {
        let mut hash = mix(self.seed);
        for byte in node.bytes().chain([0]).chain(interface.bytes()) {
            hash = mix(hash ^ u64::from(byte));
        }
        loop {
            let [a, b, c, d, e, ..] = hash.to_be_bytes();
            let mac = MacAddr::new([0x02, a, b, c, d, e]);
            if self.taken.insert(mac) {
                return mac;
            }
            hash = mix(hash);
        }
    }
}

/// A step of SplitMix64 (Steele, Lea, Flood 2014): every bit of the input changes every bit of the
/// output, and it is a permutation, so the loop above does not stay in a short cycle.
const fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_seed_decide() {
        let derive = |seed, node| MacPool::new(seed, []).derive(node, "eth0");
        assert_eq!(derive(1, "vm1"), derive(1, "vm1"));
        assert_ne!(derive(1, "vm1"), derive(1, "vm2"));
        assert_ne!(derive(1, "vm1"), derive(2, "vm1"));
        assert!(derive(1, "vm1").is_station());
    }

    #[test]
    fn a_taken_address_is_not_derived() {
        let first = MacPool::new(1, []).derive("vm1", "eth0");
        let mut pool = MacPool::new(1, [first]);
        let second = pool.derive("vm1", "eth0");
        assert!(second != first && second != pool.derive("vm1", "eth0"));
    }
}
