//! Where stations are: MAC tables and ARP tables.

use std::collections::BTreeMap;

use clap::Args;
use edge_api::protocol::Response;
use edge_api::{ArpStatus, MacRow, MacState};
use linux_net::clock;
use wire::{MacAddr, Timestamp, VlanId};

use super::Answers;
use crate::life_cycle::protocol::Inspection;
use crate::report::table;

/// Which MAC entries.
#[derive(Debug, Args)]
pub(super) struct MacFilter {
    /// Only this VLAN
    #[arg(long, value_name = "VLAN")]
    vlan: Option<u16>,
    /// Only this MAC, or the MAC of this host
    #[arg(long, value_name = "MAC")]
    mac: Option<String>,
    /// Only stations with an entry in this state somewhere: local, remote, flood or redirect
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
}

impl MacFilter {
    fn takes(&self, vlan: VlanId, mac: MacAddr, name: &str, entries: &[Option<&MacRow>]) -> bool {
        let is_vlan = self.vlan.is_none_or(|asked| asked == vlan.get());
        let asked = self.mac.as_deref();
        let is_mac =
            asked.is_none_or(|asked| asked == name || asked.eq_ignore_ascii_case(&mac.to_string()));
        let state = self.state.as_deref();
        let has = |state: &str| {
            let mut states = entries.iter().flatten().map(|row| row.binding.state);
            states.any(|found| found.to_string() == state)
        };
        is_vlan && is_mac && state.is_none_or(has)
    }
}

/// Every station with its entry at each device, side by side.
pub(super) fn mac(answers: &Answers, lab: &Inspection, filter: &MacFilter) -> String {
    let mut stations: BTreeMap<(VlanId, MacAddr), BTreeMap<&str, &MacRow>> = BTreeMap::new();
    for (device, answer) in answers {
        if let Response::MacTable(mac_table) = answer {
            for row in &mac_table.entries {
                let of = stations.entry((row.vlan, row.mac)).or_default();
                of.insert(device, row);
            }
        }
    }
    let mut shown = table(["VLAN", "MAC", "station"]);
    let mut header = vec!["VLAN", "MAC", "station"];
    header.extend(answers.keys().map(String::as_str));
    shown.set_header(header);
    let now = clock::monotonic();
    for ((vlan, mac), rows) in stations {
        let entries: Vec<_> = answers
            .keys()
            .map(|name| rows.get(name.as_str()).copied())
            .collect();
        let name = station(lab, mac);
        if !filter.takes(vlan, mac, &name, &entries) {
            continue;
        }
        let mut cells = vec![vlan.to_string(), mac.to_string(), name];
        cells.extend(entries.iter().map(|entry| cell(*entry, now)));
        shown.add_row(cells);
    }
    format!("{shown}\n")
}

fn cell(entry: Option<&MacRow>, now: Timestamp) -> String {
    let Some(row) = entry else {
        return "-".to_owned();
    };
    let mut text = row.binding.to_string();
    // What ends soon and by itself is worth seeing; ageing is not.
    if let (MacState::Flood | MacState::Redirect, Some(ends)) = (row.binding.state, row.deadline) {
        text.push_str(&format!(" ({} s)", ends.saturating_since(now).as_secs()));
    }
    if row.frozen_until.is_some() {
        text.push_str(" (frozen)");
    }
    text
}

/// The host that has a MAC; empty when none of the lab has.
pub(super) fn station(lab: &Inspection, mac: MacAddr) -> String {
    let host = lab.hosts.iter().find(|host| host.mac == mac);
    host.map_or_else(String::new, |host| host.name.clone())
}

/// ARP snooping or suppression entries, device by device.
pub(super) fn arp(answers: &Answers, lab: &Inspection) -> String {
    let mut shown = table([
        "edge device",
        "IP address",
        "MAC address",
        "station",
        "VLAN",
        "interface",
        "aging",
        "status",
    ]);
    let now = clock::monotonic();
    for (device, answer) in answers {
        let (Response::ArpSnooping(rows) | Response::ArpSuppression(rows)) = answer else {
            continue;
        };
        for row in rows {
            let status = match row.status {
                ArpStatus::Valid => "valid",
                ArpStatus::Invalid => "invalid",
                ArpStatus::Collision => "collision",
            };
            shown.add_row([
                device.clone(),
                row.ip.to_string(),
                row.mac.to_string(),
                station(lab, row.mac),
                row.vlan.to_string(),
                row.port.to_string(),
                format!("{} s", row.deadline.saturating_since(now).as_secs()),
                status.to_owned(),
            ]);
        }
    }
    format!("{shown}\n")
}
