//! A configuration that is read again: what changes, and what cannot while the device runs.
//!
//! Every key that differs is looked at. What is not in [`CHANGEABLE`] is refused by name, so that no
//! change, of a key added later either, is taken and then not done.

mod difference;
#[cfg(test)]
mod tests;

use core::fmt;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wire::Timestamp;

use crate::{ConfigError, EdgeConfig, EviLinkConfig};

/// Keys, and tables of keys, that a running device takes over; besides EVI links and the key for
/// authentication.
const CHANGEABLE: &[&str] = &[
    "mode",
    "mac_ageing",
    "mac_limit",
    "igp.profile",
    "igp.timers",
    "mobility.flood_hold",
    "mobility.announcement_repeats",
    "mobility.announcement_interval",
    "mobility.announcement_message",
    "mobility.announcements_per_mac",
    "mobility.announcements_per_port",
    "mobility.announcements_per_link",
    "mobility.arp_suppression",
    "mobility.arp_ageing",
    "mobility.arp_limit",
    "mobility.dampening_moves",
    "mobility.dampening_window",
    "mobility.freeze_time",
];

/// A change of the configuration that a running device has taken over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum ConfigChange {
    /// A key has another value.
    Value {
        /// The key with its tables, as in `mobility.flood_hold`.
        key: String,
        /// What it was; `None`: not set.
        from: Option<String>,
        /// What it is now; `None`: not set.
        to: Option<String>,
    },
    /// The key for authentication is another one, or there is one where there was none, or none any
    /// more. Which one is never told.
    AuthenticationKey,
    /// A new EVI link.
    LinkAdded {
        /// Its name.
        link: Arc<str>,
        /// Underlay address of the other device.
        peer: Ipv4Addr,
    },
    /// An EVI link is no more.
    LinkRemoved {
        /// Its name.
        link: Arc<str>,
        /// Underlay address of the other device.
        peer: Ipv4Addr,
    },
    /// The EVI link to a peer has another name. It is the same link: its adjacency, entries and counters
    /// stay.
    LinkRenamed {
        /// Underlay address of the other device.
        peer: Ipv4Addr,
        /// The name that it had.
        from: Arc<str>,
        /// The name that it has now.
        to: Arc<str>,
    },
}

impl fmt::Display for ConfigChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value { key, from, to } => {
                write!(f, "{key}: {} -> {}", or_none(from), or_none(to))
            }
            Self::AuthenticationKey => f.write_str("igp.authentication: changed"),
            Self::LinkAdded { link, peer } => write!(f, "EVI link {link} to {peer}: added"),
            Self::LinkRemoved { link, peer } => write!(f, "EVI link {link} to {peer}: removed"),
            Self::LinkRenamed { peer, from, to } => {
                write!(f, "EVI link to {peer}: {from} -> {to}")
            }
        }
    }
}

fn or_none(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("not set")
}

/// Why a configuration cannot take the place of the one in force; each names the key and the cure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReloadError {
    /// No device could run with it.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It changes what is fixed when a device starts.
    #[error(
        "{key} cannot change from {} to {} while the device runs: put it back, or restart the device",
        or_none(.from),
        or_none(.to)
    )]
    NeedsRestart {
        /// The key with its tables, as in `site_port.port1.interface`.
        key: String,
        /// What is in force.
        from: Option<String>,
        /// What the new configuration says.
        to: Option<String>,
    },
    /// It holds what no file can, so that nobody can say what is different.
    #[error("the configuration cannot be compared with the one in force ({0}): restart the device")]
    Incomparable(String),
}

/// What came of a reload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum ReloadOutcome {
    /// The new configuration is in force.
    Done {
        /// All that is different now; empty when nothing is.
        changes: Vec<ConfigChange>,
    },
    /// The new configuration cannot be used: the old one is in force as if nothing had been asked.
    Refused {
        /// All that is wrong with the new one, each with its cure.
        errors: Vec<String>,
    },
}

/// The reloads of a device since its start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reloads {
    /// How many were done.
    pub done: u64,
    /// How many were refused.
    pub refused: u64,
    /// The last one.
    pub last: Option<LastReload>,
}

