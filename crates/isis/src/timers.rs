//! The timers of an instance (ISO 10589 s7.5, s8.2), each one adjustable.

#[cfg(test)]
mod tests;

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{LspGeneration, TimerProfile, duration_text};

/// How fast LSPs may leave on one circuit (ISO 10589 `minimumLSPTransmissionInterval`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LspPacing {
    /// Length of a tick, which starts with the first LSP sent. Zero: no pacing.
    #[serde(with = "duration_text")]
    pub interval: Duration,
    /// LSPs that may leave within a tick.
    pub burst: u32,
}

/// All timers of an instance. Get them from a [`TimerProfile`] and change what you like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timers {
    /// Between two hellos on a circuit.
    #[serde(with = "duration_text")]
    pub hello_interval: Duration,
    /// Hellos that may be lost: the holding time is this many hello intervals.
    pub hold_multiplier: u16,
    /// When an own LSP is generated after a change.
    pub lsp_generation: LspGeneration,
    /// How fast LSPs leave.
    pub lsp_pacing: LspPacing,
    /// From sending an LSP to sending it again when it was not acknowledged.
    #[serde(with = "duration_text")]
    pub retransmit_interval: Duration,
    /// Between two complete CSNPs on a circuit. Zero: only when an adjacency comes up.
    #[serde(with = "duration_text")]
    pub csnp_interval: Duration,
    /// From receiving an LSP to acknowledging it. Zero: at once.
    #[serde(with = "duration_text")]
    pub psnp_interval: Duration,
    /// Remaining lifetime of an LSP when it is generated.
    #[serde(with = "duration_text")]
    pub max_age: Duration,
    /// From generating an LSP to generating it again unchanged.
    #[serde(with = "duration_text")]
    pub refresh_interval: Duration,
    /// How long the header of a purged LSP is kept (ISO 10589 `ZeroAgeLifetime`).
    #[serde(with = "duration_text")]
    pub zero_age: Duration,
    /// Hello, CSNP and refresh timers are shortened by a random part up to this many percent, so
    /// that systems do not fall into step (ISO 10589 s10.1: 25).
    pub jitter_percent: u8,
}

