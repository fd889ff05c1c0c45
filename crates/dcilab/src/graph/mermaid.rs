//! As a Mermaid flowchart, for Markdown.

use super::{Condition, Graph, Site};

/// The graph as a Mermaid flowchart.
#[must_use]
pub fn mermaid(graph: &Graph) -> String {
    let mut text = format!("---\ntitle: {}\n---\nflowchart TB\n", quoted(&graph.title));
    for (number, site) in graph.sites.iter().enumerate() {
        text.push_str(&of_site(graph, site, number));
    }
    for link in &graph.links {
        let [a, b] = link.ends.each_ref().map(|end| id(graph, end));
        text.push_str(&match link.condition() {
            Condition::Planned => format!("  {a} === {b}\n"),
            Condition::Up => format!("  {a} ===|{}| {b}\n", label(&link.words())),
            Condition::NotUp => format!("  {a} -.-|{}| {b}\n", label(&link.words())),
        });
    }
    text
}

fn of_site(graph: &Graph, site: &Site, number: usize) -> String {
    let title = label(&format!("site {}", site.name));
    let mut text = format!("  subgraph site{number}[{title}]\n");
    for device in &site.devices {
        let label = label(&format!("{}<br/>{}", device.name, device.address));
        text.push_str(&format!("    {}[{label}]\n", id(graph, &device.name)));
    }
    for (at, host) in site.hosts.iter().enumerate() {
        let kind = if host.is_vm { " (VM)" } else { "" };
        let label = label(&format!("{}{kind}<br/>{}", host.name, host.address));
        let name = format!("host{number}_{at}");
        text.push_str(&match host.is_vm {
            true => format!("    {name}[[{label}]]\n"),
            false => format!("    {name}({label})\n"),
        });
        for device in &site.devices {
            text.push_str(&format!("    {} --- {name}\n", id(graph, &device.name)));
        }
    }
    text + "  end\n"
}

/// Names may be words of Mermaid's own (`end`), numbers are none.
fn id(graph: &Graph, device: &str) -> String {
    let mut devices = graph.sites.iter().flat_map(|site| &site.devices);
    let number = devices.position(|found| found.name == device);
    format!("ed{}", number.unwrap_or_default())
}

fn label(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "#quot;"))
}

/// A YAML string.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}
