//! Stable names of the kinds of diagnostics.

use core::fmt;

/// Whether a topology can be used in spite of the diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It can not.
    Error,
    /// It can, but perhaps shows other than what was meant.
    Warning,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $slug:literal, $severity:ident;)+) => {
        /// What kind of thing is wrong. The slug is stable: scripts may look for it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The stable name, for example `unknown-key`.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self {
                    $(Self::$name => $slug,)+
                }
            }

            /// Error or warning.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self {
                    $(Self::$name => Severity::$severity,)+
                }
            }
        }
    };
}

codes! {
    /// The text is not TOML.
    Syntax = "syntax", Error;
    /// The text is longer than any topology.
    FileTooLarge = "file-too-large", Error;
    /// A key that this table does not have.
    UnknownKey = "unknown-key", Error;
    /// A key that must be there is not.
    MissingKey = "missing-key", Error;
    /// A setting that is none, or that names what the file has not.
    BadSetting = "bad-setting", Error;
    /// A value of another type than the key takes.
    WrongType = "wrong-type", Error;
    /// A text that the key's type can not be read from.
    BadValue = "bad-value", Error;
    /// A word that is none of those the key takes.
    UnknownWord = "unknown-word", Error;
    /// A number or duration beyond what works.
    OutOfRange = "out-of-range", Error;
    /// More than a lab can have.
    TooMany = "too-many", Error;
    /// A name that can not be an interface's or namespace's.
    BadName = "bad-name", Error;
    /// A name that the lab needs itself.
    ReservedName = "reserved-name", Error;
    /// Two things of one name.
    DuplicateName = "duplicate-name", Error;
    /// Two VLANs of one ID.
    DuplicateVlan = "duplicate-vlan", Error;
    /// Two hosts of one address.
    DuplicateAddress = "duplicate-address", Error;
    /// Two hosts of one MAC address.
    DuplicateMac = "duplicate-mac", Error;
    /// A MAC address that no station can own.
    BadMac = "bad-mac", Error;
    /// No site of that name.
    UnknownSite = "unknown-site", Error;
    /// No VLAN of that ID.
    UnknownVlan = "unknown-vlan", Error;
    /// No host of that name.
    UnknownHost = "unknown-host", Error;
    /// Two prefixes share addresses.
    OverlappingPrefixes = "overlapping-prefixes", Error;
    /// A prefix of addresses that hosts can not have (loopback, multicast, reserved).
    UnusablePrefix = "unusable-prefix", Error;
    /// A prefix with fewer addresses than are needed.
    PrefixTooSmall = "prefix-too-small", Error;
    /// An address that its VLAN does not have.
    AddressOutsidePrefix = "address-outside-prefix", Error;
    /// The network's or the broadcast address.
    AddressNotForHosts = "address-not-for-hosts", Error;
    /// The underlay can not carry the sites' frames in the tunnel.
    UnderlayMtu = "underlay-mtu", Error;
    /// IS-IS timers that can not work together.
    BadTimers = "bad-timers", Error;
    /// Fewer than two sites.
    TooFewSites = "too-few-sites", Error;
    /// No host is a VM.
    NoVm = "no-vm", Error;
    /// Nobody observes the VM that moves.
    NoObserver = "no-observer", Error;
    /// An observer in a VLAN without VMs.
    IdleObserver = "idle-observer", Error;
    /// The migration moves a host that is no VM.
    NotAVm = "not-a-vm", Error;
    /// The migration moves a VM out of a VLAN that ends at its site.
    NotExtended = "not-extended", Error;
    /// A static entry for a host that moves.
    StaticVm = "static-vm", Error;
    /// A style of migration that a site's attachment has no way for.
    AttachmentStyle = "attachment-style", Error;
    /// A hub, and no mesh that has one.
    HubWithoutMesh = "hub-without-mesh", Error;
    /// The migration leads to where the VM is.
    SameSite = "same-site", Error;
    /// A VLAN that no host is in.
    UnusedVlan = "unused-vlan", Warning;
    /// A site from which nobody observes the VM that moves.
    UnobservedSite = "unobserved-site", Warning;
    /// The underlay can not carry a full-size LSP in the tunnel.
    LspMtu = "lsp-mtu", Warning;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.slug())
    }
}
