//! What types cannot check in a configuration.

use core::fmt;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use wire::VlanSet;
use wire::isis::AreaAddress;

use super::{EdgeConfig, PortVlans, SitePortConfig};

/// Site ports and EVI links are each numbered up to here.
const MAX_INTERFACES: usize = 4096;
/// Each repeat comes after twice the time of the one before: ten are 100 s, from 100 ms on.
const MAX_REPEATS: u32 = 10;
/// The row of the uplink in [`crate::Counters`].
const UPLINK: &str = "uplink";

/// What is wrong with a configuration; each names the key and the cure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Two things share a name, an interface or an address.
    #[error("{what} `{value}` is used twice: give each its own")]
    Duplicate {
        /// What is used twice.
        what: &'static str,
        /// Its value.
        value: String,
    },
    /// More than a table can number.
    #[error("{count} {what}: at most {limit} are possible")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many.
        count: usize,
        /// How many are possible.
        limit: usize,
    },
    /// An EVI link to the device itself.
    #[error("EVI link `{name}` leads to the device's own address {peer}: name another device's")]
    PeerIsSelf {
        /// Name of the link.
        name: String,
        /// The address.
        peer: Ipv4Addr,
    },
    /// A value that cannot be used.
    #[error("{key} = `{value}`: {cure}")]
    Value {
        /// The key.
        key: &'static str,
        /// What was found.
        value: String,
        /// What would do.
        cure: String,
    },
}

impl EdgeConfig {
    /// Checks what types cannot: names, interfaces and peers are unique, values are usable.
    ///
    /// # Errors
    /// All that is wrong, at once.
    pub fn validate(&self) -> Result<(), Vec<ConfigError>> {
        let mut errors = Vec::new();
        self.check_interfaces(&mut errors);
        self.check_vlans(&mut errors);
        self.check_peers(&mut errors);
        self.check_circuits(&mut errors);
        self.check_limits(&mut errors);
        self.check_rates(&mut errors);
        self.check_static_macs(&mut errors);
        self.check_igp(&mut errors);
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }

    fn check_interfaces(&self, errors: &mut Vec<ConfigError>) {
        let ports = self.site_ports.iter().map(|p| p.name.as_str());
        let links = self.evi_links.iter().map(|l| l.name.as_str());
        // The counters have a row of that name.
        let circuits = self.isis_circuits.iter().map(|c| c.name.as_str());
        let names = ports.chain(links).chain(circuits).chain([UPLINK]);
        unique("port name", names, errors);
        let interfaces = self.site_ports.iter().map(|p| &p.interface);
        unique(
            "interface",
            interfaces.chain([&self.public.interface]),
            errors,
        );
        for (what, count) in [
            ("site ports", self.site_ports.len()),
            ("EVI links", self.evi_links.len()),
            ("IS-IS circuits", self.isis_circuits.len()),
        ] {
            let limit = MAX_INTERFACES;
            if count > limit {
                errors.push(ConfigError::TooMany { what, count, limit });
            }
        }
    }

    fn check_vlans(&self, errors: &mut Vec<ConfigError>) {
        errors.extend(self.site_ports.iter().filter_map(trunk_error));
        let carried: VlanSet = self
            .site_ports
            .iter()
            .flat_map(|p| p.vlans.iter())
            .collect();
        let missing = self.local_vlans.iter().filter(|v| !carried.contains(*v));
        let missing: VlanSet = missing.collect();
        // A slip of the pen here would extend the VLAN that was meant.
        if !missing.is_empty() {
            errors.push(ConfigError::Value {
                key: "local_vlans",
                value: missing.to_string(),
                cure: "no site port carries it: name VLANs of this site's ports only".to_owned(),
            });
        }
    }

    fn check_peers(&self, errors: &mut Vec<ConfigError>) {
        unique("EVI peer", self.evi_links.iter().map(|l| l.peer), errors);
        for link in &self.evi_links {
            if link.peer == self.public.address {
                let (name, peer) = (link.name.clone(), link.peer);
                errors.push(ConfigError::PeerIsSelf { name, peer });
            }
            if !is_host(link.peer) {
                errors.push(address_error("evi_link.peer", link.peer));
            }
        }
        if !is_host(self.public.address) {
            errors.push(address_error("public.address", self.public.address));
        }
    }

