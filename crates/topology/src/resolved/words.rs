//! Words of the file language.

use core::fmt;

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[$meta:meta])+ $word:ident = $text:literal,)+ }) => {
        $(#[doc = $doc])+
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "kebab-case")]
        pub enum $name {
            $($(#[$meta])+ $word,)+
        }

        impl $name {
            /// Every word.
            pub const ALL: &[Self] = &[$(Self::$word),+];

            /// The word, as in files.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$word => $text,)+
                }
            }
        }

        impl core::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let known: Vec<_> = Self::ALL.iter().map(|word| word.name()).collect();
                let found = Self::ALL.iter().copied().find(|word| word.name() == text);
                found.ok_or_else(|| format!("`{text}` is not known: use {}", known.join(", ")))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

words! {
    /// What a host does.
    Role {
        /// Can migrate; is probed by the observers of its VLAN, and probes them.
        Vm = "vm",
        /// Stays, and sees how long a VM is lost.
        #[default]
        Observer = "observer",
    }
}

words! {
    /// How a VM's cable goes from one site's switch to the other's.
    MigrationStyle {
        /// The cable's end moves from one site's namespace to the other's, as between two machines. The
        /// kernel takes 9 to 30 ms for it, which count as outage.
        #[default]
        Netns = "netns",
        /// All switches are in one namespace, and the end only changes its bridge, in less than a
        /// millisecond: what is left of the outage is the control plane's.
        Replug = "replug",
    }
}

words! {
    /// Which way probes go.
    ProbeDirection {
        /// Every observer probes the VM, and the VM every observer.
        #[default]
        Both = "both",
        /// Observers probe the VM, which only receives: no probe of its own tells the network where it
        /// is.
        ToVm = "to-vm",
    }
}

words! {
    /// What a VM says on arrival.
    Announce {
        /// A gratuitous ARP.
        #[default]
        Garp = "garp",
        /// RARP at 0, 50, 200, 450 and 800 ms, as QEMU sends it for a guest that says nothing: without an
        /// IP address.
        Qemu = "qemu",
        /// What RFC 5227 has a host do on a new link: three ARP probes, a second apart, which announce
        /// nothing, then after two seconds the first of two announcements.
        Rfc5227 = "rfc5227",
        /// Nothing: the edge device notices by the VM's next frame, if there is one.
        Silent = "silent",
    }
}

words! {
    /// How the hosts of a site reach its edge device.
    AttachmentKind {
        /// By the site's switch: the edge device has one port a VLAN, which stays up when a VM leaves.
        #[default]
        Switched = "switched",
        /// By a cable to a port of its own: when a VM leaves, the port goes with it.
        Direct = "direct",
    }
}

words! {
    /// Between which edge devices IS-IS runs. Every edge device has an EVI link to every other one all the
    /// same: what came by one link never leaves by another, so that each reaches all by itself.
    Mesh {
        /// Between all.
        #[default]
        Full = "full",
        /// Between one and each of the others, which hear of each other through it.
        Hub = "hub",
        /// Between neighbours in the order of the file, the last and the first among them.
        Ring = "ring",
    }
}

words! {
    /// Which VMs are probed.
    ProbedVms {
        /// All, by the observers of their VLANs.
        #[default]
        All = "all",
        /// The one whose move is measured.
        Moved = "moved",
    }
}
