//! The time-line of one migration: what happened where, in order, on one clock.

mod reading;
#[cfg(test)]
mod tests;

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use edge_api::Event;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wire::{MacAddr, Timestamp, VlanId};

use crate::{FlowReport, Measured};
use reading::Reading;

/// The move that a time-line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migration {
    /// VLAN of the VM.
    pub vlan: VlanId,
    /// MAC of the VM.
    pub mac: MacAddr,
    /// When the move was set off; earlier events are not part of it.
    pub trigger: Timestamp,
}

/// What happened. The order is that of cause and effect: it decides between equal stamps.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum PhaseKind {
    /// The VM's link was taken out of the old site.
    Detached,
    /// The kernel has moved the link's end into the new site.
    Moved,
    /// The link's end is up and plugged in: frames pass.
    Attached,
    /// The VM announced itself.
    Announced,
    /// An edge device learned that the VM is in its site.
    LocalEntry,
    /// An edge device announced the VM on its EVI links.
    AnnouncementSent,
    /// An edge device heard an announcement from the public side.
    AnnouncementHeard,
    /// An edge device installed a flood entry.
    FloodEntry,
    /// An edge device installed a provisional entry by one EVI link (D-8).
    RedirectEntry,
    /// An edge device generated an LSP that newly lists the MAC.
    LspOriginated,
    /// That LSP, or a newer one, left on an EVI link.
    LspSent,
    /// That LSP, or a newer one, came in.
    LspReceived,
    /// An edge device installed a remote entry.
    RemoteEntry,
    /// An edge device's entry ended, and no other took its place.
    EntryEnded,
    /// An edge device generated an LSP that no longer lists the MAC.
    LspWithdrawn,
    /// The first good probe after an observer's outage arrived.
    FirstGoodProbe,
}

impl PhaseKind {
    /// The stable name, in kebab case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Detached => "detached",
            Self::Moved => "moved",
            Self::Attached => "attached",
            Self::Announced => "announced",
            Self::LocalEntry => "local-entry",
            Self::AnnouncementSent => "announcement-sent",
            Self::AnnouncementHeard => "announcement-heard",
            Self::FloodEntry => "flood-entry",
            Self::RedirectEntry => "redirect-entry",
            Self::LspOriginated => "lsp-originated",
            Self::LspSent => "lsp-sent",
            Self::LspReceived => "lsp-received",
            Self::RemoteEntry => "remote-entry",
            Self::EntryEnded => "entry-ended",
            Self::LspWithdrawn => "lsp-withdrawn",
            Self::FirstGoodProbe => "first-good-probe",
        }
    }
}

impl fmt::Display for PhaseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One line of the time-line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Phase {
    /// When.
    #[schemars(with = "u64")]
    pub at: Timestamp,
    /// Time since the trigger.
    #[serde(rename = "since_trigger_ns", with = "crate::nanos")]
    #[schemars(with = "u64")]
    pub since_trigger: Duration,
    /// Where.
    pub node: Arc<str>,
    /// What.
    pub kind: PhaseKind,
    /// The same for people, with its details.
    pub text: String,
}

/// What the one who moves the VM did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MarkKind {
    /// [`PhaseKind::Detached`]: stamped just before the call, so that the floor is not too small.
    Detached,
    /// [`PhaseKind::Moved`]: stamped when the call returned.
    Moved,
    /// [`PhaseKind::Attached`]: stamped when the link forwarded.
    Attached,
    /// [`PhaseKind::Announced`].
    Announced,
}

/// A stamp of the one who moves the VM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mark {
    /// When.
    #[schemars(with = "u64")]
    pub at: Timestamp,
    /// The node it was done to.
    pub node: Arc<str>,
    /// What was done.
    pub kind: MarkKind,
}

/// The events of one edge device, in their order.
#[derive(Clone, Copy, Debug)]
pub struct DeviceEvents<'a> {
    /// Name of the device.
    pub node: &'a Arc<str>,
    /// Its events, from any time on.
    pub events: &'a [Event],
}

/// The end of an observer's outage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FirstGood {
    /// When the first good probe after the outage arrived.
    #[schemars(with = "u64")]
    pub at: Timestamp,
    /// The host that received it.
    pub receiver: Arc<str>,
    /// The host that sent it.
    pub sender: Arc<str>,
}

impl FirstGood {
    /// From the flow's figures; `None` when it had no outage, or the outage no end.
    #[must_use]
    pub fn of(report: &FlowReport, sender: Arc<str>, receiver: Arc<str>) -> Option<Self> {
        let at = report.outage.gap?.first_good_after?.received_at;
        Some(Self {
            at,
            receiver,
            sender,
        })
    }
}

/// Puts marks, events and first good probes in order.
///
/// Of the events those count that are about the VM's VLAN and MAC and not before the trigger. Of
/// repeated announcements and repeated LSPs, a device's first counts (for sent LSPs, the first on each
/// EVI link); entries that change are all there.
#[must_use]
pub fn timeline(
    migration: &Migration,
    marks: &[Mark],
    devices: &[DeviceEvents<'_>],
    first_good: &[FirstGood],
) -> Vec<Phase> {
    let mut reading = Reading::new(migration, devices);
    for mark in marks {
        reading.mark(mark);
    }
    for device in devices {
        for event in device.events {
            reading.event(device.node, event);
        }
    }
    for good in first_good {
        let text = format!("first good probe from {} to {}", good.sender, good.receiver);
        reading.push(good.at, &good.receiver, PhaseKind::FirstGoodProbe, text);
    }
    reading.into_phases()
}

/// What no control plane can take away from an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Floor {
    /// From [`PhaseKind::Detached`] to [`PhaseKind::Attached`]: the kernel's own move.
    #[serde(rename = "kernel_move_ns", with = "crate::nanos")]
    #[schemars(with = "u64")]
    pub kernel_move: Duration,
    /// For how long the VM was held stopped on purpose, outside of the kernel's move.
    #[serde(rename = "downtime_ns", with = "crate::nanos")]
    #[schemars(with = "u64")]
    pub downtime: Duration,
}

impl Floor {
    /// From a time-line: its first detachment to its last attachment. `None` without both.
    #[must_use]
    pub fn of(phases: &[Phase], downtime: Duration) -> Option<Self> {
        let of = |kind| move |phase: &&Phase| phase.kind == kind;
        let detached = phases.iter().find(of(PhaseKind::Detached))?;
        let attached = phases.iter().rfind(of(PhaseKind::Attached))?;
        let kernel_move = attached.at.saturating_since(detached.at);
        Some(Self {
            kernel_move,
            downtime,
        })
    }

    /// Both together.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.kernel_move.saturating_add(self.downtime)
    }

    /// The share of an outage that the control plane answers for: outage less floor, never below zero,
    /// with the outage's bounds.
    #[must_use]
    pub fn control_plane_share(&self, outage: &Measured) -> Measured {
        outage.without(self.total())
    }
}
