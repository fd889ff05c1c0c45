//! Events of the edge devices, read as phases of one migration.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use edge_api::{AnnouncementOutcome, Binding, Cause, Event, EventKind, MacState, Trigger};
use wire::{LspId, MacAddr, Timestamp, VlanId};

use super::{DeviceEvents, Mark, MarkKind, Migration, Phase, PhaseKind};

/// Collects the phases of one migration.
pub(super) struct Reading<'a> {
    migration: &'a Migration,
    /// The LSPs that newly list the MAC, each with the first sequence number that does.
    carriers: BTreeMap<LspId, u32>,
    /// What happened already, of what counts only once: device, kind, EVI link.
    once: BTreeSet<(Arc<str>, PhaseKind, Arc<str>)>,
    phases: Vec<Phase>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(migration: &'a Migration, devices: &[DeviceEvents<'_>]) -> Self {
        let mut carriers = BTreeMap::new();
        let events = devices.iter().flat_map(|device| device.events);
        for event in events.filter(|event| event.at >= migration.trigger) {
            if let EventKind::LspOriginated {
                lsp_id,
                sequence,
                added,
                ..
            } = &event.kind
                && added.contains(&(migration.vlan, migration.mac))
            {
                let first = carriers.entry(*lsp_id).or_insert(*sequence);
                *first = (*first).min(*sequence);
            }
        }
        Self {
            migration,
            carriers,
            once: BTreeSet::new(),
            phases: Vec::new(),
        }
    }

    pub(super) fn into_phases(mut self) -> Vec<Phase> {
        self.phases
            .sort_by(|a, b| (a.at, a.kind, &a.node).cmp(&(b.at, b.kind, &b.node)));
        self.phases
    }

    pub(super) fn push(&mut self, at: Timestamp, node: &Arc<str>, kind: PhaseKind, text: String) {
        let since_trigger = at.saturating_since(self.migration.trigger);
        self.phases.push(Phase {
            at,
            since_trigger,
            node: Arc::clone(node),
            kind,
            text,
        });
    }

    pub(super) fn mark(&mut self, mark: &Mark) {
        let (kind, text) = match mark.kind {
            MarkKind::Detached => (PhaseKind::Detached, "link taken out of the old site"),
            MarkKind::Moved => (PhaseKind::Moved, "link's end moved by the kernel"),
            MarkKind::Attached => (PhaseKind::Attached, "link plugged in and up"),
            MarkKind::Announced => (PhaseKind::Announced, "VM announces itself"),
        };
        self.push(mark.at, &mark.node, kind, text.to_owned());
    }

    pub(super) fn event(&mut self, node: &Arc<str>, event: &Event) {
        if event.at < self.migration.trigger {
            return;
        }
        match &event.kind {
            EventKind::MacEntry {
                vlan,
                mac,
                from,
                to,
                cause,
                ..
            } if self.is_vm(*vlan, *mac) => {
                let (kind, text) = entry(from.as_ref(), to.as_ref(), *cause);
                self.push(event.at, node, kind, text);
            }
            EventKind::AnnouncementSent {
                vlan,
                mac,
                trigger,
                links,
                ..
            } if self.is_vm(*vlan, *mac) => {
                let text = format!("announced on {links} EVI links, {}", trigger_text(*trigger));
                self.first(event.at, node, PhaseKind::AnnouncementSent, None, text);
            }
            EventKind::AnnouncementHeard {
                vlan,
                mac,
                link,
                outcome,
                ..
            } if self.is_vm(*vlan, *mac) => {
                let text = format!("announcement on {link}: {}", outcome_text(*outcome));
                self.first(event.at, node, PhaseKind::AnnouncementHeard, None, text);
            }
            _ => self.lsp_event(node, event),
        }
    }

    fn lsp_event(&mut self, node: &Arc<str>, event: &Event) {
        let at = event.at;
        match &event.kind {
            EventKind::LspOriginated {
                lsp_id,
                sequence,
                added,
                removed,
            } => {
                let vm = (self.migration.vlan, self.migration.mac);
                if added.contains(&vm) {
                    let text = format!("LSP {lsp_id} sequence {sequence} lists the MAC");
                    self.push(at, node, PhaseKind::LspOriginated, text);
                } else if removed.contains(&vm) {
                    let text = format!("LSP {lsp_id} sequence {sequence} no longer lists the MAC");
                    self.push(at, node, PhaseKind::LspWithdrawn, text);
                }
            }
            EventKind::LspSent {
                link,
                lsp_id,
                sequence,
                retransmission,
            } if self.carries(*lsp_id, *sequence) => {
                let again = if *retransmission { ", again" } else { "" };
                let text = format!("LSP {lsp_id} sequence {sequence} sent on {link}{again}");
                self.first(at, node, PhaseKind::LspSent, Some(link), text);
            }
            EventKind::LspReceived {
                link,
                lsp_id,
                sequence,
            } if self.carries(*lsp_id, *sequence) => {
                let text = format!("LSP {lsp_id} sequence {sequence} received on {link}");
                self.first(at, node, PhaseKind::LspReceived, None, text);
            }
            _ => {}
        }
    }

    /// Pushes what counts only the first time for this device, and this EVI link where one is given.
    fn first(
        &mut self,
        at: Timestamp,
        node: &Arc<str>,
        kind: PhaseKind,
        link: Option<&Arc<str>>,
        text: String,
    ) {
        let link = link.map_or_else(|| Arc::from(""), Arc::clone);
        if self.once.insert((Arc::clone(node), kind, link)) {
            self.push(at, node, kind, text);
        }
    }

    fn is_vm(&self, vlan: VlanId, mac: MacAddr) -> bool {
        (vlan, mac) == (self.migration.vlan, self.migration.mac)
    }

    fn carries(&self, lsp_id: LspId, sequence: u32) -> bool {
        self.carriers
            .get(&lsp_id)
            .is_some_and(|first| sequence >= *first)
    }
}

