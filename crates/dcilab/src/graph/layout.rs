//! Where things are in a picture: sites as boxes on a circle, or two side by side. In pixels.

use std::f64::consts::{FRAC_PI_2, PI, TAU};

use super::{Graph, Site};

/// Height of a line of text in a box.
pub(super) const LINE: f64 = 22.0;
/// Height of an edge device in a box.
pub(super) const DEVICE: f64 = 44.0;
/// From a box's border to what is in it.
pub(super) const PADDING: f64 = 12.0;
/// Width of a letter, at the most.
const LETTER: f64 = 8.2;
/// Between two boxes: room for a link's label.
const GAP: f64 = 170.0;
/// Around everything.
const MARGIN: f64 = 24.0;
/// Width of a letter of the title, at the most.
const TITLE_LETTER: f64 = 12.0;
/// Above everything, for the title.
const TITLE: f64 = 40.0;
/// Below everything, for the legend.
const LEGEND: f64 = 64.0;

/// A point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// A site's box, by its middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Frame {
    pub(super) middle: Point,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// The whole picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    /// One for each site.
    pub(super) frames: Vec<Frame>,
}

impl Frame {
    pub(super) fn left(&self) -> f64 {
        self.middle.x - self.width / 2.0
    }

    pub(super) fn top(&self) -> f64 {
        self.middle.y - self.height / 2.0
    }

    /// Where the line from its middle to `there` leaves it.
    pub(super) fn border_towards(&self, there: Point) -> Point {
        let (dx, dy) = (there.x - self.middle.x, there.y - self.middle.y);
        let across = self.width / 2.0 / dx.abs().max(f64::EPSILON);
        let along = self.height / 2.0 / dy.abs().max(f64::EPSILON);
        let part = across.min(along).min(1.0);
        Point {
            x: self.middle.x + dx * part,
            y: self.middle.y + dy * part,
        }
    }
}

impl Layout {
    /// Lays a graph out. All boxes are as wide as the widest needs to be.
    pub(super) fn of(graph: &Graph) -> Self {
        let letters = u32::try_from(graph.title.chars().count()).unwrap_or(u32::MAX);
        // The legend is as wide as that.
        let least_width = (f64::from(letters) * TITLE_LETTER + 2.0 * MARGIN).max(620.0);
        let width = graph.sites.iter().map(width).fold(150.0, f64::max);
        let heights: Vec<_> = graph.sites.iter().map(height).collect();
        let tallest = heights.iter().copied().fold(0.0, f64::max);
        let middles = middles(graph.sites.len(), width, tallest);
        let least = |of: fn(&Point) -> f64| middles.iter().map(of).fold(f64::MAX, f64::min);
        let most = |of: fn(&Point) -> f64| middles.iter().map(of).fold(f64::MIN, f64::max);
        let (left, right) = (least(|p| p.x), most(|p| p.x));
        let (top, bottom) = (least(|p| p.y), most(|p| p.y));
        let place = |(middle, height): (&Point, &f64)| Frame {
            middle: Point {
                x: middle.x - left + width / 2.0 + MARGIN,
                y: middle.y - top + tallest / 2.0 + MARGIN + TITLE,
            },
            width,
            height: *height,
        };
        Self {
            width: (right - left + width + 2.0 * MARGIN).max(least_width),
            height: bottom - top + tallest + 2.0 * MARGIN + TITLE + LEGEND,
            frames: middles.iter().zip(&heights).map(place).collect(),
        }
    }
}

/// So far apart that no two boxes touch, the first at the top.
fn middles(count: usize, width: f64, height: f64) -> Vec<Point> {
    let sites = f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    if count <= 2 {
        let x = |n: usize| if n == 0 { 0.0 } else { width + GAP };
        return (0..count).map(|n| Point { x: x(n), y: 0.0 }).collect();
    }
    let apart = width.hypot(height) + GAP / 2.0;
    let radius = apart / 2.0 / (PI / sites).sin();
    let angles = (0..count).map(|n| {
        let n = f64::from(u32::try_from(n).unwrap_or(u32::MAX));
        n / sites * TAU - FRAC_PI_2
    });
    let on_circle = |angle: f64| Point {
        x: radius * angle.cos(),
        y: radius * angle.sin(),
    };
    angles.map(on_circle).collect()
}

fn height(site: &Site) -> f64 {
    let devices = site.devices.iter().map(|_| DEVICE).sum::<f64>();
    let hosts = site.hosts.iter().map(|_| LINE).sum::<f64>();
    LINE + devices + hosts + 2.0 * PADDING
}

fn width(site: &Site) -> f64 {
    let hosts = site
        .hosts
        .iter()
        .map(|host| host_line(host).chars().count() + 3);
    let devices = site
        .devices
        .iter()
        .map(|device| device.name.chars().count());
    let letters = hosts.chain(devices).max().unwrap_or(0);
    f64::from(u32::try_from(letters).unwrap_or(u32::MAX)) * LETTER + 2.0 * PADDING + 24.0
}

/// The text of a host.
pub(super) fn host_line(host: &super::Host) -> String {
    let kind = if host.is_vm { " (VM)" } else { "" };
    format!("{}{kind} {}", host.name, host.address)
}
