//! What the names in steps mean: hosts, sites, edge devices, flows, earlier steps.

use std::collections::BTreeMap;

use toml::Spanned;

use super::StepId;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Span, did_you_mean, known};
use crate::plan::{Flow, Plan};
use crate::raw::Field;
use crate::{Resolved, Role};

/// Longest name of a step: files are called after it.
const NAME_LIMIT: usize = 40;

/// Whether a name is meant by a pattern in which `*` stands for any text.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// What there is.
pub(super) struct Names<'a> {
    pub(super) plan: &'a Plan,
    pub(super) hosts: Vec<&'a str>,
    pub(super) vms: Vec<&'a str>,
    pub(super) sites: Vec<&'a str>,
    pub(super) devices: Vec<&'a str>,
}

impl<'a> Names<'a> {
    pub(super) fn new(topology: &'a Resolved, plan: &'a Plan) -> Self {
        let hosts = || topology.hosts().map(|(_, host)| host);
        let vms = hosts().filter(|host| host.role == Role::Vm);
        Self {
            plan,
            vms: vms.map(|host| host.name.as_str()).collect(),
            hosts: hosts().map(|host| host.name.as_str()).collect(),
            sites: topology
                .sites()
                .map(|(_, site)| site.name.as_str())
                .collect(),
            devices: plan
                .edge_devices
                .iter()
                .map(|d| d.config.name.as_str())
                .collect(),
        }
    }

    /// Everything that a pattern means; reports a pattern that means nothing.
    pub(super) fn all(
        code: Code,
        kind: &str,
        pattern: &Spanned<String>,
        names: &[&str],
        diagnostics: &mut Diagnostics,
    ) -> Vec<String> {
        let text = pattern.get_ref();
        let found: Vec<_> = names.iter().filter(|name| matches(text, name)).collect();
        if found.is_empty() {
            unknown(code, kind, pattern, names, diagnostics);
        }
        found.into_iter().map(|name| (*name).to_owned()).collect()
    }

