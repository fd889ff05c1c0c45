//! What must be true of all devices together, against where the hosts really are.

use std::collections::BTreeMap;
use std::time::Duration;

use edge_api::LspRow;

use super::{Ed, HostId, Kind, Sim, frames, link_name};

impl Sim {
    /// What was wrong on the way: a frame that crossed the public network twice, or one that a host got
    /// twice in one place. (Who moves faster than the copies of a flooded frame differ in delay may
    /// meet one at each place. What the public network itself has doubled does not count.)
    pub fn check_way(&self) -> Result<(), String> {
        let far = |copy: &&super::Copy| copy.kind != Kind::Control && copy.hops > 1;
        if let Some(copy) = self.copies.iter().find(far) {
            return Err(format!("loop: {copy:?}"));
        }
        let mut got: BTreeMap<_, u32> = BTreeMap::new();
        for delivery in self.delivered.iter().filter(|d| !d.duplicate) {
            if let Some(number) = frames::number(&delivery.bytes) {
                let times = got.entry((number, delivery.host.0, delivery.ed));
                *times.or_default() += 1;
            }
        }
        match got.iter().find(|(_, times)| **times > 1) {
            Some((key, times)) => Err(format!("delivered {times} times: {key:?}")),
            None => Ok(()),
        }
    }

    /// Every table equals the truth, the databases agree, and every host reaches every other one of its VLAN
    /// once.
    pub fn check_truth(&mut self) -> Result<(), String> {
        self.check_tables()?;
        self.check_databases()?;
        self.check_probes()
    }

    /// Every device has exactly one entry for each host, and it is right. That leaves no room for
    /// `flood` and `redirect`.
    pub fn check_tables(&self) -> Result<(), String> {
        for host in (0..self.hosts.len()).map(HostId) {
            let (found, expected) = (self.entries(host), self.places(host));
            if found != expected {
                return Err(format!("{host:?}: {found:?}, not {expected:?}"));
            }
        }
        for (ed, device) in self.devices.iter().enumerate() {
            let entries = device.mac_table().entries.len();
            if entries != self.hosts.len() {
                return Err(format!("ED {ed} has {entries} entries"));
            }
        }
        Ok(())
    }

    /// What every device's entry should be, ED-A first.
    fn places(&self, host: HostId) -> Vec<String> {
        let home = self.at(host);
        let place = |ed: Ed| match ed == home.ed {
            true => format!("local port{}", home.port + 1),
            false => format!("remote {}", link_name(home.ed)),
        };
        (0..self.devices.len()).map(place).collect()
    }

    /// All devices have the same LSPs, and those list every host once, where it is.
    fn check_databases(&self) -> Result<(), String> {
        let alive = |ed: Ed| {
            let rows = self.devices[ed].lsdb().into_iter();
            let rows = rows.filter(|row: &LspRow| row.lifetime_seconds > 0);
            rows.map(|row| (row.lsp_id, row.sequence, row.checksum))
                .collect::<Vec<_>>()
        };
        let first = alive(0);
        if let Some(ed) = (1..self.devices.len()).find(|ed| alive(*ed) != first) {
            return Err(format!("databases: {first:?}, ED {ed}: {:?}", alive(ed)));
        }
        for host in (0..self.hosts.len()).map(HostId) {
            let (listed, home) = (self.listed_by(0, host), self.at(host).ed);
            if listed != [home] {
                return Err(format!("{host:?} at {home} is listed by {listed:?}"));
            }
        }
        Ok(())
    }

    fn check_probes(&mut self) -> Result<(), String> {
        let hosts = self.hosts.len();
        let pairs = (0..hosts).flat_map(|a| (0..hosts).map(move |b| (HostId(a), HostId(b))));
        // Who is behind the same port is reached in the site, without the device.
        let place = |host: HostId| (self.at(host).ed, self.at(host).port);
        let vlan = |host: HostId| self.at(host).vlan;
        let apart = |(a, b): &(HostId, HostId)| vlan(*a) == vlan(*b) && place(*a) != place(*b);
        let pairs: Vec<_> = pairs.filter(apart).collect();
        let probes: Vec<_> = pairs.iter().map(|(a, b)| self.talk(*a, *b)).collect();
        self.run(Duration::from_millis(100));
        for ((from, to), number) in pairs.into_iter().zip(probes) {
            let times = self.received(to, number);
            if times != 1 {
                return Err(format!(
                    "a probe from {from:?} to {to:?} came {times} times"
                ));
            }
        }
        Ok(())
    }
}
