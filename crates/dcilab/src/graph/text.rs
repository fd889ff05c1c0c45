//! As text, for a terminal.

use super::{Condition, Graph, Site};

/// The graph as lines to read.
#[must_use]
pub fn text(graph: &Graph) -> String {
    let mut text = format!("{}\n", graph.title);
    for site in &graph.sites {
        text.push_str(&of_site(site));
    }
    if !graph.links.is_empty() {
        text.push_str("\nEVI links\n");
    }
    for link in &graph.links {
        let line = match link.condition() {
            Condition::NotUp => "- - -",
            Condition::Planned | Condition::Up => "-----",
        };
        let [a, b] = &link.ends;
        let drawn = format!("  {a} {line} {b}  {}", link.words());
        text.push_str(drawn.trim_end());
        text.push('\n');
    }
    text
}

fn of_site(site: &Site) -> String {
    let mut text = format!("\nsite {}\n", site.name);
    for device in &site.devices {
        text.push_str(&format!("  {} ({})\n", device.name, device.address));
    }
    let width = site
        .hosts
        .iter()
        .map(|host| host.name.chars().count())
        .max();
    let width = width.unwrap_or(0);
    for (at, host) in site.hosts.iter().enumerate() {
        let branch = if at + 1 == site.hosts.len() {
            '└'
        } else {
            '├'
        };
        let kind = if host.is_vm { "VM" } else { "  " };
        text.push_str(&format!(
            "    {branch}─ {:width$}  {kind}  VLAN {}  {}\n",
            host.name, host.vlan, host.address
        ));
    }
    text
}
