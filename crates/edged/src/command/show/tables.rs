//! Rows to read.

use core::time::Duration;

use edge_api::{
    AdjacencyRow, AdjacencyState, ArpRow, ArpStatus, Counters, InterfaceCounters, LastReload,
    LspRow, MacTable, ReloadOutcome, Reloads, Status,
};
use serde::Serialize;
use wire::Timestamp;

use crate::command::columns::Columns;

/// One reason of one place, as `show drops` tells it.
#[derive(Debug, Serialize)]
pub(super) struct DropRow {
    place: String,
    reason: String,
    count: u64,
    meaning: String,
}

pub(super) fn status(status: &Status) -> String {
    let pending = status.lsp_pending_until.map_or_else(
        || "none waits".to_owned(),
        |at| format!("in {}", left(at, status.now)),
    );
    let mut text = format!(
        "Name            {}\nVersion         {}\nProcess         {}\nSystem ID       {}\n\
         Address         {}\nMode            {}\nIGP profile     {}\nLSP generation  {}\n\
         Next own LSP    {pending}\nMAC epoch       {}\n",
        status.name,
        status.version,
        status.pid,
        status.system_id,
        status.address,
        status.mode,
        status.igp_profile,
        status.lsp_generation,
        status.epoch.0,
    );
    text.push_str(&reloads(&status.reloads, status.now));
    for warning in &status.warnings {
        text.push_str(&format!("Warning         {warning}\n"));
    }
    text
}

fn reloads(reloads: &Reloads, now: Timestamp) -> String {
    let Reloads {
        done,
        refused,
        last,
    } = reloads;
    let mut text = format!("Reloads         {done} done, {refused} refused");
    let Some(LastReload { at, outcome }) = last else {
        return text + "\n";
    };
    let ago = seconds(now.saturating_since(*at));
    match outcome {
        ReloadOutcome::Done { changes } => {
            let count = changes.len();
            text.push_str(&format!("; the last {ago} ago, changes: {count}\n"));
        }
        ReloadOutcome::Refused { errors } => {
            text.push_str(&format!("; the last {ago} ago was refused\n"));
            for error in errors {
                text.push_str(&format!("Not reloaded    {error}\n"));
            }
        }
    }
    text
}

pub(super) fn mac(table: &MacTable, now: Timestamp) -> String {
    let head = [
        "MAC address",
        "VLAN ID",
        "State",
        "Port",
        "Type",
        "Aging",
        "Frozen",
    ];
    let mut rows = Columns::new(&head, "no MAC entry");
    for row in &table.entries {
        let port = row.binding.port.as_deref().unwrap_or("all EVI links");
        rows.push([
            row.mac.to_string(),
            row.vlan.to_string(),
            row.binding.state.to_string(),
            port.to_owned(),
            if row.is_static { "static" } else { "dynamic" }.to_owned(),
            row.deadline.map_or_else(dash, |at| left(at, now)),
            row.frozen_until.map_or_else(dash, |at| left(at, now)),
        ]);
    }
    rows.to_string()
}

pub(super) fn arp(entries: &[ArpRow], now: Timestamp) -> String {
    let head = [
        "IP address",
        "MAC address",
        "VLAN ID",
        "Interface",
        "Aging",
        "Status",
    ];
    let mut rows = Columns::new(&head, "no ARP entry");
    for row in entries {
        let status = match row.status {
            ArpStatus::Valid => "Valid",
            ArpStatus::Invalid => "Invalid",
            ArpStatus::Collision => "Collision",
        };
        rows.push([
            row.ip.to_string(),
            row.mac.to_string(),
            row.vlan.to_string(),
            row.port.to_string(),
            left(row.deadline, now),
            status.to_owned(),
        ]);
    }
    rows.to_string()
}

pub(super) fn links(links: &[AdjacencyRow], counters: &Counters, now: Timestamp) -> String {
    let head = [
        "EVI link",
        "Peer address",
        "Status",
        "For",
        "Received",
        "Sent",
        "Dropped",
    ];
    let mut rows = Columns::new(&head, "no EVI link");
    for row in links {
        let counted = counters.interfaces.iter().find(|c| c.name == row.link);
        let count = |of: fn(&InterfaceCounters) -> u64| counted.map_or(0, of).to_string();
        let is_up = row.state == AdjacencyState::Up;
        rows.push([
            row.link.to_string(),
            row.peer.to_string(),
            if is_up { "Up" } else { "Down" }.to_owned(),
            lasted(row.since, now),
            count(|c| c.received_frames),
            count(|c| c.sent_frames),
            count(|c| c.drops.iter().map(|d| d.count).sum()),
        ]);
    }
    rows.to_string()
}

