//! What the process of an edge device may still do, and what keeps it from the rest.

use serde::{Deserialize, Serialize};

/// What is in force. Identity, capabilities, `no_new_privs` and the mode of seccomp are read from the
/// kernel when they are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Security {
    /// Effective user, in the process's own user namespace.
    pub uid: u32,
    /// Effective group.
    pub gid: u32,
    /// Capabilities of the thread that forwards; all others have the same.
    pub capabilities: CapabilitySets,
    /// No program that it executes can gain a privilege.
    pub no_new_privs: bool,
    /// Files and the network out of reach (Landlock).
    pub landlock: Protection<Landlock>,
    /// System calls out of reach (seccomp).
    pub seccomp: Protection<Seccomp>,
}

/// The five sets, by the names of `capabilities(7)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapabilitySets {
    /// What it may do now.
    pub effective: Vec<String>,
    /// What it may take back.
    pub permitted: Vec<String>,
    /// What it may hand to a program that it executes.
    pub inheritable: Vec<String>,
    /// What it can ever get.
    pub bounding: Vec<String>,
    /// What a program that it executes gets.
    pub ambient: Vec<String>,
}

/// One layer of protection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", content = "detail", rename_all = "kebab-case")]
pub enum Protection<T> {
    /// It holds.
    InForce(T),
    /// The kernel does not have it; why.
    NotAvailable(String),
    /// It was not wanted (`--no-sandbox`).
    SwitchedOff,
}

/// Landlock in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Landlock {
    /// The version of its interface that the kernel and the program have in common.
    pub abi: u32,
    /// Whether the kernel enforces all that was asked for; an older one does not know it all.
    pub is_complete: bool,
    /// What is still allowed, one phrase each.
    pub allows: Vec<String>,
}

/// Seccomp in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seccomp {
    /// As the kernel tells it: 2 for filters.
    pub mode: i32,
    /// How many system calls may be made, some of them with certain arguments only.
    pub allowed: usize,
}
