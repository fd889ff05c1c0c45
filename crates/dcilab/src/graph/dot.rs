//! In Graphviz's language.

use super::{Condition, Graph, Site};

/// The graph in Graphviz's language.
#[must_use]
pub fn dot(graph: &Graph) -> String {
    let title = quoted(&graph.title);
    let mut text = format!("graph {title} {{\n  label={title};\n");
    for (number, site) in graph.sites.iter().enumerate() {
        text.push_str(&of_site(site, number));
    }
    // They do not say what is above what: sites are side by side.
    for link in &graph.links {
        let [a, b] = link.ends.each_ref().map(|end| quoted(end));
        let style = match link.condition() {
            Condition::NotUp => "dashed",
            Condition::Planned | Condition::Up => "bold",
        };
        let label = quoted(&link.words());
        text.push_str(&format!(
            "  {a} -- {b} [style={style}, label={label}, constraint=false];\n"
        ));
    }
    text.push_str("}\n");
    text
}

fn of_site(site: &Site, number: usize) -> String {
    let label = quoted(&format!("site {}", site.name));
    let mut text = format!("  subgraph cluster_{number} {{\n    label={label};\n");
    for device in &site.devices {
        let label = label_of(&device.name, &device.address.to_string());
        let name = quoted(&device.name);
        text.push_str(&format!("    {name} [shape=box, label={label}];\n"));
    }
    for host in &site.hosts {
        let (shape, title) = match host.is_vm {
            true => ("box3d", format!("{} (VM)", host.name)),
            false => ("ellipse", host.name.clone()),
        };
        let label = label_of(&title, &host.address.to_string());
        let name = quoted(&host.name);
        text.push_str(&format!("    {name} [shape={shape}, label={label}];\n"));
        for device in &site.devices {
            let device = quoted(&device.name);
            text.push_str(&format!("    {device} -- {name};\n"));
        }
    }
    text + "  }\n"
}

/// Two lines.
fn label_of(first: &str, second: &str) -> String {
    format!("\"{}\\n{}\"", escaped(first), escaped(second))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
