//! What edge devices have reported, a line an event.

use clap::Args;
use edge_api::{Binding, EventKind};
use linux_net::clock;

use super::VerbError;
use super::stations::station;
use crate::life_cycle::Client;
use crate::life_cycle::protocol::{DeviceEvent, Inspection, Request, Response};

/// Which events.
#[derive(Debug, Args)]
pub(super) struct EventFilter {
    /// So many of the last
    #[arg(long, value_name = "N", default_value_t = 40)]
    last: usize,
    /// LSPs too, which are many
    #[arg(long)]
    lsps: bool,
}

/// The events of some devices.
pub(super) fn of(client: &mut Client, devices: &[String]) -> Result<Vec<DeviceEvent>, VerbError> {
    match client.ask(&Request::Events { after: 0 })? {
        Response::Events(mut events) => {
            events.retain(|event| devices.contains(&event.device));
            // They were gathered device by device; their stamps are of one clock.
            events.sort_by_key(|event| event.event.at);
            Ok(events)
        }
        other => Err(client.unexpected(&other).into()),
    }
}

pub(super) fn text(events: &[DeviceEvent], lab: &Inspection, filter: &EventFilter) -> String {
    let shown: Vec<_> = events
        .iter()
        .filter(|event| filter.lsps || !is_lsp(event))
        .collect();
    let first = shown.len().saturating_sub(filter.last);
    shown[first..]
        .iter()
        .map(|event| line(event, lab) + "\n")
        .collect()
}

pub(super) const fn is_lsp(event: &DeviceEvent) -> bool {
    matches!(
        event.event.kind,
        EventKind::LspOriginated { .. }
            | EventKind::LspSent { .. }
            | EventKind::LspReceived { .. }
            | EventKind::LspEnded { .. }
    )
}

/// One event, for people.
pub(super) fn line(event: &DeviceEvent, lab: &Inspection) -> String {
    let ago = clock::monotonic().saturating_since(event.event.at);
    let what = words(&event.event.kind, lab);
    format!(
        "{:>9.3} s ago  {:<8} {what}",
        ago.as_secs_f64(),
        event.device
    )
}

fn words(kind: &EventKind, lab: &Inspection) -> String {
    let who = |mac| match station(lab, mac) {
        name if name.is_empty() => mac.to_string(),
        name => name,
    };
    match kind {
        EventKind::MacEntry {
            vlan,
            mac,
            from,
            to,
            cause,
            ..
        } => {
            let side = |binding: &Option<Binding>| {
                binding
                    .as_ref()
                    .map_or_else(|| "-".to_owned(), ToString::to_string)
            };
            format!(
                "VLAN {vlan} {}: {} -> {} ({})",
                who(*mac),
                side(from),
                side(to),
                word(cause)
            )
        }
        EventKind::MacFrozen { vlan, mac, .. } => format!("VLAN {vlan} {}: frozen", who(*mac)),
        EventKind::MacThawed { vlan, mac } => format!("VLAN {vlan} {}: thawed", who(*mac)),
        EventKind::AnnouncementSent {
            vlan,
            mac,
            trigger,
            links,
            ..
        } => format!(
            "VLAN {vlan} {}: announced on {links} links ({})",
            who(*mac),
            word(trigger)
        ),
        EventKind::AnnouncementHeard {
            vlan,
            mac,
            link,
            outcome,
            ..
        } => format!(
            "VLAN {vlan} {}: announcement heard on {link}: {}",
            who(*mac),
            word(outcome)
        ),
        EventKind::Adjacency {
            link,
            neighbour,
            from,
            to,
            reason,
        } => {
            format!("{link}: {neighbour} {from:?} -> {to:?} ({reason})")
        }
        EventKind::LspOriginated {
            lsp_id,
            sequence,
            added,
            removed,
        } => format!(
            "LSP {lsp_id} generated, sequence {sequence:#x}: {} MACs more, {} less",
            added.len(),
            removed.len()
        ),
        EventKind::LspSent {
            link,
            lsp_id,
            sequence,
            retransmission,
        } => {
            let again = if *retransmission { ", again" } else { "" };
            format!("LSP {lsp_id} sent on {link}, sequence {sequence:#x}{again}")
        }
        EventKind::LspReceived {
            link,
            lsp_id,
            sequence,
        } => {
            format!("LSP {lsp_id} received on {link}, sequence {sequence:#x}")
        }
        EventKind::StaticMacClaimed { vlan, mac, system } => {
            format!(
                "VLAN {vlan} {}: claimed by {system}, but static elsewhere",
                who(*mac)
            )
        }
        EventKind::LspEnded { lsp_id } => format!("LSP {lsp_id} ended"),
        EventKind::Reconfigured { changes } => {
            let changes: Vec<_> = changes.iter().map(ToString::to_string).collect();
            format!("reconfigured: {}", changes.join("; "))
        }
    }
}

/// The name that JSON has for it.
fn word(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}