pub(super) fn peers(peers: &[AdjacencyRow], now: Timestamp) -> String {
    let head = ["System ID", "Link", "Peer address", "State", "For"];
    let mut rows = Columns::new(&head, "no IS-IS peer");
    for row in peers {
        rows.push([
            row.neighbour.map_or_else(dash, |id| id.to_string()),
            row.link.to_string(),
            row.peer.to_string(),
            row.state.to_string(),
            lasted(row.since, now),
        ]);
    }
    rows.to_string()
}

pub(super) fn lsdb(lsps: &[LspRow], is_detail: bool) -> String {
    let head = ["LSP ID", "Seq Num", "Checksum", "Holdtime", "MACs"];
    let mut rows = Columns::new(&head, "no LSP");
    for lsp in lsps {
        let own = if lsp.own { "*" } else { "" };
        rows.push([
            format!("{}{own}", lsp.lsp_id),
            format!("0x{:08x}", lsp.sequence),
            format!("0x{:04x}", lsp.checksum),
            lsp.lifetime_seconds.to_string(),
            lsp.macs.len().to_string(),
        ]);
    }
    let mut text = rows.to_string();
    if is_detail {
        for lsp in lsps.iter().filter(|lsp| !lsp.macs.is_empty()) {
            text.push_str(&format!("\n{}\n", lsp.lsp_id));
            for (vlan, mac) in &lsp.macs {
                text.push_str(&format!("  VLAN {vlan:<4}  {mac}\n"));
            }
        }
    }
    text
}

pub(super) fn counters(counters: &Counters) -> String {
    let head = ["Interface", "Received", "Bytes", "Sent", "Bytes", "Dropped"];
    let mut rows = Columns::new(&head, "no interface");
    for row in &counters.interfaces {
        let dropped: u64 = row.drops.iter().map(|drop| drop.count).sum();
        rows.push([
            row.name.to_string(),
            row.received_frames.to_string(),
            row.received_bytes.to_string(),
            row.sent_frames.to_string(),
            row.sent_bytes.to_string(),
            dropped.to_string(),
        ]);
    }
    let mut text = format!("{rows}\n");
    for (what, count) in [
        ("Events lost", counters.events_lost),
        ("MACs not learned", counters.mac_table_full),
        ("MACs that gave way", counters.mac_table_evicted),
        ("ARP not learned", counters.arp_tables_full),
        (
            "MACs of VLANs not extended",
            counters.publications_not_extended,
        ),
        ("ARP requests answered", counters.arp_answered),
        ("Arrivals not announced", counters.arrivals_not_announced),
        ("Repeats left out", counters.repeats_full),
        ("Moves not counted", counters.dampening_full),
    ] {
        text.push_str(&format!("{what:<28}{count}\n"));
    }
    text
}

/// Every drop that has happened: of frames by interface, of IS-IS PDUs.
pub(super) fn drop_rows(counters: &Counters) -> Vec<DropRow> {
    let frames = counters.interfaces.iter().flat_map(|interface| {
        interface.drops.iter().map(|drop| DropRow {
            place: interface.name.to_string(),
            reason: drop.reason.to_string(),
            count: drop.count,
            meaning: drop.reason.describe().to_owned(),
        })
    });
    let pdus = counters.isis_drops.iter().map(|(reason, count)| DropRow {
        place: "isis".to_owned(),
        reason: reason.clone(),
        count: *count,
        meaning: "IS-IS PDU refused".to_owned(),
    });
    frames.chain(pdus).collect()
}

pub(super) fn drops(counters: &Counters) -> String {
    let head = ["Interface", "Reason", "Count", "Meaning"];
    let mut rows = Columns::new(&head, "nothing was dropped");
    for row in drop_rows(counters) {
        rows.push([row.place, row.reason, row.count.to_string(), row.meaning]);
    }
    rows.to_string()
}

fn dash() -> String {
    "-".to_owned()
}

/// How long it is until then.
fn left(at: Timestamp, now: Timestamp) -> String {
    seconds(at.saturating_since(now))
}

/// How long it has been so; the epoch stands for never.
fn lasted(since: Timestamp, now: Timestamp) -> String {
    if since == Timestamp::ZERO {
        return dash();
    }
    seconds(now.saturating_since(since))
}

fn seconds(duration: Duration) -> String {
    format!("{}.{}s", duration.as_secs(), duration.subsec_millis() / 100)
}
