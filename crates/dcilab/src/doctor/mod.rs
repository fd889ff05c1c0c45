//! What this machine can do, what follows for a lab, and the cure.
//!
//! [`look`] gathers [`Facts`] and [`judge`] turns them into [`Finding`]s, which needs no machine. What only
//! a trial can tell (whether the kernel has a kind of link) is tried in namespaces of a process of its own
//! ([`probe`]): nothing of the machine is changed.

mod ability;
mod judge;
mod look;
mod probe;
mod tools;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use judge::{Finding, Verdict, judge};
pub use look::look;
pub use probe::probe;

/// What was found, without a judgement.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The caller's effective user.
    pub user: u32,
    /// The kernel's release, as `6.18.0-generic`.
    pub kernel: String,
    /// The switches by which systems forbid user namespaces, where the system has them.
    pub switches: BTreeMap<Switch, String>,
    /// What was tried in a lab's world.
    pub world: World,
    /// The kernel's clock source.
    pub clock_source: Option<String>,
    /// Processors that this process may use.
    pub processors: usize,
    /// Processes that want to run, as a mean over the last minute.
    pub load: Option<f64>,
    /// Each program that is of use, with its version where it is there.
    pub tools: BTreeMap<Tool, Option<String>>,
}

/// A switch by which systems forbid user namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    /// `kernel.apparmor_restrict_unprivileged_userns`: 1 takes their rights away (Ubuntu 23.10).
    Apparmor,
    /// `user.max_user_namespaces`: how many there may be.
    Limit,
    /// `kernel.unprivileged_userns_clone`: 0 leaves them to root (Debian).
    Clone,
}

/// What was tried in a lab's world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// There is none: why not, and the cure.
    Refused {
        /// Why not.
        why: String,
        /// What would change that.
        cure: String,
    },
    /// What works in it; where something does not, why.
    Entered(BTreeMap<Ability, Result<(), String>>),
}

impl Default for World {
    fn default() -> Self {
        Self::Entered(BTreeMap::new())
    }
}

/// Something that a kernel can do or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ability {
    /// Named network namespaces.
    Namespace,
    /// Virtual Ethernet cables.
    Veth,
    /// Bridges.
    Bridge,
    /// Packet sockets with rings both ways.
    PacketRing,
    /// Receive times by the kernel.
    ReceiveStamp,
    /// The queueing discipline that impairs.
    Netem,
    /// VLANs of a link.
    Vlan,
    /// Ethernet in GRE by the kernel.
    Gre,
    /// Ethernet in UDP by the kernel.
    Vxlan,
    /// Links that forget what they take.
    Dummy,
    /// Links whose other end is a program.
    Tun,
}

/// A program that is of use to who works with a lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tool {
    /// Wireshark for terminals.
    Tshark,
    /// The older one.
    Tcpdump,
    /// FRR's IS-IS.
    Frr,
}