    fn check_circuits(&self, errors: &mut Vec<ConfigError>) {
        let interfaces = self.isis_circuits.iter().map(|c| c.interface.as_str());
        // Beside the tunnel there may be IS-IS on the uplink, but not beside the frames of a site.
        let of_site: BTreeSet<_> = self.site_ports.iter().map(|p| &*p.interface).collect();
        let what = "interface of an IS-IS circuit";
        unique(what, interfaces.chain(of_site), errors);
        for circuit in &self.isis_circuits {
            if !is_host(circuit.address) {
                errors.push(address_error("isis_circuit.address", circuit.address));
            }
        }
        let without = self.evi_links.iter().find(|link| !link.isis);
        let runs_elsewhere =
            !self.isis_circuits.is_empty() || self.evi_links.iter().any(|link| link.isis);
        if let Some(link) = without.filter(|_| !runs_elsewhere) {
            errors.push(ConfigError::Value {
                key: "evi_link.isis",
                value: format!("false, of `{}`", link.name),
                cure:
                    "without IS-IS on the link its device is found by IS-IS elsewhere: let it run on \
                     another EVI link, or add an [[isis_circuit]]"
                        .to_owned(),
            });
        }
    }

    fn check_limits(&self, errors: &mut Vec<ConfigError>) {
        let hold = self.mobility.flood_hold;
        for (key, value, least) in [
            ("mac_ageing", self.mac_ageing, Duration::from_secs(1)),
            ("mobility.flood_hold", hold, Duration::from_millis(10)),
            (
                "mobility.announcement_interval",
                self.mobility.announcement_interval,
                Duration::from_millis(1),
            ),
            (
                "mobility.dampening_window",
                self.mobility.dampening_window,
                Duration::from_secs(1),
            ),
            (
                "mobility.freeze_time",
                self.mobility.freeze_time,
                Duration::from_secs(1),
            ),
            (
                "mobility.arp_ageing",
                self.mobility.arp_ageing,
                Duration::from_secs(1),
            ),
        ] {
            if value < least {
                errors.push(ConfigError::Value {
                    key,
                    value: format!("{value:?}"),
                    cure: format!("use {least:?} or more, or leave it out"),
                });
            }
        }
        let limits = [
            ("mac_limit", self.mac_limit),
            ("mobility.arp_limit", self.mobility.arp_limit),
        ];
        for (key, limit) in limits.into_iter().filter(|(_, limit)| *limit == 0) {
            errors.push(ConfigError::Value {
                key,
                value: limit.to_string(),
                cure: "use 1 or more (65536 is usual)".to_owned(),
            });
        }
        let repeats = self.mobility.announcement_repeats;
        if repeats > MAX_REPEATS {
            errors.push(ConfigError::Value {
                key: "mobility.announcement_repeats",
                value: repeats.to_string(),
                cure: format!("use {MAX_REPEATS} or less (3 is usual)"),
            });
        }
    }

    fn check_igp(&self, errors: &mut Vec<ConfigError>) {
        if let Err(error) = self.igp.effective_timers() {
            errors.push(ConfigError::Value {
                key: "igp.timers",
                value: self.igp.profile.to_string(),
                cure: error.to_string(),
            });
        }
        if self.igp.area.parse::<AreaAddress>().is_err() {
            errors.push(ConfigError::Value {
                key: "igp.area",
                value: self.igp.area.clone(),
                cure: "write an area address in hexadecimal, as in 49.0001".to_owned(),
            });
        }
    }
}

fn trunk_error(port: &SitePortConfig) -> Option<ConfigError> {
    let PortVlans::Trunk { vlans, native } = &port.vlans else {
        return None;
    };
    let name = &port.name;
    if vlans.is_empty() {
        return Some(ConfigError::Value {
            key: "site_port.trunk_vlans",
            value: "[]".to_owned(),
            cure: format!("name a VLAN that port `{name}` carries, as in [100, \"300-310\"]"),
        });
    }
    let native = native.filter(|vlan| !vlans.contains(*vlan))?;
    Some(ConfigError::Value {
        key: "site_port.native_vlan",
        value: native.to_string(),
        cure: format!("port `{name}` does not carry it: add it to its trunk_vlans"),
    })
}

const fn is_host(address: Ipv4Addr) -> bool {
    !(address.is_unspecified() || address.is_multicast() || address.is_broadcast())
}

fn address_error(key: &'static str, address: Ipv4Addr) -> ConfigError {
    ConfigError::Value {
        key,
        value: address.to_string(),
        cure: "use the IPv4 address of one device, as in 192.0.2.1".to_owned(),
    }
}

fn unique<T: Ord + fmt::Display>(
    what: &'static str,
    values: impl Iterator<Item = T>,
    errors: &mut Vec<ConfigError>,
) {
    let mut seen = BTreeMap::new();
    for value in values {
        let count = seen.entry(value).or_insert(0_u32);
        *count += 1;
    }
    for (value, _) in seen.iter().filter(|(_, count)| **count > 1) {
        errors.push(ConfigError::Duplicate {
            what,
            value: value.to_string(),
        });
    }
}
