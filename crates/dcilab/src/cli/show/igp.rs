//! What edge devices know of each other: EVI links, neighbours, the link-state database.

use edge_api::AdjacencyState;
use edge_api::protocol::Response;
use linux_net::clock;
use wire::Timestamp;

use super::Answers;
use super::stations::station;
use crate::life_cycle::protocol::Inspection;
use crate::report::{number, table};

pub(super) fn links(answers: &Answers) -> String {
    let mut shown = table(["edge device", "EVI link", "peer", "adjacency", "neighbour"]);
    for (device, answer) in answers {
        let Response::Adjacencies(rows) = answer else {
            continue;
        };
        for row in rows {
            let neighbour = row
                .neighbour
                .map_or_else(|| "-".to_owned(), |n| n.to_string());
            shown.add_row([
                device.clone(),
                row.link.to_string(),
                row.peer.to_string(),
                state(row.state).to_owned(),
                neighbour,
            ]);
        }
    }
    format!("{shown}\n")
}

pub(super) fn peers(answers: &Answers) -> String {
    let mut shown = table(["edge device", "system ID", "interface", "state", "for"]);
    let now = clock::monotonic();
    for (device, answer) in answers {
        let Response::Adjacencies(rows) = answer else {
            continue;
        };
        for row in rows {
            let Some(neighbour) = row.neighbour else {
                continue;
            };
            shown.add_row([
                device.clone(),
                neighbour.to_string(),
                row.link.to_string(),
                state(row.state).to_owned(),
                since(row.since, now),
            ]);
        }
    }
    format!("{shown}\n")
}

pub(super) fn lsdb(answers: &Answers, lab: &Inspection, detail: bool) -> String {
    let mut shown = table([
        "edge device",
        "LSP ID",
        "sequence",
        "checksum",
        "lifetime",
        "MACs",
        "",
    ]);
    for (device, answer) in answers {
        let Response::Lsdb(rows) = answer else {
            continue;
        };
        for row in rows {
            shown.add_row(vec![
                device.into(),
                row.lsp_id.to_string().into(),
                number(format!("{:#010x}", row.sequence)),
                number(format!("{:#06x}", row.checksum)),
                number(format!("{} s", row.lifetime_seconds)),
                number(row.macs.len()),
                if row.own { "own".into() } else { "".into() },
            ]);
            for (vlan, mac) in row.macs.iter().filter(|_| detail) {
                let text = format!("  VLAN {vlan} {mac} {}", station(lab, *mac));
                shown.add_row(["", text.trim_end(), "", "", "", "", ""]);
            }
        }
    }
    format!("{shown}\n")
}

pub(super) fn status(answers: &Answers) -> String {
    let mut shown = table([
        "edge device",
        "system ID",
        "address",
        "mode",
        "IGP timers",
        "epoch",
        "warnings",
    ]);
    for answer in answers.values() {
        if let Response::Status(status) = answer {
            shown.add_row([
                status.name.clone(),
                status.system_id.to_string(),
                status.address.to_string(),
                status.mode.to_string(),
                status.igp_profile.to_string(),
                status.epoch.0.to_string(),
                status.warnings.join("; "),
            ]);
        }
    }
    format!("{shown}\n")
}

const fn state(state: AdjacencyState) -> &'static str {
    match state {
        AdjacencyState::Down => "Down",
        AdjacencyState::Initializing => "Initializing",
        AdjacencyState::Up => "Up",
    }
}

fn since(at: Timestamp, now: Timestamp) -> String {
    let time = std::time::Duration::from_secs(now.saturating_since(at).as_secs());
    humantime::format_duration(time).to_string()
}
