//! The meaning of steps.

use std::time::Duration;

use toml::Spanned;

use super::keys::check_keys;
use super::names::{Names, check_names, earlier};
use super::raw::{self, value};
use super::words::{LinkState, Verb};
use super::{Action, EdgeFault, Scenario, SitePair, Step, StepId, Timing, condition, paths};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::raw::Field;
use crate::{Resolved, resolved};

/// Steps of a scenario, at the most.
const STEP_LIMIT: usize = 1000;
/// What is waited for has to hold within this.
const WITHIN: Duration = Duration::from_secs(10);
const HOUR: Duration = Duration::from_secs(3600);
/// New MACs a second.
const CHURN: core::ops::RangeInclusive<u64> = 1..=1000;

/// A file of its own.
pub(super) fn file(
    file: &raw::File,
    file_name: &str,
    topology: &Resolved,
    diagnostics: &mut Diagnostics,
) -> Option<Scenario> {
    let steps = steps(&file.steps, topology, diagnostics)?;
    let stem = file_name.rsplit('/').next().unwrap_or(file_name);
    let stem = stem.strip_suffix(".toml").unwrap_or(stem);
    Some(Scenario {
        name: value(&file.name).unwrap_or_else(|| stem.to_owned()),
        description: value(&file.description).unwrap_or_default(),
        steps,
    })
}

/// The steps of a file, unless one of them cannot be understood at all.
pub(super) fn steps(
    raw: &[raw::Step],
    topology: &Resolved,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Step>> {
    if raw.len() > STEP_LIMIT {
        let message = format!("{} steps are too many", raw.len());
        let cure = format!("use at most {STEP_LIMIT}");
        diagnostics.push(Diagnostic::nowhere(Code::TooMany, message).help(cure));
        return None;
    }
    let plan = topology.plan();
    check_names(
        raw.iter().filter_map(|step| step.name.as_ref()),
        diagnostics,
    );
    let reader = Reader {
        names: Names::new(topology, &plan),
        steps: raw.iter().enumerate().map(name_of).collect(),
        topology,
    };
    let mut steps: Vec<Option<Step>> = Vec::new();
    for (at, step) in raw.iter().enumerate() {
        let changes = steps.iter().map(|step| {
            let action = step.as_ref().map(|step| &step.action);
            action.is_none_or(Action::is_change)
        });
        let changes: Vec<_> = changes.collect();
        let read = reader.step(at, step, &changes, diagnostics);
        steps.push(read);
    }
    steps.into_iter().collect()
}

/// A step without a name is called by its number, and what it does.
fn name_of((at, step): (usize, &raw::Step)) -> String {
    value(&step.name).unwrap_or_else(|| {
        let verb = value(&step.does).unwrap_or_default().name();
        format!("{}-{}", at + 1, verb.replace(' ', "-"))
    })
}

pub(super) struct Reader<'a> {
    pub(super) names: Names<'a>,
    pub(super) steps: Vec<String>,
    pub(super) topology: &'a Resolved,
}

