//! What can go wrong between this crate and the kernel.

use std::io;
use std::net::Ipv4Addr;

/// A failed request to the kernel: what was asked, what it said, what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A system call failed.
    #[error("cannot {action}: {source}{}", cure(source))]
    System {
        /// What was attempted, as "open a packet socket on port1".
        action: String,
        /// What the kernel said.
        #[source]
        source: io::Error,
    },
    /// The kernel refused a netlink request.
    #[error("cannot {action}: {source}{}{}", detail(text), cure(source))]
    Netlink {
        /// What was attempted.
        action: String,
        /// What the kernel said, as a number.
        #[source]
        source: io::Error,
        /// What the kernel said in words (extended acknowledgement); often empty.
        text: String,
    },
    /// A name that no interface can have.
    #[error("`{0}` cannot name an interface: use 1 to 15 bytes without `/` and white space")]
    InterfaceName(String),
    /// There is no such interface in this namespace.
    #[error(
        "there is no interface `{0}` in this network namespace: `ip link` lists those that exist"
    )]
    NoInterface(String),
    /// A ring of impossible dimensions.
    #[error("a ring of {slots} slots of {slot_size} bytes is impossible: {reason}")]
    Ring {
        /// Slots asked for.
        slots: u32,
        /// Bytes of each slot.
        slot_size: u32,
        /// What is wrong and what would be right.
        reason: &'static str,
    },
    /// No route leads to a peer.
    #[error("no route leads to {0}: give the underlay interface an address or a route")]
    NoRoute(Ipv4Addr),
    /// A peer is one of this machine's own addresses.
    #[error(
        "{0} is an address of this namespace itself: an EVI link needs the other edge device's"
    )]
    LocalPeer(Ipv4Addr),
    /// The kernel answered with something that is not understood.
    #[error("cannot {action}: unexpected answer from the kernel: {text}")]
    Answer {
        /// What was attempted.
        action: String,
        /// What came instead.
        text: String,
    },
    /// Nothing happened before the deadline.
    #[error("{what} did not come about within {waited:?}; last seen: {last_seen}")]
    Deadline {
        /// The condition that was waited for.
        what: String,
        /// How long was waited.
        waited: std::time::Duration,
        /// The state at the end.
        last_seen: String,
    },
    /// A function that ran inside a namespace panicked.
    #[cfg(feature = "lab")]
    #[error(transparent)]
    Panicked(#[from] crate::namespace::PanickedInNamespace),
}

impl Error {
    /// Whether the kernel refused because what was to be made is there.
    #[must_use]
    pub fn is_already_there(&self) -> bool {
        match self {
            Self::System { source, .. } | Self::Netlink { source, .. } => {
                source.kind() == io::ErrorKind::AlreadyExists
            }
            _ => false,
        }
    }

    pub(crate) fn system(action: impl Into<String>, source: impl Into<io::Error>) -> Self {
        Self::System {
            action: action.into(),
            source: source.into(),
        }
    }

    /// The kernel's error number, where there is one.
    #[must_use]
    pub fn raw_os_error(&self) -> Option<i32> {
        match self {
            Self::System { source, .. } | Self::Netlink { source, .. } => source.raw_os_error(),
            _ => None,
        }
    }
}

fn detail(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!(" ({text})")
    }
}

fn cure(source: &io::Error) -> &'static str {
    match source.raw_os_error() {
        Some(libc::EPERM | libc::EACCES) => {
            "; this needs CAP_NET_ADMIN and CAP_NET_RAW in the namespace: run as root or in an isolated lab"
        }
        Some(libc::EMFILE) => "; raise the limit of open files (ulimit -n)",
        Some(libc::ENOMEM) => "; fewer or smaller ring slots need less memory",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_thing_and_the_cure() {
        let refused = Error::system(
            "open a packet socket on port1",
            io::Error::from_raw_os_error(libc::EPERM),
        );
        let text = refused.to_string();
        assert!(
            text.contains("port1") && text.contains("CAP_NET_RAW"),
            "{text}"
        );
        let netlink = Error::Netlink {
            action: "add link br100".into(),
            source: io::Error::from_raw_os_error(libc::EEXIST),
            text: String::new(),
        };
        assert_eq!(netlink.raw_os_error(), Some(libc::EEXIST));
        assert!(!netlink.to_string().contains("()"), "{netlink}");
    }
}
