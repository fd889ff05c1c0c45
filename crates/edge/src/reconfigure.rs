//! Another configuration takes the place of the one in force, and the tables stay.
//!
//! Everything is checked first; then everything is done, and nothing of that can fail. What a deadline
//! was set by stays as it was set: a `flood` or `redirect` entry lives out its hold time, also where the
//! mode is now one that would not have made it, for it bridges a publication that has not come yet (D-3).

use std::net::Ipv4Addr;

use edge_api::{Cause, ConfigChange, EdgeConfig, EventKind, ReloadError};
use isis::CircuitConfig;
use wire::Timestamp;

use crate::counters::Tally;
use crate::interfaces::LinkControl;
use crate::isis_instance::timers;
use crate::mac_table::MacKey;
use crate::settings::Settings;
use crate::{EdgeDevice, EviLinks, LinkId};

impl EdgeDevice {
    /// Takes another configuration over, and says what is different now.
    ///
    /// Kept are the tables, the link-state database, the adjacencies of links that stay, counters and
    /// event numbers. A link is the same one as long as its peer is. The MAC entries by a link that is
    /// removed fall back, its ARP suppression entries and counters end, and its neighbour is told.
    ///
    /// # Errors
    /// All that is wrong with `config`, and all that cannot change while the device runs: then nothing
    /// has changed.
    pub fn reconfigure(
        &mut self,
        now: Timestamp,
        config: &EdgeConfig,
        links: &mut impl EviLinks,
    ) -> Result<Vec<ConfigChange>, Vec<ReloadError>> {
        let changes = self.config.changes_to(config)?;
        let invalid = |errors: Vec<_>| {
            errors
                .into_iter()
                .map(ReloadError::from)
                .collect::<Vec<_>>()
        };
        let timers = timers(config).map_err(invalid)?;
        self.config = config.clone();
        if changes.is_empty() {
            return Ok(changes);
        }
        let told = changes.clone();
        self.events
            .push(now, EventKind::Reconfigured { changes: told });
        self.apply_values();
        self.isis.set_timers(now, timers);
        let key = self.config.igp.authentication.clone();
        self.isis.set_authentication(now, key);
        self.apply_links(now, &changes, links);
        self.isis_touched = true;
        self.run_igp(now, links);
        Ok(changes)
    }

    fn apply_values(&mut self) {
        let config = &self.config;
        self.settings = Settings::of(config);
        self.table.set_ageing(config.mac_ageing);
        self.table.set_limit(config.mac_limit);
        let mobility = &config.mobility;
        self.limits.configure(mobility);
        self.arp.configure(mobility.arp_ageing, mobility.arp_limit);
        self.dampening.configure(mobility);
    }

    /// New links first, so that none of them gets the number of a link that is still being left.
    fn apply_links(&mut self, now: Timestamp, changes: &[ConfigChange], links: &mut impl EviLinks) {
        for change in changes {
            match change {
                ConfigChange::LinkAdded { peer, .. } => self.open_link(now, *peer, links),
                ConfigChange::LinkRenamed { peer, to, .. } => {
                    if let Some(link) = self.interfaces.link_to(*peer) {
                        self.interfaces.rename_link(link, to.clone());
                    }
                }
                ConfigChange::LinkRemoved { .. }
                | ConfigChange::Value { .. }
                | ConfigChange::AuthenticationKey => {}
            }
        }
        let removed = changes.iter().filter_map(|change| match change {
            ConfigChange::LinkRemoved { peer, .. } => self.interfaces.link_to(*peer),
            _ => None,
        });
        let mut removed: Vec<LinkId> = removed.collect();
        removed.sort_unstable();
        self.close_links(now, &removed, links);
    }

    fn open_link(&mut self, now: Timestamp, peer: Ipv4Addr, links: &mut impl EviLinks) {
        let mut configured = self.config.evi_links.iter();
        let Some(config) = configured.find(|link| link.peer == peer) else {
            return;
        };
        let link = self.interfaces.add_link(config);
        let slot = usize::from(link.0);
        if slot == self.link_tallies.len() {
            self.link_tallies.push(Tally::default());
        }
        self.link_tallies[slot] = Tally::default();
        self.limits.open_link(link);
        links.open_link(link, peer);
        match self.interfaces.link(link).control {
            LinkControl::OnLink => {
                let circuit = CircuitConfig {
                    id: link.circuit(),
                    ipv4_address: self.config.public.address,
                };
                self.isis.add_circuit(now, circuit);
            }
            LinkControl::Elsewhere => self.find_link_systems(now),
        }
    }

    /// All at once, so that no entry falls back to a link that is to go as well.
    fn close_links(&mut self, now: Timestamp, closed: &[LinkId], links: &mut impl EviLinks) {
        if closed.is_empty() {
            return;
        }
        let is_closed = |link: LinkId| closed.binary_search(&link).is_ok();
        // First the adjacencies: what an entry falls back to is reached by one.
        for link in closed {
            self.isis.remove_circuit(now, link.circuit());
            self.link_systems.forget(*link);
            self.interfaces.leave_link(*link);
        }
        let behind = self.table.iter();
        let behind = behind.filter(|(_, entry)| entry.target.behind().is_some_and(is_closed));
        let mut keys: Vec<MacKey> = behind.map(|(key, _)| key).collect();
        keys.sort_unstable();
        for key in keys {
            self.fall_back(now, key, Cause::LinkRemoved);
        }
        self.table.forget_links(is_closed);
        self.arp.forget_links(is_closed);
        // What IS-IS still has to say names the links.
        self.isis_touched = true;
        self.run_igp(now, links);
        for link in closed {
            self.interfaces.remove_link(*link);
            links.close_link(*link);
        }
    }
}
