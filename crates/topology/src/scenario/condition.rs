//! The meaning of a condition.

use edge_api::{DropReason, MacState};
use toml::Spanned;

use super::names::{Names, earlier, unknown};
use super::raw::{self, value};
use super::resolve::Reader;
use super::words::EntryState;
use super::{Bounds, Condition, FlowCondition, Observable, Place, StepId, Times};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, known};

/// Each thing that can be seen, by the key that names it, with the other keys that it takes.
const KINDS: &[(&str, &[&str])] = &[
    ("mac", &["on", "state", "via", "at"]),
    ("adjacency", &["on", "to"]),
    ("drops", &["on", "at_least", "at_most"]),
    ("lsps", &["at_least", "at_most"]),
    (
        "flow",
        &[
            "lost_at_least",
            "lost_at_most",
            "outage_at_least",
            "outage_at_most",
            "compared_to",
            "compared_since",
            "times_at_least",
            "times_at_most",
        ],
    ),
    ("ping", &["answer"]),
];
/// What is counted, or asked, since the trigger is always new.
const HAVE_STATE: &[&str] = &["mac", "adjacency"];

/// What a condition means; `trigger` is the step that it follows from unless it says otherwise.
pub(super) fn resolve(
    reader: &Reader<'_>,
    raw: &raw::Condition,
    own: usize,
    trigger: Option<StepId>,
    diagnostics: &mut Diagnostics,
) -> Option<Condition> {
    let kind = kind_of(raw, diagnostics)?;
    let since = match &raw.since {
        Some(name) => Some(earlier(name, &reader.steps, own, diagnostics)?),
        None => trigger,
    };
    let what = match kind {
        "mac" => mac(reader, raw, diagnostics)?,
        "adjacency" => adjacency(reader, raw, diagnostics)?,
        "drops" => drops(reader, raw, diagnostics)?,
        "lsps" => Observable::Lsps {
            devices: some(reader.names.devices(&raw.lsps, diagnostics))?,
            count: count(raw, diagnostics)?,
        },
        "flow" => Observable::Flow(flow(reader, raw, own, diagnostics)?),
        _ => {
            let (from, to) = reader.names.pair(raw.ping.as_ref()?, diagnostics)?;
            let answer = value(&raw.answer).unwrap_or_default();
            Observable::Ping { from, to, answer }
        }
    };
    Some(Condition {
        what,
        since,
        seen: value(&raw.seen).unwrap_or_default(),
    })
}

/// Which kind of thing is looked at; reports none, several, and keys that do not go with it.
fn kind_of(raw: &raw::Condition, diagnostics: &mut Diagnostics) -> Option<&'static str> {
    let is_given = |key: &str| raw.given.iter().any(|(given, _)| given == key);
    let mut kinds = KINDS.iter().filter(|(kind, _)| is_given(kind));
    let names = || KINDS.iter().map(|(kind, _)| *kind);
    let Some((kind, keys)) = kinds.next() else {
        let place = Diagnostic::new(
            Code::NoCondition,
            raw.place.clone(),
            "this condition looks at nothing",
        );
        diagnostics.push(place.help(format!("add one of {}", known(names()))));
        return None;
    };
    for (key, place) in &raw.given {
        let key = key.as_str();
        let has_state = HAVE_STATE.contains(kind);
        let is_known = key == *kind
            || keys.contains(&key)
            || key == "since" && *kind != "ping"
            || key == "seen" && has_state;
        if !is_known {
            let message = format!("`{key}` means nothing to a condition on `{kind}`");
            let place = Diagnostic::new(Code::MisplacedKey, place.clone(), message);
            let all = keys.iter().copied().chain(["since"]);
            let all = all.chain(has_state.then_some("seen"));
            diagnostics.push(place.label("not with this").help(format!(
                "`{kind}` goes with {}",
                known(all.collect::<Vec<_>>())
            )));
        }
    }
    Some(kind)
}

fn mac(
    reader: &Reader<'_>,
    raw: &raw::Condition,
    diagnostics: &mut Diagnostics,
) -> Option<Observable> {
    let pattern = raw.mac.as_ref()?;
    let hosts = &reader.names.hosts;
    let hosts = Names::all(Code::UnknownHost, "host", pattern, hosts, diagnostics);
    let devices = reader.names.devices(&raw.on, diagnostics);
    let place = match (&raw.at, &raw.state) {
        (Some(at), Some(state)) => {
            let message = "`at` and `state` say the same thing in two ways";
            let place = Diagnostic::new(Code::MisplacedKey, state.span(), message);
            let place = place.context(at.span(), "the site is given here");
            diagnostics
                .push(place.help("`at` asks for the published entry of every device; use one"));
            return None;
        }
        (Some(_), None) => Place::At(reader.names.site(&raw.at, diagnostics)?),
        (None, Some(state)) => Place::State {
            state: state_of(*state.get_ref()),
            via: match &raw.via {
                Some(_) => Some(reader.names.site(&raw.via, diagnostics)?),
                None => None,
            },
        },
        (None, None) => {
            let message = "this condition does not say what the entry is to be";
            let place = Diagnostic::new(Code::NoCondition, raw.place.clone(), message);
            diagnostics.push(place.help("add `at = \"c\"`, or `state = \"flood\"`"));
            return None;
        }
    };
    if let (Some(via), Some(_)) = (&raw.via, &raw.at) {
        let place = Diagnostic::new(
            Code::MisplacedKey,
            via.span(),
            "`via` does not go with `at`",
        );
        diagnostics.push(place.help("`at` asks for the link to that site already"));
    }
    Some(Observable::Mac {
        hosts: some(hosts)?,
        devices: some(devices)?,
        place,
    })
}

