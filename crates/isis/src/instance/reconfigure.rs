//! What may change of the configuration while the instance runs.

use wire::isis::AuthenticationKey;
use wire::{LspId, Timestamp};

use super::Instance;
use crate::Timers;

impl Instance {
    /// Other timers, in force from the next use of each: what is scheduled already stays so. What
    /// [`Timers::check`] refuses is brought to the nearest that works.
    ///
    /// The hold time goes out with the next hello, which is due when it was. CSNPs start anew where
    /// their interval changes.
    pub fn set_timers(&mut self, now: Timestamp, timers: Timers) {
        self.pass(now);
        let (old, new) = (self.config.timers, timers.workable());
        self.config.timers = new;
        self.jitter.set_percent(new.jitter_percent);
        if new.lsp_generation != old.lsp_generation {
            self.own.throttle.set_rule(new.lsp_generation);
        }
        if new.csnp_interval != old.csnp_interval {
            self.restart_csnp_timers();
        }
    }

    fn restart_csnp_timers(&mut self) {
        let interval = self.config.timers.csnp_interval;
        for circuit in self.circuits.values_mut() {
            let wanted = circuit.up().is_some() && !interval.is_zero();
            circuit.csnp.due = wanted.then(|| self.now + self.jitter.shorten(interval));
        }
    }

    /// Another key, or none, for every PDU sent and received from now on (RFC 5304).
    ///
    /// Adjacencies stay as long as their hold times last: a neighbour that gets the same key before
    /// that notices nothing, one that does not goes down. The own LSPs are generated anew under the
    /// new key at once. Those of other systems stay in the database as they were signed, until their
    /// originators do the same.
    pub fn set_authentication(&mut self, now: Timestamp, key: Option<AuthenticationKey>) {
        self.pass(now);
        if self.farewell.is_some() || self.config.authentication == key {
            return;
        }
        self.config.authentication = key;
        let own = self.lsdb.iter().map(|lsp| (lsp.id(), lsp.is_alive()));
        let own: Vec<(LspId, bool)> = own
            .filter(|(id, _)| id.system == self.config.system_id)
            .collect();
        for (id, is_alive) in own {
            match is_alive {
                true if id.pseudonode == 0 && self.origination.has(id.fragment) => {
                    self.issue(id.fragment, Vec::new(), Vec::new());
                }
                // From before a restart: the first generation decides what becomes of it.
                true => {}
                false => self.sign_purge_anew(id),
            }
        }
    }

    fn sign_purge_anew(&mut self, id: LspId) {
        if let Some(header) = self.lsdb.get(id).map(|lsp| lsp.header()) {
            self.remove_body(header);
        }
    }
}
