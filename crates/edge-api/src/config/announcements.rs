//! How announcements leave, and how many may come.

use serde::{Deserialize, Serialize};

use super::check::ConfigError;
use super::{EdgeConfig, MobilityConfig};

/// What an announcement to the other edge devices is. Every device understands both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnnouncementMessage {
    /// A gratuitous ARP, or a RARP where no address is known: other makes of device hear it, too.
    #[default]
    Garp,
    /// A message of this project's own (`wire::EviAnnouncement`); the site of whoever hears it gets
    /// the gratuitous ARP.
    Evi,
}

impl AnnouncementMessage {
    /// Both.
    pub const ALL: &[Self] = &[Self::Garp, Self::Evi];
}

impl core::fmt::Display for AnnouncementMessage {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(match self {
            Self::Garp => "garp",
            Self::Evi => "evi",
        })
    }
}

/// How many announcements may come: a token bucket. What is over it is dropped (D-6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// Tokens that come back in a second; one is one announcement.
    pub per_second: u32,
    /// Tokens that the full bucket holds: so many announcements may come at once.
    pub burst: u32,
}

impl RateLimit {
    /// Of one MAC, from the site: five arrivals (then it is frozen), each announced up to five times by
    /// the hypervisor and by the guest.
    pub const PER_MAC: Self = Self {
        per_second: 5,
        burst: 50,
    };
    /// At one site port: a thousand arrivals at once, ten announcements each.
    pub const PER_PORT: Self = Self {
        per_second: 1000,
        burst: 10_000,
    };
    /// On one EVI link: what a peer lets out at a port, with its repeats, twice over.
    pub const PER_LINK: Self = Self {
        per_second: 5000,
        burst: 50_000,
    };
    /// The greatest rate and burst that a bucket counts exactly.
    const MOST: u32 = 1_000_000;
}

impl EdgeConfig {
    pub(super) fn check_rates(&self, errors: &mut Vec<ConfigError>) {
        let MobilityConfig {
            announcements_per_mac: mac,
            announcements_per_port: port,
            announcements_per_link: link,
            ..
        } = &self.mobility;
        let possible = 1..=RateLimit::MOST;
        for (key, limit) in [
            ("mobility.announcements_per_mac", mac),
            ("mobility.announcements_per_port", port),
            ("mobility.announcements_per_link", link),
        ] {
            if !possible.contains(&limit.per_second) || !possible.contains(&limit.burst) {
                let RateLimit { per_second, burst } = limit;
                errors.push(ConfigError::Value {
                    key,
                    value: format!("{{ per_second = {per_second}, burst = {burst} }}"),
                    cure: format!("use 1 to {} for each, or leave it out", RateLimit::MOST),
                });
            }
        }
    }
}
