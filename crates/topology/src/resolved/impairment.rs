//! Impairments: which path gets which.
//!
//! A table that names both sites goes before one that names one, and that before one that names none, so
//! that a rule for all paths can have exceptions. Two tables of the same weight for one path are a mistake.

use std::collections::BTreeMap;
use std::time::Duration;

use impairment::Impairment;
use toml::Spanned;

use super::SiteId;
use super::hosts::site_of;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Span};
use crate::raw::{self, Field};

/// Any site.
const ANY: &str = "*";

/// One direction between two sites, impaired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImpairedPath {
    /// Where packets come from.
    pub from: SiteId,
    /// Where they go.
    pub to: SiteId,
    /// What becomes of them.
    pub asked: Impairment,
}

/// The end of a rule: a site, or any.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Any,
    Site(SiteId),
}

impl End {
    fn sites(self, count: usize) -> impl Iterator<Item = SiteId> {
        let of = match self {
            Self::Any => 0..count,
            Self::Site(site) => site.0..site.0 + 1,
        };
        of.map(SiteId)
    }
}

/// One table, understood.
struct Rule {
    place: Span,
    from: End,
    to: End,
    is_both_ways: bool,
    asked: Impairment,
}

impl Rule {
    fn weight(&self) -> usize {
        let named = |end: End| usize::from(end != End::Any);
        named(self.from) + named(self.to)
    }

    fn paths(&self, count: usize) -> Vec<(SiteId, SiteId)> {
        let pairs = || {
            let to = move |from| self.to.sites(count).map(move |to| (from, to));
            self.from
                .sites(count)
                .flat_map(to)
                .filter(|(from, to)| from != to)
        };
        let back = pairs()
            .filter(|_| self.is_both_ways)
            .map(|(from, to)| (to, from));
        let mut paths: Vec<_> = pairs().chain(back).collect();
        paths.sort_unstable();
        paths.dedup();
        paths
    }
}

/// The impaired paths, in the order of their sites.
pub(super) fn resolve(raw: &raw::Topology, diagnostics: &mut Diagnostics) -> Vec<ImpairedPath> {
    let rules = raw
        .impairments
        .iter()
        .filter_map(|table| rule(table, &raw.sites, diagnostics));
    let rules: Vec<_> = rules.collect();
    let mut chosen: BTreeMap<(SiteId, SiteId), &Rule> = BTreeMap::new();
    for weight in [2, 1, 0] {
        for rule in rules.iter().filter(|rule| rule.weight() == weight) {
            let mut twin = None;
            for path in rule.paths(raw.sites.len()) {
                let first = *chosen.entry(path).or_insert(rule);
                if first.weight() == weight && !core::ptr::eq(first, rule) {
                    twin.get_or_insert((path, first));
                }
            }
            if let Some((path, first)) = twin {
                diagnostics.push(twice(raw, path, first, rule));
            }
        }
    }
    let path = |((from, to), rule): ((SiteId, SiteId), &Rule)| ImpairedPath {
        from,
        to,
        asked: rule.asked.clone(),
    };
    chosen
        .into_iter()
        .map(path)
        .filter(|path| !path.asked.is_none())
        .collect()
}

fn twice(raw: &raw::Topology, path: (SiteId, SiteId), first: &Rule, rule: &Rule) -> Diagnostic {
    let name = |site: SiteId| {
        let site = raw.sites.get(site.0).and_then(|site| site.name.as_ref());
        site.map_or("?", |name| name.get_ref().as_str())
    };
    let message = format!(
        "the path from `{}` to `{}` is impaired twice",
        name(path.0),
        name(path.1)
    );
    Diagnostic::new(Code::DuplicateImpairment, rule.place.clone(), message)
        .label("again here")
        .context(first.place.clone(), "first here")
        .help("say all of a path in one table; a table that names both sites goes before one with `*`")
}

