//! What the process gives up once everything is open, and what of that is in force.

use edge_api::{CapabilitySets, Landlock, Protection, Seccomp, Security};
use linux_net::Error;
use linux_net::privileges::file_access::{self, Within};
use linux_net::privileges::{self, NotAvailable, capabilities, system_calls};

/// How much to give up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Everything that a running device does not need.
    Everything,
    /// Nothing, for debugging.
    Nothing,
}

/// What keeps the process from what it does not need.
pub(crate) struct Sandbox {
    landlock: Protection<Landlock>,
    /// With the number of system calls that are allowed.
    seccomp: Protection<usize>,
}

impl Sandbox {
    /// Gives up capabilities, files and system calls, before the first thread starts. What the kernel
    /// does not have is left out, and told.
    ///
    /// `within` stays in reach: the configuration, to read it again, and the control socket, to remove
    /// it at the end.
    ///
    /// # Errors
    /// The capabilities cannot be given up.
    pub(crate) fn enter(wish: Wish, within: Within<'_>) -> anyhow::Result<Self> {
        if wish == Wish::Nothing {
            return Ok(Self {
                landlock: Protection::SwitchedOff,
                seccomp: Protection::SwitchedOff,
            });
        }
        // Last the filter that forbids all of this.
        let landlock = match file_access::confine(within) {
            Ok(access) => Protection::InForce(Landlock {
                abi: access.abi,
                is_complete: access.is_complete,
                allows: allowed(within),
            }),
            Err(NotAvailable(why)) => Protection::NotAvailable(why),
        };
        capabilities::drop_all()?;
        let seccomp = match system_calls::restrict() {
            Ok(calls) => Protection::InForce(calls.allowed),
            Err(NotAvailable(why)) => Protection::NotAvailable(why),
        };
        Ok(Self { landlock, seccomp })
    }

    /// What is not in force, with the cure.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.seccomp == Protection::SwitchedOff {
            warnings.push(
                "the device keeps all its privileges: start it without --no-sandbox".to_owned(),
            );
        }
        let why = [not_available(&self.landlock), not_available(&self.seccomp)];
        let lacks = why.into_iter().flatten();
        warnings.extend(lacks.map(|why| format!("a layer of protection is missing: {why}")));
        warnings
    }

    /// What is in force now, read from the kernel where it tells.
    ///
    /// # Errors
    /// The kernel does not tell.
    pub(crate) fn report(&self) -> Result<Security, Error> {
        let (uid, gid) = privileges::identity();
        let held = capabilities::held()?;
        let seccomp = match &self.seccomp {
            Protection::InForce(allowed) => Protection::InForce(Seccomp {
                mode: system_calls::mode(),
                allowed: *allowed,
            }),
            Protection::NotAvailable(why) => Protection::NotAvailable(why.clone()),
            Protection::SwitchedOff => Protection::SwitchedOff,
        };
        Ok(Security {
            uid,
            gid,
            capabilities: CapabilitySets {
                effective: held.effective,
                permitted: held.permitted,
                inheritable: held.inheritable,
                bounding: held.bounding,
                ambient: held.ambient,
            },
            no_new_privs: capabilities::has_no_new_privs(),
            landlock: self.landlock.clone(),
            seccomp,
        })
    }
}

fn allowed(within: Within<'_>) -> Vec<String> {
    let read = within.readable.iter();
    let read = read.map(|directory| format!("read files in {}", directory.display()));
    let remove = format!("remove files from {}", within.removable.display());
    read.chain([remove]).collect()
}

fn not_available<T>(layer: &Protection<T>) -> Option<&str> {
    match layer {
        Protection::NotAvailable(why) => Some(why),
        Protection::InForce(_) | Protection::SwitchedOff => None,
    }
}