fn entry(from: Option<&Binding>, to: Option<&Binding>, cause: Cause) -> (PhaseKind, String) {
    let kind = match to.map(|binding| binding.state) {
        Some(MacState::Local) => PhaseKind::LocalEntry,
        Some(MacState::Flood) => PhaseKind::FloodEntry,
        Some(MacState::Redirect) => PhaseKind::RedirectEntry,
        Some(MacState::Remote) => PhaseKind::RemoteEntry,
        None => PhaseKind::EntryEnded,
    };
    let name = |binding: Option<&Binding>| {
        binding.map_or_else(|| "no entry".to_owned(), Binding::to_string)
    };
    (
        kind,
        format!("{} -> {}, {}", name(from), name(to), cause_text(cause)),
    )
}

const fn cause_text(cause: Cause) -> &'static str {
    match cause {
        Cause::Learned => "learned from a frame",
        Cause::Announced => "announced by another device",
        Cause::Published => "published by IS-IS",
        Cause::Withdrawn => "withdrawn by IS-IS",
        Cause::Aged => "aged out",
        Cause::HoldExpired => "hold time over",
        Cause::AdjacencyChanged => "adjacency changed",
        Cause::LinkRemoved => "its EVI link was removed",
        Cause::Thawed => "frozen no more",
        Cause::Configured => "configured",
        Cause::Evicted => "gave way in a full table",
    }
}

const fn trigger_text(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::LocalOverride => "because the local entry overrode another",
        Trigger::Repeat => "to repeat what may have been lost",
        Trigger::StationAnnouncement => "because the station announced itself",
    }
}

const fn outcome_text(outcome: AnnouncementOutcome) -> &'static str {
    match outcome {
        AnnouncementOutcome::Redirected => "provisional entry installed",
        AnnouncementOutcome::NotFromHere => "the station was not in this site, nothing installed",
        AnnouncementOutcome::FloodInstalled => "flood entry installed",
        AnnouncementOutcome::Repeated => "a repeat, already known",
        AnnouncementOutcome::AlreadyPublished => "IS-IS was faster",
        AnnouncementOutcome::Stale => "older than what is known here",
        AnnouncementOutcome::Frozen => "frozen, it moved too often",
        AnnouncementOutcome::TableFull => "the MAC table is full",
        AnnouncementOutcome::Static => "static here, it never moves",
        AnnouncementOutcome::RateLimited => "over the rate limit",
        AnnouncementOutcome::ModeIgnores => "the mode in force ignores it",
    }
}