const fn state_of(state: EntryState) -> Option<MacState> {
    match state {
        EntryState::Local => Some(MacState::Local),
        EntryState::Remote => Some(MacState::Remote),
        EntryState::Flood => Some(MacState::Flood),
        EntryState::Redirect => Some(MacState::Redirect),
        EntryState::None => None,
    }
}

fn adjacency(
    reader: &Reader<'_>,
    raw: &raw::Condition,
    diagnostics: &mut Diagnostics,
) -> Option<Observable> {
    let sites = &reader.names.sites;
    let sites = match &raw.to {
        Some(to) => Names::all(Code::UnknownSite, "site", to, sites, diagnostics),
        None => sites.iter().map(|site| (*site).to_owned()).collect(),
    };
    Some(Observable::Adjacency {
        devices: some(reader.names.devices(&raw.on, diagnostics))?,
        sites: some(sites)?,
        state: value(&raw.adjacency)?,
    })
}

fn drops(
    reader: &Reader<'_>,
    raw: &raw::Condition,
    diagnostics: &mut Diagnostics,
) -> Option<Observable> {
    let name = raw.drops.as_ref()?;
    let reason = match name.get_ref().as_str() {
        "any" => None,
        text => {
            let known = DropReason::ALL.iter().find(|reason| reason.name() == text);
            let names = DropReason::ALL.iter().map(|reason| reason.name());
            let names: Vec<_> = names.chain(["any"]).collect();
            if known.is_none() {
                unknown(Code::UnknownWord, "drop reason", name, &names, diagnostics);
            }
            Some(*known?)
        }
    };
    Some(Observable::Drops {
        devices: some(reader.names.devices(&raw.on, diagnostics))?,
        reason,
        count: count(raw, diagnostics)?,
    })
}

fn count(raw: &raw::Condition, diagnostics: &mut Diagnostics) -> Option<Bounds<u64>> {
    let bounds = Bounds {
        least: value(&raw.at_least),
        most: value(&raw.at_most),
    };
    check_open(bounds.is_open(), "at_least = 1", raw, diagnostics)?;
    Some(bounds)
}

fn check_open(
    is_open: bool,
    example: &str,
    raw: &raw::Condition,
    diagnostics: &mut Diagnostics,
) -> Option<()> {
    if is_open {
        let message = "this condition has no bound: anything would do";
        let place = Diagnostic::new(Code::NoCondition, raw.place.clone(), message);
        diagnostics.push(place.help(format!("add `{example}`")));
    }
    (!is_open).then_some(())
}

fn flow(
    reader: &Reader<'_>,
    raw: &raw::Condition,
    own: usize,
    diagnostics: &mut Diagnostics,
) -> Option<FlowCondition> {
    let text = raw.flow.as_ref()?;
    let flow = reader.names.flow(text, diagnostics)?;
    let times = times(reader, raw, own, diagnostics)?;
    let condition = FlowCondition {
        flow: flow.number,
        name: name(text),
        lost: Bounds {
            least: value(&raw.lost_at_least),
            most: value(&raw.lost_at_most),
        },
        outage: Bounds {
            least: value(&raw.outage_at_least),
            most: value(&raw.outage_at_most),
        },
        times,
    };
    let is_open =
        condition.lost.is_open() && condition.outage.is_open() && condition.times.is_none();
    check_open(is_open, "outage_at_most = \"100ms\"", raw, diagnostics)?;
    Some(condition)
}

fn times(
    reader: &Reader<'_>,
    raw: &raw::Condition,
    own: usize,
    diagnostics: &mut Diagnostics,
) -> Option<Option<Times>> {
    let times = Bounds {
        least: value(&raw.times_at_least),
        most: value(&raw.times_at_most),
    };
    let other = raw.compared_to.as_ref();
    let (Some(text), false) = (other, times.is_open()) else {
        if other.is_none() && times.is_open() && raw.compared_since.is_none() {
            return Some(None);
        }
        let message =
            "a comparison of outages needs `compared_to` and `times_at_least` or `times_at_most`";
        let place = Diagnostic::new(Code::NoCondition, raw.place.clone(), message);
        diagnostics.push(place.help("add `compared_to = \"client-a -> vm1\", times_at_least = 5`"));
        return None;
    };
    let flow = reader.names.flow(text, diagnostics)?;
    let since = match &raw.compared_since {
        Some(name) => Some(earlier(name, &reader.steps, own, diagnostics)?),
        None => None,
    };
    Some(Some(Times {
        than: flow.number,
        name: name(text),
        since,
        times,
    }))
}

/// `A -> B`, however many spaces it was written with.
fn name(text: &Spanned<String>) -> String {
    let words: Vec<_> = text.get_ref().split("->").map(str::trim).collect();
    words.join(" -> ")
}

fn some(names: Vec<String>) -> Option<Vec<String>> {
    (!names.is_empty()).then_some(names)
}