    /// Edge devices of a pattern; without one, all.
    pub(super) fn devices(
        &self,
        pattern: &Field<String>,
        diagnostics: &mut Diagnostics,
    ) -> Vec<String> {
        match pattern {
            Some(pattern) => Self::all(
                Code::UnknownNode,
                "edge device",
                pattern,
                &self.devices,
                diagnostics,
            ),
            None => self.devices.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    /// One site.
    pub(super) fn site(
        &self,
        name: &Field<String>,
        diagnostics: &mut Diagnostics,
    ) -> Option<String> {
        let name = name.as_ref()?;
        if self.sites.contains(&name.get_ref().as_str()) {
            return Some(name.get_ref().clone());
        }
        unknown(Code::UnknownSite, "site", name, &self.sites, diagnostics);
        None
    }

    /// One host.
    pub(super) fn host(
        &self,
        name: &Field<String>,
        diagnostics: &mut Diagnostics,
    ) -> Option<String> {
        let name = name.as_ref()?;
        if self.hosts.contains(&name.get_ref().as_str()) {
            return Some(name.get_ref().clone());
        }
        unknown(Code::UnknownHost, "host", name, &self.hosts, diagnostics);
        None
    }

    /// The flow that `A -> B` means.
    pub(super) fn flow(
        &self,
        text: &Spanned<String>,
        diagnostics: &mut Diagnostics,
    ) -> Option<&'a Flow> {
        let (from, to) = self.pair(text, diagnostics)?;
        let mut flows = self.plan.flows.iter();
        let found = flows.find(|flow| flow.from.as_str() == from && flow.to.as_str() == to);
        if found.is_none() {
            let message = format!("there are no probes from `{from}` to `{to}`");
            let cure = "observers probe the VMs of their VLAN, and with probes.direction = \"both\" VMs probe observers";
            let place = Diagnostic::new(Code::UnknownFlow, text.span(), message);
            diagnostics.push(place.label("no flow of probes").help(cure));
        }
        found
    }

    /// The two hosts of `A -> B`.
    pub(super) fn pair(
        &self,
        text: &Spanned<String>,
        diagnostics: &mut Diagnostics,
    ) -> Option<(String, String)> {
        let Some((from, to)) = text.get_ref().split_once("->") else {
            let message = format!("`{}` does not name two hosts", text.get_ref());
            let place = Diagnostic::new(Code::BadValue, text.span(), message);
            diagnostics.push(place.help("write \"client-a -> vm1\""));
            return None;
        };
        let mut both = [from.trim(), to.trim()].map(|name| {
            let name = Spanned::new(text.span(), name.to_owned());
            self.host(&Some(name), diagnostics)
        });
        both[0].take().zip(both[1].take())
    }

    /// An interface of a node, written `NODE:INTERFACE`.
    pub(super) fn link(
        &self,
        text: &Spanned<String>,
        diagnostics: &mut Diagnostics,
    ) -> Option<(String, String)> {
        match self.plan.interface(text.get_ref()) {
            Ok((node, interface)) => Some((node.to_string(), interface.to_string())),
            Err(problem) => {
                let place = Diagnostic::new(Code::UnknownNode, text.span(), problem);
                diagnostics.push(
                    place.help("write NODE:INTERFACE, as in \"ed-a:uplink\" or \"vm1:eth0\""),
                );
                None
            }
        }
    }
}

/// Reports a name that means nothing.
pub(super) fn unknown(
    code: Code,
    kind: &str,
    name: &Spanned<String>,
    names: &[&str],
    diagnostics: &mut Diagnostics,
) {
    let message = format!("there is no {kind} `{}`", name.get_ref());
    let place = Diagnostic::new(code, name.span(), message);
    let label = match did_you_mean(name.get_ref(), names.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "not known".to_owned(),
    };
    let cure = match names {
        [] => "there is none".to_owned(),
        names => format!("there are {}", known(names.iter().copied())),
    };
    diagnostics.push(place.label(label).help(cure));
}

/// Reports names that steps cannot have, and those that occur twice.
pub(super) fn check_names<'a>(
    names: impl Iterator<Item = &'a Spanned<String>>,
    diagnostics: &mut Diagnostics,
) {
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    for name in names {
        let text = name.get_ref().as_str();
        let is_good = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !starts_well || text.len() > NAME_LIMIT || !text.chars().all(is_good) {
            let message = format!("`{text}` can not be the name of a step");
            let cure = format!(
                "use 1 to {NAME_LIMIT} letters, digits, `-`, `_` and `.`, a letter or digit first"
            );
            diagnostics.push(Diagnostic::new(Code::BadName, name.span(), message).help(cure));
        }
        if let Some(earlier) = first.get(text) {
            let message = format!("two steps have the name `{text}`");
            let place = Diagnostic::new(Code::DuplicateName, name.span(), message);
            let place = place
                .label("used again")
                .context(earlier.clone(), "first used here");
            diagnostics.push(place.help("give each its own"));
        } else {
            first.insert(text, name.span());
        }
    }
}

/// The earlier step of this name.
pub(super) fn earlier(
    name: &Spanned<String>,
    names: &[String],
    own: usize,
    diagnostics: &mut Diagnostics,
) -> Option<StepId> {
    let text = name.get_ref();
    match names.iter().position(|known| known == text) {
        Some(at) if at < own => return Some(StepId(at)),
        Some(_) => {
            let message = format!("`{text}` is no earlier step");
            let place = Diagnostic::new(Code::StepOrder, name.span(), message);
            diagnostics.push(place.help("put the step that is waited for before this one"));
        }
        None => {
            let earlier: Vec<_> = names[..own].iter().map(String::as_str).collect();
            unknown(Code::UnknownStep, "step", name, &earlier, diagnostics);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, name) in [
            ("vm1", "vm1"),
            ("ed-*", "ed-a"),
            ("*", "x"),
            ("*-a", "ed-a"),
            ("e*-*", "ed-a"),
            ("a*a", "aa"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("vm", "vm1"),
            ("ed-*", "wan"),
            ("*-b", "ed-a"),
            ("", "x"),
            ("a*a", "a"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}
