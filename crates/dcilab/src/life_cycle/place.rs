//! Where each host of a standing lab is now.

use std::collections::BTreeMap;

use topology::Resolved;

/// The site of each host, by name.
#[derive(Debug)]
pub(super) struct Places(BTreeMap<String, String>);

impl Places {
    /// Everybody at home.
    pub(super) fn at_first(topology: &Resolved) -> Self {
        let home = topology.hosts().map(|(_, host)| {
            let site = topology.site(host.site).name.clone();
            (host.name.clone(), site)
        });
        Self(home.collect())
    }

    /// The site that a host is at.
    pub(super) fn of(&self, host: &str) -> Option<&str> {
        self.0.get(host).map(String::as_str)
    }

    /// A host has moved.
    pub(super) fn moved(&mut self, host: &str, to: &str) {
        self.0.insert(host.to_owned(), to.to_owned());
    }
}
