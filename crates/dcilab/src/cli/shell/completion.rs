//! What Tab offers: the words of the command line, then the names of the lab.

use std::collections::BTreeSet;

use clap::CommandFactory;
use rustyline::completion::{Completer, Pair};
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};

use super::VERBS;
use crate::cli::Cli;
use crate::life_cycle::protocol::{Inspection, NodeInterfaces};

/// The names of a lab.
pub(super) struct Words {
    sites: Vec<String>,
    hosts: Vec<String>,
    vms: Vec<String>,
    devices: Vec<String>,
    nodes: Vec<String>,
    links: Vec<String>,
    macs: Vec<String>,
    vlans: Vec<String>,
    points: Vec<String>,
    command: clap::Command,
}

impl Words {
    pub(super) fn new(lab: &Inspection, interfaces: &[NodeInterfaces]) -> Self {
        let vms = lab.hosts.iter().filter(|host| host.is_vm);
        let vlans: BTreeSet<_> = lab.hosts.iter().map(|host| host.vlan).collect();
        let points = interfaces.iter().flat_map(|of| {
            let names = of.interfaces.iter().filter(|name| *name != "lo");
            names.map(|name| format!("{}:{name}", of.node))
        });
        Self {
            sites: lab.sites.clone(),
            hosts: lab.hosts.iter().map(|host| host.name.clone()).collect(),
            vms: vms.map(|host| host.name.clone()).collect(),
            devices: lab
                .devices
                .iter()
                .map(|device| device.name.clone())
                .collect(),
            nodes: lab.nodes.clone(),
            links: lab.links.clone(),
            macs: lab.hosts.iter().map(|host| host.mac.to_string()).collect(),
            vlans: vlans.iter().map(ToString::to_string).collect(),
            points: points.collect(),
            command: Cli::command(),
        }
    }

    /// What may come after these words, the last of which is being typed.
    pub(super) fn after(&self, typed: &[&str], last: &str) -> Vec<String> {
        if typed.is_empty() {
            let verbs = VERBS.iter().chain(&["help", "exit"]);
            return starting_with(last, verbs.map(|verb| (*verb).to_owned()));
        }
        if let Some(values) = self.values(typed.last().copied().unwrap_or_default()) {
            return starting_with(last, values.into_iter());
        }
        let mut command = &self.command;
        let mut given = 0;
        for word in typed {
            match command.find_subcommand(word) {
                Some(found) => command = found,
                None if word.starts_with('-') => {}
                None => given += 1,
            }
        }
        if last.starts_with('-') {
            let long = command.get_arguments().filter_map(|a| a.get_long());
            return starting_with(last, long.map(|name| format!("--{name}")));
        }
        let below = command.get_subcommands().map(|c| c.get_name().to_owned());
        if typed == ["capture"] {
            return starting_with(last, below.chain(self.points.iter().cloned()));
        }
        let takes_points =
            typed[0] == "capture" && !matches!(typed.get(1), Some(&("stop" | "list")));
        if takes_points {
            return starting_with(last, self.points.iter().cloned());
        }
        if command.has_subcommands() {
            return starting_with(last, below);
        }
        let names = match (typed[0], given) {
            ("migrate", 0) => &self.vms,
            ("migrate", 1) => &self.sites,
            ("announce", 0) | ("ping", 0 | 1) => &self.hosts,
            ("impair", 0 | 1) if typed.len() > 1 => &self.sites,
            ("exec", 0) => &self.nodes,
            ("link", 0) => return starting_with(last, words(&["down", "up"])),
            ("link", 1) => &self.links,
            ("ed", 0) => return starting_with(last, words(&["stop", "kill", "restart"])),
            ("ed", 1) => &self.devices,
            _ => return Vec::new(),
        };
        starting_with(last, names.iter().cloned())
    }

    /// What may follow a flag; `None` where it says nothing of it.
    fn values(&self, flag: &str) -> Option<Vec<String>> {
        let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Some(match flag {
            "--on" => self.devices.clone(),
            "--mac" => self.hosts.iter().chain(&self.macs).cloned().collect(),
            "--vlan" => self.vlans.clone(),
            "--state" => named(&["local", "remote", "flood", "redirect"]),
            "--announce" => named(&["garp", "qemu", "rfc5227", "silent"]),
            "--filter" => named(&["isis", "arp", "gre", "icmp", "probe", "'host"]),
            _ => return None,
        })
    }
}

fn words(words: &'static [&'static str]) -> impl Iterator<Item = String> {
    words.iter().map(|word| (*word).to_owned())
}

fn starting_with(start: &str, words: impl Iterator<Item = String>) -> Vec<String> {
    words.filter(|word| word.starts_with(start)).collect()
}

impl Completer for Words {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let before = &line[..position];
        let start = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
        let typed: Vec<_> = before[..start].split_whitespace().collect();
        let words = self.after(&typed, &before[start..]);
        let pair = |word: String| Pair {
            display: word.clone(),
            replacement: format!("{word} "),
        };
        Ok((start, words.into_iter().map(pair).collect()))
    }
}

impl Hinter for Words {
    type Hint = String;
}

impl Highlighter for Words {}
impl Validator for Words {}
impl Helper for Words {}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Words {
            sites: names(&["a", "b"]),
            hosts: names(&["vm1", "client-a"]),
            vms: names(&["vm1"]),
            devices: names(&["ed-a", "ed-b"]),
            nodes: names(&["wan", "ed-a", "ed-b", "vm1", "client-a"]),
            links: names(&["ed-a:uplink", "vm1:eth0"]),
            macs: names(&["02:00:00:00:00:01"]),
            vlans: names(&["100"]),
            points: names(&["ed-a:uplink", "ed-b:uplink", "vm1:eth0"]),
            command: Cli::command(),
        }
    }

    #[test]
    fn tab_offers_what_may_come_next() {
        let words = words();
        let cases: [(&[&str], &str, &[&str]); 21] = [
            (&[], "sh", &["show"]),
            (&["show"], "m", &["mac"]),
            (&["show", "arp"], "", &["snooping", "suppression"]),
            (&["show", "mac", "--on"], "ed-", &["ed-a", "ed-b"]),
            (&["show", "mac"], "--sta", &["--state"]),
            (&["migrate"], "", &["vm1"]),
            (&["migrate", "vm1"], "", &["a", "b"]),
            (&["impair"], "s", &["set", "show"]),
            (&["impair", "set", "a"], "", &["a", "b"]),
            (&["exec"], "w", &["wan"]),
            (&["link", "down"], "ed-a:", &["ed-a:uplink"]),
            (&["ed"], "k", &["kill"]),
            (&["ed", "restart"], "", &["ed-a", "ed-b"]),
            (&["ping", "vm1"], "cl", &["client-a"]),
            (&["show", "mac", "--mac"], "02", &["02:00:00:00:00:01"]),
            (&["show", "arp", "snooping", "--vlan"], "", &["100"]),
            (&["show", "mac", "--state"], "f", &["flood"]),
            (&["capture"], "st", &["start", "stop"]),
            (&["capture"], "ed-a", &["ed-a:uplink"]),
            (&["capture", "start"], "v", &["vm1:eth0"]),
            (&["capture", "ed-a:uplink"], "ed-b", &["ed-b:uplink"]),
        ];
        for (typed, last, offered) in cases {
            let found: Vec<_> = words.after(typed, last);
            let found: Vec<_> = found.iter().filter(|w| *w != "help").collect();
            assert_eq!(found, offered, "{typed:?} {last}");
        }
    }
}
