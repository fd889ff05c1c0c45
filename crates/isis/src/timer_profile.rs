//! Named sets of timers: the defaults of vendors, so that a run can say whose IGP it measured.
//!
//! Where the numbers come from:
//! - `comware-v5`: HP/H3C command references for Comware V5 (`timer lsp-generation`: 2 s; `isis timer
//!   hello` 10 s, multiplier 3; LSP transmission every 33 ms, 5 at a time; `isis timer csnp` 10 s).
//! - `comware-v7`: the same for Comware V7, where `timer lsp-generation` is 5 s / minimum / 200 ms.
//!   Manuals give the minimum as 20 ms or 50 ms, depending on the product; 20 ms is taken here.
//! - `cisco`: IOS `lsp-gen-interval 5 50 5000`, `isis lsp-interval 33`, hello 10 s, multiplier 3.
//! - `frr`: isisd's defaults, read in its source and measured with version 8.4.4.
//! - `immediate`: no vendor's. What the protocol can do when nothing holds it back.
//!
//! PSNP interval and zero-age lifetime, where a vendor's manual is silent, are those of
//! ISO 10589 (2 s, 60 s).

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{LspGeneration, LspPacing, Timers};

const MS_20: Duration = Duration::from_millis(20);
const MS_33: Duration = Duration::from_millis(33);
const MS_50: Duration = Duration::from_millis(50);
const MS_100: Duration = Duration::from_millis(100);
const MS_200: Duration = Duration::from_millis(200);

/// Whose default timers to use.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum TimerProfile {
    /// H3C Comware V5, of the time of the mechanism.
    #[default]
    ComwareV5,
    /// H3C Comware V7.
    ComwareV7,
    /// Cisco IOS.
    Cisco,
    /// FRRouting isisd.
    Frr,
    /// Nothing throttled.
    Immediate,
}

/// Why a text names no profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no timer profile: use comware-v5, comware-v7, cisco, frr or immediate")]
pub struct ParseTimerProfileError(String);

impl TimerProfile {
    /// Every profile.
    pub const ALL: [Self; 5] = [
        Self::ComwareV5,
        Self::ComwareV7,
        Self::Cisco,
        Self::Frr,
        Self::Immediate,
    ];

    /// The name, as in files and on command lines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ComwareV5 => "comware-v5",
            Self::ComwareV7 => "comware-v7",
            Self::Cisco => "cisco",
            Self::Frr => "frr",
            Self::Immediate => "immediate",
        }
    }

    /// The timers of this profile.
    #[must_use]
    pub const fn timers(self) -> Timers {
        match self {
            Self::ComwareV5 => VENDOR,
            Self::ComwareV7 => COMWARE_V7,
            Self::Cisco => CISCO,
            Self::Frr => FRR,
            Self::Immediate => IMMEDIATE,
        }
    }
}

const UNPACED: LspPacing = LspPacing {
    interval: Duration::ZERO,
    burst: 1,
};

/// Comware V5, and what most vendors share.
const VENDOR: Timers = Timers {
    hello_interval: Duration::from_secs(10),
    hold_multiplier: 3,
    lsp_generation: LspGeneration::OneShot {
        wait: Duration::from_secs(2),
    },
    lsp_pacing: LspPacing {
        interval: MS_33,
        burst: 5,
    },
    retransmit_interval: Duration::from_secs(5),
    csnp_interval: Duration::from_secs(10),
    psnp_interval: Duration::from_secs(2),
    max_age: Duration::from_secs(1200),
    refresh_interval: Duration::from_secs(900),
    zero_age: Duration::from_secs(60),
    jitter_percent: 25,
};

const COMWARE_V7: Timers = Timers {
    lsp_generation: LspGeneration::Incremental {
        minimum: MS_20,
        increment: MS_200,
        maximum: Duration::from_secs(5),
    },
    ..VENDOR
};

const CISCO: Timers = Timers {
    lsp_generation: LspGeneration::Backoff {
        initial: MS_50,
        second: Duration::from_secs(5),
        maximum: Duration::from_secs(5),
    },
    lsp_pacing: LspPacing {
        interval: MS_33,
        burst: 1,
    },
    ..VENDOR
};

const FRR: Timers = Timers {
    hello_interval: Duration::from_secs(3),
    hold_multiplier: 10,
    lsp_generation: LspGeneration::MinimumInterval {
        interval: Duration::from_secs(30),
        initial: MS_100,
    },
    lsp_pacing: UNPACED,
    ..VENDOR
};

const IMMEDIATE: Timers = Timers {
    hello_interval: Duration::from_secs(1),
    lsp_generation: LspGeneration::Immediate,
    lsp_pacing: UNPACED,
    retransmit_interval: Duration::from_secs(1),
    psnp_interval: Duration::ZERO,
    ..VENDOR
};

impl fmt::Display for TimerProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for TimerProfile {
    type Err = ParseTimerProfileError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|p| p.name() == text);
        found.ok_or_else(|| ParseTimerProfileError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        for profile in TimerProfile::ALL {
            assert_eq!(profile.to_string().parse(), Ok(profile));
        }
        assert!("comware".parse::<TimerProfile>().is_err());
    }

    #[test]
    fn isolated_change_delays_are_those_of_the_sources() {
        let delays = TimerProfile::ALL.map(|p| {
            p.timers()
                .lsp_generation
                .isolated_change_delay()
                .as_millis()
        });
        assert_eq!(delays, [2000, 20, 50, 100, 0]);
    }
}