/// Why a set of timers cannot work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimersError {
    /// A timer that must run is zero.
    #[error("timer `{0}` is zero: give it a length, for example 10s")]
    Zero(&'static str),
    /// A count that must be at least one is zero.
    #[error("`{0}` is 0: use at least 1")]
    ZeroCount(&'static str),
    /// A time that PDUs carry in 16 bits of seconds does not fit.
    #[error("`{0}` is beyond 65535 s, the greatest that IS-IS can carry: shorten it")]
    TooLong(&'static str),
    /// An LSP would die before it is refreshed.
    #[error("refresh_interval is not below max_age: an LSP would expire before its refresh")]
    RefreshAfterMaxAge,
    /// More jitter than the standard allows.
    #[error("jitter_percent {0} is above 25, the greatest that ISO 10589 s10.1 allows")]
    Jitter(u8),
}

const MAX_SECONDS: Duration = Duration::from_secs(u16::MAX as u64);
/// Stands for an interval of zero, so that nobody's loop can spin.
const SHORTEST: Duration = Duration::from_millis(1);

impl Timers {
    /// How long a neighbour keeps an adjacency without a hello: what hellos carry.
    #[must_use]
    pub fn hold_time(&self) -> Duration {
        let hold = self.hello_interval * u32::from(self.hold_multiplier.max(1));
        hold.clamp(Duration::from_secs(1), MAX_SECONDS)
    }

    /// Whether these timers can work together.
    ///
    /// # Errors
    /// The first that cannot.
    pub fn check(&self) -> Result<(), TimersError> {
        let running = [
            ("hello_interval", self.hello_interval),
            ("retransmit_interval", self.retransmit_interval),
            ("max_age", self.max_age),
            ("refresh_interval", self.refresh_interval),
            ("zero_age", self.zero_age),
        ];
        for (name, timer) in running {
            if timer.is_zero() {
                return Err(TimersError::Zero(name));
            }
        }
        if self.hold_multiplier == 0 {
            return Err(TimersError::ZeroCount("hold_multiplier"));
        }
        if self.lsp_pacing.burst == 0 {
            return Err(TimersError::ZeroCount("lsp_pacing.burst"));
        }
        if self.hello_interval > MAX_SECONDS / u32::from(self.hold_multiplier) {
            return Err(TimersError::TooLong("hello_interval * hold_multiplier"));
        }
        if self.max_age > MAX_SECONDS {
            return Err(TimersError::TooLong("max_age"));
        }
        if self.refresh_interval >= self.max_age {
            return Err(TimersError::RefreshAfterMaxAge);
        }
        match self.jitter_percent {
            0..=25 => Ok(()),
            percent => Err(TimersError::Jitter(percent)),
        }
    }

    /// The same timers with what [`Timers::check`] refuses brought to the nearest that works.
    #[must_use]
    pub(crate) fn workable(mut self) -> Self {
        self.hello_interval = self.hello_interval.clamp(SHORTEST, MAX_SECONDS);
        self.retransmit_interval = self.retransmit_interval.max(SHORTEST);
        self.zero_age = self.zero_age.max(SHORTEST);
        self.max_age = self.max_age.clamp(Duration::from_secs(1), MAX_SECONDS);
        self.refresh_interval = self.refresh_interval.clamp(SHORTEST, self.max_age * 3 / 4);
        self.lsp_pacing.burst = self.lsp_pacing.burst.max(1);
        if !self.csnp_interval.is_zero() {
            self.csnp_interval = self.csnp_interval.max(SHORTEST);
        }
        self.jitter_percent = self.jitter_percent.min(25);
        self
    }
}

impl Default for Timers {
    fn default() -> Self {
        TimerProfile::default().timers()
    }
}

/// Timers set one by one over a profile; what is left out stays as the profile has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TimerOverrides {
    /// See [`Timers::hello_interval`].
    #[serde(
        with = "duration_text::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub hello_interval: Option<Duration>,
    /// See [`Timers::hold_multiplier`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_multiplier: Option<u16>,
    /// See [`Timers::lsp_generation`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lsp_generation: Option<LspGeneration>,
    /// See [`Timers::lsp_pacing`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lsp_pacing: Option<LspPacing>,
    /// See [`Timers::retransmit_interval`].
    #[serde(
        with = "duration_text::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub retransmit_interval: Option<Duration>,
    /// See [`Timers::csnp_interval`].
    #[serde(
        with = "duration_text::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub csnp_interval: Option<Duration>,
    /// See [`Timers::psnp_interval`].
    #[serde(
        with = "duration_text::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub psnp_interval: Option<Duration>,
    /// See [`Timers::max_age`].
    #[serde(
        with = "duration_text::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub max_age: Option<Duration>,
    /// See [`Timers::refresh_interval`].
    #[serde(
        with = "duration_text::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub refresh_interval: Option<Duration>,
    /// See [`Timers::zero_age`].
    #[serde(
        with = "duration_text::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub zero_age: Option<Duration>,
    /// See [`Timers::jitter_percent`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jitter_percent: Option<u8>,
}

impl TimerOverrides {
    /// `base` with these timers in place of its own.
    ///
    /// # Errors
    /// The result cannot work: [`Timers::check`].
    pub fn over(self, base: Timers) -> Result<Timers, TimersError> {
        let timers = Timers {
            hello_interval: self.hello_interval.unwrap_or(base.hello_interval),
            hold_multiplier: self.hold_multiplier.unwrap_or(base.hold_multiplier),
            lsp_generation: self.lsp_generation.unwrap_or(base.lsp_generation),
            lsp_pacing: self.lsp_pacing.unwrap_or(base.lsp_pacing),
            retransmit_interval: self.retransmit_interval.unwrap_or(base.retransmit_interval),
            csnp_interval: self.csnp_interval.unwrap_or(base.csnp_interval),
            psnp_interval: self.psnp_interval.unwrap_or(base.psnp_interval),
            max_age: self.max_age.unwrap_or(base.max_age),
            refresh_interval: self.refresh_interval.unwrap_or(base.refresh_interval),
            zero_age: self.zero_age.unwrap_or(base.zero_age),
            jitter_percent: self.jitter_percent.unwrap_or(base.jitter_percent),
        };
        timers.check().map(|()| timers)
    }
}
