//! As a picture that needs nothing else: no style sheet, no font, no script, and no colour to be read.

use super::layout::{DEVICE, Frame, LINE, Layout, PADDING, Point, host_line};
use super::{Condition, EviLink, Graph, Host, Site};

/// With more sites than this, only what is not up is labelled: the lines would hide each other's words.
const LABELLED: usize = 6;

const HEAD: &str =
    "<g font-family=\"sans-serif\" font-size=\"13\" fill=\"black\" stroke=\"none\">\n";

/// The graph as a picture.
#[must_use]
pub fn svg(graph: &Graph) -> String {
    let layout = Layout::of(graph);
    let Layout { width, height, .. } = layout;
    let title = escaped(&graph.title);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\">\n<title>{title}</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{HEAD}"
    );
    svg.push_str(&words(
        24.0,
        34.0,
        "font-size=\"18\" font-weight=\"bold\"",
        &graph.title,
    ));
    for link in &graph.links {
        svg.push_str(&line(graph, &layout, link));
    }
    for (site, frame) in graph.sites.iter().zip(&layout.frames) {
        svg.push_str(&of_site(site, frame));
    }
    // Over the boxes: a word must not be hidden.
    for link in &graph.links {
        svg.push_str(&label(graph, &layout, link));
    }
    svg.push_str(&legend(graph, height));
    svg.push_str("</g>\n</svg>\n");
    svg
}

fn of_site(site: &Site, frame: &Frame) -> String {
    let (left, top) = (frame.left(), frame.top());
    let mut svg = rect(
        left,
        top,
        frame.width,
        frame.height,
        "rx=\"8\" stroke-width=\"1.5\"",
    );
    let title = format!("site {}", site.name);
    svg.push_str(&words(
        left + PADDING,
        top + LINE,
        "font-weight=\"bold\"",
        &title,
    ));
    let mut y = top + LINE + PADDING;
    for device in &site.devices {
        let wide = frame.width - 2.0 * PADDING;
        svg.push_str(&rect(
            left + PADDING,
            y,
            wide,
            DEVICE - 6.0,
            "stroke-width=\"2.5\"",
        ));
        let x = left + 2.0 * PADDING;
        svg.push_str(&words(x, y + 16.0, "font-weight=\"bold\"", &device.name));
        let address = device.address.to_string();
        svg.push_str(&words(x, y + 32.0, "font-size=\"11\"", &address));
        y += DEVICE;
    }
    for host in &site.hosts {
        svg.push_str(&of_host(host, left + PADDING, y));
        y += LINE;
    }
    svg
}

/// A VM is a filled square in bold, an observer an empty circle.
fn of_host(host: &Host, x: f64, y: f64) -> String {
    let (symbol, style) = match host.is_vm {
        true => (square(x, y + 4.0), "font-weight=\"bold\""),
        false => (circle(x + 6.0, y + 10.0), ""),
    };
    symbol + &words(x + 20.0, y + 15.0, style, &host_line(host))
}

fn square(x: f64, y: f64) -> String {
    format!("<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"12\" height=\"12\" fill=\"black\"/>\n")
}

fn circle(x: f64, y: f64) -> String {
    format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\" fill=\"none\" stroke=\"black\"/>\n")
}

/// The ends of a link, at the borders of its sites' boxes.
fn ends(graph: &Graph, layout: &Layout, link: &EviLink) -> Option<[Point; 2]> {
    let frame = |device: &str| {
        let has = |site: &Site| site.devices.iter().any(|d| d.name == device);
        let site = graph.sites.iter().position(has)?;
        layout.frames.get(site)
    };
    let (a, b) = (frame(&link.ends[0])?, frame(&link.ends[1])?);
    Some([a.border_towards(b.middle), b.border_towards(a.middle)])
}

fn line(graph: &Graph, layout: &Layout, link: &EviLink) -> String {
    let Some([a, b]) = ends(graph, layout, link) else {
        return String::new();
    };
    stroke(a, b, link.condition())
}

fn stroke(a: Point, b: Point, condition: Condition) -> String {
    let style = match condition {
        Condition::NotUp => "stroke-width=\"2\" stroke-dasharray=\"7 6\"",
        Condition::Planned | Condition::Up => "stroke-width=\"2\"",
    };
    format!(
        "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"black\" {style}/>\n",
        a.x, a.y, b.x, b.y
    )
}

/// A little before the middle: that is where the lines of a full mesh cross.
fn label(graph: &Graph, layout: &Layout, link: &EviLink) -> String {
    let text = link.words();
    let is_crowded = graph.sites.len() > LABELLED;
    let Some([a, b]) = ends(graph, layout, link) else {
        return String::new();
    };
    if text.is_empty() || (is_crowded && link.condition() == Condition::Up) {
        return String::new();
    }
    let part = if graph.sites.len() > 3 { 0.4 } else { 0.5 };
    let (x, y) = (a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part);
    let half = f64::from(u32::try_from(text.chars().count()).unwrap_or(u32::MAX)) * 3.7 + 5.0;
    let under = format!(
        "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"18\" fill=\"white\"/>\n",
        x - half,
        y - 9.0,
        half * 2.0
    );
    under + &words(x, y + 4.5, "text-anchor=\"middle\"", &text)
}

fn legend(graph: &Graph, height: f64) -> String {
    let y = height - 40.0;
    let from = |x: f64, y: f64| {
        [
            Point { x, y: y - 4.0 },
            Point {
                x: x + 40.0,
                y: y - 4.0,
            },
        ]
    };
    let is_planned = graph
        .links
        .iter()
        .all(|l| l.condition() == Condition::Planned);
    let mut svg = square(24.0, y - 10.0) + &words(44.0, y, "", "VM");
    svg.push_str(&(circle(94.0, y - 4.0) + &words(108.0, y, "", "observer")));
    let [a, b] = from(190.0, y);
    svg.push_str(&stroke(a, b, Condition::Up));
    if is_planned {
        return svg + &words(238.0, y, "", "EVI link");
    }
    svg.push_str(&words(238.0, y, "", "EVI link, adjacency Up at both ends"));
    let [a, b] = from(190.0, y + 22.0);
    svg.push_str(&stroke(a, b, Condition::NotUp));
    svg + &words(
        238.0,
        y + 22.0,
        "",
        "EVI link, adjacency not Up (its state is written on it)",
    )
}

fn rect(x: f64, y: f64, width: f64, height: f64, style: &str) -> String {
    format!(
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"white\" \
         stroke=\"black\" {style}/>\n"
    )
}

fn words(x: f64, y: f64, style: &str, text: &str) -> String {
    format!(
        "<text x=\"{x:.1}\" y=\"{y:.1}\" {style}>{}</text>\n",
        escaped(text)
    )
}

fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        c if c.is_control() => String::new(),
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}
