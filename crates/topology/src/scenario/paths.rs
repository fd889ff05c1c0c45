//! The paths between sites that a step is about.

use toml::Spanned;

use super::names::{Names, unknown};
use super::raw;
use super::{Action, SitePair};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

/// Any site.
const ANY: &str = "*";
const CURE: &str = "write `between = [\"a\", \"b\"]` for both ways, or `from = \"a\"` and `to = \"b\"` for one; `\"*\"` is any site";

/// Whether a step names a path at all.
pub(super) const fn is_given(raw: &raw::Step) -> bool {
    raw.path.between.is_some() || raw.path.from.is_some() || raw.path.to.is_some()
}

/// The path that a step names.
pub(super) fn of(
    names: &Names<'_>,
    raw: &raw::Step,
    diagnostics: &mut Diagnostics,
) -> Option<SitePair> {
    let path = &raw.path;
    let (from, to, is_both_ways) = match (&path.between, &path.from, &path.to) {
        (Some(between), None, None) => match between.get_ref().as_slice() {
            [one, other] => (one, other, true),
            _ => {
                let message = "`between` names other than two sites";
                let place = Diagnostic::new(Code::BadPath, between.span(), message);
                diagnostics.push(place.label("not two").help(CURE));
                return None;
            }
        },
        (None, Some(from), Some(to)) => (from, to, false),
        _ => {
            let message = "an impairment is of one path, and this names none or half of one";
            let place = Diagnostic::new(Code::BadPath, raw.place.clone(), message);
            diagnostics.push(place.label("which path?").help(CURE));
            return None;
        }
    };
    if from.get_ref() == to.get_ref() && from.get_ref() != ANY {
        let message = "a path leads from one site to another";
        let place = Diagnostic::new(Code::BadPath, to.span(), message);
        diagnostics.push(place.label("the same site").help(CURE));
        return None;
    }
    let [from, to] = [from, to].map(|name| end(names, name, diagnostics));
    Some(SitePair {
        from: from?,
        to: to?,
        is_both_ways,
    })
}

fn end(names: &Names<'_>, name: &Spanned<String>, diagnostics: &mut Diagnostics) -> Option<String> {
    let text = name.get_ref().as_str();
    if text == ANY || names.sites.contains(&text) {
        return Some(text.to_owned());
    }
    unknown(Code::UnknownSite, "site", name, &names.sites, diagnostics);
    None
}

/// `sites`, and the others: those that `from` means, or all.
pub(super) fn partition(
    names: &Names<'_>,
    raw: &raw::Step,
    diagnostics: &mut Diagnostics,
) -> Option<Action> {
    let Some(given) = &raw.sites else {
        if !raw.given.iter().any(|(key, _)| key == "sites") {
            let message = "a step `partition` has no `sites`";
            let place = Diagnostic::new(Code::MissingKey, raw.place.clone(), message);
            diagnostics.push(place.help("add `sites = [\"a\"]`"));
        }
        return None;
    };
    let mut sites = Vec::new();
    for name in given.get_ref() {
        match names.sites.contains(&name.get_ref().as_str()) {
            true => sites.push(name.get_ref().clone()),
            false => unknown(Code::UnknownSite, "site", name, &names.sites, diagnostics),
        }
    }
    let others = match &raw.path.from {
        Some(from) => Names::all(Code::UnknownSite, "site", from, &names.sites, diagnostics),
        None => names.sites.iter().map(|site| (*site).to_owned()).collect(),
    };
    let others: Vec<_> = others.into_iter().filter(|s| !sites.contains(s)).collect();
    if sites.is_empty() || others.is_empty() {
        if sites.len() == given.get_ref().len() {
            let message = "this parts no site from any other";
            let place = Diagnostic::new(Code::BadPath, given.span(), message);
            diagnostics.push(place.help("name at least one site, and leave at least one out"));
        }
        return None;
    }
    Some(Action::Partition {
        sites,
        from: others,
    })
}
