//! From what somebody typed to interfaces of nodes.

use topology::unknown;

use crate::life_cycle::protocol::NodeInterfaces;
use topology::scenario::matches;

/// An interface of a node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Point {
    pub(super) node: String,
    pub(super) interface: String,
}

impl core::fmt::Display for Point {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}:{}", self.node, self.interface)
    }
}

/// Everything that the patterns mean, once each, node by node. Loopback only where it is named.
pub(super) fn choose(patterns: &[String], all: &[NodeInterfaces]) -> Result<Vec<Point>, String> {
    let mut chosen = Vec::new();
    for pattern in patterns {
        let (node, interface) = match pattern.split_once(':') {
            Some((node, interface)) => (node, interface),
            None => (pattern.as_str(), "*"),
        };
        let nodes: Vec<_> = all.iter().filter(|of| matches(node, &of.node)).collect();
        if nodes.is_empty() {
            let names = all.iter().map(|of| of.node.as_str());
            return Err(unknown("node", node, names));
        }
        let before = chosen.len();
        for of in &nodes {
            let meant = of
                .interfaces
                .iter()
                .filter(|name| is_meant(interface, name));
            chosen.extend(meant.map(|name| Point {
                node: of.node.clone(),
                interface: name.clone(),
            }));
        }
        if chosen.len() == before {
            let kind = match nodes.as_slice() {
                [only] => format!("interface of {}", only.node),
                _ => format!("interface of any node `{node}`"),
            };
            let mut names: Vec<_> = nodes.iter().flat_map(|of| &of.interfaces).collect();
            names.sort_unstable();
            let names = names.iter().map(|name| name.as_str());
            return Err(unknown(&kind, interface, names));
        }
    }
    chosen.sort_unstable();
    chosen.dedup();
    Ok(chosen)
}

fn is_meant(pattern: &str, name: &str) -> bool {
    match name {
        "lo" => pattern == "lo",
        name => matches(pattern, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(patterns: &[&str]) -> Result<Vec<String>, String> {
        let node = |node: &str, interfaces: &[&str]| NodeInterfaces {
            node: node.to_owned(),
            interfaces: interfaces.iter().map(|name| (*name).to_owned()).collect(),
        };
        let all = [
            node("ed-a", &["lo", "uplink", "port1"]),
            node("ed-b", &["lo", "uplink"]),
            node("vm1", &["lo", "eth0"]),
        ];
        let patterns: Vec<_> = patterns.iter().map(|text| (*text).to_owned()).collect();
        let points = choose(&patterns, &all)?;
        Ok(points.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn patterns_mean_interfaces_once_each() {
        let all = |patterns: &[&str]| chosen(patterns).unwrap();
        assert_eq!(all(&["ed-*:uplink"]), ["ed-a:uplink", "ed-b:uplink"]);
        assert_eq!(all(&["ed-a"]), ["ed-a:port1", "ed-a:uplink"]);
        assert_eq!(all(&["vm1:lo", "vm1:eth0", "vm1"]), ["vm1:eth0", "vm1:lo"]);
        assert_eq!(all(&["*:up*", "ed-a:uplink"]).len(), 2);
    }

    #[test]
    fn what_is_not_there_is_told_with_what_is() {
        for (pattern, says) in [
            ("ed-x:uplink", "no node `ed-x`"),
            (
                "ed-a:uplnk",
                "no interface of ed-a `uplnk` (did you mean `uplink`?)",
            ),
            ("ed-*:eth0", "any node `ed-*`"),
            ("", "there are `ed-a`"),
        ] {
            let error = chosen(&[pattern]).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
