//! Where a frame goes that an edge device has sent: pure.

use std::collections::{HashMap, HashSet};
use std::net::Ipv4Addr;

use impairment::PathId;
use wire::MacAddr;

const ETHERNET: usize = 14;
const IPV4: [u8; 2] = [0x08, 0x00];
/// The destination in an IPv4 header (RFC 791 s3.1).
const DESTINATION: core::ops::Range<usize> = ETHERNET + 16..ETHERNET + 20;

/// What to do with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Course {
    /// Nothing: the kernel takes it, or nobody does.
    Kernel,
    /// It is on its way to another site.
    Path(PathId),
    /// It goes on at once, to wherever the kernel routes it.
    Onward,
}

/// Who has which address.
#[derive(Debug)]
pub(super) struct Addresses {
    /// The sites, by their edge devices' addresses.
    sites: HashMap<Ipv4Addr, usize>,
    /// The public network's own.
    own: HashSet<Ipv4Addr>,
}

impl Addresses {
    pub(super) fn new(
        sites: impl IntoIterator<Item = Ipv4Addr>,
        own: impl IntoIterator<Item = Ipv4Addr>,
    ) -> Self {
        Self {
            sites: sites
                .into_iter()
                .enumerate()
                .map(|(n, address)| (address, n))
                .collect(),
            own: own.into_iter().collect(),
        }
    }

    /// The path between two sites, by their numbers.
    pub(super) fn path(&self, from: usize, to: usize) -> PathId {
        PathId(from * self.sites.len() + to)
    }

    /// Where a frame goes that came from a site, at the port with this address.
    pub(super) fn course(&self, from: usize, port: MacAddr, frame: &[u8]) -> Course {
        let is_for_port = frame.get(..6) == Some(&port.octets()[..]);
        let destination = frame
            .get(DESTINATION)
            .and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
        let Some(destination) = destination.filter(|_| is_for_port && frame[12..14] == IPV4) else {
            return Course::Kernel;
        };
        let destination = Ipv4Addr::from(destination);
        let is_local = destination.is_multicast()
            || destination.is_broadcast()
            || destination.is_loopback()
            || self.own.contains(&destination);
        if is_local {
            return Course::Kernel;
        }
        match self.sites.get(&destination) {
            Some(to) => Course::Path(self.path(from, *to)),
            None => Course::Onward,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORT: MacAddr = MacAddr::new([2, 0, 0, 0, 0, 1]);

    fn addresses() -> Addresses {
        let site = |n: u8| Ipv4Addr::new(198, 18, 0, 4 * n + 2);
        Addresses::new([site(0), site(1), site(2)], [Ipv4Addr::new(198, 18, 0, 1)])
    }

    fn frame(to: [u8; 4]) -> Vec<u8> {
        let mut frame = vec![0; 60];
        frame[..6].copy_from_slice(&PORT.octets());
        frame[12..14].copy_from_slice(&IPV4);
        frame[DESTINATION].copy_from_slice(&to);
        frame
    }

    #[test]
    fn what_goes_to_a_site_is_on_its_path() {
        let course = |from, to| addresses().course(from, PORT, &frame(to));
        assert_eq!(course(0, [198, 18, 0, 6]), Course::Path(PathId(1)));
        assert_eq!(course(1, [198, 18, 0, 2]), Course::Path(PathId(3)));
        assert_eq!(course(2, [198, 18, 0, 6]), Course::Path(PathId(7)));
    }

    #[test]
    fn what_goes_elsewhere_is_the_kernels_to_answer() {
        assert_eq!(
            addresses().course(0, PORT, &frame([8, 8, 8, 8])),
            Course::Onward
        );
    }

    #[test]
    fn what_the_kernel_takes_itself_is_left_to_it() {
        let addresses = addresses();
        for to in [[198, 18, 0, 1], [224, 0, 0, 5], [255; 4], [127, 0, 0, 1]] {
            assert_eq!(
                addresses.course(0, PORT, &frame(to)),
                Course::Kernel,
                "{to:?}"
            );
        }
        let mut arp = frame([198, 18, 0, 6]);
        arp[13] = 6;
        assert_eq!(addresses.course(0, PORT, &arp), Course::Kernel);
        let mut other = frame([198, 18, 0, 6]);
        other[5] = 9;
        assert_eq!(addresses.course(0, PORT, &other), Course::Kernel);
        for short in 0..34 {
            assert_eq!(
                addresses.course(0, PORT, &frame([198, 18, 0, 6])[..short]),
                Course::Kernel
            );
        }
    }
}