fn rule(
    table: &raw::Impairment,
    sites: &[raw::Site],
    diagnostics: &mut Diagnostics,
) -> Option<Rule> {
    let asked = asked(table, diagnostics);
    let place = table.place.clone()?;
    let ends = ends(table, &place, sites, diagnostics);
    let (from, to, is_both_ways) = ends?;
    Some(Rule {
        place,
        from,
        to,
        is_both_ways,
        asked: asked?,
    })
}

type Ends = (End, End, bool);

fn ends(
    table: &raw::Impairment,
    place: &Span,
    sites: &[raw::Site],
    diagnostics: &mut Diagnostics,
) -> Option<Ends> {
    let cure = "write `between = [\"a\", \"b\"]` for both ways, or `from = \"a\"` and `to = \"b\"` for one; `\"*\"` is any site";
    let wrong = |span: Span, message: &str, label: &str| {
        Diagnostic::new(Code::BadPath, span, message)
            .label(label)
            .help(cure)
    };
    let (from, to, is_both_ways) = match (&table.between, &table.from, &table.to) {
        (Some(between), None, None) => match between.get_ref().as_slice() {
            [one, other] => (one.clone(), other.clone(), true),
            _ => {
                let message = "`between` names other than two sites";
                diagnostics.push(wrong(between.span(), message, "not two"));
                return None;
            }
        },
        (None, Some(from), Some(to)) => (from.clone(), to.clone(), false),
        _ => {
            let message = "an impairment is of one path, and this names none or half of one";
            diagnostics.push(wrong(place.clone(), message, "which path?"));
            return None;
        }
    };
    if from.get_ref() == to.get_ref() && from.get_ref() != ANY {
        let message = "a path leads from one site to another";
        diagnostics.push(wrong(to.span(), message, "the same site"));
        return None;
    }
    let mut end = |name: Spanned<String>| match name.get_ref().as_str() {
        ANY => Some(End::Any),
        _ => site_of(sites, &Some(name), diagnostics).map(End::Site),
    };
    let (from, to) = (end(from), end(to));
    Some((from?, to?, is_both_ways))
}

/// What is asked; `None` when it can not be done, which is reported at its keys.
pub(crate) fn asked(table: &raw::Impairment, diagnostics: &mut Diagnostics) -> Option<Impairment> {
    let number = |field: &Field<u64>| {
        let number = field.as_ref().map(|number| *number.get_ref());
        number.map(|number| u32::try_from(number).unwrap_or(u32::MAX))
    };
    let time = |field: &Field<Duration>| field.as_ref().map_or(Duration::ZERO, |t| *t.get_ref());
    let default = Impairment::default();
    let asked = Impairment {
        delay: time(&table.delay),
        jitter: time(&table.jitter),
        loss: table.loss.as_ref().map_or(default.loss, |s| *s.get_ref()),
        burst: number(&table.burst),
        rate: table.rate.as_ref().map(|rate| *rate.get_ref()),
        queue: number(&table.queue).unwrap_or(default.queue),
        duplicate: table
            .duplicate
            .as_ref()
            .map_or(default.duplicate, |s| *s.get_ref()),
        reorder: table
            .reorder
            .as_ref()
            .map_or(default.reorder, |s| *s.get_ref()),
    };
    let wrong = asked.validate().err().unwrap_or_default();
    for wrong in &wrong {
        let span = match wrong.key() {
            "delay" => table.delay.as_ref().map(Spanned::span),
            "jitter" => table.jitter.as_ref().map(Spanned::span),
            "burst" => table.burst.as_ref().map(Spanned::span),
            "loss" => table.loss.as_ref().map(Spanned::span),
            "queue" => table.queue.as_ref().map(Spanned::span),
            _ => table.reorder.as_ref().map(Spanned::span),
        };
        let text = wrong.to_string();
        let (message, cure) = text
            .split_once(": ")
            .unwrap_or((&text, "see `dcilab schema`"));
        let span = span.or_else(|| table.place.clone()).unwrap_or(0..0);
        let place = Diagnostic::new(Code::BadImpairment, span, message);
        diagnostics.push(place.label("can not be done").help(cure));
    }
    wrong.is_empty().then_some(asked)
}
