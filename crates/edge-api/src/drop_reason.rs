//! Why an edge device did not forward a frame. Every drop is one of these, counted per interface.

use core::fmt;

use serde::{Deserialize, Serialize};

macro_rules! drop_reasons {
    ($($(#[$doc:meta])* $variant:ident => $name:literal, $says:literal;)*) => {
        /// Why a frame was dropped. `name()` is stable: counters, reports and scripts use it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum DropReason {
            $($(#[$doc])* $variant,)*
        }

        impl DropReason {
            /// Every reason, in the order of its discriminant.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The stable name, in kebab case.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// One line for people: what happened.
            #[must_use]
            pub const fn describe(self) -> &'static str {
                match self { $(Self::$variant => $says),* }
            }
        }
    };
}

drop_reasons! {
    /// The frame is shorter than its headers, or a header contradicts itself.
    Malformed => "malformed", "the frame is cut short or contradicts itself";
    /// The frame did not fit into the receive slot (receive offload made it larger than the MTU).
    Truncated => "truncated", "larger than the receive slot: turn receive offload off";
    /// The source address is a group address or all zeros.
    InvalidSource => "invalid-source", "the source address is no station's";
    /// A tagged frame on an access port.
    TaggedOnAccessPort => "tagged-on-access-port", "tagged frame on an access port";
    /// A frame without a tag (or with a priority tag) on a trunk without a native VLAN.
    UntaggedOnTrunk => "untagged-on-trunk", "no tag, and the trunk has no native VLAN";
    /// A tag of a VLAN that the trunk does not carry.
    VlanNotOnTrunk => "vlan-not-on-trunk", "the trunk does not carry the tag's VLAN";
    /// A tag of VLAN 4095, which IEEE 802.1Q keeps for itself.
    ReservedVlan => "reserved-vlan", "tag of the reserved VLAN 4095";
    /// A service tag (IEEE 802.1ad) where customer VLANs are.
    ServiceTag => "service-tag", "802.1ad service tag on a site port";
    /// A second tag inside the first, at a port that would send it without the first: what follows
    /// would take the second for the VLAN.
    DoubleTagged => "double-tagged", "second tag inside, and the port sends the VLAN untagged";
    /// A destination that IEEE 802.1Q bridges never forward (01:80:c2:00:00:0x).
    ReservedMulticast => "reserved-multicast", "link-local group address, never forwarded";
    /// The source is a static MAC, which is elsewhere for good (D-6).
    StaticMac => "static-mac", "the source is a static MAC, and not where it is configured";
    /// An announcement over a rate limit (D-6).
    AnnouncementRate => "announcement-rate", "more announcements than the rate limit allows";
    /// An edge device's own message, but from a site: it would be trusted elsewhere.
    EdgeMessageFromSite => "edge-message-from-site", "an edge device's own message, from the site";
    /// From the public side, for a VLAN that this device does not extend (it has no port, or is
    /// local), or without a VLAN.
    VlanNotExtended => "vlan-not-extended", "the VLAN is not extended here";
    /// The MAC entry is `local` on the very port that the frame came in on.
    LocalSamePort => "local-same-port", "the local entry points back at the port it came in on";
    /// Unknown unicast from the site, and the site has no other port (never sent to the public side).
    UnknownUnicast => "unknown-unicast", "no entry: unknown unicast stays in the site";
    /// Broadcast or multicast from the site, and there is neither another port nor an EVI link.
    NoOtherPort => "no-other-port", "broadcast, but no other port and no EVI link to send it on";
    /// From the public side, and the entry is `flood`: never flooded to the public side again.
    FloodFromPublic => "flood-from-public", "flood entry, but it came from the public side";
    /// From the public side, and no entry matches.
    NoEntryFromPublic => "no-entry-from-public", "from the public side, and no entry";
    /// From the public side, and the entry is `remote`: split horizon.
    SplitHorizon => "split-horizon", "remote entry, but it came from the public side";
    /// From the public network, but from an address that is no configured peer.
    UnknownPeer => "unknown-peer", "not from a configured EVI peer";
    /// On the uplink, but not GRE to this device. Not an error: the host's own traffic.
    NotTunnel => "not-tunnel", "on the uplink, but no GRE for this device";
    /// A fragment of an IPv4 packet: tunnel packets are sent with DF set.
    Fragment => "fragment", "fragment of a tunnel packet";
    /// A GRE header that this device does not speak.
    UnsupportedGre => "unsupported-gre", "GRE version, option or protocol not supported";
    /// An IS-IS PDU that the instance refused; `isis` counters say why.
    IsisPdu => "isis-pdu", "IS-IS PDU refused";
    /// On an IS-IS circuit, and no IS-IS: such a circuit carries nothing else.
    NotIsis => "not-isis", "on an IS-IS circuit, and no IS-IS";
    /// Larger than the public network carries.
    ExceedsPublicMtu => "exceeds-public-mtu", "too large for the public network's MTU";
    /// Larger than the site port's MTU.
    ExceedsSiteMtu => "exceeds-site-mtu", "too large for the site port's MTU";
    /// The transmit ring is full.
    TransmitRingFull => "transmit-ring-full", "the transmit ring is full";
    /// The kernel refused the frame.
    TransmitFailed => "transmit-failed", "the kernel refused the frame";
    /// The public network has no route to the peer.
    NoRoute => "no-route", "no route to the EVI peer";
    /// The uplink is down, without carrier, or gone.
    UplinkDown => "uplink-down", "the uplink is down or gone";
    /// The site port is down, without carrier, or gone.
    PortDown => "port-down", "the site port is down or gone";
}

impl DropReason {
    /// Position in [`DropReason::ALL`], to index counters.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_json_says_and_indexes_fit() {
        for (index, reason) in DropReason::ALL.iter().enumerate() {
            assert_eq!(reason.index(), index);
            let json = serde_json::to_string(reason).unwrap();
            assert_eq!(json, format!("\"{}\"", reason.name()));
        }
    }
}
