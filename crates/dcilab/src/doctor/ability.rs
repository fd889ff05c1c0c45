//! What a kernel can do or not: who needs it, and how to get it.

use super::Ability;

/// Whether labs need something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Every lab does.
    Every {
        /// What is the matter without it.
        without: &'static str,
    },
    /// No lab does.
    None {
        /// Why not.
        because: &'static str,
    },
}

impl Ability {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Namespace => "named namespaces",
            Self::Veth => "veth",
            Self::Bridge => "bridge",
            Self::PacketRing => "packet rings",
            Self::ReceiveStamp => "receive times",
            Self::Netem => "netem",
            Self::Vlan => "802.1Q links",
            Self::Gre => "GRE links",
            Self::Vxlan => "VXLAN links",
            Self::Dummy => "dummy links",
            Self::Tun => "tun",
        }
    }

    pub(super) const fn need(self) -> Need {
        let without = match self {
            Self::Namespace => "a lab has no nodes",
            Self::Veth => "there are no cables",
            Self::Bridge => "sites have no switches",
            Self::PacketRing => "edge devices cannot forward",
            Self::ReceiveStamp => "delays and outages cannot be measured",
            other => {
                return Need::None {
                    because: other.not_needed_because(),
                };
            }
        };
        Need::Every { without }
    }

    const fn not_needed_because(self) -> &'static str {
        match self {
            Self::Netem => {
                "dcilab's relay in the underlay impairs paths instead, by the same rules"
            }
            Self::Vlan => "dcilab handles tags itself",
            Self::Gre => "edge devices make GRE themselves",
            Self::Vxlan => "dcilab has no VXLAN",
            _ => "dcilab makes none",
        }
    }

    pub(super) const fn cure(self) -> &'static str {
        match self {
            Self::Namespace => "look at the limits in /proc/sys/user, max_net_namespaces first",
            Self::Veth => "modprobe veth, or a kernel with CONFIG_VETH",
            Self::Bridge => "modprobe bridge, or a kernel with CONFIG_BRIDGE",
            Self::PacketRing => "modprobe af_packet, or a kernel with CONFIG_PACKET",
            Self::ReceiveStamp => "a kernel that stamps received packets (SO_TIMESTAMPNS)",
            Self::Netem => "modprobe sch_netem, or a kernel with CONFIG_NET_SCH_NETEM",
            Self::Vlan => "modprobe 8021q, or a kernel with CONFIG_VLAN_8021Q",
            Self::Gre => "modprobe ip_gre, or a kernel with CONFIG_NET_IPGRE",
            Self::Vxlan => "modprobe vxlan, or a kernel with CONFIG_VXLAN",
            Self::Dummy => "modprobe dummy, or a kernel with CONFIG_DUMMY",
            Self::Tun => "modprobe tun, or a kernel with CONFIG_TUN",
        }
    }
}
