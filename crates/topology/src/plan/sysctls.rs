//! Sysctls: what would hide or fake the effect that is measured, pinned.

use serde::Serialize;

use super::names::Node;

/// A kernel parameter of a network namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sysctl {
    /// Path below `/proc/sys`, with slashes: interface names may have dots.
    pub path: &'static str,
    /// Value.
    pub value: &'static str,
    /// What to do where the kernel does not have it.
    pub if_missing: IfMissing,
}

/// What to do where the kernel does not have a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IfMissing {
    /// The lab would not work: fail.
    Fail,
    /// What it would turn off is not there: go on.
    Skip,
}

const fn pinned(path: &'static str, value: &'static str) -> Sysctl {
    Sysctl {
        path,
        value,
        if_missing: IfMissing::Fail,
    }
}

const fn off_if_there(path: &'static str) -> Sysctl {
    Sysctl {
        path,
        value: "0",
        if_missing: IfMissing::Skip,
    }
}

const fn on_if_there(path: &'static str) -> Sysctl {
    Sysctl {
        path,
        value: "1",
        if_missing: IfMissing::Skip,
    }
}

/// The sysctls of a namespace, to be set before it has any interface.
pub(super) fn of(node: Node) -> Vec<Sysctl> {
    let mut sysctls = vec![
        // Duplicate address detection, router solicitations and MLD would send frames of their own
        // when an interface comes up: they teach MACs, and a silent VM would not be silent.
        on_if_there("net/ipv6/conf/all/disable_ipv6"),
        on_if_there("net/ipv6/conf/default/disable_ipv6"),
        // The filter would drop packets in silence where paths are asymmetric.
        pinned("net/ipv4/conf/all/rp_filter", "0"),
        pinned("net/ipv4/conf/default/rp_filter", "0"),
        // The kernel's own gratuitous ARP, when an interface comes up, would be an announcement that
        // nobody has asked for.
        pinned("net/ipv4/conf/all/arp_notify", "0"),
        pinned("net/ipv4/conf/default/arp_notify", "0"),
        // Only the public network routes; a host or an edge device that did would be a second path.
        pinned(
            "net/ipv4/ip_forward",
            if matches!(node, Node::Wan) { "1" } else { "0" },
        ),
    ];
    match node {
        Node::Host(_) => sysctls.extend([
            // Gratuitous ARP must not make neighbour entries: how hosts' caches recover is another
            // question than how the network does, and its answer takes 2 to 42 s at random.
            pinned("net/ipv4/conf/all/arp_accept", "0"),
            pinned("net/ipv4/conf/default/arp_accept", "0"),
        ]),
        // Frames within a site are not for the packet filter, whatever the machine has loaded.
        Node::Switch(_) => sysctls.extend([
            off_if_there("net/bridge/bridge-nf-call-iptables"),
            off_if_there("net/bridge/bridge-nf-call-ip6tables"),
            off_if_there("net/bridge/bridge-nf-call-arptables"),
        ]),
        // A redirect would tell an edge device of a path that is not there.
        Node::Wan => sysctls.extend([
            pinned("net/ipv4/conf/all/send_redirects", "0"),
            pinned("net/ipv4/conf/default/send_redirects", "0"),
        ]),
        Node::Edge(_) => {}
    }
    sysctls
}
