//! Why a machine does not allow isolation, and what would change that.

use std::fs;
use std::io;

const CAP_NET_ADMIN: u32 = 12;
const CAP_NET_RAW: u32 = 13;
const CAP_SYS_ADMIN: u32 = 21;

/// Why the program could not be isolated.
#[derive(Debug, thiserror::Error)]
pub enum IsolateError {
    /// Only a process with one thread can enter a user namespace.
    #[error("this process has {0} threads already: isolate before any thread or runtime starts")]
    Threads(usize),
    /// The caller's user namespace was to be kept, which needs root.
    #[error("user {user} is not root: isolate with a user namespace of its own")]
    NotRoot {
        /// The caller.
        user: u32,
    },
    /// A step was refused.
    #[error("this machine does not let the lab {step}: {source}; {cure}")]
    Refused {
        /// What was attempted, as "mount a private /run/netns".
        step: String,
        /// What the kernel said.
        #[source]
        source: io::Error,
        /// The likely reason here, and the cure.
        cure: String,
    },
    /// The namespaces exist, but without the rights that they should give.
    #[error(
        "the user namespace gives no rights over networks and mounts (CapEff {effective}); {cure}"
    )]
    NoCapabilities {
        /// The effective capabilities, as `/proc/self/status` shows them.
        effective: String,
        /// The likely reason here, and the cure.
        cure: String,
    },
}

pub(super) fn step(step: impl Into<String>, source: impl Into<io::Error>) -> IsolateError {
    IsolateError::Refused {
        step: step.into(),
        source: source.into(),
        cure: cure(&Knobs::read()),
    }
}

/// Some systems make the namespaces and then give no rights in them: looked at before they are
/// needed.
pub(super) fn probe_capabilities() -> Result<(), IsolateError> {
    let effective = own_status("CapEff").unwrap_or_default();
    let bits = u64::from_str_radix(&effective, 16).unwrap_or(0);
    let has = |capability: u32| bits & (1 << capability) != 0;
    if has(CAP_NET_ADMIN) && has(CAP_NET_RAW) && has(CAP_SYS_ADMIN) {
        return Ok(());
    }
    Err(IsolateError::NoCapabilities {
        effective,
        cure: cure(&Knobs::read()),
    })
}

/// One line of `/proc/self/status`, without its name.
pub(super) fn own_status(name: &str) -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key == name).then(|| value.trim().to_owned())
    })
}

/// The switches by which systems forbid user namespaces.
#[derive(Default)]
struct Knobs {
    apparmor: Option<String>,
    max_user_namespaces: Option<String>,
    unprivileged_clone: Option<String>,
    seccomp: Option<String>,
}

impl Knobs {
    fn read() -> Self {
        let value = |path: &str| fs::read_to_string(path).ok().map(|t| t.trim().to_owned());
        Self {
            apparmor: value("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
            max_user_namespaces: value("/proc/sys/user/max_user_namespaces"),
            unprivileged_clone: value("/proc/sys/kernel/unprivileged_userns_clone"),
            seccomp: own_status("Seccomp"),
        }
    }
}

fn cure(knobs: &Knobs) -> String {
    let is = |value: &Option<String>, text: &str| value.as_deref() == Some(text);
    if is(&knobs.max_user_namespaces, "0") {
        "user namespaces are switched off: `sysctl -w user.max_user_namespaces=15000` allows them"
    } else if is(&knobs.unprivileged_clone, "0") {
        "only root may make user namespaces: `sysctl -w kernel.unprivileged_userns_clone=1` allows them, or run as root"
    } else if is(&knobs.apparmor, "1") {
        "AppArmor takes the rights of unprivileged user namespaces (Ubuntu 23.10 and later): \
         `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0` gives them back, or run as root"
    } else if is(&knobs.seccomp, "2") {
        "a seccomp filter is active, as in a container: run outside of it, or start it with \
         `--privileged`, or `--security-opt seccomp=unconfined --cap-add SYS_ADMIN,NET_ADMIN`"
    } else {
        "the limits in /proc/sys/user may be exhausted, or the process lives in a chroot or a \
         locked container: run outside of it, or as root"
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_switch_has_its_cure() {
        let on = |text: &str| Some(text.to_owned());
        let apparmor = Knobs {
            apparmor: on("1"),
            max_user_namespaces: on("15000"),
            ..Knobs::default()
        };
        assert!(cure(&apparmor).contains("apparmor_restrict_unprivileged_userns=0"));
        let none = Knobs {
            max_user_namespaces: on("0"),
            ..Knobs::default()
        };
        assert!(cure(&none).contains("user.max_user_namespaces"));
        let container = Knobs {
            seccomp: on("2"),
            ..Knobs::default()
        };
        assert!(cure(&container).contains("seccomp"));
        assert!(!cure(&Knobs::default()).is_empty());
    }

    #[test]
    fn own_status_is_read() {
        assert!(own_status("Threads").is_some());
        assert!(own_status("NoSuchLine").is_none());
    }
}
