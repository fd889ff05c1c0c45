//! `limits.toml`: what a result may show.

mod check;

use core::time::Duration;

use edge_api::{Mode, TimerProfile};
use meter::statistics::Quantile;
use serde::Deserialize;
use toml::Spanned;
use topology::plan::FlowDirection;

use crate::result::{FlowResult, ResultFile, SiteRole, Value};

/// All of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// `[[limit]]`: absolute ones.
    pub(super) limit: Vec<Limit>,
    /// `[[ratio]]`: between two modes of the same result.
    pub(super) ratio: Vec<RatioLimit>,
    /// `[baseline]`: how a stored result is compared.
    pub(super) baseline: BaselineRule,
}

/// An absolute limit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limit {
    pub(super) mode: Option<Spanned<String>>,
    pub(super) igp: Option<Spanned<String>>,
    pub(super) observer: Option<Spanned<String>>,
    pub(super) site: Option<SiteRole>,
    pub(super) direction: Option<FlowDirection>,
    pub(super) value: Spanned<String>,
    pub(super) statistic: Option<Statistic>,
    pub(super) at_most: Option<Spanned<Bound>>,
    pub(super) at_least: Option<Spanned<Bound>>,
}

/// How many times longer one mode must take than another.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RatioLimit {
    pub(super) slower: Spanned<String>,
    pub(super) faster: Spanned<String>,
    pub(super) igp: Option<Spanned<String>>,
    pub(super) observer: Option<Spanned<String>>,
    pub(super) site: Option<SiteRole>,
    pub(super) direction: Option<FlowDirection>,
    pub(super) value: Spanned<String>,
    pub(super) at_least: f64,
}

/// Which flows are meant; all of them, but for what is named.
pub(super) struct Choice<'a> {
    observer: Option<&'a str>,
    site: Option<SiteRole>,
    direction: Option<FlowDirection>,
}

impl Choice<'_> {
    pub(super) fn means(&self, flow: &FlowResult) -> bool {
        self.observer
            .is_none_or(|observer| observer == flow.observer())
            && self.site.is_none_or(|site| site == flow.site_role)
            && self
                .direction
                .is_none_or(|direction| direction == flow.direction)
    }
}

impl Limit {
    pub(super) fn flows(&self) -> Choice<'_> {
        Choice {
            observer: self.observer.as_ref().map(|name| &**name.get_ref()),
            site: self.site,
            direction: self.direction,
        }
    }
}

impl RatioLimit {
    pub(super) fn flows(&self) -> Choice<'_> {
        Choice {
            observer: self.observer.as_ref().map(|name| &**name.get_ref()),
            site: self.site,
            direction: self.direction,
        }
    }
}

/// When a result is worse than the baseline.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct BaselineRule {
    /// Values that are compared.
    pub(super) values: Vec<Spanned<String>>,
    /// A difference is one when chance would make it more rarely than this.
    pub(super) significance: f64,
    /// A difference matters from here on; never less than the resolution.
    #[serde(with = "humantime_serde")]
    pub(super) tolerance: Duration,
    /// And from so many percent of the baseline's median on.
    pub(super) tolerance_percent: f64,
}

impl Default for BaselineRule {
    fn default() -> Self {
        let share = Value::ControlPlaneShare.name().to_owned();
        Self {
            values: vec![Spanned::new(0..0, share)],
            significance: 0.05,
            tolerance: Duration::from_millis(2),
            tolerance_percent: 10.0,
        }
    }
}

/// Which of the repeats' values. Without one, all of them keep to the limit: the maximum to `at_most`,
/// the minimum to `at_least`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Statistic {
    Minimum,
    Median,
    P95,
    Maximum,
}

impl Statistic {
    pub(super) const fn quantile(self) -> Quantile {
        match self {
            Self::Minimum => Quantile::Minimum,
            Self::Median => Quantile::Median,
            Self::P95 => Quantile::P95,
            Self::Maximum => Quantile::Maximum,
        }
    }
}

/// A duration as text, or a number of probes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum Bound {
    Count(u64),
    Duration(String),
}

/// What limits may name: that which is in a result, or will be.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Modes.
    pub modes: Vec<Mode>,
    /// IGP timer profiles.
    pub profiles: Vec<TimerProfile>,
    /// Observers, by name.
    pub observers: Vec<String>,
}

impl Known {
    /// What a result has.
    #[must_use]
    pub fn of(file: &ResultFile) -> Self {
        let flows = file.runs.iter().flat_map(|run| &run.flows);
        let mut observers: Vec<_> = flows.map(|flow| flow.observer().to_owned()).collect();
        observers.sort();
        observers.dedup();
        Self {
            modes: file.cells().iter().map(|cell| cell.mode).collect(),
            profiles: file.cells().iter().map(|cell| cell.profile).collect(),
            observers,
        }
    }
}

/// What is wrong with a file of limits: everything at once, each with its line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct LimitsError(Vec<String>);

impl Limits {
    /// Reads them, and checks that what they name is known.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn read(name: &str, text: &str, known: &Known) -> Result<Self, LimitsError> {
        let limits: Self = toml::from_str(text).map_err(|error| {
            let hint = hint(error.message());
            LimitsError(vec![format!("in {name}: {error}{hint}")])
        })?;
        let wrong = check::mistakes(&limits, name, text, known);
        match wrong.is_empty() {
            true => Ok(limits),
            false => Err(LimitsError(wrong)),
        }
    }

    /// Nothing would be judged by them alone.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.limit.is_empty() && self.ratio.is_empty()
    }
}

/// The known word that an unknown one was probably meant to be, out of serde's own message.
fn hint(message: &str) -> String {
    let mut words = message.split('`').skip(1).step_by(2);
    let Some(unknown) = words.next().filter(|_| message.starts_with("unknown ")) else {
        return String::new();
    };
    let distance = |word: &&str| strsim::damerau_levenshtein(unknown, word);
    let near = |word: &&str| distance(word) <= word.chars().count().max(3) / 3;
    let nearest = words.min_by_key(distance).filter(near);
    nearest.map_or_else(String::new, |nearest| format!("did you mean `{nearest}`?"))
}

/// The value of this name.
pub(super) fn value_of(name: &Spanned<String>) -> Option<Value> {
    let mut values = Value::ALL.into_iter();
    values.find(|value| value.name() == name.get_ref())
}

/// A bound in nanoseconds, or probes.
pub(super) fn bound(value: Value, bound: &Bound) -> Result<u64, String> {
    match bound {
        Bound::Count(count) if value.is_count() => Ok(*count),
        Bound::Duration(text) if !value.is_count() => {
            let duration = humantime::parse_duration(text);
            let duration = duration.map_err(|error| format!("`{text}` is no duration: {error}"))?;
            u64::try_from(duration.as_nanos()).map_err(|_| format!("`{text}` is too long"))
        }
        Bound::Count(count) => Err(format!(
            "`{}` is a duration: write \"{count}ms\"",
            value.name()
        )),
        Bound::Duration(_) => Err(format!(
            "`{}` is a number of probes: write it without quotes",
            value.name()
        )),
    }
}
