//! Static MACs (D-6): stations that the configuration has put behind a site port for good.
//!
//! The device whose they are lists them with a confidence of their own, so that all others know: what
//! is said or seen of such a station anywhere else counts for nothing there either (as RFC 7432 s15.2
//! says of sticky addresses).

use edge_api::{Cause, EdgeConfig, EventKind};
use isis::MacReachability;
use wire::{SystemId, Timestamp};

use crate::mac_table::{MacKey, Target};
use crate::{EdgeDevice, LinkId};

impl EdgeDevice {
    /// Makes the entries of the configuration: there from the start, and published as any other.
    pub(crate) fn install_static_macs(&mut self, now: Timestamp, config: &EdgeConfig) {
        for fixed in &config.static_macs {
            let named = |port: &crate::PortId| *self.interfaces.port(*port).name == *fixed.port;
            let Some(port) = self.interfaces.port_ids().find(named) else {
                continue; // Not of a configuration that has been checked.
            };
            let key = MacKey::new(fixed.vlan, fixed.mac);
            self.rebind(now, key, Some(Target::Local(port)), Cause::Configured);
            self.table.pin(key);
        }
    }

    /// The devices that list a station as static, this one among them.
    fn owners(&self, key: MacKey) -> impl Iterator<Item = SystemId> + '_ {
        let (vlan, mac) = (key.vlan(), key.mac());
        self.isis.static_originators(MacReachability { vlan, mac })
    }

    /// Whether the station is static at another device than this one and `except`. A VLAN that is not
    /// extended here is another one than that of the same number elsewhere.
    pub(crate) fn is_static_elsewhere(&self, key: MacKey, except: Option<SystemId>) -> bool {
        let mut owners = self.owners(key);
        self.interfaces.is_extended(key.vlan())
            && owners.any(|owner| owner != self.system_id && Some(owner) != except)
    }

    /// Whether `system` lists the station as static.
    pub(crate) fn is_static_at(&self, key: MacKey, system: SystemId) -> bool {
        self.owners(key).any(|owner| owner == system)
    }

    /// Whether what comes in on `link` of a station is a claim that cannot be: it is static here, or at
    /// another device.
    pub(crate) fn is_false_claim(&self, key: MacKey, link: LinkId) -> bool {
        let claimant = self.system_behind(link);
        self.table.is_static(key)
            || claimant.is_some_and(|claimant| self.is_static_elsewhere(key, Some(claimant)))
    }

    /// Whether an announcement on `link` is one. Who cannot be told to be the owner is not: nothing is
    /// lost by it, for the owner has listed the station.
    pub(crate) fn is_false_announcement(&self, key: MacKey, link: LinkId) -> bool {
        self.table.is_static(key) || self.is_static_elsewhere(key, self.system_behind(link))
    }

    /// `system` lists a MAC that is static elsewhere.
    pub(crate) fn claimed(&mut self, now: Timestamp, key: MacKey, system: SystemId) {
        let (vlan, mac) = (key.vlan(), key.mac());
        self.events
            .push(now, EventKind::StaticMacClaimed { vlan, mac, system });
    }
}
