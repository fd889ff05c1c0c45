//! Stations that stay where they are configured (D-6).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use wire::{MacAddr, VlanId, VlanSet};

use super::EdgeConfig;
use super::check::ConfigError;

/// A station of the own site whose MAC entry is there from the start, never ages and never moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaticMacConfig {
    /// VLAN of the station.
    pub vlan: VlanId,
    /// Its MAC address.
    pub mac: MacAddr,
    /// Name of the site port that it is behind.
    pub port: String,
}

impl EdgeConfig {
    pub(super) fn check_static_macs(&self, errors: &mut Vec<ConfigError>) {
        let mut seen = BTreeSet::new();
        for StaticMacConfig { vlan, mac, port } in &self.static_macs {
            if !seen.insert((vlan, mac)) {
                errors.push(ConfigError::Duplicate {
                    what: "static MAC",
                    value: format!("{vlan} {mac}"),
                });
            }
            let mut refuse = |key, value: String, cure: String| {
                errors.push(ConfigError::Value { key, value, cure });
            };
            if !mac.is_station() {
                let cure = "use the address of one station, as in 02:00:00:00:00:01".to_owned();
                refuse("static_mac.mac", mac.to_string(), cure);
            }
            match self.site_ports.iter().find(|p| p.name == *port) {
                None => {
                    let cure = "use the name of a site port".to_owned();
                    refuse("static_mac.port", port.clone(), cure);
                }
                Some(found) if !found.vlans.carries(*vlan) => {
                    let carried: VlanSet = found.vlans.iter().collect();
                    let cure = format!("use a VLAN that port {port} carries: {carried}");
                    refuse("static_mac.vlan", vlan.to_string(), cure);
                }
                Some(_) => {}
            }
        }
        let count = self.static_macs.len();
        if self.mac_limit > 0 && count > self.mac_limit {
            errors.push(ConfigError::Value {
                key: "mac_limit",
                value: self.mac_limit.to_string(),
                cure: format!("use {count} or more: there are so many static MACs"),
            });
        }
    }
}
