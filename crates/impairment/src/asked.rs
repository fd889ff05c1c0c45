//! What is asked of a path.

use core::fmt;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Rate, Share};

/// Packets that a path holds at the most, where nothing is said: as `netem` has it.
pub const DEFAULT_QUEUE: u32 = 1000;
/// Packets that a path may be asked to hold.
pub const MAX_QUEUE: u32 = 100_000;
/// The longest delay.
pub const MAX_DELAY: Duration = Duration::from_secs(60);
/// The longest mean burst, packets.
const MAX_BURST: u32 = 100_000;

/// The impairment of one direction between two sites. The default is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Impairment {
    /// How much later each packet comes.
    #[serde(with = "humantime_serde", skip_serializing_if = "Duration::is_zero")]
    pub delay: Duration,
    /// Each packet's delay is drawn evenly from `delay` less this to `delay` and this. Packets that are
    /// closer together overtake one another, unless there is a rate.
    #[serde(with = "humantime_serde", skip_serializing_if = "Duration::is_zero")]
    pub jitter: Duration,
    /// Packets that are lost.
    #[serde(skip_serializing_if = "is_none")]
    pub loss: Share,
    /// Mean number of packets lost in a row (Gilbert-Elliott); without it each is lost by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub burst: Option<u32>,
    /// Bits a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// Packets that the path holds at the most: those on their way, and those that wait for the rate.
    pub queue: u32,
    /// Packets that come twice.
    #[serde(skip_serializing_if = "is_none")]
    pub duplicate: Share,
    /// Packets that wait for nothing, and so overtake those before them.
    #[serde(skip_serializing_if = "is_none")]
    pub reorder: Share,
}

fn is_none(share: &Share) -> bool {
    share.is_none()
}

impl Default for Impairment {
    fn default() -> Self {
        Self {
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
            loss: Share::NONE,
            burst: None,
            rate: None,
            queue: DEFAULT_QUEUE,
            duplicate: Share::NONE,
            reorder: Share::NONE,
        }
    }
}

/// Values that do not go together or are beyond what works. The texts name the key, what is wrong, and
/// what would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// The delay is too long.
    #[error("`delay` is longer than 60s: use less")]
    Delay,
    /// The jitter would have packets come before they left.
    #[error(
        "`jitter` is greater than `delay`: a packet would come before it left; make `delay` at least as long"
    )]
    Jitter,
    /// A burst without loss.
    #[error("`burst` says how losses come together, but nothing is lost: add `loss`")]
    BurstWithoutLoss,
    /// An impossible burst.
    #[error("`burst` is not a mean number of packets lost in a row: use 1 to 100000")]
    Burst,
    /// So much loss takes longer bursts.
    #[error(
        "so much `loss` takes longer bursts: with a mean `burst` of n packets at most n of n + 1 can be lost"
    )]
    LossBeyondBurst,
    /// An impossible queue.
    #[error("`queue` is not a number of packets that can be held: use 1 to 100000")]
    Queue,
    /// Nothing to overtake.
    #[error("`reorder` has packets overtake those that are delayed, but none is: add `delay`")]
    ReorderWithoutDelay,
}

impl Unusable {
    /// The key that the text is about.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Delay => "delay",
            Self::Jitter => "jitter",
            Self::BurstWithoutLoss | Self::Burst => "burst",
            Self::LossBeyondBurst => "loss",
            Self::Queue => "queue",
            Self::ReorderWithoutDelay => "reorder",
        }
    }
}

impl Impairment {
    /// Whether packets pass as if there were none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        let Self {
            delay,
            jitter: _,
            loss,
            burst: _,
            rate,
            queue: _,
            duplicate,
            reorder: _,
        } = self;
        delay.is_zero() && loss.is_none() && rate.is_none() && duplicate.is_none()
    }

    /// Whether it can be done.
    ///
    /// # Errors
    /// All that is wrong.
    pub fn validate(&self) -> Result<(), Vec<Unusable>> {
        let burst = self.burst.unwrap_or(1);
        let greatest = f64::from(burst) / (f64::from(burst) + 1.0);
        let checks = [
            (self.delay > MAX_DELAY, Unusable::Delay),
            (self.jitter > self.delay, Unusable::Jitter),
            (
                self.burst.is_some() && self.loss.is_none(),
                Unusable::BurstWithoutLoss,
            ),
            (!(1..=MAX_BURST).contains(&burst), Unusable::Burst),
            (
                self.burst.is_some() && self.loss.as_fraction() > greatest,
                Unusable::LossBeyondBurst,
            ),
            (!(1..=MAX_QUEUE).contains(&self.queue), Unusable::Queue),
            (
                !self.reorder.is_none() && self.delay.is_zero(),
                Unusable::ReorderWithoutDelay,
            ),
        ];
        let wrong: Vec<_> = checks
            .into_iter()
            .filter(|(is_wrong, _)| *is_wrong)
            .collect();
        if wrong.is_empty() {
            return Ok(());
        }
        Err(wrong.into_iter().map(|(_, wrong)| wrong).collect())
    }

    /// The longest that a packet is delayed, but for its turn at the rate.
    #[must_use]
    pub fn longest_delay(&self) -> Duration {
        self.delay + self.jitter
    }
}

/// In the words of the command line: `delay 40ms jitter 5ms loss 1%`.
impl fmt::Display for Impairment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |time: Duration| (!time.is_zero()).then(|| format!("{time:?}"));
        let share = |share: Share| (!share.is_none()).then(|| share.to_string());
        let words = [
            ("delay", time(self.delay)),
            ("jitter", time(self.jitter)),
            ("loss", share(self.loss)),
            ("burst", self.burst.map(|burst| burst.to_string())),
            ("rate", self.rate.map(|rate| rate.to_string())),
            (
                "queue",
                (self.queue != DEFAULT_QUEUE).then(|| self.queue.to_string()),
            ),
            ("duplicate", share(self.duplicate)),
            ("reorder", share(self.reorder)),
        ];
        let said = words
            .into_iter()
            .filter_map(|(word, value)| Some(format!("{word} {}", value?)));
        let said: Vec<_> = said.collect();
        f.pad(&if said.is_empty() {
            "none".to_owned()
        } else {
            said.join(" ")
        })
    }
}
