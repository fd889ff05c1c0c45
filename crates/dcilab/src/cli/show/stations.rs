//! Where stations are: MAC tables and ARP tables.

use std::collections::BTreeMap;

use clap::Args;
use edge_api::protocol::Response;
use edge_api::{ArpStatus, MacRow, MacState};
use linux_net::clock;
use topology::{known, unknown};
use wire::{MacAddr, Timestamp, VlanId};

use super::sheet::{Kind, Sheet};
use super::{Answers, VerbError};
use crate::life_cycle::protocol::Inspection;

const STATES: [MacState; 4] = [
    MacState::Local,
    MacState::Remote,
    MacState::Flood,
    MacState::Redirect,
];

/// Which stations.
#[derive(Debug, Args)]
pub(super) struct StationFilter {
    /// Only this VLAN
    #[arg(long, value_name = "VLAN", value_parser = vlan)]
    vlan: Option<VlanId>,
    /// Only this MAC, or the MAC of this host
    #[arg(long, value_name = "MAC")]
    mac: Option<String>,
}

/// Which MAC entries.
#[derive(Debug, Args)]
pub(super) struct MacFilter {
    #[command(flatten)]
    station: StationFilter,
    /// Only stations with an entry in this state somewhere: local, remote, flood or redirect
    #[arg(long, value_name = "STATE", value_parser = state)]
    state: Option<MacState>,
}

fn vlan(text: &str) -> Result<VlanId, String> {
    let id = text
        .parse()
        .ok()
        .and_then(|number| VlanId::new(number).ok());
    id.ok_or_else(|| format!("`{text}` is no VLAN: they are numbers from 1 to 4094"))
}

fn state(text: &str) -> Result<MacState, String> {
    let found = STATES.into_iter().find(|state| state.to_string() == text);
    found.ok_or_else(|| {
        let names = STATES.map(|state| state.to_string());
        unknown("state", text, names.iter().map(String::as_str))
    })
}

impl StationFilter {
    /// Whether what was asked for can be at all.
    pub(super) fn check(&self, lab: &Inspection) -> Result<(), VerbError> {
        let Some(asked) = &self.mac else {
            return Ok(());
        };
        let hosts = || lab.hosts.iter().map(|host| host.name.as_str());
        if asked.parse::<MacAddr>().is_ok() || hosts().any(|name| name == asked) {
            return Ok(());
        }
        let text = match asked.contains(':') {
            true => format!(
                "`{asked}` is no MAC address, as 02:00:00:00:00:01: give one, or a host: {}",
                known(hosts())
            ),
            false => unknown("host", asked, hosts()),
        };
        Err(VerbError::WhichLab(text))
    }

    fn takes(&self, vlan: VlanId, mac: MacAddr, name: &str) -> bool {
        let is_mac = |asked: &str| asked == name || asked.parse() == Ok(mac);
        self.vlan.is_none_or(|asked| asked == vlan) && self.mac.as_deref().is_none_or(is_mac)
    }
}

impl MacFilter {
    pub(super) const fn station(&self) -> &StationFilter {
        &self.station
    }

    fn takes_state(&self, entries: &[Option<&MacRow>]) -> bool {
        let has = |asked: MacState| {
            let mut rows = entries.iter().flatten();
            rows.any(|row| row.binding.state == asked)
        };
        self.state.is_none_or(has)
    }
}

/// Whether a cell tells how long its entry still lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deadlines {
    Told,
    LeftOut,
}

/// Every station with its entry at each device, side by side.
pub(super) fn mac(
    answers: &Answers,
    lab: &Inspection,
    filter: &MacFilter,
    deadlines: Deadlines,
) -> Sheet {
    let mut stations: BTreeMap<(VlanId, MacAddr), BTreeMap<&str, &MacRow>> = BTreeMap::new();
    for (device, answer) in answers {
        if let Response::MacTable(mac_table) = answer {
            for row in &mac_table.entries {
                let of = stations.entry((row.vlan, row.mac)).or_default();
                of.insert(device, row);
            }
        }
    }
    let first = [
        ("VLAN", Kind::Key),
        ("MAC", Kind::Key),
        ("station", Kind::Value),
    ];
    let devices = answers.keys().map(|name| (name.as_str(), Kind::Value));
    let mut sheet = Sheet::new(first.into_iter().chain(devices));
    let now = clock::monotonic();
    for ((vlan, mac), rows) in stations {
        let entries: Vec<_> = answers
            .keys()
            .map(|name| rows.get(name.as_str()).copied())
            .collect();
        let name = station(lab, mac);
        if !filter.station.takes(vlan, mac, &name) || !filter.takes_state(&entries) {
            continue;
        }
        let mut cells = vec![vlan.to_string(), mac.to_string(), name];
        cells.extend(entries.iter().map(|entry| cell(*entry, now, deadlines)));
        sheet.push(cells);
    }
    sheet
}

fn cell(entry: Option<&MacRow>, now: Timestamp, deadlines: Deadlines) -> String {
    let Some(row) = entry else {
        return "-".to_owned();
    };
    let mut text = row.binding.to_string();
    if row.is_static {
        text.push_str(" (static)");
    }
    // What ends soon and by itself is worth seeing; ageing is not.
    if let (Deadlines::Told, MacState::Flood | MacState::Redirect, Some(ends)) =
        (deadlines, row.binding.state, row.deadline)
    {
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
pub(super) fn arp(answers: &Answers, lab: &Inspection, filter: &StationFilter) -> Sheet {
    let mut sheet = Sheet::new([
        ("edge device", Kind::Key),
        ("IP address", Kind::Key),
        ("MAC address", Kind::Value),
        ("station", Kind::Value),
        ("VLAN", Kind::Key),
        ("interface", Kind::Value),
        ("aging", Kind::Age),
        ("status", Kind::Value),
    ]);
    let now = clock::monotonic();
    for (device, answer) in answers {
        let (Response::ArpSnooping(rows) | Response::ArpSuppression(rows)) = answer else {
            continue;
        };
        for row in rows {
            let name = station(lab, row.mac);
            if !filter.takes(row.vlan, row.mac, &name) {
                continue;
            }
            let status = match row.status {
                ArpStatus::Valid => "valid",
                ArpStatus::Invalid => "invalid",
                ArpStatus::Collision => "collision",
            };
            sheet.push([
                device.clone(),
                row.ip.to_string(),
                row.mac.to_string(),
                name,
                row.vlan.to_string(),
                row.port.to_string(),
                format!("{} s", row.deadline.saturating_since(now).as_secs()),
                status.to_owned(),
            ]);
        }
    }
    sheet
}
