//! Names of sites and hosts: they become names of namespaces and interfaces.

use std::collections::BTreeMap;

use toml::Spanned;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Span};

/// Longest name of a site or host. An interface's has at most 15 bytes (`IFNAMSIZ` - 1), and a site's or
/// host's gets a prefix of up to 3 there.
pub const NAME_LIMIT: usize = 12;

/// Longest name of a topology.
const TOPOLOGY_NAME_LIMIT: usize = 64;

/// Prefixes and names that namespaces of the lab itself have.
const RESERVED_PREFIXES: &[&str] = &["site-", "ed-"];
const RESERVED: &[&str] = &["wan", "sites"];

/// Reports names that namespaces and interfaces can not have, and those that occur twice.
pub(super) fn check<'a>(
    what: &str,
    names: impl Iterator<Item = &'a Spanned<String>>,
    diagnostics: &mut Diagnostics,
) {
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    for name in names {
        if let Some(problem) = problem(name.get_ref()) {
            let message = format!("`{}` can not be the name of a {what}", name.get_ref());
            let cure = format!(
                "use 1 to {NAME_LIMIT} of a-z, 0-9 and `-`, with a letter first: it becomes the name of \
                 a network namespace and of interfaces, of which Linux takes 15 bytes"
            );
            let place = Diagnostic::new(Code::BadName, name.span(), message);
            diagnostics.push(place.label(problem).help(cure));
        }
        if let Some(earlier) = first.get(name.get_ref().as_str()) {
            let message = format!("two {what}s have the name `{}`", name.get_ref());
            let place = Diagnostic::new(Code::DuplicateName, name.span(), message);
            let place = place
                .label("used again")
                .context(earlier.clone(), "first used here");
            diagnostics.push(place.help("give each its own"));
        } else {
            first.insert(name.get_ref(), name.span());
        }
    }
}

/// Reports hosts' names that would clash with namespaces of the lab itself.
pub(super) fn check_reserved<'a>(
    names: impl Iterator<Item = &'a Spanned<String>>,
    diagnostics: &mut Diagnostics,
) {
    let is_reserved = |name: &str| {
        RESERVED.contains(&name) || RESERVED_PREFIXES.iter().any(|p| name.starts_with(p))
    };
    for name in names.filter(|name| is_reserved(name.get_ref())) {
        let message = format!("`{}` is a name that the lab needs itself", name.get_ref());
        let cure = "`wan`, `sites` and names with `site-` or `ed-` first are the lab's own namespaces: \
                    use another";
        let place = Diagnostic::new(Code::ReservedName, name.span(), message);
        diagnostics.push(place.label("reserved").help(cure));
    }
}

fn problem(name: &str) -> Option<String> {
    let wrong = |c: &char| !matches!(c, 'a'..='z' | '0'..='9' | '-');
    let count = name.chars().count();
    match name.chars().find(wrong) {
        _ if name.is_empty() => Some("empty".to_owned()),
        _ if name.contains("{n}") => Some("has a `{n}`, which needs a `count`".to_owned()),
        Some(c) => Some(format!("has a `{}`", c.escape_debug())),
        None if !name.starts_with(|c: char| c.is_ascii_lowercase()) => {
            Some("does not start with a letter".to_owned())
        }
        None if name.ends_with('-') => Some("ends with `-`".to_owned()),
        None if count > NAME_LIMIT => Some(format!("{count} characters are too many")),
        None => None,
    }
}

/// The topology's name: the one in the file, else the file's own.
pub(super) fn topology_name(
    given: Option<&Spanned<String>>,
    file_name: &str,
    diagnostics: &mut Diagnostics,
) -> String {
    let stem = file_name
        .rsplit('/')
        .next()
        .unwrap_or(file_name)
        .trim_end_matches(".toml");
    let Some(name) = given else {
        return if is_topology_name(stem) {
            stem.to_owned()
        } else {
            "topology".to_owned()
        };
    };
    if !is_topology_name(name.get_ref()) {
        let message = format!("`{}` can not be the name of a topology", name.get_ref());
        let cure = format!(
            "use 1 to {TOPOLOGY_NAME_LIMIT} of A-Z, a-z, 0-9, `.`, `_` and `-`, with a letter or digit first"
        );
        let place = Diagnostic::new(Code::BadName, name.span(), message);
        diagnostics.push(place.label("not usable in file names").help(cure));
    }
    name.get_ref().clone()
}

fn is_topology_name(name: &str) -> bool {
    name.len() <= TOPOLOGY_NAME_LIMIT
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}