impl Reader<'_> {
    fn step(
        &self,
        at: usize,
        raw: &raw::Step,
        changes: &[bool],
        diagnostics: &mut Diagnostics,
    ) -> Option<Step> {
        let verb = value(&raw.does)?;
        check_keys(verb, raw, diagnostics);
        let after = raw.after.as_ref();
        let after = match (after, raw.at.is_some()) {
            (Some(name), _) => Some(earlier(name, &self.steps, at, diagnostics)?),
            (None, true) => None,
            (None, false) => at.checked_sub(1).map(StepId),
        };
        // What follows from nothing in particular follows from the last change before it.
        let last = match (&raw.after, after) {
            (Some(_), Some(StepId(after))) => after + 1,
            _ => at,
        };
        let trigger = changes[..last.min(at)].iter().rposition(|change| *change);
        let trigger = trigger.map(StepId);
        let when = raw.when.as_ref();
        let when = when.map(|when| condition::resolve(self, when, at, trigger, diagnostics));
        let action = self.action(verb, at, raw, trigger, diagnostics);
        let within = limited("within", &raw.within, WITHIN, diagnostics);
        Some(Step {
            name: self.steps[at].clone(),
            timing: Timing {
                after,
                delay: limited("at", &raw.at, Duration::ZERO, diagnostics),
                when: match when {
                    None => None,
                    Some(when) => Some(when?),
                },
                within,
            },
            action: action?,
        })
    }

    fn action(
        &self,
        verb: Verb,
        at: usize,
        raw: &raw::Step,
        trigger: Option<StepId>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Action> {
        Some(match verb {
            Verb::Migrate => Action::Migrate(self.migrate(raw, diagnostics)?),
            Verb::Announce => {
                let pattern = required("host", "vm1", &raw.host, raw, diagnostics)?;
                let hosts = &self.names.hosts;
                Action::Announce {
                    hosts: some(Names::all(
                        Code::UnknownHost,
                        "host",
                        pattern,
                        hosts,
                        diagnostics,
                    ))?,
                }
            }
            Verb::LinkDown => self.link(raw, LinkState::Down, diagnostics)?,
            Verb::LinkUp => self.link(raw, LinkState::Up, diagnostics)?,
            Verb::EdStop => self.edge(raw, EdgeFault::Stop, diagnostics)?,
            Verb::EdKill => self.edge(raw, EdgeFault::Kill, diagnostics)?,
            Verb::EdRestart => self.edge(raw, EdgeFault::Restart, diagnostics)?,
            Verb::Impair => {
                let asked = resolved::impairment::asked(&raw.path, diagnostics);
                let path = paths::of(&self.names, raw, diagnostics);
                Action::Impair {
                    path: path?,
                    asked: asked?,
                }
            }
            Verb::ImpairReset => Action::ImpairReset {
                path: match paths::is_given(raw) {
                    true => paths::of(&self.names, raw, diagnostics)?,
                    false => SitePair::all(),
                },
            },
            Verb::Partition => paths::partition(&self.names, raw, diagnostics)?,
            Verb::Heal => Action::Heal,
            Verb::TrafficStart => Action::TrafficStart {
                flows: self.flows(raw, diagnostics)?,
            },
            Verb::TrafficStop => Action::TrafficStop,
            Verb::ChurnStart => {
                required("host", "client-a", &raw.host, raw, diagnostics)?;
                let rate = in_range(
                    "macs_per_second",
                    &raw.macs_per_second,
                    50,
                    CHURN,
                    diagnostics,
                );
                Action::ChurnStart {
                    host: self.names.host(&raw.host, diagnostics)?,
                    rate: u32::try_from(rate).unwrap_or(u32::MAX),
                }
            }
            Verb::ChurnStop => Action::ChurnStop,
            Verb::CaptureStart => Action::CaptureStart {
                file: self.file(at, raw, diagnostics)?,
            },
            Verb::CaptureStop => Action::CaptureStop,
            Verb::Show => {
                required("what", "mac", &raw.what, raw, diagnostics)?;
                Action::Show {
                    table: value(&raw.what)?,
                    devices: some(self.names.devices(&raw.device, diagnostics))?,
                }
            }
            Verb::Assert => self.assert(raw, at, trigger, diagnostics)?,
            Verb::Wait => Action::Wait,
        })
    }

    fn assert(
        &self,
        raw: &raw::Step,
        at: usize,
        trigger: Option<StepId>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Action> {
        let Some(expect) = &raw.expect else {
            if !raw.given.iter().any(|(key, _)| key == "expect") {
                let message = "a step `assert` has no `expect`";
                let place = Diagnostic::new(Code::MissingKey, raw.place.clone(), message);
                diagnostics.push(place.help("add `expect = { mac = \"vm1\", at = \"c\" }`"));
            }
            return None;
        };
        Some(Action::Assert {
            expect: condition::resolve(self, expect, at, trigger, diagnostics)?,
            holds: limited("holds", &raw.holds, Duration::ZERO, diagnostics),
        })
    }

    fn link(
        &self,
        raw: &raw::Step,
        to: LinkState,
        diagnostics: &mut Diagnostics,
    ) -> Option<Action> {
        let text = required("link", "ed-a:uplink", &raw.link, raw, diagnostics)?;
        let (node, interface) = self.names.link(text, diagnostics)?;
        Some(Action::Link {
            node,
            interface,
            to,
        })
    }

    fn edge(
        &self,
        raw: &raw::Step,
        fault: EdgeFault,
        diagnostics: &mut Diagnostics,
    ) -> Option<Action> {
        required("device", "ed-a", &raw.device, raw, diagnostics)?;
        Some(Action::Edge {
            devices: some(self.names.devices(&raw.device, diagnostics))?,
            fault,
        })
    }

    /// The plan's flows from and to what the patterns mean.
    fn flows(&self, raw: &raw::Step, diagnostics: &mut Diagnostics) -> Option<Vec<u16>> {
        let mut ends = [&raw.path.from, &raw.path.to].map(|end| match end {
            Some(pattern) => {
                let hosts = &self.names.hosts;
                Names::all(Code::UnknownHost, "host", pattern, hosts, diagnostics)
            }
            None => self.names.hosts.iter().map(|h| (*h).to_owned()).collect(),
        });
        let [from, to] = &mut ends;
        if from.is_empty() || to.is_empty() {
            return None;
        }
        let is_meant = |flow: &&crate::plan::Flow| {
            from.iter().any(|name| name == flow.from.as_str())
                && to.iter().any(|name| name == flow.to.as_str())
        };
        let flows = self.names.plan.flows.iter().filter(is_meant);
        let flows: Vec<_> = flows.map(|flow| flow.number).collect();
        if flows.is_empty() {
            let message = "there are no probes between these hosts";
            let place = Diagnostic::new(Code::UnknownFlow, raw.place.clone(), message);
            let cure = "observers probe the VMs of their VLAN, and VMs the observers";
            diagnostics.push(place.help(cure));
            return None;
        }
        Some(flows)
    }

    /// A file name without a directory: where it goes is not the scenario's to say.
    fn file(&self, at: usize, raw: &raw::Step, diagnostics: &mut Diagnostics) -> Option<String> {
        let Some(file) = &raw.file else {
            return Some(format!("{}.pcapng", self.steps[at]));
        };
        let name = file.get_ref();
        let is_good = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(is_good) {
            return Some(name.clone());
        }
        let message = format!("`{name}` is not the name of a file");
        let place = Diagnostic::new(Code::BadName, file.span(), message);
        let cure =
            "use letters, digits, `-`, `_` and `.`, without a directory, as in \"move.pcapng\"";
        diagnostics.push(place.help(cure));
        None
    }
}

/// A key that this step must have.
fn required<'a, T>(
    key: &str,
    example: &str,
    field: &'a Field<T>,
    raw: &raw::Step,
    diagnostics: &mut Diagnostics,
) -> Option<&'a Spanned<T>> {
    // What was written and could not be read was reported already.
    if field.is_none() && !raw.given.iter().any(|(given, _)| given == key) {
        missing(key, example, raw, diagnostics);
    }
    field.as_ref()
}

pub(super) fn missing(key: &str, example: &str, raw: &raw::Step, diagnostics: &mut Diagnostics) {
    let verb = value(&raw.does).unwrap_or_default();
    let message = format!("a step `{verb}` has no `{key}`");
    let place = Diagnostic::new(Code::MissingKey, raw.place.clone(), message);
    diagnostics.push(place.help(format!("add `{key} = \"{example}\"`")));
}

/// At least one; none was reported already.
pub(super) fn some(names: Vec<String>) -> Option<Vec<String>> {
    (!names.is_empty()).then_some(names)
}

pub(super) fn limited(
    key: &str,
    field: &Field<Duration>,
    default: Duration,
    diagnostics: &mut Diagnostics,
) -> Duration {
    crate::resolved::settings::ranged(key, field, default, Duration::ZERO..=HOUR, diagnostics)
}

pub(super) fn in_range(
    key: &str,
    field: &Field<u64>,
    default: u64,
    range: core::ops::RangeInclusive<u64>,
    diagnostics: &mut Diagnostics,
) -> u64 {
    crate::resolved::settings::ranged(key, field, default, range, diagnostics)
}
