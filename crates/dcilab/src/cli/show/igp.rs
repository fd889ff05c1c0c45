//! What edge devices know of each other: EVI links, neighbours, the link-state database.

use std::collections::BTreeMap;

use edge_api::protocol::Response;
use edge_api::{AdjacencyMedium, AdjacencyRow, AdjacencyState, LspRow};
use linux_net::clock;
use wire::{SystemId, Timestamp};

use super::Answers;
use super::sheet::{Kind, Sheet};
use super::stations::station;
use crate::life_cycle::protocol::Inspection;

pub(super) fn links(answers: &Answers) -> Sheet {
    let mut sheet = Sheet::new([
        ("edge device", Kind::Key),
        ("EVI link", Kind::Key),
        ("peer", Kind::Value),
        ("adjacency", Kind::Value),
        ("neighbour", Kind::Value),
    ]);
    for (device, row) in adjacencies(answers) {
        if row.medium != AdjacencyMedium::EviLink {
            continue;
        }
        let neighbour = row
            .neighbour
            .map_or_else(|| "-".to_owned(), |n| n.to_string());
        sheet.push([
            device.clone(),
            row.link.to_string(),
            row.peer.to_string(),
            state(row.state).to_owned(),
            neighbour,
        ]);
    }
    sheet
}

pub(super) fn peers(answers: &Answers) -> Sheet {
    let mut sheet = Sheet::new([
        ("edge device", Kind::Key),
        ("system ID", Kind::Key),
        ("interface", Kind::Key),
        ("state", Kind::Value),
        ("for", Kind::Age),
    ]);
    let now = clock::monotonic();
    for (device, row) in adjacencies(answers) {
        let Some(neighbour) = row.neighbour else {
            continue;
        };
        sheet.push([
            device.clone(),
            neighbour.to_string(),
            row.link.to_string(),
            state(row.state).to_owned(),
            since(row.since, now),
        ]);
    }
    sheet
}

pub(super) fn lsdb(answers: &Answers) -> Sheet {
    let mut sheet = Sheet::new([
        ("edge device", Kind::Key),
        ("LSP ID", Kind::Key),
        ("sequence", Kind::Value),
        ("checksum", Kind::Value),
        ("lifetime", Kind::Age),
        ("MACs", Kind::Value),
        ("", Kind::Value),
    ]);
    for (device, row) in lsps(answers) {
        let marks = [(row.own, "own"), (row.overloaded, "overloaded")];
        let marks = marks.iter().filter(|(holds, _)| *holds);
        let marks: Vec<_> = marks.map(|(_, mark)| *mark).collect();
        sheet.push([
            device.clone(),
            row.lsp_id.to_string(),
            format!("{:#010x}", row.sequence),
            format!("{:#06x}", row.checksum),
            format!("{} s", row.lifetime_seconds),
            row.macs.len().to_string(),
            marks.join(", "),
        ]);
    }
    sheet
}

/// Each MAC of each LSP.
pub(super) fn published(answers: &Answers, lab: &Inspection) -> Sheet {
    let mut sheet = Sheet::new([
        ("edge device", Kind::Key),
        ("LSP ID", Kind::Key),
        ("VLAN", Kind::Key),
        ("MAC", Kind::Key),
        ("station", Kind::Value),
    ]);
    for (device, row) in lsps(answers) {
        for (vlan, mac) in &row.macs {
            sheet.push([
                device.clone(),
                row.lsp_id.to_string(),
                vlan.to_string(),
                mac.to_string(),
                station(lab, *mac),
            ]);
        }
    }
    sheet
}

/// The systems that each device knows of, what they publish, and which EVI link leads there. Shown `on`
/// these devices, or on all; the answers are of all: statuses, adjacencies, databases.
pub(super) fn topology(
    on: &[String],
    [statuses, neighbours, databases]: [&Answers; 3],
    lab: &Inspection,
) -> Sheet {
    let mut sheet = Sheet::new([
        ("edge device", Kind::Key),
        ("system ID", Kind::Key),
        ("name", Kind::Value),
        ("site", Kind::Value),
        ("by", Kind::Value),
        ("LSPs", Kind::Value),
        ("MACs", Kind::Value),
    ]);
    let names = names(statuses);
    let mut known: BTreeMap<(&String, SystemId), (usize, usize)> = BTreeMap::new();
    let is_shown = |device: &String| on.is_empty() || on.contains(device);
    for (device, row) in lsps(databases).filter(|(device, _)| is_shown(device)) {
        let of = known.entry((device, row.lsp_id.system)).or_default();
        *of = (of.0 + 1, of.1 + row.macs.len());
    }
    for ((device, system), (fragments, macs)) in known {
        let name = names.get(&system).copied().unwrap_or("-");
        let site = lab.devices.iter().find(|node| node.name == name);
        let leads = |(of, row): &(&String, &AdjacencyRow)| {
            *of == device && row.neighbour == Some(system) && row.state == AdjacencyState::Up
        };
        let by = match names.get(&system) {
            Some(own) if *own == device => "itself".to_owned(),
            _ => adjacencies(neighbours)
                .find(leads)
                .map_or_else(|| "-".to_owned(), |(_, row)| row.link.to_string()),
        };
        sheet.push([
            device.clone(),
            system.to_string(),
            name.to_owned(),
            site.map_or_else(|| "-".to_owned(), |node| node.site.clone()),
            by,
            fragments.to_string(),
            macs.to_string(),
        ]);
    }
    sheet
}

fn names(statuses: &Answers) -> BTreeMap<SystemId, &str> {
    let status = statuses.values().filter_map(|answer| match answer {
        Response::Status(status) => Some((status.system_id, status.name.as_str())),
        _ => None,
    });
    status.collect()
}

pub(super) fn status(answers: &Answers) -> Sheet {
    let mut sheet = Sheet::new([
        ("edge device", Kind::Key),
        ("system ID", Kind::Value),
        ("address", Kind::Value),
        ("mode", Kind::Value),
        ("IGP timers", Kind::Value),
        ("epoch", Kind::Value),
        ("warnings", Kind::Value),
    ]);
    for answer in answers.values() {
        if let Response::Status(status) = answer {
            sheet.push([
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
    sheet
}

fn adjacencies(answers: &Answers) -> impl Iterator<Item = (&String, &AdjacencyRow)> {
    answers.iter().flat_map(|(device, answer)| {
        let rows: &[AdjacencyRow] = match answer {
            Response::Adjacencies(rows) => rows,
            _ => &[],
        };
        rows.iter().map(move |row| (device, row))
    })
}

fn lsps(answers: &Answers) -> impl Iterator<Item = (&String, &LspRow)> {
    answers.iter().flat_map(|(device, answer)| {
        let rows: &[LspRow] = match answer {
            Response::Lsdb(rows) => rows,
            _ => &[],
        };
        rows.iter().map(move |row| (device, row))
    })
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