/// The last reload of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastReload {
    /// When it was done or refused (`CLOCK_MONOTONIC`).
    pub at: Timestamp,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: ReloadOutcome,
}

impl Reloads {
    /// Takes note of a reload: the one place that does.
    pub fn note(&mut self, at: Timestamp, outcome: ReloadOutcome) {
        match outcome {
            ReloadOutcome::Done { .. } => self.done += 1,
            ReloadOutcome::Refused { .. } => self.refused += 1,
        }
        self.last = Some(LastReload { at, outcome });
    }
}

impl EdgeConfig {
    /// What changes when `new` takes the place of this configuration in a running device. A link is
    /// known by its peer: with another name it is the same one, with another peer another one.
    ///
    /// # Errors
    /// All that is wrong with `new`, and all that cannot change without a restart.
    pub fn changes_to(&self, new: &Self) -> Result<Vec<ConfigChange>, Vec<ReloadError>> {
        let invalid = new.validate().err().unwrap_or_default();
        let mut errors: Vec<ReloadError> = invalid.into_iter().map(ReloadError::from).collect();
        let mut changes = Vec::new();
        let differences = difference::between(self, new).unwrap_or_else(|error| {
            errors.push(ReloadError::Incomparable(error.to_string()));
            Vec::new()
        });
        for difference in differences {
            let difference::Difference { key, from, to } = difference;
            match is_changeable(&key) {
                true => changes.push(ConfigChange::Value { key, from, to }),
                false => errors.push(ReloadError::NeedsRestart { key, from, to }),
            }
        }
        if self.igp.authentication != new.igp.authentication {
            changes.push(ConfigChange::AuthenticationKey);
        }
        errors.extend(control_changes(&self.evi_links, &new.evi_links));
        changes.extend(link_changes(&self.evi_links, &new.evi_links));
        match errors.is_empty() {
            true => Ok(changes),
            false => Err(errors),
        }
    }
}

fn is_changeable(key: &str) -> bool {
    let covers = |known: &&str| {
        let rest = key.strip_prefix(*known);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    CHANGEABLE.iter().any(covers)
}

/// Where the IS-IS of a link runs is fixed while the link is there. A device that has had no link
/// without IS-IS of its own does not follow the link-state graph, so it cannot get one, either.
fn control_changes<'a>(
    old: &'a [EviLinkConfig],
    new: &'a [EviLinkConfig],
) -> impl Iterator<Item = ReloadError> + use<'a> {
    let follows_graph = old.iter().any(|link| !link.isis);
    new.iter().filter_map(move |link| {
        let was = old.iter().find(|known| known.peer == link.peer);
        let from = match was {
            Some(known) if known.isis == link.isis => return None,
            Some(known) => Some(known.isis.to_string()),
            None if link.isis || follows_graph => return None,
            None => None,
        };
        let key = format!("evi_link.{}.isis", link.name);
        let to = Some(link.isis.to_string());
        Some(ReloadError::NeedsRestart { key, from, to })
    })
}

/// Removed links first, then those that stay or are new, in the order of the configuration.
fn link_changes(old: &[EviLinkConfig], new: &[EviLinkConfig]) -> Vec<ConfigChange> {
    let by_peer = |links: &[EviLinkConfig]| -> BTreeMap<Ipv4Addr, Arc<str>> {
        let named = links.iter().map(|l| (l.peer, l.name.as_str().into()));
        named.collect()
    };
    let (was, is) = (by_peer(old), by_peer(new));
    let gone = old.iter().filter(|link| !is.contains_key(&link.peer));
    let mut changes: Vec<_> = gone
        .map(|link| ConfigChange::LinkRemoved {
            link: link.name.as_str().into(),
            peer: link.peer,
        })
        .collect();
    for link in new {
        let (peer, to) = (link.peer, Arc::<str>::from(link.name.as_str()));
        match was.get(&peer) {
            None => changes.push(ConfigChange::LinkAdded { link: to, peer }),
            Some(from) if *from != to => {
                let from = from.clone();
                changes.push(ConfigChange::LinkRenamed { peer, from, to });
            }
            Some(_) => {}
        }
    }
    changes
}
